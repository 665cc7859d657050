package authoritytest

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/noroshi-acd/noroshi/authority"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/regime/judge"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/ledger"
	"github.com/noroshi-acd/noroshi/ledger/ask"
	"github.com/noroshi-acd/noroshi/ledger/ledgertest"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Country is the invented country with the rules behind its profiles.
type Country struct {
	*warranttest.World
	Rules map[paper.Digest]*judge.Evaluator
}

// NewCountry makes the country; each spoil may change its profiles before the rules are
// written, so that both fit.
func NewCountry(spoil ...func(*warranttest.World)) (*Country, error) {
	c := &Country{Rules: map[paper.Digest]*judge.Evaluator{}}
	var failed error
	law := func(w *warranttest.World) {
		for i := range w.Root.Bodies { // one of the members presides
			b := &w.Root.Bodies[i]
			if b.ID == "commission" {
				b.Roles = append(b.Roles, "adviser", "chair", "monitor")
				slices.Sort(b.Roles)
				b.Keys[0].Roles = []paper.ID{"chair", "member", "top"}
			}
		}
		for p, of := range map[*regime.Profile]func(*regime.Profile) *rules.Rules{w.Collection: collectionLaw, w.Police: policeLaw} {
			e, err := judge.Compile(of(p))
			if err != nil {
				failed = errors.Join(failed, err)
				continue
			}
			p.Rules = e.Digest()
			c.Rules[p.Rules] = e
		}
	}
	var err error
	c.World, err = warranttest.New(trust.Lab, append(spoil, law)...)
	return c, errors.Join(err, failed)
}

// Evaluator gives the rules of a digest.
func (c *Country) Evaluator(d paper.Digest) *judge.Evaluator { return c.Rules[d] }

// Witnesses are the log's, in this process.
type Witnesses struct {
	list []*ledgertest.Witness
}

// Office is the commission's: its log, its store and its desk, in one folder.
type Office struct {
	*Country
	Log   *ledger.Log
	Store *store.DB
	Desk  *authority.Desk
	clock *atomic.Int64
}

// LogKey is the key of the log of decisions: everybody knows it.
func LogKey() ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("everybody knows\nlog-decisions"))
	return ed25519.NewKeyFromSeed(seed[:])
}

// NewWitnesses starts n witnesses of the log of decisions whose clock is clock.
func NewWitnesses(n int, clock func() time.Time) (*Witnesses, error) {
	v, err := LogVerifier()
	if err != nil {
		return nil, err
	}
	w := &Witnesses{}
	for i := range n {
		x, err := ledgertest.NewWitness(fmt.Sprintf("witness-%d.example", i+1), clock, v)
		if err != nil {
			w.Close()
			return nil, err
		}
		w.list = append(w.list, x)
	}
	return w, nil
}

// LogVerifier checks the log's checkpoints.
func LogVerifier() (note.Verifier, error) {
	key, err := proof.LogKey(warranttest.Decisions, LogKey().Public().(ed25519.PublicKey))
	if err != nil {
		return nil, err
	}
	return proof.ParseLogKey(key)
}

// Asked is the witnesses as a ledger's configuration lists them.
func (w *Witnesses) Asked() []ask.Witness {
	var list []ask.Witness
	for _, x := range w.list {
		list = append(list, x.Witness)
	}
	return list
}

// Close ends the witnesses.
func (w *Witnesses) Close() {
	for _, x := range w.list {
		x.Close()
	}
}

// Options say what an office is opened with; the zero value is right for most.
type Options struct {
	DSN      string // of the store; empty: a SQLite file in the folder
	Clock    func() time.Time
	Interval time.Duration // between checkpoints; 0: the log's own
	Change   func(*authority.Config)
}

// Open opens the office in a folder, and makes it when it is not there. Without a clock
// of its own it begins at warranttest.Now and stands still until it is moved.
func (c *Country) Open(ctx context.Context, dir string, w *Witnesses, o Options) (*Office, error) {
	return c.OpenWith(ctx, dir, w.Asked(), o)
}

// OpenWith is Open with witnesses that run elsewhere.
func (c *Country) OpenWith(ctx context.Context, dir string, witnesses []ask.Witness, o Options) (*Office, error) {
	f := &Office{Country: c, clock: new(atomic.Int64)}
	f.clock.Store(int64(warranttest.Now))
	now := o.Clock
	if now == nil {
		now = func() time.Time { return time.Unix(f.clock.Load(), 0).UTC() }
	}
	logDir := filepath.Join(dir, "log")
	config := ledger.Config{
		Dir: logDir, Keys: filepath.Join(dir, "keys"), Origin: warranttest.Decisions, Key: LogKey(), Role: "registrar", Keeper: c.Signer("member-1"),
		Witnesses: witnesses, Quorum: min(3, len(witnesses)), Interval: o.Interval, Clock: now,
	}
	if _, err := os.Stat(filepath.Join(logDir, "ledger.json")); err != nil {
		config.Birthday = now().UTC().Format(time.DateOnly)
	}
	var err error
	if f.Log, err = ledger.Open(ctx, config); err != nil {
		return nil, err
	}
	if f.Store, err = opened(ctx, dir, o.DSN); err != nil {
		return nil, errors.Join(err, f.Log.Close())
	}
	if err := f.Store.Migrate(ctx, authority.Nouns()...); err != nil {
		return nil, errors.Join(err, f.Store.Close(), f.Log.Close())
	}
	desk := authority.Config{
		Store: f.Store, Ledger: f.Log, Body: "commission", Role: "registrar", View: func() *trust.View { return c.View }, Profiles: c.Profile, Rules: c.Evaluator, Clock: now,
	}
	if o.Change != nil {
		o.Change(&desk)
	}
	if f.Desk, err = authority.Open(ctx, desk); err != nil {
		return nil, errors.Join(err, f.Store.Close(), f.Log.Close())
	}
	return f, nil
}

// opened opens a store, or makes it.
func opened(ctx context.Context, dir, dsn string) (*store.DB, error) {
	if dsn == "" {
		dsn = "sqlite:" + filepath.Join(dir, "desk.db")
		if _, err := os.Stat(filepath.Join(dir, "desk.db")); err == nil {
			return store.Open(ctx, dsn)
		}
		return store.Create(ctx, dsn)
	}
	db, err := store.Create(ctx, dsn)
	if err != nil {
		return store.Open(ctx, dsn)
	}
	return db, nil
}

// Now is the office's instant.
func (f *Office) Now() paper.Time { return paper.Time(f.clock.Load()) }

// Later moves the clock on.
func (f *Office) Later(d time.Duration) { f.clock.Add(int64(d / time.Second)) }

// Close closes desk, store and log.
func (f *Office) Close() error {
	return errors.Join(f.Desk.Close(), f.Store.Close(), f.Log.Close())
}
