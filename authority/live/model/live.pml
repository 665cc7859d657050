/*
 * Grants, liveness and revocation racing, for spin. docs/spec/liveness.md says it in words.
 *
 * One commission, one hub that is hostile, one network that keeps back, repeats and turns
 * round whatever it likes, one tap that may crash between any two steps. Time is counted
 * in ticks; a tap and a commission read clocks that are wrong by up to one tick either way
 * and know it. What a hostile party may do at all it may do at any moment: each action
 * below is one step, and all orders of steps are tried.
 *
 * BROKEN=n takes one rule away; each of them must make an assertion fail, else the model
 * checks nothing. REACH asserts that nothing is ever taken: it must fail, else nothing is
 * tried.
 *
 *  1  the highest number is not kept over a crash
 *  2  the age of liveness is measured by the earliest that the time can be
 *  3  windows from before a crash are used again, with their whole caps
 *  4  a window opens without its receipt
 *  5  grants that nobody closed are forgotten in a crash
 *  6  a second grant for the same minute is accepted
 *  7  memory is changed before the disk
 *  8  liveness is looked at when the grant is accepted only
 */
#ifndef BROKEN
#define BROKEN 0
#endif

#define END 5      /* ticks that are played */
#define LEASE 2    /* ticks for which liveness may be relied on */
#define WIDTH 2    /* ticks of a window */
#define AHEAD 2    /* windows */
#define LATE 2     /* ticks after which an unclosed grant blocks */
#define SAYS 3     /* statements */
#define CAP 1      /* batches of a window */
#define IDS 4      /* grants: for the minutes 0, 1, 1 and 2 */

#define MINUTE(g) (((g) + 1) / 2)
#define TWIN(g) (MINUTE(g) == 1 -> 3 - (g) : (g))
#define FROM(g) (MINUTE(g) * WIDTH)
#define TO(g) (FROM(g) + WIDTH)

byte now;                                 /* the true time */
byte said;                                /* statements so far; the last one's number */
byte at[SAYS + 1];                        /* the time that a statement bears */
bool stands[SAYS + 1];                    /* whether it names the warrant */
bool revoked; byte since;                 /* since: ticks since then, LEASE for more */

byte disk, mem;                           /* the tap's highest number */
bool accepted[IDS], closed[IDS];          /* on the tap's disk */
byte left[IDS];                           /* in the tap's memory: of the cap; 0 is shut */

bool heard;                               /* ghost: a statement without the warrant was taken up */
byte taken[IDS];                          /* ghost: batches that went through */
bool logged[IDS];                         /* ghost: the open stood in the log before it was accepted */
#if BROKEN == 5
bool owed[IDS];                           /* ghost: accepted and not closed, which a disk would know */
#define OWED(g) owed[g]
#else
#define OWED(g) (accepted[g] && !closed[g])
#endif

byte g, h, i, early, late; bool ok;       /* scratch, within one step */

/* The clock: the true time lies between early and late. */
inline readClock() {
	if :: early = now :: now > 0 -> early = now - 1 fi;
	if :: late = now :: late = now + 1 fi
}

inline someGrant() {
	if :: g = 0 :: g = 1 :: g = 2 :: g = 3 fi
}

/* ok: no grant that the tap knows of is overdue. */
inline noneOverdue() {
	d_step { ok = true; h = 0;
	do
	:: h < IDS ->
		if :: accepted[h] && !closed[h] && late > TO(h) + LATE -> ok = false :: else fi;
		h++
	:: else -> break
	od;
	h = 0 }
}

/* What can never matter again is set to nothing, so that states that differ in nothing
 * else are one: statements that are older than any lease, and grants that are over and
 * owe nothing. */
inline forget() {
	if :: revoked && since < LEASE -> since++ :: else fi;
	i = 1;
	do
	:: i <= SAYS -> if :: at[i] + LEASE + 1 < now -> at[i] = 0 :: else fi; i++
	:: else -> break
	od;
	i = 0; h = 0;
	do
	:: h < IDS ->
		if
		:: now >= TO(h) + 1 && !OWED(h) && (closed[h] || !accepted[h]) ->
			accepted[h] = false; closed[h] = false; left[h] = 0; taken[h] = 0; logged[h] = false
		:: else
		fi;
		h++
	:: else -> break
	od;
	h = 0
}

