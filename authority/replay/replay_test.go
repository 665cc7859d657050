package replay_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/authority"
	"github.com/noroshi-acd/noroshi/authority/authoritytest"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/replay"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/internal/store/backup"
	"github.com/noroshi-acd/noroshi/internal/store/storetest"
	"github.com/noroshi-acd/noroshi/oversight/act"
	"github.com/noroshi-acd/noroshi/oversight/register"
)

// bench is an office with a register beside its desk.
type bench struct {
	*authoritytest.Office
	t        *testing.T
	register *register.Register
	n        int
}

func open(t *testing.T, c *authoritytest.Country, dir, dsn string, w *authoritytest.Witnesses) *bench {
	t.Helper()
	f, err := c.Open(t.Context(), dir, w, authoritytest.Options{DSN: dsn, Interval: time.Millisecond, Change: func(a *authority.Config) { a.Promise = 20 * 24 * time.Hour }})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{Office: f, t: t}
	if err := f.Store.Migrate(t.Context(), register.Noun()); err != nil {
		t.Fatal(err)
	}
	if b.register, err = register.Open(t.Context(), b.registry(f.Store)); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) registry(db *store.DB) register.Config {
	return register.Config{
		Store: db, Ledger: b.Log, Body: "commission", Member: "member", Role: "registrar", View: func() *trust.View { return b.View },
		Clock: func() time.Time { return b.Now().Time() },
	}
}

func (b *bench) close() {
	b.t.Helper()
	if err := b.register.Close(); err != nil {
		b.t.Error(err)
	}
	if err := b.Close(); err != nil {
		b.t.Error(err)
	}
}

func (b *bench) ok(r *authority.Receipt, err error) *authority.Receipt {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(fault.Text(err, "en"))
	}
	return r
}

// work does a little of everything that leaves something in the store.
func (b *bench) work() {
	b.t.Helper()
	ctx := b.t.Context()
	b.n += 10
	submit := func(n int, vote ...decision.Position) (*paper.Envelope, *authority.Receipt) {
		b.Later(time.Minute)
		e, err := b.Sign(b.Collection(n, b.Now()))
		if err != nil {
			b.t.Fatal(err)
		}
		r := b.ok(b.Desk.Submit(ctx, e))
		for i, p := range vote {
			b.Later(time.Second)
			v, err := b.Vote(e.Digest(), i+1, p, b.Now())
			if err != nil {
				b.t.Fatal(err)
			}
			b.ok(b.Desk.Vote(ctx, v))
		}
		return e, r
	}
	approve := []decision.Position{decision.Approve, decision.Approve, decision.Refuse, decision.Approve}
	e, _ := submit(b.n, approve...)
	b.ok(b.Desk.Decide(ctx, e.Digest(), authority.Manner{}))
	b.Later(time.Hour)
	d, err := b.Desk.Draft(ctx, e.Digest(), paper.ID(fmt.Sprint("w/", b.n)), warranttest.Nonce(fmt.Sprint(b.n)), 0)
	if err != nil {
		b.t.Fatal(err)
	}
	w, err := b.Permit(d)
	if err != nil {
		b.t.Fatal(err)
	}
	if r := b.ok(b.Desk.Issue(ctx, w)); len(r.Unmet) > 0 {
		b.t.Fatal(r.Unmet)
	}
	s, err := b.Suspend(w.Digest(), b.Now())
	if err != nil {
		b.t.Fatal(err)
	}
	b.ok(b.Desk.Stop(ctx, s))
	b.Later(time.Minute)
	if s, err = b.Revoke(w.Digest(), b.Now()); err != nil {
		b.t.Fatal(err)
	}
	b.ok(b.Desk.Stop(ctx, s))
	// One refused, one that lacks something, one that nobody decides in time.
	e, _ = submit(b.n+1, decision.Refuse, decision.Refuse, decision.Refuse)
	b.ok(b.Desk.Decide(ctx, e.Digest(), authority.Manner{Precedents: []paper.Digest{}}))
	a := b.Collection(b.n+2, b.Now())
	a.Findings = a.Findings[:1]
	if e, err = b.Sign(a); err != nil {
		b.t.Fatal(err)
	}
	b.ok(b.Desk.Submit(ctx, e))
	submit(b.n+3, decision.Approve)
	b.Later(21 * 24 * time.Hour)
	if found, err := b.Desk.Tick(ctx); err != nil || len(found) == 0 {
		b.t.Fatal(found, err)
	}
	b.complain()
}

// complain puts a complaint on the register, and its answer.
func (b *bench) complain() {
	b.t.Helper()
	e, err := paper.Seal(act.CommitmentType, act.Commitment{At: b.Now(), First: 0, Last: 3, N: 1, Origin: b.Log.Origin(), Secret: paper.DigestOf([]byte(fmt.Sprint("secret", b.n)))}, b.Signer("member-2"))
	if err != nil {
		b.t.Fatal(err)
	}
	if _, _, err := b.register.Take(b.t.Context(), e); err != nil {
		b.t.Fatal(fault.Text(err, "en"))
	}
}

// rows are the rows of all tables but the boxes' and goose's, in the form of a backup.
func rows(t *testing.T, db *store.DB) map[string][]string {
	t.Helper()
	var text bytes.Buffer
	if _, err := db.Backup(t.Context(), &text); err != nil {
		t.Fatal(err)
	}
	r, err := backup.NewReader(&text)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for {
		table, more, err := r.Table()
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return all
		}
		for {
			row, more, err := r.Row()
			if err != nil {
				t.Fatal(err)
			}
			if !more {
				break
			}
			if !strings.HasPrefix(table.Name, "version_") {
				all[table.Name] = append(all[table.Name], fmt.Sprintf("%q", row))
			}
		}
	}
}

