package commission_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/office"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/stage"
	"github.com/noroshi-acd/noroshi/authority/wire"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/internal/store/storetest"
	"github.com/noroshi-acd/noroshi/ledger/folder"
)

// acknowledged is what clients were told: the place of each paper in the log.
type acknowledged struct {
	mu    sync.Mutex
	place map[paper.Digest]int64
	lives int // applications that went their way to the end
}

func (a *acknowledged) note(t *testing.T, d paper.Digest, index int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if old, ok := a.place[d]; ok && old != index {
		t.Errorf("%s was acknowledged at %d, and now at %d", d, old, index)
	}
	a.place[d] = index
}

// entry is one in the log, with what it is about.
type entry struct {
	class string
	paper paper.Digest
}

// agrees holds log, store and what clients were told against one another. The service has
// ended.
func (n *nation) agrees(dsn string, told *acknowledged) {
	n.t.Helper()
	q, err := office.Quorum(n.view)
	if err != nil {
		n.t.Fatal(err)
	}
	log, err := folder.Open(n.at("ld"), n.at("kd"), "", q)
	if err != nil {
		n.t.Fatal(err)
	}
	inLog, places := map[entry]int64{}, map[paper.Digest]int64{}
	for index := int64(0); ; index++ {
		o, _, err := log.Read(index)
		if err != nil {
			break
		}
		x := entry{string(o.Entry.Class), o.Entry.Paper}
		if x.class == "build" { // the service's own, which no table keeps
			continue
		}
		if old, ok := inLog[x]; ok {
			n.t.Errorf("%v stands at %d and at %d", x, old, index)
		}
		inLog[x], places[x.paper] = index, index
	}
	db := storetest.Reopen(n.t.Context(), n.t, dsn)
	kept, waiting := map[entry]int64{}, int64(0)
	err = db.View(n.t.Context(), func(t *store.Tx) error {
		clear(kept)
		for _, q := range []string{"SELECT class, digest, place FROM docket_paper", "SELECT class, digest, place FROM register_paper"} {
			err := t.Each(func(scan func(...any) error) error {
				var x entry
				var place int64
				err := scan(&x.class, &x.paper, &place)
				if old, ok := kept[x]; ok {
					n.t.Errorf("%v is kept for %d and for %d", x, old, place)
				}
				kept[x] = place
				return err
			}, q)
			if err != nil {
				return err
			}
		}
		return t.Row("SELECT count(*) FROM outbox_row").Scan(&waiting)
	})
	if err != nil {
		n.t.Fatal(err)
	}
	if len(kept) != len(inLog) || len(inLog) == 0 || waiting != 0 {
		n.t.Errorf("the log has %d entries, the store %d papers; %d acts are on their way", len(inLog), len(kept), waiting)
	}
	for x, index := range inLog {
		if kept[x] != index {
			n.t.Errorf("%v stands in the log at %d, in the store at %d", x, index, kept[x])
		}
	}
	if told == nil {
		return
	}
	count := map[string]int{}
	for x := range inLog {
		count[x.class]++
	}
	if k := told.lives; count["application"] != k || count["vote"] != 3*k || count["approval"] != k || count["warrant"] != k {
		n.t.Errorf("%d applications went their way to the end; the log has %v", k, count)
	}
	for d, index := range told.place {
		if at, ok := places[d]; !ok || at != index {
			n.t.Errorf("%s was acknowledged at %d; in the log it is at %d (%v)", d, index, at, ok)
		}
	}
}

// storm is what the clients do while the service is killed.
type storm struct {
	n    *nation
	told *acknowledged
	who  map[string]paper.Signer
	over context.Context // no new application is begun after its end

	mu   sync.Mutex
	live []paper.Digest // warrants that were taken
}

