package actor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/store"
)

// Founding is the recorder of what a register began with.
const Founding paper.ID = "founding"

// Document is a register as a person writes it.
type Document struct {
	Bodies    []Body
	People    []Person
	Duties    []Duty
	Trainings []Training
	Needs     []Need
	Locks     []Locks
}

// Check refuses what the register would refuse, naming the member: a register begins
// with any past, as long as it is one that could have been.
func (d *Document) Check() error {
	bodies, people := map[paper.ID]bool{}, map[paper.ID]bool{}
	for i, b := range d.Bodies {
		if err := cmp.Or(b.check(), spanWrong(b.From, b.Until), once(bodies, b.ID)); err != nil {
			return member(err, "body", i)
		}
	}
	for i, p := range d.People {
		if err := cmp.Or(p.check(), once(people, p.ID)); err != nil {
			return member(err, "person", i)
		}
	}
	for i, u := range d.Duties {
		if err := cmp.Or(u.check(), spanWrong(u.From, u.Until), has(people, "person", u.Person), has(bodies, "body", u.Body)); err != nil {
			return member(err, "duty", i)
		}
	}
	for i, t := range d.Trainings {
		if err := cmp.Or(t.check(), spanWrong(t.From, t.Until), has(people, "person", t.Person)); err != nil {
			return member(err, "training", i)
		}
	}
	needed, guarded := map[paper.ID]bool{}, map[paper.ID]bool{}
	for i, n := range d.Needs {
		if err := cmp.Or(idWrong("role", n.Role), idWrong("training", n.Training), once(needed, n.Role+" "+n.Training)); err != nil {
			return member(err, "need", i)
		}
	}
	for i, l := range d.Locks {
		roles := map[paper.ID]bool{}
		err := cmp.Or(l.check(), once(guarded, l.Instrument))
		for _, r := range l.Roles {
			err = cmp.Or(err, once(roles, r))
		}
		if err != nil {
			return member(err, "lock", i)
		}
	}
	if found := clashes(d.Duties, d.Locks); len(found) > 0 {
		c := found[0]
		return member(wrong(fault.Permission, c.Why, "role", "person", string(c.A.Person), "body", string(c.A.Body), "role", string(c.A.Role),
			"number", c.A.Number, "instrument", string(c.Instrument)), "duty", int(c.B.Number)-1)
	}
	return nil
}

// member puts a member of the document before the field of an error.
func member(err error, name string, i int) error {
	var e *fault.Error
	if errors.As(err, &e) {
		e.Place.Field = fmt.Sprintf("%s[%d].%s", name, i+1, e.Place.Field)
	}
	return err
}

func spanWrong(from, until paper.Time) error {
	if from <= 0 || from >= until || until > Forever {
		return wrong(fault.Invalid, "period", "from", "from", from.String(), "until", until.String())
	}
	return nil
}

func once(seen map[paper.ID]bool, id paper.ID) error {
	if seen[id] {
		return wrong(fault.Invalid, "twice", "id", "id", string(id))
	}
	seen[id] = true
	return nil
}

func has(known map[paper.ID]bool, field string, id paper.ID) error {
	if !known[id] {
		return wrong(fault.NotFound, "unknown", field, "id", string(id))
	}
	return nil
}

// Found begins an empty register with what a document says, dates of the past included:
// it is the one time at which they are taken on trust, and the history says so. by names
// who vouches for it.
func (r *Register) Found(ctx context.Context, d *Document, by string) error {
	if err := cmp.Or(d.Check(), actWrong(by)); err != nil {
		return err
	}
	return r.db.Tx(ctx, func(t *store.Tx) error {
		var n int64
		if err := t.Row("SELECT (SELECT count(*) FROM actor_body) + (SELECT count(*) FROM actor_person) + (SELECT count(*) FROM actor_change)").Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return wrong(fault.Permission, "founded", "")
		}
		return found(t, d, paper.TimeOf(r.now()), by)
	})
}

