package honest

import "github.com/noroshi-acd/noroshi/bench/made/world"

// Enter lets all honest actors onto s. browsing is how many bursts of pages a
// person has in a day; 15 is lively.
func Enter(s *world.Stage, browsing float64) {
	w := newWeb(s, max(300, min(20000, 10*len(s.Hosts))))
	r := world.NewRand(s.Seed, "honest", 0)
	store := s.Web(r, "backup", 4)
	for i := range s.Hosts {
		h := &s.Hosts[i]
		if h.Role == world.Office || h.Role == world.Home {
			w.surf(s, h, browsing)
			if r.Chance(0.12) {
				w.watch(s, h)
			}
		}
		if h.Role == world.Home && r.Chance(0.06) {
			swarm(s, h)
		}
		if h.Role != world.Thing && r.Chance(0.15) {
			backup(s, h, store)
		}
		if h.Role == world.Server && r.Chance(0.02) {
			mailGuard(s, h)
		}
	}
	clocks(s)
	mistakes(s)
	for _, p := range pollers() {
		p.enter(s)
	}
	for _, k := range keepers() {
		k.enter(s)
	}
}
