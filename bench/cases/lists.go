package cases

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/beacon"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/detect/habit"
	"github.com/noroshi-acd/noroshi/detect/habit/indicator"
	"github.com/noroshi-acd/noroshi/flow"
)

// listed are the cases of methods that go by lists.
func listed() []class {
	return []class{
		{detect.KnownBad, "an address of a list", false, false, func(w *world) []contact {
			dst := w.end()
			w.bad = append(w.bad, dst.String())
			return w.again(contact{src: w.host(), dst: dst, port: 443, out: 900, in: 4000}, 4)
		}},
		{detect.KnownBad, "a name of a list", false, false, func(w *world) []contact {
			name := w.site()
			w.bad = append(w.bad, name)
			return w.again(contact{src: w.host(), dst: w.end(), port: 443, name: name, out: 900, in: 4000}, 4)
		}},
		{detect.KnownBad, "a neighbour of a listed address, a name beside a listed one", true, false, func(w *world) []contact {
			w.bad = append(w.bad, w.end().String(), "a."+w.site())
			w.ends++
			return w.again(contact{src: w.host(), dst: detecttest.Abroad(w.ends), port: 443, name: "b." + w.site(), out: 900, in: 4000}, 4)
		}},
		{detect.Habit, "a server that moved", false, false, func(w *world) []contact {
			m := w.malware()
			w.habits = append(w.habits, m.learn(w)...)
			return m.call(w, w.host(), w.end(), w.site(), 3*day, 5*day)
		}},
		{detect.Habit, "an agent with another server's period", true, true, func(w *world) []contact {
			m := w.malware()
			w.habits = append(w.habits, m.learn(w)...)
			m.out, m.in, m.jitter = 3*m.out, 8*m.in, 0.01
			return m.call(w, w.host(), w.end(), w.site(), 3*day, 5*day)
		}},
	}
}

// malware is what stays when its server moves.
type malware struct {
	period, jitter float64
	out, in        uint64
	port           uint16
}

func (w *world) malware() malware {
	return malware{period: 200 + 900*w.Float64(), jitter: 0.1 + 0.2*w.Float64(), out: 400 + w.Uint64N(900), in: 200 + w.Uint64N(500), port: []uint16{443, 8443}[w.IntN(2)]}
}

// call is the server's life at one place.
func (m malware) call(w *world, src, dst flow.Addr, name string, from, until float64) []contact {
	return w.beat(contact{src: src, dst: dst, name: name, port: m.port, out: m.out, in: m.in, lasts: 1}, m.period, m.jitter, from, until)
}

// learn writes the habit out of another network's finding.
func (m malware) learn(w *world) []indicator.Habit {
	other := &world{Rand: w.Rand, hosts: w.Perm(population), ends: 30_000}
	for h := range 60 {
		for range 60 {
			other.visit(detecttest.Home(h), other.IntN(400), other.workday())
		}
	}
	other.all = append(other.all, m.call(other, detecttest.Home(7), other.end(), other.site(), 3*day, 5*day)...)
	b := beacon.New(beacon.DefaultConfig())
	h := habit.New(habit.DefaultConfig(), b, nil)
	e := detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, b, h)
	other.feed(e)
	return h.Learn(e.Context(), e.Findings())
}

// lists writes the world's lists into dir and gives their paths.
func (w *world) lists(dir string) (bad, habits []string, err error) {
	path := filepath.Join(dir, "bad.txt")
	if err := os.WriteFile(path, []byte(strings.Join(w.bad, "\n")+"\n"), 0o600); err != nil {
		return nil, nil, err
	}
	bad = []string{path}
	path = filepath.Join(dir, "habits.json")
	f, err := os.Create(path)
	if err != nil {
		return nil, nil, err
	}
	return bad, []string{path}, errors.Join(indicator.Write(f, w.habits), f.Close())
}
