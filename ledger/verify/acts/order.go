package acts

import (
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/ledger/verify/backdate"
)

// spot is where in the logs, and when, something was written down.
type spot struct {
	log   *Log
	index int64
	at    paper.Time // by the log's clock
}

// spot is where p stands.
func (j *Judge) spot(p *signed) spot { return spot{j.log, p.Index, p.At} }

// before says whether a was written down before b. In one log its position says so;
// between two logs the witnesses do, when they saw one of them before the other began;
// else the clocks of the logs, and within one second nobody was first.
//
// Invariant 2: order is proven by position, not by clock.
func (a spot) before(b spot) bool {
	if a.log == b.log {
		return a.index < b.index
	}
	if seen, ok := a.log.Stamps.First(a.index); ok && seen < b.log.Stamps.Relied(b.index).Time {
		return true
	}
	if seen, ok := b.log.Stamps.First(b.index); ok && seen < a.log.Stamps.Relied(a.index).Time {
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
	if seen, ok := j.log.Stamps.First(p.Index); ok && at > seen+Skew {
		j.bad(p.Entry, "stated-late", "at", at.String(), "seen", seen.String())
	}
}

// signing is a paper with the time at which witnesses saw it; nil of a log without
// witnesses, or of trust that is over, which are told.
func (j *Judge) signing(p *signed, at paper.Time) *backdate.Signing {
	seen, ok := j.log.Stamps.First(p.Index)
	view := j.views.At(seen)
	if !ok || view == nil {
		return nil
	}
	return &backdate.Signing{Envelope: p.envelope, Stated: p.view, Seen: view, At: at, SeenAt: seen}
}

// recorded holds the keys that opened the locks of a paper at the time that it states
// against the time at which witnesses saw its entry.
func (j *Judge) recorded(p *signed, locks []regime.Lock, at paper.Time) {
	if s := j.signing(p, at); s != nil {
		for _, role := range s.Over(locks) {
			j.bad(p.Entry, "key-over", "role", string(role), "at", at.String(), "seen", s.SeenAt.String())
		}
	}
}

// stopRecorded is recorded for a stop: some lock's keys, or one of them for a suspension,
// must have been in force when witnesses saw it.
func (j *Judge) stopRecorded(p *signed, profile *regime.Profile, at paper.Time, suspension bool) {
	if s := j.signing(p, at); s != nil && s.StopOver(profile.Locks, suspension) {
		j.bad(p.Entry, "key-over", "role", string(profile.Locks[0].Role), "at", at.String(), "seen", s.SeenAt.String())
	}
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
