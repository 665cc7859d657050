package register

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"time"

	"github.com/noroshi-acd/noroshi/authority/outbox"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/act"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Noun is the register's table, for [store.DB.Migrate]; it needs those of packages outbox and
// docket.
func Noun() store.Noun {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic("register: " + err.Error()) // the files are in the binary
	}
	return store.Noun{Name: "register", FS: files}
}

// Ledger is the log, with its tree under what witnesses have cosigned; *ledger.Log is one.
type Ledger interface {
	outbox.Ledger
	Tree() (*proof.Tree, *proof.Signed, error)
}

// Config is what a register needs. All but Logger, ByHand and Fresh must be there.
type Config struct {
	Store  *store.DB
	Ledger Ledger
	// Body is the commission's in the trust root, Member the role of its members.
	Body, Member paper.ID
	// Role is that in which the service itself records.
	Role   paper.ID
	View   func() *trust.View
	Clock  func() time.Time
	Logger *slog.Logger
	// ByHand is how many entries one request opens at most that no draw has named, Fresh for
	// how long it can be brought; 0: as package opening has it.
	ByHand int
	Fresh  time.Duration
	// Keys is as in [outbox.Config]: nil but where the store is worked out again.
	Keys func(proof.Entry) ([]byte, error)
}

// Register is an open register. It may be used by many goroutines.
type Register struct {
	config Config
	box    *outbox.Box
}

// Open opens the register and brings to its end what a stop left half done. The caller
// MUST call Close.
func Open(ctx context.Context, c Config) (*Register, error) {
	if c.Store == nil || c.Ledger == nil || c.Body == "" || c.Member == "" || c.Role == "" || c.View == nil || c.Clock == nil {
		return nil, errors.New("a register needs a store, a ledger, a body, roles, trust and a clock")
	}
	box, err := outbox.Open(ctx, outbox.Config{Name: "oversight", Store: c.Store, Ledger: c.Ledger, Clock: c.Clock, Effect: effect, Keys: c.Keys, Logger: c.Logger})
	if err != nil {
		return nil, err
	}
	return &Register{config: c, box: box}, nil
}

// Close ends the register: papers that wait get an error, those under way end.
func (g *Register) Close() error { return g.box.Close() }

// Entry is a paper on the register.
type Entry struct {
	About   paper.ID // the body that it is about, or that owes an answer
	At      paper.Time
	Body    []byte // as it is recorded: an envelope
	Class   proof.Class
	Digest  paper.Digest
	Due     paper.Time // by when an answer is owed; 0: none is
	Follows paper.Digest
	ID      paper.ID
	Index   int64
	State   act.State // how far the answer has come
}

const columns = "SELECT about, at, body, class, digest, due, follows, id, place, state FROM register_paper"

func scanned(scan func(...any) error) (*Entry, error) {
	e := new(Entry)
	return e, scan(&e.About, &e.At, &e.Body, &e.Class, &e.Digest, &e.Due, &e.Follows, &e.ID, &e.Index, &e.State)
}

func several(t *store.Tx, where string, args ...any) ([]*Entry, error) {
	var list []*Entry
	err := t.Each(func(scan func(...any) error) error {
		e, err := scanned(scan)
		list = append(list, e)
		return err
	}, columns+" "+where, args...)
	return list, err
}

func find(t *store.Tx, d paper.Digest) (*Entry, error) {
	e, err := scanned(t.Row(columns+" WHERE digest = $1", string(d)).Scan)
	if store.Missing(err) {
		return nil, nil
	}
	return e, err
}

// List gives the papers of a class (empty: all but the books) about a body (empty: all), in the order of
// the log, at most most after an index.
func (g *Register) List(ctx context.Context, class proof.Class, about paper.ID, after int64, most int) (list []*Entry, err error) {
	if err := g.catchUp(ctx); err != nil {
		return nil, err
	}
	err = g.config.Store.View(ctx, func(t *store.Tx) error {
		list, err = several(t, "WHERE (class = $1 OR $2 = '' AND class <> 'books') AND (about = $3 OR $4 = '') AND place > $5 ORDER BY place LIMIT $6",
			string(class), string(class), string(about), string(about), after, int64(min(max(most, 1), 1000)))
		return err
	})
	return list, err
}

