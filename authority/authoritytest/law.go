package authoritytest

import (
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/regime/fact"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
)

func words(en, ja string) paper.Words { return paper.Words{EN: en, JA: ja} }

// condition is a text of at least least words with evidence.
func condition(id paper.ID, least int64, en, ja string) rules.Condition {
	return rules.Condition{
		Cite: fact.Cites{"Lab Act art. 17"}, Evidence: "document", ID: id, Kind: rules.TextKind, Mark: fact.Seen, MinWords: least,
		Unmet: words(en+" is not set out", ja+"が示されていません"), Meet: words("set out "+en+", with a document", ja+"を文書とともに示してください"),
	}
}

// lawOf writes the rules behind a profile.
func lawOf(p *regime.Profile, applicants []paper.ID, conditions []rules.Condition) *rules.Rules {
	cite := "Lab Act art. 18"
	conditions = slices.DeleteFunc(conditions, func(c rules.Condition) bool { return !slices.Contains(p.Conditions, c.ID) })
	r := &rules.Rules{
		Articles: p.Articles, Conditions: conditions, ID: p.Instrument, InForce: []rules.Period{{Cite: fact.Cites{cite}, Mark: fact.Seen, From: p.From}},
		Jurisdiction: "lab", Kinds: p.Kinds, Mode: fact.Is(rules.Mode(p.Mode), fact.Seen, cite), Name: words("an instrument", "ある権限"),
		Penalties: []rules.Penalty{}, Purpose: rules.Purpose{Allowed: fact.Is(p.Purposes, fact.Seen, cite)}, Regime: p.Regime, Reports: []rules.Report{},
		Roles:   rules.Roles{Applicants: fact.Is(applicants, fact.Seen, cite), Consult: []rules.Consultee{}, NamedPeople: fact.Is(p.NamedPeople, fact.Seen, cite)},
		Scope:   rules.Scope{Effects: fact.Is(p.Effects, fact.Seen, cite), Directions: fact.Is(p.Directions, fact.Seen, cite)},
		Sharing: []rules.Share{}, Status: fact.Is(rules.InForce, fact.Seen, cite),
		Time: rules.Time{MaxS: fact.Is(p.LongestS, fact.Seen, cite), Renew: &rules.Renew{Allowed: fact.Is(true, fact.Seen, cite)}},
	}
	for _, l := range p.Locks {
		lock := rules.Lock{Cite: fact.Cites{cite}, K: int64(l.K), Mark: fact.Seen, Role: l.Role, Standard: rules.Legality, Says: l.Standard}
		if l.Role == "member" {
			lock.Of, lock.CastingVote = 5, true
			lock.OnCall = &rules.OnCall{Cite: fact.Cites{cite}, K: 1, Mark: fact.Remembered, WholeAfter: rules.Span{N: 12, Unit: rules.Hour}}
		}
		r.Roles.Locks = append(r.Roles.Locks, lock)
	}
	if u := p.Paths.Urgent; u != nil {
		r.Time.Urgent = &rules.Urgent{
			After: fact.Is(rules.After(u.After), fact.Seen, cite), Allowed: fact.Is(true, fact.Seen, cite), K: int64(u.K),
			OnRefusal: fact.Is(rules.Stop, fact.Seen, cite), Who: fact.Is([]paper.ID{u.Role}, fact.Seen, cite),
		}
		if u.OnRefusal == regime.StopAndErase {
			r.Time.Urgent.OnRefusal = fact.Is(rules.Erase, fact.Seen, cite)
		}
		if u.ConfirmWithinS > 0 {
			r.Time.Urgent.ConfirmWithin = fact.Is(rules.Span{N: u.ConfirmWithinS, Unit: rules.Second}, fact.Seen, cite)
		}
	}
	return r
}

func collectionLaw(p *regime.Profile) *rules.Rules {
	return lawOf(p, []paper.ID{"acquirer"}, []rules.Condition{
		condition("necessity", 4, "why it is necessary", "必要性"), condition("no-other-means", 4, "why nothing milder would do", "補充性"),
	})
}

func policeLaw(p *regime.Profile) *rules.Rules {
	return lawOf(p, []paper.ID{"chief"}, []rules.Condition{
		condition("danger", 3, "the danger", "危険"), condition("no-other-means", 3, "why nothing milder would do", "補充性"),
	})
}
