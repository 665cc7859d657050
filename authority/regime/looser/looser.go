package looser

import (
	"fmt"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/regime/fact"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
)

// Than says whether over permits something that base does not, and where: the name of
// the member. What is not known of the base may be anything above it; what is known
// stays known.
func Than(base, over *rules.Rules) (at string, loose bool) {
	for _, c := range []struct {
		at string
		ok bool
	}{
		{"regime", over.Regime == base.Regime && over.Jurisdiction == base.Jurisdiction},
		{"articles", subset(over.Articles, base.Articles)},
		{"kinds", subset(over.Kinds, base.Kinds)},
		{"mode", mode(base.Mode, over.Mode)},
		{"status", status(base, over)},
		{"in_force", inForce(base.InForce, over.InForce)},
		{"calendar", base.Calendar == "" || over.Calendar == base.Calendar},
		{"roles", roles(&base.Roles, &over.Roles)},
		{"time", times(&base.Time, &over.Time)},
		{"scope", scope(&base.Scope, &over.Scope)},
		{"data", data(base.Data, over.Data)},
		{"purpose.allowed", known(base.Purpose.Allowed, over.Purpose.Allowed, subset[paper.ID])},
		{"purpose.other_use", known(base.Purpose.OtherUse, over.Purpose.OtherUse, func(o, b rules.OtherUse) bool { return o == b || o == rules.Never })},
		{"sharing", sharing(base.Sharing, over.Sharing)},
		{"reports", reports(base.Reports, over.Reports)},
	} {
		if !c.ok {
			return c.at, true
		}
	}
	return conditions(base.Conditions, over.Conditions)
}

// known says whether a fact is at least as strict: unknown below, or known in both and
// held against one another.
func known[T any](base, over fact.Of[T], ok func(over, base T) bool) bool {
	b, there := base.Known()
	if !there {
		return true
	}
	o, there := over.Known()
	return there && ok(o, b)
}

func subset[T comparable](over, base []T) bool {
	return !slices.ContainsFunc(over, func(x T) bool { return !slices.Contains(base, x) })
}

func superset[T comparable](over, base []T) bool { return subset(base, over) }

func atMost(over, base int64) bool { return over <= base }

func mode(base, over fact.Of[rules.Mode]) bool {
	rank := map[rules.Mode]int{rules.Immediate: 0, rules.Order: 1, rules.Approval: 2}
	return known(base, over, func(o, b rules.Mode) bool { return rank[o] >= rank[b] })
}

// status: what permits nothing goes on to permit nothing.
func status(base, over *rules.Rules) bool {
	idle := func(s rules.Status) bool { return s == rules.Comparison || s == rules.Repealed }
	b, o := base.Status.Or(rules.Unverified), over.Status.Or(rules.Unverified)
	return o == b || idle(o) || !idle(b) && o == rules.NotInForce
}

func inForce(base, over []rules.Period) bool {
	inside := func(o rules.Period) bool {
		return slices.ContainsFunc(base, func(b rules.Period) bool {
			articles := len(b.Articles) == 0 || len(o.Articles) > 0 && subset(o.Articles, b.Articles)
			return articles && o.From >= b.From && (b.To == 0 || o.To != 0 && o.To <= b.To)
		})
	}
	return !slices.ContainsFunc(over, func(o rules.Period) bool { return !inside(o) })
}

func roles(base, over *rules.Roles) bool {
	return known(base.Applicants, over.Applicants, subset[paper.ID]) &&
		known(base.NamedPeople, over.NamedPeople, func(o, b bool) bool { return o || !b }) &&
		(!over.HolderSigns.Or(false) || base.HolderSigns.Or(false)) &&
		known(base.Reviewers, over.Reviewers, superset[paper.ID]) &&
		each(base.Locks, over.Locks, lock) && each(base.Consult, over.Consult, consultee)
}

// each says whether every element of base has one in over that is at least as strict.
func each[T any](base, over []T, as func(over, base T) bool) bool {
	return !slices.ContainsFunc(base, func(b T) bool {
		return !slices.ContainsFunc(over, func(o T) bool { return as(o, b) })
	})
}

func lock(o, b rules.Lock) bool {
	ok := o.Role == b.Role && o.Standard == b.Standard && o.K >= b.K && o.Quorum >= b.Quorum && (b.CastingVote || !o.CastingVote)
	ok = ok && known(b.Within, o.Within, shorter)
	if o.OnCall == nil || !ok {
		return ok
	}
	return b.OnCall != nil && o.OnCall.K >= b.OnCall.K && shorter(o.OnCall.WholeAfter, b.OnCall.WholeAfter)
}

func consultee(o, b rules.Consultee) bool {
	rank := map[rules.Asks]int{rules.Notify: 0, rules.Consult: 1, rules.Consent: 2}
	return o.Role == b.Role && rank[o.Mode] >= rank[b.Mode] && wider(o.When, b.When)
}

