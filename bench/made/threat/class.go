package threat

import (
	"cmp"
	"fmt"
	"path"

	"github.com/noroshi-acd/noroshi/bench/made/world"
)

// Class is one kind of threat with the way it is planted.
type Class struct {
	Name  string
	Kind  string // as truth names it: beacon, long, dnstunnel, dga, scan, spread
	plant func(s *world.Stage, c *cast)
}

// Classes gives all classes in a fixed order.
func Classes() []Class {
	var all []Class
	for _, b := range beacons() {
		b.kind = cmp.Or(b.kind, "beacon")
		all = append(all, Class{b.class, b.kind, b.enter})
	}
	return append(append(all, tunnels()...), probes()...)
}

// Choose gives the classes whose name matches one of the patterns (as path.Match
// has them); no patterns mean all. A pattern that matches nothing is an error.
func Choose(patterns []string) ([]Class, error) {
	all := Classes()
	if len(patterns) == 0 {
		return all, nil
	}
	var chosen []Class
	used := map[string]bool{}
	for _, p := range patterns {
		found := p == "none"
		for _, c := range all {
			ok, err := path.Match(p, c.Name)
			if err != nil {
				return nil, fmt.Errorf("choosing classes: %q: %w", p, err)
			}
			found = found || ok
			if ok && !used[c.Name] {
				used[c.Name] = true
				chosen = append(chosen, c)
			}
		}
		if !found {
			return nil, fmt.Errorf("choosing classes: no class is called %q", p)
		}
	}
	return chosen, nil
}

// Enter plants the classes on s, each on hosts of its own while there are any.
func Enter(s *world.Stage, classes []Class) {
	for _, c := range classes {
		c.plant(s, &cast{world.NewRand(s.Seed, "threat "+c.Name, 0), s})
	}
}

// cast picks victims; a class always takes the same ones for a seed, whichever
// other classes play.
type cast struct {
	world.Rand
	s *world.Stage
}

// victim gives a host that is no thing.
func (c *cast) victim() *world.Host {
	for range 1000 {
		h := &c.s.Hosts[c.IntN(len(c.s.Hosts))]
		if h.Role != world.Thing {
			return h
		}
	}
	return &c.s.Hosts[0]
}

// victims gives n different hosts, fewer in a small world.
func (c *cast) victims(n int) []*world.Host {
	var all []*world.Host
	for _, i := range c.Perm(len(c.s.Hosts)) {
		if h := &c.s.Hosts[i]; len(all) < n && (h.Role != world.Thing || len(c.s.Hosts) < 2*n) {
			all = append(all, h)
		}
	}
	return all
}
