package review

import (
	"errors"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/regime/judge"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/unmet/named"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Matter is an application with all that it is judged by.
type Matter struct {
	Application *application.Application
	Digest      paper.Digest
	Envelope    *paper.Envelope
	Profile     *regime.Profile
	Rules       *judge.Evaluator
	View        *trust.View
	Lock        rules.Lock // the commission's
}

// Law is where profiles and rules are found, and whose lock decides.
type Law struct {
	Body     paper.ID // the commission's
	Profiles func(paper.Digest) *regime.Profile
	Rules    func(paper.Digest) *judge.Evaluator
}

// Why an application cannot be judged.
var (
	ErrRules    = errors.New("the profile or the rules that the application names are not at hand")
	ErrLockless = errors.New("the body has no lock in these rules")
)

// New finds what an application is judged by: ErrRules, ErrLockless, or the paper's
// error.
//
// Invariant 30: an application names the profile and the rules it is judged by, and is
// judged by no others.
func New(e *paper.Envelope, view *trust.View, law Law) (*Matter, error) {
	a, err := application.Parse(e)
	if err != nil {
		return nil, err
	}
	m := &Matter{Application: a, Digest: e.Digest(), Envelope: e, View: view, Profile: law.Profiles(a.Profile), Rules: law.Rules(a.Rules)}
	if m.Profile == nil || m.Rules == nil || m.Profile.Rules != a.Rules {
		return nil, ErrRules
	}
	body, _ := view.Body(law.Body)
	for _, l := range m.Rules.Rules().Roles.Locks {
		if slices.Contains(body.Roles, l.Role) {
			m.Lock = l
			return m, nil
		}
	}
	return nil, ErrLockless
}

// Unmet lists all that an application lacks: what the rules ask for, and what the warrant
// that it asks for would be refused for.
//
// Invariant 17: where the instrument asks for alternatives, they are a condition like
// the others; an application without a finding on them never reaches a member.
func (m *Matter) Unmet(before application.Before) []unmet.Unmet {
	list := m.Rules.Unmet(m.Application.Request(before))
	whole := decision.Whole(m.Application)
	w := decision.Draft(m.Application, &whole, m.Profile, decision.Places{Application: m.Place(0), Decision: m.Place(1)}, "draft", m.Application.Nonce)
	if m.Application.Path == warrant.Urgent {
		w = decision.DraftUrgent(w, m.Application, m.Profile)
	}
	e, err := paper.Seal(warrant.Type, w)
	if err != nil {
		return append(list, unmet.Unmet{Place: "warrant", Code: "paper", Args: []any{"why", err.Error()}})
	}
	for _, n := range m.Faults(e, nil) {
		said := slices.ContainsFunc(list, func(u unmet.Unmet) bool { return slices.Contains(n.Args, any(u.Place)) })
		if n.Code != "lock" && !(n.Code == "condition-unmet" && said) { // the rules say it better
			list = append(list, n)
		}
	}
	return list
}

// Draft makes the warrant of what was granted, unsigned: application and decision are the
// places of their entries; an urgent one is before any decision.
func (m *Matter) Draft(g *decision.Grant, application, decided int64, urgent bool, id paper.ID, nonce string) *warrant.Warrant {
	at := decision.Places{Application: m.Place(application), Decision: m.Place(decided)}
	w := decision.Draft(m.Application, g, m.Profile, at, id, nonce)
	if urgent {
		w = decision.DraftUrgent(w, m.Application, m.Profile)
	}
	return w
}

// Place is a place in the log of decisions.
func (m *Matter) Place(index int64) warrant.Entry {
	for _, g := range m.View.Logs() {
		if g.Duty == trust.Decisions {
			return warrant.Entry{Index: index, Origin: g.Origin}
		}
	}
	return warrant.Entry{Index: index}
}

// Faults notes what a warrant would be refused for by those who check it, whatever it is
// used for: its form, its rules, its locks.
func (m *Matter) Faults(e *paper.Envelope, urgents *warrant.UrgentCount) []unmet.Unmet {
	at := m.View.At()
	_, list := warrant.Check(warrant.Input{
		Chain: []*paper.Envelope{e}, View: m.View, Profiles: func(d paper.Digest) *regime.Profile {
			if d == m.Application.Profile {
				return m.Profile
			}
			return nil
		},
		Clock: warrant.Clock{Earliest: at, Latest: at}, Start: true, Urgents: urgents,
	})
	return slices.DeleteFunc(list, func(u unmet.Unmet) bool {
		chain := strings.HasPrefix(u.Place, "chain") || urgents != nil && strings.HasPrefix(u.Place, "urgents")
		return !chain || u.Code == "not-yet"
	})
}

// Lack writes an unmet condition for the paper, in both languages.
func Lack(n unmet.Unmet) application.Lack {
	both := func(t i18n.Text) paper.Words { return paper.Words{EN: t.In(i18n.EN), JA: t.In(i18n.JA)} }
	l := application.Lack{Cite: []string{}, Code: n.Code, Place: n.Place, Says: both(i18n.Both(n.Key(), named.Args(n)...))}
	if key := n.MeetKey(); key != "" {
		l.Meet = both(i18n.Both(key, named.Args(n)...))
	}
	if n.Law == nil {
		return l
	}
	l.Cite, l.Mark = append(l.Cite, n.Law.Cite...), n.Law.Mark
	if n.Law.Lacks != (paper.Words{}) {
		l.Says = n.Law.Lacks
	}
	if n.Law.Meet != (paper.Words{}) {
		l.Meet = n.Law.Meet
	}
	return l
}

// Incomplete writes the machine's refusal of an application that lacks something.
func (m *Matter) Incomplete(lacks []unmet.Unmet, at paper.Time) (*paper.Envelope, error) {
	p := application.Incomplete{Application: m.Digest, At: at, Lacks: []application.Lack{}}
	for _, n := range lacks[:min(len(lacks), application.MostLacks)] {
		p.Lacks = append(p.Lacks, Lack(n))
	}
	return paper.Seal(application.IncompleteType, p)
}
