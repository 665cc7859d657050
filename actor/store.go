package actor

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"io/fs"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Noun is the register's tables, for [store.DB.Migrate].
func Noun() store.Noun {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic("actor: " + err.Error()) // the files are in the binary
	}
	return store.Noun{Name: "actor", FS: files}
}

// Register is the register of bodies, people and duties in a database whose tables are
// up to date. It may be used by many goroutines.
type Register struct {
	db  *store.DB
	now func() time.Time
}

// New gives the register in db; now is the clock by which changes are recorded.
func New(db *store.DB, now func() time.Time) *Register { return &Register{db: db, now: now} }

// change runs f in a transaction with the instant of recording, after the recorder was
// found to be a known person.
func (r *Register) change(ctx context.Context, by paper.ID, f func(*store.Tx, paper.Time) error) error {
	return r.db.Tx(ctx, func(t *store.Tx) error {
		if err := known(t, "actor_person", by, "by"); err != nil {
			return err
		}
		now, err := r.instant(t)
		if err != nil {
			return err
		}
		return f(t, now)
	})
}

// instant is the clock's, and never before the last change on record.
func (r *Register) instant(t *store.Tx) (paper.Time, error) {
	var last paper.Time
	if err := t.Row("SELECT coalesce(max(recorded), 0) FROM actor_change").Scan(&last); err != nil {
		return 0, err
	}
	return max(last, paper.TimeOf(r.now())), nil
}

// known refuses an id that the table does not have.
func known(t *store.Tx, table string, id paper.ID, field string) error {
	var n int64
	if err := t.Row("SELECT count(*) FROM "+table+" WHERE id = $1", id).Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		return wrong(fault.NotFound, "unknown", field, "id", string(id))
	}
	return nil
}

// next is the number of the next row of a table.
func next(t *store.Tx, table string) (n int64, err error) {
	err = t.Row("SELECT coalesce(max(number), 0) + 1 FROM " + table).Scan(&n)
	return n, err
}

// note writes an entry of the history.
func note(t *store.Tx, c Change) error {
	n, err := next(t, "actor_change")
	if err != nil {
		return err
	}
	_, err = t.Exec(`INSERT INTO actor_change (number, recorded, recorder, kind, body, person, what, since, until, act)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		n, c.Recorded, c.Recorder, c.Kind, c.Body, c.Person, c.What, c.From, c.Until, c.Act)
	return err
}

// AddBody records a body, from the instant of recording or later.
func (r *Register) AddBody(ctx context.Context, b Body, by paper.ID) error {
	if err := b.check(); err != nil {
		return err
	}
	return r.change(ctx, by, func(t *store.Tx, now paper.Time) error {
		b := b
		if err := period(&b.From, &b.Until, now); err != nil {
			return err
		}
		if err := putBody(t, b); err != nil {
			return err
		}
		return note(t, Change{Recorded: now, Recorder: by, Kind: "body", Body: b.ID, From: b.From, Until: b.Until})
	})
}

func putBody(t *store.Tx, b Body) error {
	_, err := t.Exec("INSERT INTO actor_body (id, jurisdiction, name_en, name_ja, since, until) VALUES ($1, $2, $3, $4, $5, $6)",
		b.ID, b.Jurisdiction, b.Name.EN, b.Name.JA, b.From, b.Until)
	return twice(err, "id", b.ID)
}

// AddPerson records a person, who then bears nothing yet.
func (r *Register) AddPerson(ctx context.Context, p Person, by paper.ID) error {
	if err := p.check(); err != nil {
		return err
	}
	return r.change(ctx, by, func(t *store.Tx, now paper.Time) error {
		if err := putPerson(t, p); err != nil {
			return err
		}
		return note(t, Change{Recorded: now, Recorder: by, Kind: "person", Person: p.ID})
	})
}

func putPerson(t *store.Tx, p Person) error {
	_, err := t.Exec("INSERT INTO actor_person (id, name_en, name_ja) VALUES ($1, $2, $3)", p.ID, p.Name.EN, p.Name.JA)
	return twice(err, "id", p.ID)
}

// twice says of a row that is there already which it is.
func twice(err error, field string, id paper.ID) error {
	if errors.Is(err, store.ErrDuplicate) {
		return wrong(fault.Invalid, "twice", field, "id", string(id))
	}
	return err
}

// period completes a period that is asked for at now, and refuses one that begins before
// or holds no instant.
func period(from, until *paper.Time, now paper.Time) error {
	if *from == 0 {
		*from = now
	}
	if *until == 0 {
		*until = Forever
	}
	switch {
	case *from < now:
		return wrong(fault.Permission, "back", "from", "from", from.String(), "now", now.String())
	case *from >= *until || *until > Forever:
		return wrong(fault.Invalid, "period", "until", "from", from.String(), "until", until.String())
	}
	return nil
}

func (b Body) check() error {
	return cmp.Or(idWrong("id", b.ID), idWrong("jurisdiction", b.Jurisdiction), nameWrong(b.Name))
}

func (p Person) check() error { return cmp.Or(idWrong("id", p.ID), nameWrong(p.Name)) }

func idWrong(field string, id paper.ID) error {
	if err := id.Check(); err != nil {
		return wrong(fault.Invalid, "id", field, "id", string(id))
	}
	return nil
}

func nameWrong(w paper.Words) error {
	if w.Check() != nil {
		return wrong(fault.Invalid, "name", "name")
	}
	return nil
}

func actWrong(act string) error {
	if !paper.Says(act) {
		return wrong(fault.Invalid, "act", "act")
	}
	return nil
}
