package fanin_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/detect/fanin"
	"github.com/noroshi-acd/noroshi/flow"
)

func engine() *detect.Engine {
	return detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, fanin.New(fanin.DefaultConfig()))
}

// bots makes n bots of one C2, each with its own phase, joining over the day.
func bots(r *rand.Rand, n int, name string, jitter float64) []detecttest.Exchange {
	var out []detecttest.Exchange
	for h := range n {
		join := r.Float64() * 40000
		for _, x := range detecttest.Beacon(r, detecttest.Home(h*3), detecttest.Abroad(50000), 900, jitter, 40) {
			x.At += join
			x.Name = name
			out = append(out, x)
		}
	}
	return out
}

func TestBotsInNumbers(t *testing.T) {
	r := detecttest.Rand(t, 0)
	for _, n := range []int{8, 12, 25, 40} {
		for _, name := range []string{"", "c2.bots.example"} {
			for _, jitter := range []float64{0.1, 0.5, 0.9} {
				t.Run(fmt.Sprintf("%d bots, name %q, jitter %.0f%%", n, name, jitter*100), func(t *testing.T) {
					e := engine()
					detecttest.Play(e, append(detecttest.Office(r, 800, 6), bots(r, n, name, jitter)...), nil)
					found := e.Findings()
					caught := 0
					for h := range n {
						f := detecttest.At(found, detect.FanIn, detecttest.Home(h*3))
						if f != nil && detect.LevelOf(f.Score) >= detect.High {
							caught++
						}
					}
					if caught*10 < n*9 {
						t.Errorf("%d of %d bots at high; %d findings", caught, n, len(found))
					}
					for _, f := range found {
						if f.Dst != detecttest.Abroad(50000) && detect.LevelOf(f.Score) >= detect.High {
							t.Errorf("false finding at high: %s %q %v", f.Dst, f.Name, f.Evidence)
						}
					}
				})
			}
		}
	}
}

func TestHonestCrowds(t *testing.T) {
	r := detecttest.Rand(t, 0)
	poll := func(hosts int, dst int, name string, period float64) (out []detecttest.Exchange) {
		for h := range hosts {
			for _, x := range detecttest.Beacon(r, detecttest.Home(h), detecttest.Abroad(dst), period, 0.1, 60) {
				x.Name = name
				out = append(out, x)
			}
		}
		return out
	}
	family := func() (out []detecttest.Exchange) {
		for i := range 8 {
			out = append(out, poll(10, 60100+i, fmt.Sprintf("t%d.tenant.example", i), 600)...)
		}
		return out
	}
	visitors := func() (out []detecttest.Exchange) {
		for h := range 30 {
			for range 12 {
				out = append(out, detecttest.Exchange{At: 8*3600 + r.Float64()*30000, Src: detecttest.Home(h), Dst: detecttest.Abroad(60200), Port: 443,
					Name: "forum.example", Out: uint64(400 + r.ExpFloat64()*3000), In: uint64(3000 + r.ExpFloat64()*90000)})
			}
		}
		return out
	}
	outsiders := func() (out []detecttest.Exchange) {
		for i := range 300 {
			for _, x := range detecttest.Beacon(r, detecttest.Abroad(i), detecttest.Home(1), 900, 0.5, 20) {
				x.State, x.Port = flow.StateRefused, 22
				out = append(out, x)
			}
		}
		return out
	}
	for name, stream := range map[string][]detecttest.Exchange{
		"mail of two thirds":          poll(400, 60001, "mail.saas.example", 300),
		"a family of tenant names":    family(),
		"a forum of thirty":           visitors(),
		"three hundred outside knock": outsiders(),
	} {
		t.Run(name, func(t *testing.T) {
			e := engine()
			detecttest.Play(e, append(detecttest.Office(r, 600, 6), stream...), nil)
			for _, f := range e.Findings() {
				if detect.LevelOf(f.Score) >= detect.High {
					t.Errorf("at high: %s %q %v", f.Dst, f.Name, f.Evidence)
				}
			}
		})
	}
}

// TestMerge splits hosts between two engines.
func TestMerge(t *testing.T) {
	r := detecttest.Rand(t, 0)
	stream := append(detecttest.Office(r, 300, 6), bots(r, 20, "c2.bots.example", 0.3)...)
	_, merged := detecttest.Merged(engine, stream)
	f := detecttest.At(merged.Findings(), detect.FanIn, detecttest.Home(0))
	if f == nil || len(f.Sources) != 20 || detect.LevelOf(f.Score) < detect.High {
		t.Errorf("merged: %+v", f)
	}
}
