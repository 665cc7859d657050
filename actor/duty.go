package actor

import (
	"cmp"
	"context"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/store"
)

// Appoint gives a person a duty in a body, from the instant of recording or later, and
// gives its number. It refuses with fault.Permission who would be in two bodies or in
// two locks of one instrument at one time, who bears the role already, and who appoints
// themselves.
func (r *Register) Appoint(ctx context.Context, d Duty, by paper.ID) (int64, error) {
	if err := d.check(); err != nil {
		return 0, err
	}
	if d.Person == by {
		return 0, wrong(fault.Permission, "self", "by", "id", string(by))
	}
	var number int64
	err := r.change(ctx, by, func(t *store.Tx, now paper.Time) error {
		d := d
		if err := period(&d.From, &d.Until, now); err != nil {
			return err
		}
		var err error
		if d.Number, err = next(t, "actor_duty"); err != nil {
			return err
		}
		if err := appoint(t, d); err != nil {
			return err
		}
		number = d.Number
		return note(t, Change{Recorded: now, Recorder: by, Kind: "appoint", Body: d.Body, Person: d.Person, What: d.Role, From: d.From, Until: d.Until, Act: d.Act})
	})
	return number, err
}

func (d Duty) check() error {
	return cmp.Or(idWrong("body", d.Body), idWrong("person", d.Person), idWrong("role", d.Role), actWrong(d.Act))
}

// appoint writes a duty with its number, unless it clashes with another.
//
// Invariant 13: two locks are two people in two bodies; nobody holds both.
func appoint(t *store.Tx, d Duty) error {
	if err := cmp.Or(known(t, "actor_person", d.Person, "person"), known(t, "actor_body", d.Body, "body")); err != nil {
		return err
	}
	locks, err := lockSets(t)
	if err != nil {
		return err
	}
	mine, err := duties(t, "person = $1 AND since < $2 AND until > $3", d.Person, d.Until, d.From)
	if err != nil {
		return err
	}
	for _, other := range mine {
		if why, instrument := clash(d, other, locks); why != "" {
			return wrong(fault.Permission, why, "role", "person", string(d.Person), "body", string(other.Body), "role", string(other.Role),
				"number", other.Number, "instrument", string(instrument))
		}
	}
	_, err = t.Exec("INSERT INTO actor_duty (number, body, person, role, since, until, act) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		d.Number, d.Body, d.Person, d.Role, d.From, d.Until, d.Act)
	return err
}

// clash says why two duties of one person cannot be borne at one time: two-bodies,
// already, or two-locks of an instrument. Duties that share no instant never clash.
func clash(a, b Duty, locks []Locks) (string, paper.ID) {
	if a.Person != b.Person || !overlap(a.From, a.Until, b.From, b.Until) {
		return "", ""
	}
	if a.Body != b.Body {
		return "two-bodies", ""
	}
	if a.Role == b.Role {
		return "already", ""
	}
	for _, l := range locks {
		if slices.Contains(l.Roles, a.Role) && slices.Contains(l.Roles, b.Role) {
			return "two-locks", l.Instrument
		}
	}
	return "", ""
}

// End ends a duty at an instant, now or later; 0 means now. A duty that has not begun
// then never begins. What was borne before stays so.
func (r *Register) End(ctx context.Context, number int64, at paper.Time, act string, by paper.ID) error {
	if err := actWrong(act); err != nil {
		return err
	}
	return r.change(ctx, by, func(t *store.Tx, now paper.Time) error {
		list, err := duties(t, "number = $1", number)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return wrong(fault.NotFound, "no-duty", "number", "number", number)
		}
		d, until := list[0], at
		if until == 0 {
			until = now
		}
		switch {
		case until < now:
			return wrong(fault.Permission, "back", "at", "from", until.String(), "now", now.String())
		case until >= d.Until:
			return wrong(fault.Invalid, "later", "at", "number", number, "until", d.Until.String())
		}
		until = max(until, d.From)
		if _, err := t.Exec("UPDATE actor_duty SET until = $1 WHERE number = $2", until, number); err != nil {
			return err
		}
		return note(t, Change{Recorded: now, Recorder: by, Kind: "end", Body: d.Body, Person: d.Person, What: d.Role, From: d.From, Until: until, Act: act})
	})
}

