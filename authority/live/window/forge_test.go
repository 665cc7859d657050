package window_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/live"
	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/unmet"
)

// misuse is a tap with a window that is open, the next one granted, and a hostile world.
type misuse struct {
	*tap
	*rand.Rand
	old []*paper.Envelope // all that the commission ever said
}

// bring offers a statement to the tap, and does not care how it is taken.
func (m *misuse) bring(e *paper.Envelope) {
	m.t.Helper()
	if _, _, err := m.watch.Offer(e); err != nil {
		m.t.Fatal(err)
	}
}

// replay offers old statements, in any order.
func (m *misuse) replay() {
	for range 1 + m.IntN(5) {
		m.bring(m.old[m.IntN(len(m.old))])
	}
}

// stolen is a statement in which the warrant stands, with the commission's key, a number
// and a time that the thief likes.
func (m *misuse) stolen(number int64, at paper.Time) *paper.Envelope {
	m.t.Helper()
	data, err := paper.Marshal(m.Statement(1, at, m.Warrant.Digest()))
	if err != nil {
		m.t.Fatal(err)
	}
	data = bytes.Replace(data, []byte(`"number":1,`), fmt.Appendf(nil, `"number":%d,`, number), 1)
	e := &paper.Envelope{PayloadType: liveness.Type, Payload: data, Signatures: []paper.Signature{}}
	if err := e.Add(m.Signer("liveness")); err != nil {
		m.t.Fatal(err)
	}
	return e
}

func (m *misuse) say(stands bool) *paper.Envelope {
	m.t.Helper()
	m.number++
	e, err := m.Say(m.number, stands)
	if err != nil {
		m.t.Fatal(err)
	}
	m.old = append(m.old, e)
	return e
}

// liveFamilies are the ways to misuse liveness and clocks; after each of them nothing
// passes the gate, and no grant is accepted.
var liveFamilies = map[string]func(m *misuse){
	"clock jump": func(m *misuse) {
		by := time.Duration(1100+m.Int64N(1<<uint(11+m.IntN(25)))) * time.Millisecond
		if m.IntN(2) == 0 {
			by = -by
		}
		m.True.Set(by)
		if m.IntN(2) == 0 {
			m.replay()
		}
	},
	"stale": func(m *misuse) { m.True.Pass(time.Duration(60_001+m.IntN(50_000)) * time.Millisecond) },
	"stale and replayed": func(m *misuse) {
		for range 6 {
			m.True.Pass(time.Duration(10_001+m.IntN(7_000)) * time.Millisecond)
			m.replay()
		}
	},
	"revoked and replayed": func(m *misuse) {
		m.True.Pass(time.Duration(m.IntN(20_000)) * time.Millisecond)
		m.bring(m.say(false))
		m.old = m.old[:len(m.old)-1]
		m.replay()
	},
	"revocation withheld": func(m *misuse) {
		m.True.Pass(time.Duration(m.IntN(20_000)) * time.Millisecond)
		_ = m.say(false) // the hub keeps it
		m.old = m.old[:len(m.old)-1]
		m.True.Pass(time.Duration(60_001+m.IntN(20_000)) * time.Millisecond)
		m.replay()
	},
	"restarted and replayed": func(m *misuse) {
		m.bring(m.say(false))
		m.restart()
		m.old = m.old[:len(m.old)-1]
		m.replay()
	},
	"a stolen number above its time": func(m *misuse) {
		m.bring(m.say(false))
		at := paper.TimeOf(m.True.Now())
		m.bring(m.stolen(int64(at)+1+m.Int64N(1<<50), at))
	},
	"a stolen word of the future": func(m *misuse) {
		m.bring(m.say(false))
		at := paper.TimeOf(m.True.Now()) + 3 + paper.Time(m.Int64N(100_000))
		m.bring(m.stolen(m.number+1+m.Int64N(1<<30), at))
	},
	"a stolen word while the clock is set": func(m *misuse) {
		m.bring(m.say(false))
		m.True.Set(time.Hour)
		m.bring(m.stolen(m.number+1+m.Int64N(1000), paper.TimeOf(m.True.Now())-paper.Time(m.Int64N(3000))))
		m.True.Set(-time.Hour)
	},
}

// TestMisusedLiveness plays each family against the watch, the book and the gate
// themselves, with an honest twin before it: the window is open, and something passes.
// The seed changes and is printed; NOROSHI_SEED sets it. NOROSHI_FORGERIES is that of the
// warrants: one for each thousand of those is played, since each has its own folders.
func TestMisusedLiveness(t *testing.T) {
	total, seed := 100_000, uint64(time.Now().UnixNano())
	if n, err := strconv.Atoi(os.Getenv("NOROSHI_FORGERIES")); err == nil && n > 0 {
		total = n
	}
	if testing.Short() {
		total = 20_000
	}
	if n, err := strconv.ParseUint(os.Getenv("NOROSHI_SEED"), 10, 64); err == nil {
		seed = n
	}
	r := rand.New(rand.NewPCG(seed, 6))
	each, passed := total/1000/len(liveFamilies)+1, 0
	for _, name := range slices.Sorted(maps.Keys(liveFamilies)) {
		for range each {
			m := &misuse{tap: newTap(t), Rand: r}
			from := m.minute(1)
			m.accept(from, 50, 5000)
			m.accept(from+60, 50, 5000)
			m.until(from, time.Second)
			m.bring(m.say(true))
			if got := m.take(1, 1); got != live.Through {
				t.Fatalf("%s: the honest twin: %v", name, got)
			}
			later, err := m.Open(from+120, 10, 1000)
			if err != nil {
				t.Fatal(err)
			}
			o := m.tap.offer(later)
			liveFamilies[name](m)
			if got := m.take(1, 1); got == live.Through {
				passed++
				t.Errorf("seed %d: %s: something passed", seed, name)
			}
			if got, list, err := m.book.Accept(o); got != nil || err != nil {
				t.Errorf("seed %d: %s: a grant was accepted: %v, %v", seed, name, unmet.List(list), err)
			}
			m.stop()
		}
	}
	t.Logf("%d misuses of liveness and clocks in %d families, %d passed; seed %d", each*len(liveFamilies), len(liveFamilies), passed, seed)
}
