package outbox

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/ledger"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Noun is the boxes' table, for [store.DB.Migrate].
func Noun() store.Noun {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic("outbox: " + err.Error()) // the files are in the binary
	}
	return store.Noun{Name: "outbox", FS: files}
}

// Ledger is the log; *ledger.Log is one.
type Ledger interface {
	Origin() string
	Submit(context.Context, ledger.Act) (*ledger.Pending, error)
}

// Config is what a box needs. MostBatch and Logger have defaults.
type Config struct {
	// Name tells the boxes of one database apart. One process has a box open: that which
	// has the log.
	Name  string
	Store *store.DB
	// Ledger takes the entries. Between a stop and the next Open it MUST NOT take 16,384
	// others: further back it does not look for what is brought again.
	Ledger Ledger
	Clock  func() time.Time
	// Effect writes what follows from entries that are in the log. It MUST have no effect
	// but through the transaction, and does the same when it is run again.
	Effect func(t *store.Tx, change []byte, done []Done) error
	// Keys gives the key of an entry that is in the log already, when what is known is
	// worked out again from the log; its error refuses the act before anything is kept.
	// nil makes fresh keys: entries are new.
	Keys func(proof.Entry) ([]byte, error)
	// MostBatch is how many acts go together; 0 means 256.
	MostBatch int
	Logger    *slog.Logger
}

const mostBatch = 256

// Done is an entry that is in the log.
type Done struct {
	Entry   proof.Entry
	Index   int64
	Payload []byte
}

// Box is an open box. It may be used by many goroutines.
type Box struct {
	config Config
	queue  chan *asked
	stop   context.CancelFunc
	work   sync.WaitGroup

	// The sequencer alone uses these.
	next     int64 // number of the next row
	leftover bool  // there may be rows left
}

