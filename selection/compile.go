package selection

import (
	"errors"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/selection/set"
)

// Compile verifies a selector set and makes its matcher in one pass over its pages. With
// any refusal there is no matcher: a set is followed whole or not at all.
func Compile(in set.Input) (*Matcher, *set.Verified, []*set.Refusal) {
	b := NewBuilder(0, "")
	var unknown []*set.Refusal
	v, list := set.Verify(in, func(s *set.Selector) {
		var r *set.Refusal
		if err := b.Add(s); errors.As(err, &r) && len(unknown) < set.MaxRefusals {
			unknown = append(unknown, r)
		}
	})
	if list = append(list, unknown...); len(list) > 0 {
		return nil, nil, list
	}
	m := b.Done()
	m.number, m.first = v.Set().Number, v.First()
	return m, v, nil
}

// Say says a refusal to a person.
func Say(r *set.Refusal) i18n.Text {
	what := i18n.Both("selection.refused." + string(r.Code))
	if r.ID == 0 {
		return what
	}
	return i18n.Both("selection.of", "id", i18n.Nominal(int64(r.ID)), "field", r.Field, "what", what)
}

// Fault is a refusal as the house's error, with its place and what to do.
func Fault(r *set.Refusal) error {
	return fault.Said(fault.Error{Kind: fault.Invalid, Place: fault.Place{Offset: -1, Field: r.Field}, Err: r},
		i18n.Both("selection.op"), Say(r), i18n.Both("selection.hint."+string(r.Code)))
}

// wrong is the error of a set that cannot be taken.
func wrong(kind fault.Kind, code set.Code, field string) error {
	return fault.Said(fault.Error{Kind: kind, Place: fault.Place{Offset: -1, Field: field}},
		i18n.Both("selection.op"), i18n.Both("selection.refused."+string(code)), i18n.Both("selection.hint."+string(code)))
}
