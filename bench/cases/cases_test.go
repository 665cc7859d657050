package cases

import (
	"math/rand/v2"
	"testing"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/detect/roster"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// TestEveryMethodHasACase holds the cases to the roster: a new method needs a threat
// and a look-alike.
func TestEveryMethodHasACase(t *testing.T) {
	configs := roster.DefaultConfigs()
	threats, honest := map[string]bool{}, map[string]bool{}
	for _, c := range list() {
		if c.honest {
			honest[string(c.kind)] = true
		} else {
			threats[string(c.kind)] = true
		}
	}
	for _, s := range configs.Sections() {
		if !threats[s.Name] || !honest[s.Name] {
			t.Errorf("%s: a threat %v, a look-alike %v", s.Name, threats[s.Name], honest[s.Name])
		}
	}
}

// TestPlay plays one small week with a changing seed and finds most of it.
func TestPlay(t *testing.T) {
	if testing.Short() {
		t.Skip("plays a week")
	}
	r := detecttest.Rand(t, 0)
	w, found, err := play(r, t.TempDir(), 1)
	if err != nil {
		t.Fatal(err)
	}
	all, byClass := map[detect.Kind]*tally{}, map[string]*tally{}
	w.judge(found, all, byClass)
	planted, caught, alerts, right := 0, 0, 0, 0
	for _, k := range all {
		planted, caught, alerts, right = planted+k.planted, caught+k.found, alerts+k.alerts, right+k.right
	}
	t.Logf("%d of %d found, %d of %d alerts right", caught, planted, right, alerts)
	if planted < 20 || caught*10 < planted*7 || right*10 < alerts*8 {
		t.Errorf("%d of %d found, %d of %d alerts right", caught, planted, right, alerts)
	}
}

// TestJudgeCanFail: an engine without methods finds nothing, and a finding about
// nobody's case is false.
func TestJudgeCanFail(t *testing.T) {
	w := newWorld(rand.New(rand.NewPCG(1, 1)))
	for _, c := range list() {
		w.plant(&c)
	}
	all := map[detect.Kind]*tally{}
	lines := w.judge([]detect.Finding{{Kind: detect.Scan, Score: 0.9, Src: flow.Addr4([4]byte{192, 0, 2, 9})}}, all, map[string]*tally{})
	if s := all[detect.Scan]; len(lines) != 1 || s.alerts != 1 || s.right != 0 || s.found != 0 || s.planted != 1 {
		t.Errorf("%+v %q", s, lines)
	}
	if f := all[detect.Scan].figure(detect.Scan); f.Verdict != "not met" {
		t.Errorf("%+v", f)
	}
}

func TestAbout(t *testing.T) {
	src, dst := detecttest.Home(1), detecttest.Abroad(1)
	p := planted{hosts: map[flow.Addr]bool{src: true}, ends: map[flow.Addr]bool{dst: true}, names: []string{"a.b.test"}}
	for _, c := range []struct {
		f    detect.Finding
		want bool
	}{
		{detect.Finding{Src: src, Dst: dst}, true},
		{detect.Finding{Src: src}, true},
		{detect.Finding{Sources: []flow.Addr{src}, Name: "b.test"}, true},
		{detect.Finding{Src: src, Name: "ob.test"}, false},
		{detect.Finding{Src: src, Dst: detecttest.Abroad(2)}, false},
		{detect.Finding{Src: detecttest.Home(2), Dst: detecttest.Abroad(2)}, false},
		{detect.Finding{Src: detecttest.Home(2), Name: "a.b.test"}, false},
	} {
		if got := p.about(&c.f); got != c.want {
			t.Errorf("%+v: %v", c.f, got)
		}
	}
}

// TestSkips: the lists that a world writes are read whole.
func TestSkips(t *testing.T) {
	w := newWorld(rand.New(rand.NewPCG(2, 2)))
	for _, c := range listed() {
		w.plant(&c)
	}
	bad, habits, err := w.lists(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var skips fault.Skips
	m, err := roster.New(roster.Options{KnownBad: bad, Habits: habits}, &skips)
	if err != nil || m.Habit == nil || m.Bad == nil || len(w.habits) == 0 {
		t.Errorf("%v, %d habits", err, len(w.habits))
	}
}