// again does something until it has its answer: who gets none sends the same paper again.
// A refusal ends the test: nothing here gives the service a reason for one.
func (s *storm) again(ctx context.Context, what string, do func(ctx context.Context) error) bool {
	for ctx.Err() == nil {
		one, cancel := context.WithTimeout(ctx, 5*time.Second)
		err := do(one)
		cancel()
		switch fault.KindOf(err) {
		case fault.Invalid, fault.Permission:
			if err != nil {
				s.n.t.Errorf("%s: %v", what, err)
				return false
			}
		}
		if err == nil {
			return true
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.n.t.Errorf("%s: no answer to the end", what)
	return false
}

// one takes an application through to its warrant, the members voting at once.
func (s *storm) one(ctx context.Context, i string) {
	cabinet := s.n.client("cabinet")
	member := []*wire.Client{s.n.client("m1"), s.n.client("m2")}
	bring := func(c *wire.Client, e *paper.Envelope) bool {
		return s.again(ctx, e.PayloadType, func(ctx context.Context) error {
			r, err := c.Bring(ctx, e)
			if err == nil && (len(r.Lacks) > 0 || r.Index < 0) {
				s.n.t.Errorf("%s lacks %v", e.PayloadType, r.Lacks)
			} else if err == nil {
				s.told.note(s.n.t, e.Digest(), r.Index)
			}
			return err
		})
	}
	e, err := s.n.application(i, s.who["pm"])
	if err != nil {
		s.n.t.Error(err)
		return
	}
	if !bring(cabinet, e) {
		return
	}
	var votes sync.WaitGroup
	for k, m := range []string{"m1", "m2", "m3"} {
		votes.Go(func() {
			if v, err := vote(e.Digest(), m, decision.Approve, s.who[m]); err != nil || !bring(member[k%2], v) {
				s.n.t.Errorf("the vote of %s on %s: %v", m, i, err)
			}
		})
	}
	votes.Wait()
	if !s.again(ctx, "decide "+i, func(ctx context.Context) error {
		_, err := member[0].Decide(ctx, wire.Decide{Application: e.Digest()})
		return err
	}) {
		return
	}
	var w *paper.Envelope
	if !s.again(ctx, "draft "+i, func(ctx context.Context) (err error) {
		w, err = permit(ctx, member[1], e.Digest(), "w/"+i, s.who["m1"], s.who["m2"], s.who["m3"])
		return err
	}) || !bring(member[0], w) {
		return
	}
	s.mu.Lock()
	s.live = append(s.live, w.Digest())
	s.mu.Unlock()
}

// kills is how often a service is killed: a few as a habit, NOROSHI_KILLS for the measure.
func kills() int {
	if n, err := strconv.Atoi(os.Getenv("NOROSHI_KILLS")); err == nil && n > 0 {
		return n
	}
	return 6
}

// TestTheServiceIsKilled: the real service is killed at random instants, while it starts as
// well, and clients apply, vote, decide and issue at once. What was acknowledged is an entry
// at that place, once; the store says what the log says; every warrant that was taken
// stands; and a stranger finds nothing wrong. NOROSHI_SEED repeats the instants.
func TestTheServiceIsKilled(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if n, err := strconv.ParseUint(os.Getenv("NOROSHI_SEED"), 10, 64); err == nil {
		seed = n
	}
	storetest.Each(t, func(t *testing.T, dsn string) {
		t.Logf("NOROSHI_SEED=%d, %d kills", seed, kills())
		chance := rand.New(rand.NewPCG(seed, 1))
		n := found(t, dsn)
		n.serve(true)
		over, end := context.WithCancel(t.Context())
		defer end()
		s := &storm{n: n, told: &acknowledged{place: map[paper.Digest]int64{}}, who: n.people(), over: over}
		var clients sync.WaitGroup
		for g := range 3 {
			clients.Go(func() {
				for i := 0; over.Err() == nil && !t.Failed(); i++ {
					s.one(t.Context(), fmt.Sprintf("%d-%d", g, i))
				}
			})
		}
		early, progress := 0, 0
		for round := 0; round < kills() && !t.Failed(); round++ {
			s.told.mu.Lock()
			before := len(s.told.place)
			s.told.mu.Unlock()
			if chance.IntN(5) == 0 { // while it starts
				early++
				time.Sleep(time.Duration(chance.IntN(600)) * time.Millisecond)
			} else {
				n.ready()
				time.Sleep(time.Duration(chance.IntN(800)) * time.Millisecond)
			}
			n.kill()
			if n.service.ProcessState.Exited() {
				t.Fatalf("the service ended by itself:\n%s", n.tail("service.log"))
			}
			s.told.mu.Lock()
			if len(s.told.place) > before {
				progress++
			}
			s.told.mu.Unlock()
			n.serve(false)
		}
		n.ready()
		end()
		clients.Wait()
		if t.Failed() {
			t.Logf("the service says:\n%s", n.tail("service.log"))
			return
		}
		n.until("every warrant that was taken is live", func(x *wire.State) bool {
			for _, w := range s.live {
				if standing(x, w) != stage.Live {
					return false
				}
			}
			return true
		})
		s.told.lives = len(s.live)
		n.verified()
		n.agrees(dsn, s.told)
		t.Logf("%d kills, %d of them while it started; %d papers acknowledged, %d warrants; in %d rounds something was", kills(), early, len(s.told.place), len(s.live), progress)
		if len(s.live) == 0 || progress < kills()/4 {
			t.Error("hardly anything was under way when the service was killed: the test shows nothing")
		}
	})
}