// Open opens a box and brings to its end what a stop left half done. The caller MUST
// call Close.
func Open(ctx context.Context, c Config) (*Box, error) {
	if c.Name == "" || c.Store == nil || c.Ledger == nil || c.Clock == nil || c.Effect == nil || c.MostBatch < 0 {
		return nil, errors.New("an outbox needs a name, a store, a ledger, a clock and an effect")
	}
	if c.MostBatch == 0 {
		c.MostBatch = mostBatch
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	b := &Box{config: c, queue: make(chan *asked, 4*c.MostBatch), leftover: true}
	if err := b.drain(ctx); err != nil {
		return nil, err
	}
	work, stop := context.WithCancel(context.Background())
	b.stop = stop
	b.work.Go(func() { b.sequence(work) })
	return b, nil
}

// Close ends the box: acts that wait get an error, those under way end.
func (b *Box) Close() error {
	b.stop()
	b.work.Wait()
	return nil
}

func stopped(cause error) error {
	return fault.Said(fault.Error{Kind: fault.Canceled, Place: fault.Place{Offset: -1}, Err: cause}, i18n.Both("outbox.op"), i18n.Both("outbox.stopped"), i18n.Both("outbox.stopped-hint"))
}

// asked is one act that waits for its turn.
type asked struct {
	ctx      context.Context
	subjects []string // what it may change: one act at a time for each
	prepare  func(*Turn) error
	done     chan struct{}

	// What came of it.
	turn    *Turn
	indices []int64
	err     error
}

// Turn is what an act does when it is its turn: it looks at what is known, and says what
// is to be recorded and what follows. It MUST have no effect of its own: it may be run
// again.
type Turn struct {
	T   *store.Tx // to be read only
	Now paper.Time

	keys    func(proof.Entry) ([]byte, error)
	entries []entry
	change  any
	over    bool
}

// entry is one that is to be made.
type entry struct {
	Entry   proof.Entry `json:"entry"`
	Key     []byte      `json:"key"`
	Payload []byte      `json:"payload"`
}

// Record says that a paper is to be recorded, under a fresh key. It gives a stand-in for
// the entry's index, which [Settle] knows.
func (u *Turn) Record(class proof.Class, e *paper.Envelope, role, instrument paper.ID, warrant paper.Digest) (int64, error) {
	payload, err := e.Marshal()
	if err != nil {
		return 0, err
	}
	a := entry{Payload: payload, Key: make([]byte, proof.KeySize)}
	a.Entry = proof.Entry{At: u.Now, Class: class, Content: paper.DigestOf(payload), Instrument: instrument, Paper: e.Digest(), Role: role, Warrant: warrant}
	if u.keys == nil {
		_, _ = rand.Read(a.Key) // never fails (crypto/rand)
	} else if a.Key, err = u.keys(a.Entry); err != nil {
		return 0, err
	}
	u.entries = append(u.entries, a)
	return int64(-len(u.entries)), nil
}

// Then says what follows once the entries are made: change is written as JSON.
func (u *Turn) Then(change any) { u.change = change }

// Skip says that there is nothing to be done.
func (u *Turn) Skip() { u.over = true }

// Skipped says whether Skip was called.
func (u *Turn) Skipped() bool { return u.over }

// Settle puts the index of an entry where its stand-in is.
func Settle(index *int64, indices []int64) {
	if i := -1 - *index; i >= 0 && i < int64(len(indices)) {
		*index = indices[i]
	}
}

// Do brings an act, waits until it has taken effect, and gives the indices of its
// entries; none when there was nothing to do. When ctx ends before, the act may still
// take effect: who brings it again must find that it has.
func (b *Box) Do(ctx context.Context, prepare func(*Turn) error, subjects ...string) ([]int64, error) {
	a := &asked{ctx: ctx, subjects: subjects, prepare: prepare, done: make(chan struct{})}
	select {
	case b.queue <- a:
	case <-ctx.Done():
		return nil, stopped(ctx.Err())
	}
	select {
	case <-a.done:
		return a.indices, a.err
	case <-ctx.Done():
		return nil, stopped(ctx.Err())
	}
}

// sequence is the one goroutine that changes anything: it takes what waits, as one batch
// of acts on different subjects.
func (b *Box) sequence(ctx context.Context) {
	var waiting []*asked
	for {
		if len(waiting) == 0 {
			select {
			case a := <-b.queue:
				waiting = append(waiting, a)
			case <-ctx.Done():
				b.refuse(waiting)
				return
			}
		}
		for more := true; more && len(waiting) < cap(b.queue); {
			select {
			case a := <-b.queue:
				waiting = append(waiting, a)
			default:
				more = false
			}
		}
		if ctx.Err() != nil {
			b.refuse(waiting)
			return
		}
		batch, rest := b.choose(waiting)
		b.run(context.WithoutCancel(ctx), batch)
		for _, a := range batch {
			close(a.done)
		}
		waiting = rest
	}
}

func (b *Box) refuse(waiting []*asked) {
	for {
		for _, a := range waiting {
			a.err = stopped(nil)
			close(a.done)
		}
		waiting = waiting[:0]
		select {
		case a := <-b.queue:
			waiting = append(waiting, a)
		default:
			return
		}
	}
}

// choose parts a batch in which no subject stands twice from the rest, in order.
func (b *Box) choose(waiting []*asked) (batch, rest []*asked) {
	taken := map[string]bool{}
	for _, a := range waiting {
		free := len(batch) < b.config.MostBatch
		for _, s := range a.subjects {
			free = free && !taken[s]
			taken[s] = true // also for those behind one that waits: nobody is overtaken
		}
		if free {
			batch = append(batch, a)
		} else {
			rest = append(rest, a)
		}
	}
	return batch, rest
}

// run does a batch: it is checked and put in the outbox, recorded, and takes effect.
func (b *Box) run(ctx context.Context, batch []*asked) {
	fail := func(err error) {
		for _, a := range batch {
			if a.err == nil && (a.turn == nil || !a.turn.over) {
				a.err = err
			}
		}
	}
	if err := b.drain(ctx); err != nil {
		fail(err)
		return
	}
	b.leftover = true // also when nobody can say whether the next write was kept
	rows, err := b.check(ctx, batch)
	if err == nil && len(rows) == 0 {
		b.leftover = false
		return
	}
	if err == nil {
		err = b.carry(ctx, rows)
	}
	if err != nil {
		fail(err)
	}
}

// row is a row of the box with whom it is of; nil after a stop.
type row struct {
	number  int64
	entries []entry
	change  []byte
	asked   *asked
}

// check lets each act of a batch take its turn, and writes what came of it in the outbox.
//
// Invariant 2: what is to be done is on the disk, with the key of its entry, before
// anything is done.
func (b *Box) check(ctx context.Context, batch []*asked) ([]*row, error) {
	var rows []*row
	err := b.config.Store.Tx(ctx, func(t *store.Tx) error {
		rows = rows[:0]
		for _, a := range batch {
			a.err, a.turn = nil, &Turn{T: t, Now: paper.TimeOf(b.config.Clock()), keys: b.config.Keys}
			if a.ctx.Err() != nil {
				a.err = stopped(a.ctx.Err())
				continue
			}
			if a.err = a.prepare(a.turn); a.err != nil || a.turn.over {
				continue
			}
			r := &row{number: b.next + int64(len(rows)), entries: a.turn.entries, asked: a}
			if err := r.write(t, b.config.Name); err != nil {
				return err
			}
			rows = append(rows, r)
		}
		return nil
	})
	if err == nil {
		b.next += int64(len(rows))
	}
	return rows, err
}

func (r *row) write(t *store.Tx, desk string) error {
	entries, err := json.Marshal(r.entries)
	if err != nil {
		return err
	}
	if r.change, err = json.Marshal(r.asked.turn.change); err != nil {
		return err
	}
	_, err = t.Exec("INSERT INTO outbox_row (desk, number, entries, change) VALUES ($1, $2, $3, $4)", desk, r.number, entries, r.change)
	return err
}

// carry makes the entries of rows, and then lets what follows take effect.
func (b *Box) carry(ctx context.Context, rows []*row) error {
	pending := make([][]*ledger.Pending, len(rows))
	for i, r := range rows {
		for _, a := range r.entries {
			p, err := b.config.Ledger.Submit(ctx, ledger.Act{Entry: a.Entry, Payload: a.Payload, Key: [proof.KeySize]byte(a.Key)})
			if err != nil {
				return err
			}
			pending[i] = append(pending[i], p)
		}
	}
	indices := make([][]int64, len(rows))
	for i := range rows {
		for _, p := range pending[i] {
			index, err := p.Wait(ctx)
			if err != nil {
				return err
			}
			indices[i] = append(indices[i], index)
		}
	}
	err := b.config.Store.Tx(ctx, func(t *store.Tx) error {
		for i, r := range rows {
			done := make([]Done, len(r.entries))
			for j, e := range r.entries {
				done[j] = Done{Entry: e.Entry, Index: indices[i][j], Payload: e.Payload}
			}
			if err := b.config.Effect(t, r.change, done); err != nil {
				return err
			}
			if _, err := t.Exec("DELETE FROM outbox_row WHERE desk = $1 AND number = $2", b.config.Name, r.number); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	b.leftover = false
	for i, r := range rows {
		if r.asked != nil {
			r.asked.indices = indices[i]
		}
	}
	return nil
}

// drain ends what a stop, or an error of log or store, left in the outbox.
func (b *Box) drain(ctx context.Context) error {
	if !b.leftover {
		return nil
	}
	var rows []*row
	err := b.config.Store.View(ctx, func(t *store.Tx) error {
		rows = rows[:0]
		return t.Each(func(scan func(...any) error) error {
			var entries []byte
			r := new(row)
			if err := scan(&r.number, &entries, &r.change); err != nil {
				return err
			}
			rows = append(rows, r)
			if err := json.Unmarshal(entries, &r.entries); err != nil {
				return err
			}
			if slices.ContainsFunc(r.entries, func(e entry) bool { return len(e.Key) != proof.KeySize }) {
				return errors.New("a row of the outbox has no key")
			}
			return nil
		}, "SELECT number, entries, change FROM outbox_row WHERE desk = $1 ORDER BY number", b.config.Name)
	})
	if err != nil {
		return err
	}
	if err := b.carry(ctx, rows); err != nil {
		return err
	}
	if n := len(rows); n > 0 {
		b.next = max(b.next, rows[n-1].number+1)
		b.config.Logger.Info("acts of before a stop were recorded", "n", n)
	}
	b.leftover = false
	return nil
}