// Owed gives the papers to which an answer is still owed, the earliest first.
func (g *Register) Owed(ctx context.Context, about paper.ID) (list []*Entry, err error) {
	if err := g.catchUp(ctx); err != nil {
		return nil, err
	}
	err = g.config.Store.View(ctx, func(t *store.Tx) error {
		list, err = several(t, "WHERE due > 0 AND (about = $1 OR $2 = '') ORDER BY due, place LIMIT 1000", string(about), string(about))
		return err
	})
	return list, err
}

// change is what follows once the entry is made.
type change struct {
	About   paper.ID     `json:"about"`
	Due     paper.Time   `json:"due"`
	Follows paper.Digest `json:"follows"`
	ID      paper.ID     `json:"id"`
	State   act.State    `json:"state"`
	Settles bool         `json:"settles"` // nothing is owed any more to what it follows
}

// Take takes a paper in and gives the index of its entry in the log. The same paper
// brought again gets the same index. Errors: fault.Permission when nobody entitled has
// signed it, fault.Invalid when it cannot stand beside what is here, fault.NotFound when
// it follows what is not here.
func (g *Register) Take(ctx context.Context, e *paper.Envelope) (class proof.Class, index int64, err error) {
	k, err := g.kind(e)
	if err != nil {
		return "", -1, err
	}
	now := paper.TimeOf(g.config.Clock())
	if k.at > now {
		return "", -1, wrong(fault.Invalid, "future", "at", "at", k.at.String())
	}
	if !k.signed(g, e, k.at) || !k.signed(g, e, now) { // who has left could write an earlier instant
		return "", -1, wrong(fault.Permission, "signature", "signatures", "class", string(k.class))
	}
	if err := g.catchUp(ctx); err != nil {
		return "", -1, err
	}
	subjects := []string{string(e.Digest())}
	if k.change.Follows != "" {
		subjects = append(subjects, string(k.change.Follows))
	}
	index = -1
	indices, err := g.box.Do(ctx, func(u *outbox.Turn) error {
		old, err := find(u.T, e.Digest())
		if err != nil || old != nil {
			if old != nil {
				index = old.Index
			}
			u.Skip()
			return err
		}
		if err := k.stands(u.T); err != nil {
			return err
		}
		_, err = u.Record(k.class, e, k.role, "", k.warrant)
		u.Then(k.change)
		return err
	}, subjects...)
	if len(indices) == 1 {
		index = indices[0]
	}
	return k.class, index, err
}

// effect writes a paper that is in the log, and what it settles.
func effect(t *store.Tx, text []byte, done []outbox.Done) error {
	var c change
	if err := json.Unmarshal(text, &c); err != nil {
		return err
	}
	for _, d := range done {
		_, err := t.Exec(`INSERT INTO register_paper (digest, class, place, at, about, id, due, follows, state, body)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (digest) DO NOTHING`,
			string(d.Entry.Paper), string(d.Entry.Class), d.Index, int64(d.Entry.At), string(c.About), string(c.ID), int64(c.Due), string(c.Follows), string(c.State), d.Payload)
		if err != nil {
			return err
		}
	}
	if c.Follows == "" {
		return nil
	}
	if c.State != "" {
		if _, err := t.Exec("UPDATE register_paper SET state = $1 WHERE digest = $2", string(c.State), string(c.Follows)); err != nil {
			return err
		}
	}
	if !c.Settles {
		return nil
	}
	_, err := t.Exec("UPDATE register_paper SET due = 0 WHERE digest = $1", string(c.Follows))
	return err
}

// wrong makes the house's error of a sentence of area register, with its hint.
func wrong(kind fault.Kind, key, field string, args ...any) error {
	return fault.Said(fault.Error{Kind: kind, Place: fault.Place{Offset: -1, Field: field}}, i18n.Both("register.op"),
		i18n.Both("register.wrong."+key, args...), i18n.Both("register.hint."+key, args...))
}
