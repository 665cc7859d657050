package honest

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/noroshi-acd/noroshi/bench/made/world"
)

// web is the web that people browse: sites by Zipf, many of them behind a few
// content networks, and parts (fonts, counters, advertisements) that most pages
// fetch.
type web struct {
	sites []*world.Service
	parts []*world.Service
	video []*world.Service
}

func newWeb(s *world.Stage, sites int) *web {
	r := world.NewRand(s.Seed, "honest web", 0)
	w := &web{}
	networks := make([][]netip.Addr, 5)
	for i := range networks {
		networks[i] = r.Addresses(12)
		if i < 2 {
			for range 4 {
				networks[i] = append(networks[i], r.Address6())
			}
		}
	}
	for range sites {
		svc := s.Web(r, []string{"www", "www", "app", "shop", ""}[r.IntN(5)], 1+r.IntN(2))
		if r.Chance(0.45) {
			n := networks[r.IntN(len(networks))]
			i := r.IntN(len(n) - 3)
			svc.Addrs = n[i : i+3]
		}
		w.sites = append(w.sites, svc)
	}
	for i := range 60 {
		svc := s.Web(r, []string{"cdn", "static", "fonts", "count", "ads", "img"}[i%6], 4)
		svc.Addrs = networks[i%len(networks)][i%8 : i%8+4]
		w.parts = append(w.parts, svc)
	}
	for i := range 8 {
		svc := s.Web(r, fmt.Sprintf("edge%d", i), 10)
		svc.TTL = time.Minute
		w.video = append(w.video, svc)
	}
	return w
}

// surf lets the person at h browse: bursts of pages, each of several connections.
func (w *web) surf(s *world.Stage, h *world.Host, bursts float64) {
	r := world.NewRand(s.Seed, "honest surf", h.ID)
	zipf := rand.NewZipf(r.Rand, 1.15, 10, uint64(len(w.sites)-1))
	person := newPerson(s, h)
	gap := time.Duration(float64(10*time.Hour) / bursts)
	own := make([]int, 6) // a person's own habits: a few sites again and again
	for i := range own {
		own[i] = int(zipf.Uint64())
	}
	s.Enter(s.Start+int64(r.Wait(gap)), func(s *world.Stage, now int64) int64 {
		if !person.there(now) && !r.Chance(0.05) {
			return person.back(now) + int64(r.Wait(gap))
		}
		at := now
		for range 1 + r.IntN(3) {
			site := own[r.IntN(len(own))]
			if r.Chance(0.6) {
				site = int(zipf.Uint64())
			}
			w.page(s, r, h, w.sites[site], at)
			at += int64(r.Wait(15 * time.Second))
		}
		return now + int64(r.Wait(gap))
	})
}

func (w *web) page(s *world.Stage, r world.Rand, h *world.Host, site *world.Service, at int64) {
	fetch := func(svc *world.Service, at int64, median float64) {
		x := world.Exchange{Dst: svc.Addrs[r.IntN(len(svc.Addrs))], Up: 400 + r.Heavy(900, 0.8), Down: 2500 + r.Heavy(median, 1.4), Dur: int64(r.Wait(15 * time.Second)), Client: world.Browser}
		if x.Dst.Is6() && !h.Addr6.IsValid() {
			x.Dst = svc.Addrs[0]
			if x.Dst.Is6() {
				return
			}
		}
		if r.Chance(0.01) {
			x.Ending = world.Reset
		}
		s.Talk(h, svc, at, x)
	}
	fetch(site, at, 25000)
	for range r.IntN(4) {
		fetch(w.parts[r.IntN(len(w.parts))], at+int64(r.Wait(400*time.Millisecond)), 9000)
	}
}

