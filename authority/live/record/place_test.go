package record_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/grant"
	"github.com/noroshi-acd/noroshi/authority/live"
	"github.com/noroshi-acd/noroshi/authority/live/ask"
	"github.com/noroshi-acd/noroshi/authority/live/livetest"
	"github.com/noroshi-acd/noroshi/authority/live/record"
	"github.com/noroshi-acd/noroshi/authority/live/window"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/books"
	"github.com/noroshi-acd/noroshi/internal/obs"
	"github.com/noroshi-acd/noroshi/ledger"
	wire "github.com/noroshi-acd/noroshi/ledger/ask"
	"github.com/noroshi-acd/noroshi/ledger/cosign"
	"github.com/noroshi-acd/noroshi/ledger/cosign/door"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// witnesses are the product's own, each behind its door, with the keys that the
// country's root names, and clocks that show the true time.
type witnesses struct {
	list []wire.Witness
	away [4]atomic.Bool
}

func newWitnesses(t testing.TB, c *livetest.Country) *witnesses {
	t.Helper()
	w := &witnesses{}
	for i, listed := range c.View.Witnesses().Keys {
		name := string(listed.Operator)
		config := cosign.Config{
			Dir: filepath.Join(t.TempDir(), "witness"), Name: name, Key: c.Private(name), Logs: []string{c.NoteKey(warranttest.Acts, "log-acts", 1)},
			Clock: func() (time.Time, error) { return c.True.Now(), nil },
		}
		if err := cosign.Create(config.Dir, listed.Key); err != nil {
			t.Fatal(err)
		}
		own, err := cosign.Open(config)
		if err != nil {
			t.Fatal(err)
		}
		limits := door.DefaultLimits()
		limits.Rate, limits.Burst = 1e6, 1e6 // this test asks faster than a log does
		handler := door.New(door.Config{Witness: own, Limits: limits, Now: time.Now, Log: slog.New(slog.DiscardHandler), Count: obs.NewRegistry()}).Handler()
		server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if w.away[i].Load() {
				panic(http.ErrAbortHandler) // the line is dead
			}
			handler.ServeHTTP(rw, r)
		}))
		t.Cleanup(func() {
			server.Close()
			if err := own.Close(); err != nil {
				t.Error(err)
			}
		})
		w.list = append(w.list, wire.Witness{URL: server.URL, Key: listed.Key})
	}
	return w
}

// leave takes so many of them away; 0 brings all back.
func (w *witnesses) leave(n int) {
	for i := range w.away {
		w.away[i].Store(i < n)
	}
}

// config is that of the log of acts in a folder.
func config(c *livetest.Country, dir string, list []wire.Witness) ledger.Config {
	return ledger.Config{
		Dir: filepath.Join(dir, "ledger"), Keys: filepath.Join(dir, "keys"), Origin: warranttest.Acts, Key: c.Private("log-acts"), Role: "acquirer",
		Keeper: c.Signer("agency-1"), Witnesses: list, Quorum: c.View.Witnesses().K, Birthday: warranttest.Now.Day(),
		Interval: time.Millisecond, Timeout: time.Second, Clock: c.True.Now,
	}
}

// party is a tap or an edge with all that it rests on.
type party struct {
	dir   string
	clock *live.Clock
	watch *live.Watch
	book  *window.Book
}

// Accept is of [ask.Taker].
func (p *party) Accept(_ context.Context, o window.Offer) ([]unmet.Unmet, error) {
	_, list, err := p.book.Accept(o)
	return list, err
}

// hub is the holder with a real log, a tap and an edge: all in folders below one.
type hub struct {
	*livetest.Country
	log       *ledger.Log
	recorder  record.Log
	clock     *live.Clock
	asker     *ask.Asker
	tap, edge *party
	took      func(o window.Offer) // is told of each offer before the parties are; may be nil
}

const link = "carrier-a/1"

// open opens all of a hub. Its clocks have learnt the time from receipts of the log.
func open(ctx context.Context, c *livetest.Country, dir, ledgerDir string, list []wire.Witness) (*hub, error) {
	h := &hub{Country: c}
	var err error
	if h.log, err = ledger.Open(ctx, config(c, ledgerDir, list)); err != nil {
		return nil, err
	}
	h.recorder = record.Log{Ledger: h.log, Role: "acquirer"}
	if h.clock, err = h.measured(ctx); err != nil {
		return nil, err
	}
	for name, p := range map[string]**party{"tap": &h.tap, "edge": &h.edge} {
		if *p, err = h.party(ctx, dir, name); err != nil {
			return nil, err
		}
	}
	h.asker, err = ask.Open(ask.Config{
		Dir: filepath.Join(dir, "asked"), Holder: c.Signer("hub"), Recorder: h.recorder, Clock: h.clock,
		Takers: func(paper.ID) []ask.Taker { return []ask.Taker{told{h}, h.tap, h.edge} },
	})
	if err != nil {
		return nil, err
	}
	return h, h.asker.Begin(ask.Plan{
		Chain: []*paper.Envelope{c.Warrant}, Link: link, Tap: c.Key("tap-1"), Edge: c.Key("edge"), SelectorSet: 4, MaxRecords: 100, MaxBytes: 10_000,
	})
}

