package honest

import (
	"time"

	"github.com/noroshi-acd/noroshi/bench/made/world"
)

// keeper is one kind of connection that is meant to stay.
type keeper struct {
	class    string
	who      roles
	share    float64
	vendors  int
	group    [2]int
	life     time.Duration // median of one connection
	spread   float64
	every    []time.Duration // keep-alive
	gap      time.Duration   // mean wait before it is opened again
	awake    bool
	fixed    bool    // lives are equal, as an idle limit makes them
	data     float64 // bytes a second on top of keep-alives, both ways
	port     uint16
	protocol world.Protocol
	client   world.Client
	label    string
	bare     bool // reached by address, no name
	addrs    int
}

func keepers() []keeper {
	const s, m, h = time.Second, time.Minute, time.Hour
	d := func(x ...time.Duration) []time.Duration { return x }
	return []keeper{
		{class: "push", who: people, share: 0.7, vendors: 3, life: 5 * h, spread: 1, every: d(4*m, 15*m, 28*m), gap: 20 * s, port: 5228, protocol: world.TLS, client: world.Platform, label: "push", addrs: 8},
		{class: "chat", who: people, share: 0.5, vendors: 4, life: 90 * m, spread: 1, every: d(30*s, 60*s), gap: 10 * s, awake: true, data: 40, port: 443, protocol: world.TLS, client: world.Browser, label: "ws", addrs: 6},
		{class: "antivirus-channel", who: people | server, share: 0.3, vendors: 2, life: 2 * h, spread: 0.6, every: d(60*s, 5*m), gap: 15 * s, port: 8883, protocol: world.TLS, client: world.Platform, label: "mqtt", addrs: 4},
		{class: "mail-idle", who: people, share: 0.25, vendors: 3, life: 29 * m, fixed: true, every: d(10 * m), gap: 2 * s, awake: true, port: 993, protocol: world.TLS, client: world.Platform, label: "imap", addrs: 3},
		{class: "file-sync", who: people, share: 0.15, vendors: 2, life: 60 * s, fixed: true, gap: s / 2, awake: true, port: 443, protocol: world.TLS, client: world.Platform, label: "notify", addrs: 4},
		{class: "vpn", who: office, share: 0.04, vendors: 2, life: 7 * h, spread: 0.4, every: d(20 * s), gap: 20 * m, awake: true, data: 8000, port: 4500, protocol: world.UDP, bare: true, addrs: 2},
		{class: "private-vpn", who: home, share: 0.03, vendors: 4, life: 3 * h, spread: 0.8, every: d(25 * s), gap: 3 * h, awake: true, data: 60000, port: 51820, protocol: world.UDP, bare: true, addrs: 3},
		{class: "shell", who: office, share: 0.03, group: [2]int{1, 3}, life: 40 * m, spread: 1.2, every: d(60 * s), gap: h, awake: true, data: 30, port: 22, protocol: world.SSH, bare: true, addrs: 1},
		{class: "private-dns", who: people, share: 0.04, vendors: 2, life: 3 * m, spread: 1, every: d(30 * s), gap: 40 * s, awake: true, port: 853, protocol: world.TLS, client: world.Platform, label: "dns", addrs: 2},
		{class: "meeting", who: office, share: 0.4, vendors: 2, life: 50 * m, spread: 0.5, every: d(5 * s), gap: 4 * h, awake: true, data: 150000, port: 3478, protocol: world.UDP, label: "turn", addrs: 20},
		{class: "phone", who: office, share: 0.15, vendors: 2, life: h, fixed: true, every: d(20*s, 30*s), gap: s, port: 5060, protocol: world.SIP, label: "sip", addrs: 2},
		{class: "thing-channel", who: thing, share: 0.7, group: [2]int{1, 3}, life: 9 * h, spread: 1.2, every: d(20*s, 30*s, 60*s), gap: 5 * s, port: 8883, protocol: world.TLS, client: world.Embedded, label: "mq", addrs: 3},
		{class: "camera", who: thing, share: 0.3, vendors: 6, life: 20 * h, spread: 1, every: d(15 * s), gap: 3 * s, port: 32100, protocol: world.UDP, bare: true, addrs: 3},
		{class: "replication", who: server, share: 0.05, group: [2]int{2, 4}, life: 12 * h, spread: 1, every: d(10 * s), gap: 30 * s, data: 3000, port: 5432, protocol: world.TCP, bare: true, addrs: 1},
	}
}

func (k *keeper) enter(s *world.Stage) {
	r := world.NewRand(s.Seed, "honest "+k.class, 0)
	var users []*world.Host
	for i := range s.Hosts {
		if k.who.has(s.Hosts[i].Role) && r.Chance(k.share) {
			users = append(users, &s.Hosts[i])
		}
	}
	if k.group[1] > 0 {
		for _, g := range groups(r, len(users), k.group) {
			svc := k.service(s, r)
			for _, h := range users[g[0]:g[1]] {
				k.user(s, h, svc)
			}
		}
		return
	}
	vendors := make([]*world.Service, sold(k.vendors, len(users)))
	for i := range vendors {
		vendors[i] = k.service(s, r)
	}
	for i, h := range users {
		if len(vendors) > 0 {
			k.user(s, h, vendors[choice(r, i, len(vendors))])
		}
	}
}

func (k *keeper) service(s *world.Stage, r world.Rand) *world.Service {
	svc := s.Web(r, k.label, k.addrs)
	svc.Port, svc.Protocol = k.port, k.protocol
	if k.bare {
		svc.Name = ""
	}
	return svc
}

func (k *keeper) user(s *world.Stage, h *world.Host, svc *world.Service) {
	r := world.NewRand(s.Seed, "honest "+k.class, h.ID+1)
	s.Honest = append(s.Honest, world.Threat{Kind: "honest", Class: k.class, Src: h.Addr, Target: svc.Target()})
	person := newPerson(s, h)
	every := time.Duration(0)
	if len(k.every) > 0 {
		every = k.every[r.IntN(len(k.every))]
	}
	s.Enter(s.Start+int64(r.Wait(10*time.Minute)), func(s *world.Stage, now int64) int64 {
		if k.awake && !person.there(now) {
			return person.back(now) + int64(r.Wait(5*time.Minute))
		}
		life := r.Heavy(float64(k.life), k.spread)
		if k.fixed {
			life = int64(r.Around(k.life, 0.01))
		}
		if stop := person.to; k.awake && k.life > time.Hour/2 && stop < 24*time.Hour {
			if left := int64(stop) - now%day; left > 0 {
				life = min(life, left+int64(r.Wait(time.Minute))) // the person goes home
			}
		}
		x := world.Exchange{Dur: life, Every: int64(every), Client: k.client}
		beats := int64(1)
		if every > 0 {
			beats += life / int64(every)
		}
		seconds := float64(life) / 1e9
		x.Up = 900 + beats*r.Count(30, 60) + int64(k.data*seconds*r.Between(0.2, 0.6))
		x.Down = 3500 + beats*r.Count(30, 60) + int64(k.data*seconds*r.Between(0.4, 2))
		if k.data > 0 { // packets for the data too
			x.UpCount, x.DownCount = beats+x.Up/700, beats+x.Down/900
		}
		s.Talk(h, svc, now, x)
		return now + life + int64(r.Wait(k.gap))
	})
}
