package actor

import (
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/store"
)

// Bearer gives who acts with a key in a role at an instant: the trust root must give the
// key to the person for that role and body, and the person must hold the role in the
// same body here. Robots, which only a lab's root has, stand in no register and are
// taken at the root's word. All else is refused with fault.Permission.
//
// Invariant 12: a key alone is nobody.
func Bearer(t *store.Tx, v *trust.View, key paper.KeyID, role paper.ID, at paper.Time) (trust.Holder, error) {
	h, ok := v.Holder(key, role, at)
	if !ok {
		return h, wrong(fault.Permission, "key", "key", "key", string(key), "role", string(role))
	}
	if h.Robot {
		return h, nil
	}
	s, err := Holds(t, h.Person, role, at)
	if err != nil {
		return trust.Holder{}, err
	}
	if err := s.Err(); err != nil {
		return trust.Holder{}, err
	}
	if s.Body != h.Body {
		return trust.Holder{}, wrong(fault.Permission, "other-body", "key", "person", string(h.Person), "root", string(h.Body), "body", string(s.Body))
	}
	return h, nil
}

// KeyLack is a key of the trust root that the register does not bear out.
type KeyLack struct {
	Key  paper.KeyID `json:"key"`
	Body paper.ID    `json:"body"` // by the root
	Standing
}

// Keys holds every key that the trust root has in force at an instant against the
// register, and gives those that nobody may use in a role they are given: unknown
// persons, no duty, another body, no training.
func Keys(t *store.Tx, v *trust.View, at paper.Time) ([]KeyLack, error) {
	var out []KeyLack
	for _, b := range v.Bodies() {
		for _, k := range b.Keys {
			if k.Robot || at < k.From || at >= k.Until {
				continue
			}
			roles := slices.Clone(k.Roles)
			slices.Sort(roles)
			for _, role := range slices.Compact(roles) {
				s, err := Holds(t, k.Person, role, at)
				if err != nil {
					return nil, err
				}
				if s.Holds && s.Body != b.ID {
					s.Lacks = append(s.Lacks, Lack{"other-body", s.Body})
					s = s.closed()
				}
				if !s.Holds {
					out = append(out, KeyLack{Key: k.Key.ID(), Body: b.ID, Standing: s})
				}
			}
		}
	}
	return out, nil
}