type told struct{ *hub }

func (x told) Accept(_ context.Context, o window.Offer) ([]unmet.Unmet, error) {
	if x.took != nil {
		x.took(o)
	}
	return nil, nil
}

func (h *hub) party(ctx context.Context, dir, name string) (*party, error) {
	p := &party{dir: dir}
	var err error
	if p.clock, err = h.measured(ctx); err != nil {
		return nil, err
	}
	if p.watch, err = live.OpenWatch(filepath.Join(dir, name+"-watch"), h.View, p.clock, h.Profile); err != nil {
		return nil, err
	}
	effect, key := paper.ID("select"), "tap-1"
	if name == "edge" {
		effect, key = "forward", "edge"
	}
	p.book, err = window.Open(window.Config{Dir: filepath.Join(dir, name), Party: paper.ID(name), Key: h.Key(key), Effect: effect, Profiles: h.Profile}, p.clock, p.watch)
	return p, err
}

// measured makes a clock that has learnt the time from a receipt of the log.
func (h *hub) measured(ctx context.Context) (*live.Clock, error) {
	k := live.NewClock(h.True.Read)
	e, err := paper.Seal(grant.CloseType, grant.Close{At: paper.TimeOf(h.True.Now()), Batches: books.Root(nil), Open: paper.DigestOf(fresh()), Counts: []grant.Count{}}, h.Signer("hub"))
	if err != nil {
		return nil, err
	}
	submitted := k.Read()
	r, err := h.recorder.Record(ctx, proof.GrantClose, e, h.Warrant.Digest())
	if err != nil {
		return nil, err
	}
	_, s, err := live.Prove(h.View, e, proof.GrantClose, r)
	if err != nil {
		return nil, err
	}
	return k, k.Measure(submitted, k.Read(), s, h.View.Witnesses().Faulty)
}

func (h *hub) close() error {
	var failed error
	for _, x := range []interface{ Close() error }{h.asker, h.tap.book, h.edge.book, h.tap.watch, h.edge.watch, h.log} {
		failed = errors.Join(failed, x.Close())
	}
	return failed
}

// say lets the commission speak to both. Its number is its time.
func (h *hub) say(stands bool) error {
	e, err := h.Say(int64(paper.TimeOf(h.True.Now())), stands)
	if err != nil {
		return err
	}
	for _, p := range []*party{h.tap, h.edge} {
		if _, list, err := p.watch.Offer(e); err != nil || len(list) > 0 {
			return errors.Join(err, errors.New(unmet.List(list).String()))
		}
	}
	return nil
}

// minute is the n-th minute from now on, 1 the next.
func (h *hub) minute(n int) paper.Time {
	now := paper.TimeOf(h.True.Now())
	return now - now%60 + paper.Time(60*n)
}

// until lets time pass up to a little after an instant, and the commission speak.
func (h *hub) until(at paper.Time) error {
	h.True.Pass(at.Time().Add(2 * time.Second).Sub(h.True.Now()))
	return h.say(true)
}

// take asks the gates of both for records.
func (h *hub) take(n int64) (tap, edge live.Verdict) {
	d := h.Warrant.Digest()
	_, tap = h.tap.book.Gate(link, d).Take(h.tap.clock.Read(), n, n)
	_, edge = h.edge.book.Gate(link, d).Take(h.edge.clock.Read(), n, n)
	return tap, edge
}

// shut closes a grant with what each counted, in the log and with both.
func (h *hub) shut(ctx context.Context, s window.State, copied, forwarded int64) error {
	d := s.Opened.Digest()
	e, err := h.Close(d, paper.TimeOf(h.True.Now()), copied, forwarded)
	if err != nil {
		return err
	}
	err = errors.Join(
		h.tap.book.Sign(e, []grant.Count{{N: copied, Name: paper.ID(books.Copied), Party: "tap"}}, nil, h.Signer("tap-1")),
		h.edge.book.Sign(e, []grant.Count{{N: forwarded, Name: paper.ID(books.Forwarded), Party: "edge"}}, nil, h.Signer("edge")))
	if err != nil {
		return err
	}
	r, err := h.recorder.Record(ctx, proof.GrantClose, e, h.Warrant.Digest())
	if err != nil {
		return err
	}
	for _, p := range []*party{h.tap, h.edge} {
		if list, err := p.book.AcceptClose(e, r); err != nil || len(list) > 0 {
			return errors.Join(err, errors.New(unmet.List(list).String()))
		}
	}
	return nil
}
