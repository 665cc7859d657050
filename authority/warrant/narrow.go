package warrant

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant/criteria"
)

// Narrow notes where child reaches beyond parent: a child is equal or narrower in every
// field. Over well-formed warrants it is a partial order of what they permit; id,
// nonce, holder and parent do not take part. Places are paths inside the child.
func Narrow(parent, child *Warrant) []Unmet {
	var l unmet.List
	narrow(&l, "", parent, child)
	return l
}

func narrow(l *unmet.List, place string, p, c *Warrant) {
	for _, f := range []struct {
		name string
		same bool
	}{
		{"application", p.Application == c.Application},
		{"case", p.Case == c.Case},
		{"conditions", reflect.DeepEqual(p.Conditions, c.Conditions)},
		{"decision", p.Decision == c.Decision},
		{"instrument", p.Instrument == c.Instrument},
		{"kind", p.Kind == c.Kind},
		{"path", p.Path == c.Path},
		{"profile", p.Profile == c.Profile},
		{"purpose", p.Purpose == c.Purpose},
		{"root", p.Root == c.Root},
		{"root_kind", p.RootKind == c.RootKind},
		{"scope.direction_table", p.Scope.DirectionTable == c.Scope.DirectionTable},
		{"urgency", reflect.DeepEqual(p.Urgency, c.Urgency)},
	} {
		l.Want(f.same, place+f.name, "narrow-differs")
	}
	l.Want(subset(p.Articles, c.Articles), place+"articles", "narrow-wider")
	l.Want(c.NotBefore >= p.NotBefore, place+"not_before", "narrow-wider")
	l.Want(c.NotAfter <= p.NotAfter, place+"not_after", "narrow-wider")
	narrowPeople(l, place, p.People, c.People)
	narrowScope(l, place+"scope.", &p.Scope, &c.Scope)
}

// narrowPeople: no names mean anybody whom the holder sends; names can only be struck
// off, and their time cut.
func narrowPeople(l *unmet.List, place string, p, c []Person) {
	if len(p) == 0 {
		return
	}
	l.Want(len(c) > 0, place+"people", "narrow-wider")
	for i, n := range c {
		l.Want(slices.ContainsFunc(p, func(o Person) bool { return o.key() == n.key() && n.Until <= o.Until }), fmt.Sprintf("%speople[%d]", place, i), "narrow-wider")
	}
}

func narrowScope(l *unmet.List, place string, p, c *Scope) {
	// Where an act may have a dimension, an empty list restricts nothing.
	l.Want(subset(p.Directions, c.Directions) && (len(c.Directions) > 0 || len(p.Directions) == 0), place+"directions", "narrow-wider")
	l.Want(subset(p.Effects, c.Effects), place+"effects", "narrow-wider")
	l.Want(subset(p.Links, c.Links) && (len(c.Links) > 0 || len(p.Links) == 0), place+"links", "narrow-wider")
	l.Want(len(c.Targets) > 0 || len(p.Targets) == 0, place+"targets", "narrow-wider")
	for i, t := range c.Targets {
		l.Want(within(p.Targets, t), fmt.Sprintf("%stargets[%d]", place, i), "narrow-wider")
	}
	outer := p.numbers()
	for i, n := range c.numbers() {
		l.Want(n.value <= outer[i].value, place+n.name, "narrow-wider")
	}
	l.Want(coversText(p.Criteria, c.Criteria), place+"criteria", "narrow-wider")
}

// coversText says whether the criteria of a child lie inside its parent's; both have
// them or none has.
func coversText(parent, child string) bool {
	if parent == child {
		return true
	}
	p, err := criteria.ParseExact(parent)
	c, err2 := criteria.ParseExact(child)
	return err == nil && err2 == nil && criteria.Covers(p, c)
}

func subset[T comparable](all, some []T) bool {
	return !slices.ContainsFunc(some, func(x T) bool { return !slices.Contains(all, x) })
}

// Child makes a child of the warrant that e holds: the same permission for another
// holder, to be narrowed by the caller before it is sealed.
func Child(e *paper.Envelope, holder paper.PublicKey, id paper.ID, nonce string) (*Warrant, error) {
	w := new(Warrant)
	if err := e.Open(Type, w); err != nil {
		return nil, err
	}
	w.Parent, w.Holder, w.ID, w.Nonce = e.Digest(), holder, id, nonce
	return w, nil
}
