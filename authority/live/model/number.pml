/*
 * The numbers of liveness and a thief of its key, for spin. docs/spec/liveness.md says it
 * in words.
 *
 * One thief who signs any number and any time while the key is listed, one watch that
 * crashes, whose clock may know nothing, and else is wrong by up to a tick, and one
 * commission that leaps once the key is gone. A tick is a second of the statement's time
 * and as wide as a clock may be. All orders of steps are tried.
 *
 * It demands that the theft ends: from the leap on the commission's word is the newest,
 * and nothing contests it.
 *
 * BROKEN=n takes one rule away; each of them must make an assertion fail, else the model
 * checks nothing. REACH asserts that the leap never comes: it must fail.
 *
 *  1  a number is not bounded by its time
 *  2  what is later than the latest taken is taken while nothing is known of the time
 *  3  what is of the future is taken while the time is known
 *  4  the leap comes at once
 *  5  the commission counts on from its own last number
 *  6  the highest number is not kept over a crash (then an older one is the newest again)
 */
#ifndef BROKEN
#define BROKEN 0
#endif

#define END 7      /* ticks that are played */
#define LAST 11    /* the last number there is, above every time */
#if BROKEN == 4
#define WAIT 0
#else
#define WAIT 3     /* ticks from the end of the theft to the leap: two widths of a clock, and it must be over */
#endif

byte now = 1;
bool known;                  /* the watch knows its time */
byte disk, at;               /* the watch's highest number, and its statement's time */
byte forked;                 /* the highest number that is contested */
bool gone; byte since;       /* the key is withdrawn; ticks since then, WAIT for more */
byte own, said;              /* the commission's last number, and its time */
bool leapt;
byte top;                    /* ghost: the highest number that was ever taken */

byte number, time, late, early;   /* scratch, within one step */

/* offer brings a statement to the watch. */
inline offer() {
	if :: late = now :: late = now + 1 fi;
	if
#if BROKEN != 1
	:: number > time -> skip                                  /* by its form */
#endif
	:: (BROKEN == 1 || number <= time) && number < disk -> skip     /* stale */
	:: (BROKEN == 1 || number <= time) && disk > 0 && (number == disk || number > disk && time < at) ->
		if :: !(number == disk && time == at) -> if :: number > forked -> forked = number :: else fi :: else fi
#if BROKEN == 2
	:: number > disk && time >= at && !known -> disk = number; at = time
#else
	:: (BROKEN == 1 || number <= time) && number > disk && time >= at && !known ->
		if :: time == at -> disk = number :: else fi      /* else it is a doubt, in memory */
#endif
#if BROKEN == 3
	:: number > disk && time >= at && known -> disk = number; at = time
#else
	:: (BROKEN == 1 || number <= time) && number > disk && time >= at && known ->
		if :: time <= late || time == at -> disk = number; at = time :: else fi
#endif
	fi;
	assert(disk >= top);
	top = disk
}

inline clear() { number = 0; time = 0; late = 0; early = 0 }

active proctype world() {
	do
	:: atomic { now < END -> now++; if :: gone && since < WAIT -> since++ :: else fi }

	/* a receipt comes */
	:: atomic { !known -> known = true }

	/* somebody sets the clock, or the process crashes: what was on disk stays */
	:: atomic { known -> known = false;
#if BROKEN == 6
		disk = 0; at = 0
#endif
	}

	/* the thief signs what it likes, for when it likes, and brings it now */
	:: atomic { !gone -> select(number : 1 .. LAST); select(time : 0 .. LAST - 1); offer(); clear() }

	/* the key is withdrawn */
	:: atomic { !gone -> gone = true }

	/* the commission speaks as ever; with the thief's key while that is listed, with another one after */
	:: atomic { !leapt && own < now ->
		if :: early = now - 1 :: early = now fi;
		if :: early < said -> early = said :: else fi;
		own < early; said = early;
		own++; number = own; time = early; offer(); clear() }

	/* the commission leaps, and what it says then is the newest */
	:: atomic { gone && since >= WAIT && known && !leapt ->
		if :: early = now - 1 :: early = now fi;
		if :: early < said -> early = said :: else fi;
		own < early; said = early;
#if BROKEN == 5
		own++;
#else
		own = early;
#endif
		leapt = true;
		number = own; time = early; offer();
		assert(disk == own && at == time && own > forked);
#ifdef REACH
		assert(false);
#endif
		clear() }
	od
}
