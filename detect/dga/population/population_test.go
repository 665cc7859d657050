package population

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/detect"
)

// TestOracle compares the counts with sets.
func TestOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := New()
		honest, odd, hosts := map[uint64]bool{}, map[uint64]bool{}, map[uint64]map[uint64]bool{}
		for range rapid.IntRange(0, 60).Draw(t, "n") {
			host := detect.Mix(rapid.Uint64Range(1, 30).Draw(t, "host"))
			site := rapid.Uint64Range(1, 30).Draw(t, "site")
			z := float64(int(site)%9 - 4)
			site = detect.Mix(site)
			p.Note(site, host, 5, z)
			if hosts[site] == nil {
				hosts[site] = map[uint64]bool{}
			}
			hosts[site][host] = true
			honest[site], odd[site] = z < honestScore, z > oddScore
		}
		count := func(m map[uint64]bool) (n int) {
			for _, yes := range m {
				if yes {
					n++
				}
			}
			return n
		}
		near := func(what string, got, want int) {
			if d := got - want; max(d, -d) > 2+want/3 {
				t.Fatalf("%s: %d, the set holds %d", what, got, want)
			}
		}
		for site, of := range hosts {
			near("hosts", Linear(*p.sites.Get(site)), len(of))
		}
		if n := p.addrs.Get(5); n != nil {
			near("honest", Linear(n.honest), count(honest))
			near("odd", Linear(n.odd), count(odd))
		}
	})
}

// TestPopular: the share of hosts that makes a site popular.
func TestPopular(t *testing.T) {
	for _, c := range []struct {
		hosts, all int
		want       bool
	}{{7, 7, false}, {4, 8, true}, {3, 8, false}, {4, 800, true}, {6, 4000, false}, {40, 4000, true}, {160, 1 << 20, true}} {
		p := New()
		for h := range c.hosts {
			p.Note(1, uint64(h), 2, 0)
		}
		if got := p.Popular(1, c.all); got != c.want {
			t.Errorf("%d of %d hosts: %v", c.hosts, c.all, got)
		}
	}
}

// TestFlood: sites of one host each do not push out what many use.
func TestFlood(t *testing.T) {
	p := New()
	for h := range uint64(40) {
		p.Note(detect.Mix(1), detect.Mix(h), detect.Mix(h%5+1), float64(h%2)*4-2)
	}
	for i := range uint64(1 << 19) {
		p.Note(detect.Mix(i+100), 1, detect.Mix(i+200), 3)
	}
	if !p.Popular(detect.Mix(1), 100) {
		t.Error("the flood pushed it out")
	}
}