// Train records that a person has passed a training, which counts from the instant of
// recording or later. Nobody records their own.
func (r *Register) Train(ctx context.Context, n Training, by paper.ID) error {
	if err := n.check(); err != nil {
		return err
	}
	if n.Person == by {
		return wrong(fault.Permission, "self", "by", "id", string(by))
	}
	return r.change(ctx, by, func(t *store.Tx, now paper.Time) error {
		n := n
		if err := period(&n.From, &n.Until, now); err != nil {
			return err
		}
		var err error
		if n.Number, err = next(t, "actor_training"); err != nil {
			return err
		}
		if err := train(t, n); err != nil {
			return err
		}
		return note(t, Change{Recorded: now, Recorder: by, Kind: "train", Person: n.Person, What: n.Name, From: n.From, Until: n.Until, Act: n.Act})
	})
}

func (n Training) check() error {
	return cmp.Or(idWrong("person", n.Person), idWrong("name", n.Name), actWrong(n.Act))
}

func train(t *store.Tx, n Training) error {
	if err := known(t, "actor_person", n.Person, "person"); err != nil {
		return err
	}
	_, err := t.Exec("INSERT INTO actor_training (number, person, training, since, until, act) VALUES ($1, $2, $3, $4, $5, $6)",
		n.Number, n.Person, n.Name, n.From, n.Until, n.Act)
	return err
}

// Require sets from now on which trainings a role needs, in place of those before. What
// it means for the past does not change.
func (r *Register) Require(ctx context.Context, role paper.ID, trainings []paper.ID, by paper.ID) error {
	for _, id := range append([]paper.ID{role}, trainings...) {
		if err := idWrong("training", id); err != nil {
			return err
		}
	}
	return r.change(ctx, by, func(t *store.Tx, now paper.Time) error {
		is, err := needs(t, role, now)
		if err != nil {
			return err
		}
		for _, id := range is {
			if !slices.Contains(trainings, id) {
				if _, err := t.Exec("UPDATE actor_need SET until = $1 WHERE role = $2 AND training = $3 AND until > $1", now, role, id); err != nil {
					return err
				}
				if err := note(t, Change{Recorded: now, Recorder: by, Kind: "need", What: role, Act: string(id), Until: now}); err != nil {
					return err
				}
			}
		}
		for _, id := range trainings {
			if slices.Contains(is, id) {
				continue
			}
			// The same instant again: a need that ended as it began is renewed.
			if _, err := t.Exec(`INSERT INTO actor_need (role, training, since, until) VALUES ($1, $2, $3, $4)
				ON CONFLICT (role, training, since) DO UPDATE SET until = excluded.until`, role, id, now, Forever); err != nil {
				return err
			}
			if err := note(t, Change{Recorded: now, Recorder: by, Kind: "need", What: role, Act: string(id), From: now, Until: Forever}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Guard sets the locks of an instrument, in place of those before. It refuses locks of
// which somebody, from now on, bears two at one time; what was so before is found by
// [Register.Clashes].
func (r *Register) Guard(ctx context.Context, l Locks, by paper.ID) error {
	if err := l.check(); err != nil {
		return err
	}
	return r.change(ctx, by, func(t *store.Tx, now paper.Time) error {
		list, err := duties(t, "until > $1", now)
		if err != nil {
			return err
		}
		for i := range list {
			list[i].From = max(list[i].From, now)
		}
		if found := clashes(list, []Locks{l}); len(found) > 0 {
			c := found[0]
			return wrong(fault.Permission, c.Why, "role", "person", string(c.A.Person), "body", string(c.B.Body), "role", string(c.B.Role),
				"number", c.B.Number, "instrument", string(c.Instrument))
		}
		if err := guard(t, l); err != nil {
			return err
		}
		return note(t, Change{Recorded: now, Recorder: by, Kind: "lock", What: l.Instrument, From: now, Until: Forever, Act: rolesText(l.Roles)})
	})
}

func guard(t *store.Tx, l Locks) error {
	if _, err := t.Exec("DELETE FROM actor_lock WHERE instrument = $1", l.Instrument); err != nil {
		return err
	}
	for _, role := range l.Roles {
		if _, err := t.Exec("INSERT INTO actor_lock (instrument, role) VALUES ($1, $2)", l.Instrument, role); err != nil {
			return twice(err, "roles", role)
		}
	}
	return nil
}

func (l Locks) check() error {
	if len(l.Roles) == 0 {
		return wrong(fault.Invalid, "lockless", "roles", "instrument", string(l.Instrument))
	}
	for _, id := range append([]paper.ID{l.Instrument}, l.Roles...) {
		if err := idWrong("roles", id); err != nil {
			return err
		}
	}
	return nil
}

func rolesText(roles []paper.ID) string {
	out := ""
	for i, r := range roles {
		if i > 0 {
			out += " "
		}
		out += string(r)
	}
	return out
}
