package actor

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/store"
)

// Amend brings the register to what a document says of it as a whole: new bodies, people,
// duties and trainings, and ends of duties. An empty register begins with it. by vouches
// for it. It refuses with fault.Permission what takes something away or dates something
// back; needs and locks it does not change.
func (r *Register) Amend(ctx context.Context, d *Document, by paper.ID) error {
	if err := d.Check(); err != nil {
		return err
	}
	return r.db.Tx(ctx, func(t *store.Tx) error {
		is, err := export(t)
		if err != nil {
			return err
		}
		now, err := r.instant(t)
		switch {
		case err != nil:
			return err
		case len(is.Bodies)+len(is.People) == 0:
			return found(t, d, now, string(by))
		case !reflect.DeepEqual(is.Needs, d.Needs) || !reflect.DeepEqual(is.Locks, d.Locks):
			return wrong(fault.Permission, "taken-away", "lock", "what", "need, lock")
		}
		return amend(t, is, d, func(c Change) error {
			c.Recorded, c.Recorder = now, by
			begins := c.From
			if c.Kind == "end" {
				begins = c.Until
			}
			if c.Kind != "person" && begins < now {
				return wrong(fault.Permission, "back", "from", "from", begins.String(), "now", now.String())
			}
			return note(t, c)
		})
	})
}

// more gives what is new in a list that must hold all of another.
func more[T comparable](is, to []T, bare func(T) T) (list []T, err error) {
	has := func(list []T, x T) bool {
		return slices.ContainsFunc(list, func(o T) bool { return bare(o) == bare(x) })
	}
	for _, x := range is {
		if !has(to, x) {
			return nil, wrong(fault.Permission, "taken-away", "", "what", fmt.Sprintf("%+v", bare(x)))
		}
	}
	return slices.DeleteFunc(slices.Clone(to), func(x T) bool { return has(is, x) }), nil
}

// amend writes what leads from a register to another, ends before beginnings.
func amend(t *store.Tx, is, to *Document, noted func(Change) error) error {
	bodies, err := more(is.Bodies, to.Bodies, func(b Body) Body { return b })
	people, err2 := more(is.People, to.People, func(p Person) Person { return p })
	duties, err3 := more(is.Duties, to.Duties, func(d Duty) Duty { d.Number, d.Until = 0, 0; return d })
	trainings, err4 := more(is.Trainings, to.Trainings, func(n Training) Training { n.Number = 0; return n })
	ended, err5 := ends(is, to)
	if err := cmp.Or(err, err2, err3, err4, err5); err != nil {
		return err
	}
	step := func(c Change, write func() error) {
		if err == nil {
			if err = noted(c); err == nil {
				err = write()
			}
		}
	}
	for _, b := range bodies {
		step(Change{Kind: "body", Body: b.ID, From: b.From, Until: b.Until}, func() error { return putBody(t, b) })
	}
	for _, p := range people {
		step(Change{Kind: "person", Person: p.ID}, func() error { return putPerson(t, p) })
	}
	for _, d := range ended {
		step(d.change("end"), func() error {
			_, err := t.Exec("UPDATE actor_duty SET until = $1 WHERE person = $2 AND body = $3 AND role = $4 AND since = $5", d.Until, d.Person, d.Body, d.Role, d.From)
			return err
		})
	}
	for _, d := range duties {
		step(d.change("appoint"), func() (err error) {
			if d.Number, err = next(t, "actor_duty"); err == nil {
				err = appoint(t, d)
			}
			return err
		})
	}
	for _, n := range trainings {
		step(Change{Kind: "train", Person: n.Person, What: n.Name, From: n.From, Until: n.Until, Act: n.Act}, func() (err error) {
			if n.Number, err = next(t, "actor_training"); err == nil {
				err = train(t, n)
			}
			return err
		})
	}
	return err
}

// ends lists the duties that end earlier now. None ends later.
func ends(is, to *Document) ([]Duty, error) {
	var list []Duty
	for _, o := range is.Duties {
		i := slices.IndexFunc(to.Duties, func(d Duty) bool {
			return d.Person == o.Person && d.Body == o.Body && d.Role == o.Role && d.From == o.From
		})
		if i < 0 {
			continue // more has told it
		}
		switch d := to.Duties[i]; {
		case d.Until > o.Until:
			return nil, wrong(fault.Invalid, "later", "until", "number", o.Number, "until", o.Until.String())
		case d.Until < o.Until:
			list = append(list, d)
		}
	}
	return list, nil
}

func (d Duty) change(kind string) Change {
	return Change{Kind: kind, Body: d.Body, Person: d.Person, What: d.Role, From: d.From, Until: d.Until, Act: d.Act}
}
