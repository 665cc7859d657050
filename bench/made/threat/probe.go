package threat

import (
	"net/netip"
	"time"

	"github.com/noroshi-acd/noroshi/bench/made/world"
)

// probes gives the classes that try many doors, or one door many times.
func probes() []Class {
	return []Class{
		{"scan-abroad-23", "scan", func(s *world.Stage, c *cast) { across(s, c, "scan-abroad-23", 23, false) }},
		{"scan-inside-445", "scan", func(s *world.Stage, c *cast) { across(s, c, "scan-inside-445", 445, true) }},
		{"scan-ports", "scan", ports},
		{"scan-slow", "scan", slow},
		{"spread", "spread", spread},
		{"ssh-guess", "scan", guess},
		{"ping-tunnel", "beacon", pings},
	}
}

// across tries one port of many addresses.
func across(s *world.Stage, c *cast, class string, port uint16, inside bool) {
	h := c.victim()
	t := s.Plant(world.Threat{Kind: "scan", Class: class, Src: h.Addr, Target: "*"})
	begin := s.Start + int64(c.Between(0.2, 0.7)*float64(s.End-s.Start))
	s.Enter(begin, func(s *world.Stage, now int64) int64 {
		dst := c.Address()
		if inside {
			b := h.Addr.As4()
			dst = netip.AddrFrom4([4]byte{b[0], b[1], byte(t.Count / 250), byte(1 + t.Count%250)})
		}
		knock(s, c, h, dst, port, now)
		if t.Count++; t.Count >= 3000 {
			return 0
		}
		return now + int64(c.Wait(80*time.Millisecond)) + 1
	})
}

// knock tries one door.
func knock(s *world.Stage, c *cast, h *world.Host, dst netip.Addr, port uint16, now int64) {
	x := world.Exchange{Dst: dst, Ending: world.NoAnswer, UpCount: 2, Dur: int64(time.Second)}
	switch r := c.Float64(); {
	case r < 0.15:
		x.Ending, x.UpCount, x.DownCount, x.Dur = world.Refused, 1, 1, int64(20*time.Millisecond)
	case r < 0.18:
		x.Ending, x.UpCount, x.Up, x.Down, x.Dur = world.Reset, 0, 20, 60, int64(300*time.Millisecond)
	}
	s.Talk(h, &world.Service{Port: port, Protocol: world.TCP}, now, x)
}

// ports tries many ports of one machine.
func ports(s *world.Stage, c *cast) {
	h, dst := c.victim(), c.Address()
	t := s.Plant(world.Threat{Kind: "scan", Class: "scan-ports", Src: h.Addr, Target: dst.String()})
	order := c.Perm(4000)
	s.Enter(s.Start+int64(c.Between(0.2, 0.8)*float64(s.End-s.Start)), func(s *world.Stage, now int64) int64 {
		knock(s, c, h, dst, uint16(1+order[t.Count]), now)
		if t.Count++; t.Count >= len(order) {
			return 0
		}
		return now + int64(c.Wait(30*time.Millisecond)) + 1
	})
}

// slow tries one door every few minutes, so as not to be seen.
func slow(s *world.Stage, c *cast) {
	h := c.victim()
	t := s.Plant(world.Threat{Kind: "scan", Class: "scan-slow", Src: h.Addr, Target: "*"})
	s.Enter(s.Start+int64(c.Wait(time.Hour)), func(s *world.Stage, now int64) int64 {
		knock(s, c, h, c.Address(), 3389, now)
		t.Count++
		return now + int64(c.Wait(4*time.Minute))
	})
}

// spread lets a worm go from machine to machine: each one that it took tries
// others in turn.
func spread(s *world.Stage, c *cast) {
	taken := map[int]bool{}
	var infect func(h *world.Host, at int64)
	infect = func(h *world.Host, at int64) {
		if taken[h.ID] || len(taken) >= 12 {
			return
		}
		taken[h.ID] = true
		t := s.Plant(world.Threat{Kind: "spread", Class: "spread", Src: h.Addr, Target: "*"})
		s.Enter(at, func(s *world.Stage, now int64) int64 {
			other := &s.Hosts[c.IntN(len(s.Hosts))]
			if t.Count++; c.Chance(0.015) && other != h {
				s.Talk(h, &world.Service{Addrs: []netip.Addr{other.Addr}, Port: 445}, now, world.Exchange{Up: 180000, Down: 6000, Dur: int64(3 * time.Second)})
				infect(other, now+int64(c.Wait(4*time.Minute)))
			} else {
				knock(s, c, h, other.Addr, 445, now)
			}
			if t.Count >= 1200 {
				return 0
			}
			return now + int64(c.Wait(400*time.Millisecond)) + 1
		})
	}
	infect(c.victim(), s.Start+int64(c.Between(0.2, 0.5)*float64(s.End-s.Start)))
}

// guess tries passwords at one machine's SSH.
func guess(s *world.Stage, c *cast) {
	h := c.victim()
	svc := s.Bare(c.Rand, 22, world.SSH)
	t := s.Plant(world.Threat{Kind: "scan", Class: "ssh-guess", Src: h.Addr, Target: svc.Target()})
	s.Enter(s.Start+int64(c.Between(0.1, 0.6)*float64(s.End-s.Start)), func(s *world.Stage, now int64) int64 {
		s.Talk(h, svc, now, world.Exchange{Up: 1900 + c.Count(0, 120), Down: 2100 + c.Count(0, 60), Dur: int64(c.Between(1.5, 4) * 1e9)})
		if t.Count++; t.Count >= 1500 {
			return 0
		}
		return now + int64(c.Between(0.6, 3)*1e9)
	})
}

// pings carries data in echo requests to one machine.
func pings(s *world.Stage, c *cast) {
	h := c.victim()
	svc := s.Bare(c.Rand, 0, world.ICMP)
	t := s.Plant(world.Threat{Kind: "beacon", Class: "ping-tunnel", Src: h.Addr, Target: svc.Target()})
	s.Enter(s.Start+int64(c.Wait(time.Hour)), func(s *world.Stage, now int64) int64 {
		n := c.Count(2, 12)
		s.Talk(h, svc, now, world.Exchange{Up: n * c.Count(300, 900), Down: n * c.Count(300, 900), UpCount: n, DownCount: n, Dur: n * int64(time.Second)})
		t.Count++
		return now + int64(c.Between(20, 28)*1e9)
	})
}