// wider says whether over holds whenever base does: it asks for nothing else.
func wider(over, base []rules.Predicate) bool {
	return !slices.ContainsFunc(over, func(o rules.Predicate) bool {
		return !slices.ContainsFunc(base, func(b rules.Predicate) bool { return fmt.Sprint(o) == fmt.Sprint(b) })
	})
}

// shorter says whether one span is never longer than another.
func shorter(o, b rules.Span) bool {
	if o.Unit == b.Unit {
		return o.N <= b.N
	}
	return !o.Unit.Working() && (b.Unit == rules.WorkingDay || !b.Unit.Working()) && least(o) <= least(b)
}

func times(base, over *rules.Time) bool {
	if !known(base.MaxS, over.MaxS, atMost) || !known(base.MaxWorkingDays, over.MaxWorkingDays, atMost) {
		return false
	}
	return renew(base.Renew, over.Renew) && urgently(base.Urgent, over.Urgent) && changed(base.Change, over.Change)
}

func changed(base, over *rules.Change) bool {
	if over == nil || !over.Allowed.Or(false) {
		return true
	}
	same := func(o, b paper.ID) bool { return o == b }
	return base != nil && base.Allowed.Or(false) && known(base.ApproveWithin, over.ApproveWithin, shorter) && known(base.By, over.By, same)
}

func renew(base, over *rules.Renew) bool {
	if over == nil || !over.Allowed.Or(false) {
		return true
	}
	return base != nil && base.Allowed.Or(false) && known(base.MaxCount, over.MaxCount, atMost) && known(base.WindowS, over.WindowS, atMost)
}

func urgently(base, over *rules.Urgent) bool {
	if over == nil || !over.Allowed.Or(false) {
		return true
	}
	if base == nil || !base.Allowed.Or(false) || over.K < base.K {
		return false
	}
	return known(base.Who, over.Who, subset[paper.ID]) &&
		known(base.After, over.After, func(o, b rules.After) bool { return o == b || o == rules.Confirm }) &&
		known(base.OnRefusal, over.OnRefusal, func(o, b rules.OnRefusal) bool { return o == b || b == rules.Stop }) &&
		known(base.ConfirmWithin, over.ConfirmWithin, shorter) && known(base.Lasts, over.Lasts, shorter) &&
		(over.After.Or(rules.PromptNotice) == rules.Confirm || known(base.NoticeWithin, over.NoticeWithin, shorter))
}

func scope(base, over *rules.Scope) bool {
	return known(base.DataClass, over.DataClass, subset[paper.ID]) && known(base.Directions, over.Directions, subset[regime.Direction]) &&
		known(base.Effects, over.Effects, subset[paper.ID]) && known(base.Links, over.Links, atMost) && known(base.VolumeCapPermille, over.VolumeCapPermille, atMost)
}

func data(base, over *rules.Data) bool {
	switch {
	case base == nil:
		return true
	case over == nil:
		return false
	}
	if b := base.Retention; b != nil {
		o := over.Retention
		if o == nil || !known(b.LimitS, o.LimitS, atMost) || !known(b.ReviewEveryS, o.ReviewEveryS, atMost) {
			return false
		}
	}
	if b := base.Dispose; b != nil {
		o := over.Dispose
		return o != nil && known(b.WithinS, o.WithinS, atMost) && known(b.Proof, o.Proof, func(o, b bool) bool { return o || !b })
	}
	return true
}

func sharing(base, over []rules.Share) bool {
	return each(over, base, func(b, o rules.Share) bool { return b.With == o.With })
}

func reports(base, over []rules.Report) bool {
	return each(base, over, func(o, b rules.Report) bool {
		items := each(b.Items, o.Items, func(x, y rules.Item) bool { return x.ID == y.ID })
		return o.ID == b.ID && o.To == b.To && o.From == b.From && items && wider(o.When, b.When) && known(b.Within, o.Within, shorter)
	})
}

// conditions: each is still asked, at least as often and at least as much.
func conditions(base, over []rules.Condition) (at string, loose bool) {
	for _, b := range base {
		i := slices.IndexFunc(over, func(o rules.Condition) bool { return o.ID == b.ID })
		if i < 0 || !stricter(over[i], b) {
			return fmt.Sprintf("conditions.%s", b.ID), true
		}
	}
	return "", false
}

func stricter(o, b rules.Condition) bool {
	threshold := b.Threshold == rules.Ungraded || o.Threshold != rules.Ungraded && o.Threshold <= b.Threshold
	return o.Kind == b.Kind && limits(o, b) && o.MinWords >= b.MinWords && threshold &&
		(b.Evidence == "" || o.Evidence == b.Evidence) && superset(o.Risks, b.Risks) && superset(o.SimilarTo, b.SimilarTo) && wider(o.When, b.When)
}

// limits says whether a number's limits are no wider.
func limits(o, b rules.Condition) bool {
	return (b.Min == nil || o.Min != nil && *o.Min >= *b.Min) && (b.Max == nil || o.Max != nil && *o.Max <= *b.Max)
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