// watch lets the person at h watch videos: a few large connections in a row.
func (w *web) watch(s *world.Stage, h *world.Host) {
	r := world.NewRand(s.Seed, "honest watch", h.ID)
	person := newPerson(s, h)
	s.Enter(s.Start+int64(r.Wait(2*time.Hour)), func(s *world.Stage, now int64) int64 {
		if !person.there(now) {
			return person.back(now) + int64(r.Wait(time.Hour))
		}
		svc, at := w.video[r.IntN(len(w.video))], now
		for range 1 + r.IntN(6) {
			life := int64(r.Around(5*time.Minute, 0.7))
			at = s.Talk(h, svc, at, world.Exchange{Dur: life, Every: int64(10 * time.Second), Up: life / 1e9 * 1500, Down: life / 1e9 * r.Count(150000, 600000), UpCount: life / 1e9 * 100, DownCount: life / 1e9 * 250, Client: world.Browser}) + life
		}
		return at + int64(r.Wait(3*time.Hour))
	})
}

// swarm lets h take part in a file-sharing swarm: many strangers, many silent.
func swarm(s *world.Stage, h *world.Host) {
	r := world.NewRand(s.Seed, "honest swarm", h.ID)
	person := newPerson(s, h)
	peers := r.Addresses(150)
	s.Enter(s.Start+int64(r.Wait(time.Hour)), func(s *world.Stage, now int64) int64 {
		if !person.there(now) {
			return person.back(now) + int64(r.Wait(time.Hour))
		}
		i := r.IntN(len(peers))
		if r.Chance(0.1) {
			peers[i] = r.Address()
		}
		svc := &world.Service{Addrs: peers[i : i+1], Port: 6000 + uint16(peers[i].As4()[3])*199, Protocol: world.UDP}
		x := world.Exchange{Up: r.Count(60, 200), Down: r.Count(60, 400), Dur: int64(r.Wait(5 * time.Second))}
		if r.Chance(0.4) {
			x.Ending, x.Down = world.NoAnswer, 0
		} else if r.Chance(0.2) {
			svc.Protocol = world.TCP
			x.Up, x.Down, x.Dur = r.Heavy(90000, 1.5), r.Heavy(200000, 1.5), int64(r.Wait(4*time.Minute))
		}
		s.Talk(h, svc, now, x)
		return now + int64(r.Wait(12*time.Second))
	})
}

// backup lets h send its changes to a store at night.
func backup(s *world.Stage, h *world.Host, svc *world.Service) {
	r := world.NewRand(s.Seed, "honest backup", h.ID)
	s.Honest = append(s.Honest, world.Threat{Kind: "honest", Class: "backup", Src: h.Addr, Target: svc.Target()})
	first := s.Start - s.Start%day + int64(r.Around(2*time.Hour, 0.6))
	if first < s.Start {
		first += day
	}
	s.Enter(first, func(s *world.Stage, now int64) int64 {
		at := now
		for range 1 + r.IntN(4) {
			up := r.Heavy(4e7, 1.5)
			life := up * 1000 / 8 // 8 MB/s
			at = s.Talk(h, svc, at, world.Exchange{Dur: life + int64(time.Second), Up: up, Down: up / 300, Client: world.Platform}) + life
		}
		return now + day + int64(r.Around(10*time.Minute, 1))
	})
}

// mailGuard lets a server ask block lists about senders: many names of one zone,
// most of which do not exist.
func mailGuard(s *world.Stage, h *world.Host) {
	r := world.NewRand(s.Seed, "honest mail guard", h.ID)
	zone := "bl." + s.Domain(world.NewRand(s.Seed, "honest mail guard", -1))
	s.Honest = append(s.Honest, world.Threat{Kind: "honest", Class: "block-list", Src: h.Addr, Target: zone})
	s.Enter(s.Start+int64(r.Wait(time.Minute)), func(s *world.Stage, now int64) int64 {
		x := world.Exchange{At: now, Type: world.TypeA, Rcode: world.NXDomain, TTL: 5 * time.Minute,
			Name: fmt.Sprintf("%d.%d.%d.%d.%s", r.IntN(256), r.IntN(256), r.IntN(256), r.IntN(256), zone)}
		if r.Chance(0.3) {
			x.Rcode, x.Answers = 0, []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 2})}
		}
		s.Ask(h, x)
		return now + int64(r.Wait(90*time.Second))
	})
}
