package acts

import (
	"math"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant"
)

// spot is where in the logs, and when, something was written down.
type spot struct {
	log   *Log
	index int64
	at    paper.Time // by the log's clock
}

// spot is where p stands.
func (j *Judge) spot(p *signed) spot { return spot{j.log, p.Index, p.At} }

// seen is the cosigned time of the first checkpoint that holds an entry: by then it was
// written down. An entry that no checkpoint holds has none.
func (l *Log) seen(index int64) (paper.Time, bool) {
	i, _ := slices.BinarySearchFunc(l.Stamps, index+1, func(s Stamp, n int64) int { return int(s.Size - n) })
	if i == len(l.Stamps) {
		return math.MaxInt64, false
	}
	return l.Stamps[i].Time, true
}

// before says whether a was written down before b. In one log its position says so;
// between two logs the witnesses do, when they saw one of them before the other began;
// else the clocks of the logs, and within one second nobody was first.
//
// Invariant 2: order is proven by position, not by clock.
func (a spot) before(b spot) bool {
	if a.log == b.log {
		return a.index < b.index
	}
	if seen, ok := a.log.seen(a.index); ok && seen < b.log.relied(b.index).Time {
		return true
	}
	if seen, ok := b.log.seen(b.index); ok && seen < a.log.relied(a.index).Time {
		return false
	}
	return a.at < b.at
}

// stopped says whether one of a chain had been suspended or revoked when something was
// written down.
func (j *Judge) stopped(w *given, when spot) (stop, bool) {
	return j.stop1(w, func(s stop) bool { return s.from <= when.at && s.spot.before(when) && !s.over(when.at) })
}

// stoppedAt is stopped for an instant: a stop of the same second does not count yet.
func (j *Judge) stoppedAt(w *given, t paper.Time) (stop, bool) {
	return j.stop1(w, func(s stop) bool { return max(s.from, s.spot.at) < t && !s.over(t) })
}

func (j *Judge) stop1(w *given, is func(stop) bool) (stop, bool) {
	for _, d := range w.digests {
		if i := slices.IndexFunc(j.stops[d], is); i >= 0 {
			return j.stops[d][i], true
		}
	}
	return stop{}, false
}

// stated holds the time that a paper states against the time at which witnesses saw its
// entry: nobody signs what was recorded before.
func (j *Judge) stated(p *signed, at paper.Time) {
	if seen, ok := j.log.seen(p.Index); ok && at > seen+Skew {
		j.bad(p.Entry, "stated-late", "at", at.String(), "seen", seen.String())
	}
}

// recorded holds the keys that opened the locks of a paper at the time that it states
// against the time at which witnesses saw its entry: whoever has an old key can write
// any time into a paper, but he cannot choose when it is recorded.
//
// Invariant 3: what was signed with a key that is out of use is no more than its entry.
func (j *Judge) recorded(p *signed, locks []regime.Lock, at paper.Time) {
	seen, ok := j.log.seen(p.Index)
	view := j.views.At(seen)
	if !ok || view == nil {
		return // of a log without witnesses, or trust that is over, is told
	}
	for _, lock := range locks {
		var then, now int
		for _, h := range p.view.Signed(p.envelope, lock.Role, at) {
			then++
			if _, ok := view.Holder(h.Key.ID(), lock.Role, seen); ok {
				now++
			}
		}
		if then >= lock.K && now < lock.K { // of too few even then is told
			j.bad(p.Entry, "key-over", "role", string(lock.Role), "at", at.String(), "seen", seen.String())
		}
	}
}

// stopRecorded is recorded for a stop: some lock's keys, or one of them for a suspension,
// must have been in force when witnesses saw it.
func (j *Judge) stopRecorded(p *signed, profile *regime.Profile, at paper.Time, suspension bool) {
	seen, ok := j.log.seen(p.Index)
	view := j.views.At(seen)
	if !ok || view == nil {
		return
	}
	for _, lock := range profile.Locks {
		need, n := lock.K, 0
		if suspension {
			need = 1
		}
		for _, h := range p.view.Signed(p.envelope, lock.Role, at) {
			if _, ok := view.Holder(h.Key.ID(), lock.Role, seen); ok {
				n++
			}
		}
		if n >= need {
			return
		}
	}
	j.bad(p.Entry, "key-over", "role", string(profile.Locks[0].Role), "at", at.String(), "seen", seen.String())
}

// locksOf are the locks of a first warrant by its path, none for a child.
func locksOf(profile *regime.Profile, g *given) []regime.Lock {
	switch {
	case profile == nil || g.Parent != "":
		return nil
	case g.Path == warrant.Urgent:
		if u := profile.Paths.Urgent; u != nil {
			return []regime.Lock{{Role: u.Role, K: u.K}}
		}
		return nil
	}
	return profile.Locks
}

// issued is the time that a version of the root or a body's list states; false for
// another paper.
func issued(p *signed) (paper.Time, bool) {
	var r trust.Root
	if p.envelope.Open(trust.RootType, &r) == nil {
		return r.Issued, true
	}
	var l trust.List
	if p.envelope.Open(trust.ListType, &l) == nil {
		return l.Issued, true
	}
	return 0, false
}
