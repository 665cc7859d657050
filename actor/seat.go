package actor

import (
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/store"
)

// Bears is nil when a person bears a role in a body at an instant. Else it is
// fault.Permission and names the person, the duty and its dates. A register that has not
// begun refuses nobody.
//
// Invariant 12: who acts bears the duty then; a key alone is nobody.
func (r *Register) Bears(t *store.Tx, person, role, body paper.ID, at paper.Time) error {
	var begun int64
	if err := t.Row("SELECT count(*) FROM actor_change WHERE number = 1").Scan(&begun); err != nil || begun == 0 {
		return err
	}
	s, err := Holds(t, person, role, at)
	if err != nil || s.Holds && s.Body == body {
		return err
	}
	if !s.Holds && s.Body == body { // a duty, without the body or a training
		return s.Err()
	}
	list, err := duties(t, "person = $1", person)
	if err != nil {
		return err
	}
	return unborne(list, person, role, body, at)
}

// unborne says why a person with those duties does not bear this one.
func unborne(list []Duty, person, role, body paper.ID, at paper.Time) error {
	err := wrong(fault.Permission, "none", "person", "person", string(person), "role", string(role), "body", string(body), "at", at.String())
	for _, d := range list {
		switch {
		case d.Body != body && d.From <= at && at < d.Until:
			return d.wrong("elsewhere", at, "wanted", string(role), "other", string(body))
		case d.Body == body && d.Role == role:
			err = d.wrong("not-then", at)
		}
	}
	return err
}

// Apart is nil when a person bore no duty in a body at an instant. Else it is
// fault.Permission and names the duty.
//
// Invariant 13: who was of the body that asks does not decide on what it asked.
func (r *Register) Apart(t *store.Tx, person, body paper.ID, at paper.Time) error {
	list, err := duties(t, "person = $1 AND body = $2 AND since <= $3 AND until > $3", person, body, at)
	if err != nil || len(list) == 0 {
		return err
	}
	return list[0].wrong("was-there", at)
}

// wrong says something of a duty with its dates.
func (d *Duty) wrong(key string, at paper.Time, more ...any) error {
	until := d.Until.String()
	if d.Until == Forever {
		until = "∞"
	}
	return wrong(fault.Permission, key, "person", append([]any{
		"person", string(d.Person), "role", string(d.Role), "body", string(d.Body), "number", d.Number, "from", d.From.String(), "until", until, "at", at.String(),
	}, more...)...)
}