inline live() {
#if BROKEN == 2
	(mem > 0 && stands[mem] && at[mem] <= late && early < at[mem] + LEASE)
#else
	(mem > 0 && stands[mem] && at[mem] <= late && late < at[mem] + LEASE)
#endif
}

active proctype world() {
	do
	/* time passes */
	:: atomic { now < END -> d_step { now++; forget() } }

	/* the commission speaks: the earliest that its clock allows, never back */
	:: atomic {
		said < SAYS -> said++;
		if :: at[said] = now :: now > 0 -> at[said] = now - 1 fi;
		if :: at[said] < at[said - 1] -> at[said] = at[said - 1] :: else fi;
		stands[said] = !revoked
	}

	/* the lock revokes */
	:: atomic { !revoked -> revoked = true }

	/* a statement reaches the tap: any that was ever made. The disk first. */
	:: atomic {
		if :: i = 1 :: i = 2 :: i = 3 fi;
		i <= said && i > mem && disk == mem;
		readClock(); at[i] <= late;
#if BROKEN == 7
		mem = i;
		if :: !stands[mem] -> heard = true :: else fi;
#else
		disk = i;
#endif
		d_step { i = 0; early = 0; late = 0 }
	}
#if BROKEN == 7
	:: atomic { disk < mem -> disk = mem }
#else
	:: atomic { mem < disk -> mem = disk; if :: !stands[mem] -> heard = true :: else fi }
#endif

	/* the hub offers a grant that it has brought to the log, at any time before, and the
	 * tap accepts it. Without its receipt it does not. */
	:: atomic {
		someGrant(); !accepted[g];
#if BROKEN == 4
		if :: logged[g] = true :: skip fi;
#else
		logged[g] = true;
#endif
		readClock();
		late < TO(g) && MINUTE(g) <= early / WIDTH + AHEAD;
		live();
		noneOverdue(); ok;
#if BROKEN != 6
		!accepted[TWIN(g)];
#endif
		d_step { accepted[g] = true; left[g] = CAP;
#if BROKEN == 5
		owed[g] = true;
#endif
		ok = false; g = 0; early = 0; late = 0 }
	}

	/* tap and edge close a grant: nothing is taken under it any more */
	:: atomic {
		someGrant(); accepted[g] && !closed[g];
		d_step { left[g] = 0; closed[g] = true;
#if BROKEN == 5
		owed[g] = false;
#endif
		g = 0 }
	}

	/* the tap crashes and comes back */
	:: atomic {
#if BROKEN == 1
		disk = 0;
#endif
		d_step { mem = disk; h = 0;
		do
		:: h < IDS ->
#if BROKEN == 3
			if :: accepted[h] && !closed[h] -> left[h] = CAP :: else fi;
#else
			left[h] = 0;
#endif
#if BROKEN == 5
			if :: !closed[h] -> accepted[h] = false :: else fi;
#endif
			h++
		:: else -> break
		od;
		h = 0 }
	}

	/* a batch goes through */
	:: atomic {
		someGrant(); left[g] > 0;
		readClock();
		FROM(g) <= early && late < TO(g);
#if BROKEN != 8
		live();
#endif
		noneOverdue(); ok;
		d_step { left[g]--; taken[g]++;
		/* Invariant 1: within the window, and within the lease after a revocation, however
		 * the word of it was kept back; and never once it was heard, over crashes too. */
		assert(FROM(g) <= now && now < TO(g));
		assert(!revoked || since < LEASE);
		assert(!heard);
		/* Invariant 2: the entry was there before, one for the minute, and its caps hold. */
		assert(logged[g]);
		assert(TWIN(g) == g || taken[TWIN(g)] == 0);
		assert(taken[g] <= CAP);
		/* Nothing goes on where somebody owes a close. */
		h = 0;
		do
		:: h < IDS -> assert(!(OWED(h) && now > TO(h) + LATE)); h++
		:: else -> break
		od;
		h = 0;
#ifdef REACH
		assert(false);
#endif
		ok = false; g = 0; early = 0; late = 0 }
	}
	od
}