func found(t *store.Tx, d *Document, now paper.Time, by string) error {
	write := func(err error, c Change) error {
		if err != nil {
			return err
		}
		c.Recorded, c.Recorder = now, Founding
		c.Act = strings.TrimSpace(c.Act + " (" + by + ")")
		return note(t, c)
	}
	for _, b := range d.Bodies {
		if err := write(putBody(t, b), Change{Kind: "body", Body: b.ID, From: b.From, Until: b.Until}); err != nil {
			return err
		}
	}
	for _, p := range d.People {
		if err := write(putPerson(t, p), Change{Kind: "person", Person: p.ID}); err != nil {
			return err
		}
	}
	for _, l := range d.Locks {
		if err := write(guard(t, l), Change{Kind: "lock", What: l.Instrument, Act: rolesText(l.Roles)}); err != nil {
			return err
		}
	}
	for _, n := range d.Needs {
		_, err := t.Exec("INSERT INTO actor_need (role, training, since, until) VALUES ($1, $2, 0, $3)", n.Role, n.Training, Forever)
		if err := write(err, Change{Kind: "need", What: n.Role, Act: string(n.Training)}); err != nil {
			return err
		}
	}
	for i, u := range d.Duties {
		u.Number = int64(i + 1)
		if err := write(appoint(t, u), Change{Kind: "appoint", Body: u.Body, Person: u.Person, What: u.Role, From: u.From, Until: u.Until, Act: u.Act}); err != nil {
			return err
		}
	}
	for i, n := range d.Trainings {
		n.Number = int64(i + 1)
		if err := write(train(t, n), Change{Kind: "train", Person: n.Person, What: n.Name, From: n.From, Until: n.Until, Act: n.Act}); err != nil {
			return err
		}
	}
	return nil
}

// Export gives the register as a document, duties that never began left out.
func (r *Register) Export(ctx context.Context) (*Document, error) {
	var d *Document
	err := r.db.View(ctx, func(t *store.Tx) (err error) {
		d, err = export(t)
		return err
	})
	return d, err
}

func export(t *store.Tx) (*Document, error) {
	d := &Document{}
	err := t.Each(func(scan func(...any) error) error {
		var b Body
		err := scan(&b.ID, &b.Jurisdiction, &b.Name.EN, &b.Name.JA, &b.From, &b.Until)
		d.Bodies = append(d.Bodies, b)
		return err
	}, "SELECT id, jurisdiction, name_en, name_ja, since, until FROM actor_body ORDER BY id")
	if err != nil {
		return nil, err
	}
	if err = t.Each(func(scan func(...any) error) error {
		var p Person
		err := scan(&p.ID, &p.Name.EN, &p.Name.JA)
		d.People = append(d.People, p)
		return err
	}, "SELECT id, name_en, name_ja FROM actor_person ORDER BY id"); err != nil {
		return nil, err
	}
	if d.Duties, err = duties(t, "since < until"); err != nil {
		return nil, err
	}
	if err = t.Each(func(scan func(...any) error) error {
		var n Training
		err := scan(&n.Number, &n.Person, &n.Name, &n.From, &n.Until, &n.Act)
		d.Trainings = append(d.Trainings, n)
		return err
	}, "SELECT number, person, training, since, until, act FROM actor_training ORDER BY number"); err != nil {
		return nil, err
	}
	if err = t.Each(func(scan func(...any) error) error {
		var n Need
		err := scan(&n.Role, &n.Training)
		d.Needs = append(d.Needs, n)
		return err
	}, "SELECT role, training FROM actor_need WHERE until = $1 ORDER BY role, training", Forever); err != nil {
		return nil, err
	}
	d.Locks, err = lockSets(t)
	d.number()
	return d, err
}

// number numbers duties and trainings by their place, as a reader does.
func (d *Document) number() {
	for i := range d.Duties {
		d.Duties[i].Number = int64(i + 1)
	}
	for i := range d.Trainings {
		d.Trainings[i].Number = int64(i + 1)
	}
}