func nouns() []store.Noun { return append(authority.Nouns(), register.Noun()) }

// run works a store out again.
func (b *bench) run(db *store.DB) (*replay.Result, error) {
	return replay.Run(b.t.Context(), replay.Config{
		Log: b.Log, Register: b.registry(db),
		Desk: authority.Config{
			Store: db, Body: "commission", Role: "registrar", View: func() *trust.View { return b.View }, Profiles: b.Profile, Rules: b.Evaluator,
			Clock: func() time.Time { return b.Now().Time() }, Promise: 20 * 24 * time.Hour, Logger: slog.New(slog.DiscardHandler),
		},
	})
}

func (b *bench) size() int64 {
	for n := int64(0); ; n++ {
		if o, _, err := b.Log.Read(n); err != nil && o == nil {
			return n
		}
	}
}

// TestTheLogIsTheTruth: a store that was restored from a backup older than its log, and one
// that was lost altogether, are worked out again from the log: row for row what they were,
// and the log takes nothing in.
func TestTheLogIsTheTruth(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		c, err := authoritytest.NewCountry()
		if err != nil {
			t.Fatal(err)
		}
		w, err := authoritytest.NewWitnesses(4, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(w.Close)
		b := open(t, c, t.TempDir(), dsn, w)
		defer b.close()
		b.work()
		var old bytes.Buffer
		if _, err := b.Store.Backup(t.Context(), &old); err != nil {
			t.Fatal(err)
		}
		before := b.size()
		b.work()
		want, size := rows(t, b.Store), b.size()
		if d, err := replay.Compare(t.Context(), b.Store, b.Log, 0, size); err != nil || !d.None() {
			t.Fatalf("a store that is whole differs: %+v %v", d, err)
		}
		for name, from := range map[string]*bytes.Buffer{"older": &old, "lost": nil} {
			db, err := store.Create(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "again.db"))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			lacking := size
			if from != nil {
				lacking = size - before
				if _, err := db.Restore(t.Context(), from, nouns()...); err != nil {
					t.Fatal(err)
				}
			}
			if err := db.Migrate(t.Context(), nouns()...); err != nil {
				t.Fatal(err)
			}
			if d, err := replay.Behind(t.Context(), db, b.Log, size); err != nil || int64(len(d.Lacks)) != lacking || len(d.Others) != 0 {
				t.Fatalf("%s: behind by %+v, %v; want %d entries", name, d, err, lacking)
			}
			if err := replay.Agree(t.Context(), db, b.Log, false); fault.KindOf(err) != fault.Permission || fault.Hint(err) == "" {
				t.Errorf("%s: a store that lacks entries is let through: %v", name, err)
			}
			if err := replay.Agree(t.Context(), db, b.Log, true); err != nil {
				t.Errorf("%s: on purpose: %v", name, err)
			}
			r, err := b.run(db)
			if err != nil {
				t.Fatalf("%s: %s", name, fault.Text(err, "en"))
			}
			if int64(len(r.Done)) != lacking || len(r.Left) != 0 {
				t.Errorf("%s: %d worked out again, want %d; left: %+v", name, len(r.Done), lacking, r.Left)
			}
			if diff := cmp.Diff(want, rows(t, db)); diff != "" {
				t.Errorf("%s: the store is not what it was:\n%s", name, diff)
			}
			if n := b.size(); n != size {
				t.Errorf("%s: the log had %d entries and has %d", name, size, n)
			}
			if err := replay.Agree(t.Context(), db, b.Log, false); err != nil {
				t.Errorf("%s: a whole store is refused: %v", name, err)
			}
			if r, err := b.run(db); err != nil || len(r.Done)+len(r.Left) != 0 {
				t.Errorf("%s: once more: %+v %v", name, r, err)
			}
		}
	})
}

// TestAnotherLogsStoreIsRefused: what stands otherwise in the log is not worked over.
func TestAnotherLogsStoreIsRefused(t *testing.T) {
	c, err := authoritytest.NewCountry()
	if err != nil {
		t.Fatal(err)
	}
	w, err := authoritytest.NewWitnesses(4, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	b := open(t, c, t.TempDir(), storetest.DSN(t, store.SQLite), w)
	defer b.close()
	b.work()
	size := b.size()
	change := func(statement string) {
		t.Helper()
		if err := b.Store.Tx(context.Background(), func(t *store.Tx) error { _, err := t.Exec(statement); return err }); err != nil {
			t.Fatal(err)
		}
	}
	change("UPDATE docket_paper SET body = '{}' WHERE place = 1")
	if d, err := replay.Compare(t.Context(), b.Store, b.Log, 0, size); err != nil || len(d.Others) != 1 || d.Others[0].Index != 1 {
		t.Errorf("the bytes of a paper were exchanged: %+v %v", d, err)
	}
	digest := string(paper.DigestOf([]byte("forged")))
	change("UPDATE docket_paper SET digest = '" + digest + "' WHERE place = 1")
	d, err := replay.Compare(t.Context(), b.Store, b.Log, 0, size)
	if err != nil || len(d.Others) != 1 || d.Others[0].Index != 1 {
		t.Errorf("a paper was exchanged: %+v %v", d, err)
	}
	if _, err := b.run(b.Store); fault.KindOf(err) != fault.Permission {
		t.Errorf("it was worked over all the same: %v", err)
	}
	if d, err := replay.Compare(t.Context(), b.Store, b.Log, 0, size-2); err != nil || !slices.ContainsFunc(d.Others, func(e replay.Entry) bool { return e.Index >= size-2 }) {
		t.Errorf("a log that is older than the store: %+v %v", d, err)
	}
}
