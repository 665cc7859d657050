package compile

import (
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
)

// longest is the longest time of a profile, s: a year and a day.
const longest = 366 * 86400

// profile makes what taps, edges and agents check, or says why there is nothing for
// them: a word of the catalogue's compile.none.
func profile(i *Instrument) (*regime.Profile, string) {
	r := i.Rules
	mode, modeKnown := r.Mode.Known()
	limit := limitOf(r, i.House)
	switch status := r.Status.Or(rules.Unverified); {
	case status == rules.Comparison || status == rules.Repealed:
		return nil, string(status)
	case len(r.Kinds) == 0:
		return nil, "kinds"
	case !modeKnown:
		return nil, "mode"
	case len(r.Roles.Locks) == 0:
		return nil, "locks"
	case len(r.InForce) == 0:
		return nil, "force"
	case limit == 0:
		return nil, "longest"
	}
	digest := i.Digest
	p := &regime.Profile{
		Articles: r.Articles, Conditions: always(r), Directions: r.Scope.Directions.Or([]regime.Direction{}), Effects: r.Scope.Effects.Or([]paper.ID{}),
		HolderSigns: r.Roles.HolderSigns.Or(false), Instrument: r.ID, Kinds: r.Kinds, LongestS: limit, Mode: string(mode), NamedPeople: r.Roles.NamedPeople.Or(false),
		Paths: regime.Paths{Ordinary: true, Urgent: urgent(r, limit)}, Purposes: r.Purpose.Allowed.Or([]paper.ID{}), Regime: r.Regime, Rules: digest,
	}
	for _, l := range r.Roles.Locks {
		p.Locks = append(p.Locks, regime.Lock{K: int(l.K), Role: l.Role, Standard: l.Says})
	}
	p.From, p.Until = force(r.InForce)
	return p, ""
}

// limitOf is the law's longest time or the house's, whichever is shorter; 0 for neither.
func limitOf(r *rules.Rules, h House) int64 {
	limit := min(r.Time.MaxS.Or(0), longest)
	if h.LongestS > 0 && (limit == 0 || h.LongestS < limit) {
		limit = min(h.LongestS, longest)
	}
	return limit
}

// always lists the conditions that every request must meet. Those that only some must
// meet are judged when the application is, and cannot stand in a profile.
func always(r *rules.Rules) []paper.ID {
	ids := []paper.ID{}
	for _, c := range r.Conditions {
		if len(c.When) == 0 {
			ids = append(ids, c.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// force is the time from the first instant at which something is in force to the last.
func force(periods []rules.Period) (from, until paper.Time) {
	from = periods[0].From
	for _, p := range periods {
		from = min(from, p.From)
		if p.To == 0 || until < 0 {
			until = -1
			continue
		}
		until = max(until, p.To)
	}
	return max(from, 1), max(until, 0)
}

// urgent is the path for cases without time. A span of working days becomes as many
// days less an hour, which is never longer.
func urgent(r *rules.Rules, limit int64) *regime.Urgent {
	u := r.Time.Urgent
	if u == nil || !u.Allowed.Or(false) {
		return nil
	}
	out := &regime.Urgent{After: string(u.After.Or(rules.PromptNotice)), K: int(u.K), OnRefusal: regime.Stop, Role: u.Who.Or([]paper.ID{""})[0]}
	if u.OnRefusal.Or(rules.Stop) == rules.Erase {
		out.OnRefusal = regime.StopAndErase
	}
	if s, ok := u.ConfirmWithin.Known(); ok {
		out.ConfirmWithinS = min(least(s), limit)
	}
	if s, ok := u.NoticeWithin.Known(); ok {
		out.NoticeWithinS = least(s)
	}
	return out
}

// least is the shortest that s can be, s.
func least(s rules.Span) int64 {
	switch s.Unit {
	case rules.Hour, rules.WorkingHour:
		return s.N * 3600
	case rules.Day:
		return s.N * 86400
	case rules.WorkingDay: // one of the days may have 23 hours
		return s.N*86400 - 3600
	}
	return s.N
}
