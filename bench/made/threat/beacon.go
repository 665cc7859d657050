package threat

import (
	"net/netip"
	"time"

	"github.com/noroshi-acd/noroshi/bench/made/world"
)

// beacon is one class of regular contact with a command server.
type beacon struct {
	class, kind string
	n           int             // how many of them, each with a server of its own
	bots        [2]int          // least and most hosts on each server; 0: one
	periods     []time.Duration // taken in turn
	jitter      float64         // share of the period, either way
	noise       int64           // bytes by which sizes differ
	address     bool            // no name: reached by address
	port        uint16          // 0: 443
	protocol    world.Protocol
	burst       [2]int           // contacts each time it wakes; 0: one
	work        bool             // only in working hours
	away        int              // hours-long spells in which the machine is off
	names       time.Duration    // after which the name changes, the address stays
	addrs       time.Duration    // after which the address changes, the name stays
	life        [2]time.Duration // of each connection; 0: a second
	every       time.Duration    // keep-alives in a long connection
	exfil       bool             // in the second half, large uploads
	selfSigned  bool
}

func beacons() []beacon {
	const s, m, h = time.Second, time.Minute, time.Hour
	d := func(x ...time.Duration) []time.Duration { return x }
	t, http, tcp, udp := world.TLS, world.HTTP, world.TCP, world.UDP
	return []beacon{
		{class: "one-beacon", n: 1, periods: d(2 * m), jitter: 0.3, noise: 30, protocol: t},
		{class: "one-connection", kind: "long", n: 1, periods: d(40 * h), noise: 2000, address: true, port: 8443, protocol: tcp, life: [2]time.Duration{30 * h, 40 * h}, every: m},
		{class: "pulse-1s-j10", n: 1, periods: d(s), jitter: 0.1, noise: 8, address: true, port: 4433, protocol: tcp, life: [2]time.Duration{s / 5, s / 4}},
		{class: "pulse-10s-j20", n: 2, periods: d(10 * s), jitter: 0.2, noise: 12, protocol: t},
		{class: "pulse-45s-j50", n: 3, periods: d(45 * s), jitter: 0.5, noise: 30, protocol: t},
		{class: "pulse-2m-j30", n: 4, periods: d(2 * m), jitter: 0.3, noise: 40, protocol: t},
		{class: "pulse-4m-j90", n: 4, periods: d(4 * m), jitter: 0.9, noise: 300, protocol: t},
		{class: "pulse-7m-j0-http", n: 3, periods: d(7 * m), noise: 0, protocol: http, port: 80},
		{class: "pulse-20m-j10-address", n: 4, periods: d(20 * m), jitter: 0.1, noise: 20, address: true, protocol: tcp, selfSigned: true},
		{class: "pulse-30m-j90", n: 3, periods: d(30 * m), jitter: 0.9, noise: 100, protocol: t, selfSigned: true},
		{class: "pulse-90m-j20", n: 3, periods: d(90 * m), jitter: 0.2, noise: 20, protocol: t},
		{class: "pulse-3h-j10", n: 3, periods: d(3 * h), jitter: 0.1, noise: 10, protocol: t},
		{class: "pulse-8h-j5", n: 2, periods: d(8 * h), jitter: 0.05, noise: 0, protocol: t},
		{class: "pulse-udp-90s", n: 2, periods: d(90 * s), jitter: 0.15, noise: 6, address: true, port: 7443, protocol: udp},
		{class: "away-2m-j20", n: 4, periods: d(2 * m), jitter: 0.2, noise: 30, protocol: t, away: 3},
		{class: "away-15m-j30", n: 3, periods: d(15 * m), jitter: 0.3, noise: 60, protocol: t, away: 2},
		{class: "two-periods", n: 4, periods: d(50*s, 6*m), jitter: 0.05, noise: 20, protocol: t},
		{class: "three-periods", n: 2, periods: d(30*s, 30*s, 20*m), jitter: 0.1, noise: 20, address: true, port: 8080, protocol: http},
		{class: "sleep-burst", n: 4, periods: d(45 * m), jitter: 0.15, noise: 200, protocol: t, burst: [2]int{3, 8}, work: true},
		{class: "sleep-burst-night", n: 2, periods: d(25 * m), jitter: 0.4, noise: 80, address: true, protocol: tcp, burst: [2]int{3, 6}},
		{class: "names-hourly", n: 3, periods: d(3 * m), jitter: 0.2, noise: 30, protocol: t, names: h},
		{class: "names-six-hours", n: 2, periods: d(10 * m), jitter: 0.3, noise: 30, protocol: t, names: 6 * h},
		{class: "addresses-two-hours", n: 3, periods: d(5 * m), jitter: 0.3, noise: 30, protocol: t, addrs: 2 * h},
		{class: "addresses-each-time", n: 2, periods: d(8 * m), jitter: 0.2, noise: 30, protocol: t, addrs: s},
		{class: "long-poll", n: 4, periods: d(s), jitter: 0.5, noise: 120, protocol: t, life: [2]time.Duration{m, 10 * m}},
		{class: "long-poll-fixed", n: 2, periods: d(s / 2), jitter: 0.2, noise: 20, address: true, protocol: tcp, life: [2]time.Duration{119 * s, 121 * s}},
		{class: "session", kind: "long", n: 4, periods: d(20 * s), jitter: 0.8, noise: 900, address: true, port: 4444, protocol: tcp, life: [2]time.Duration{h, 7 * h}, every: 45 * s},
		{class: "session-tls", kind: "long", n: 3, periods: d(30 * s), jitter: 0.5, noise: 900, protocol: t, life: [2]time.Duration{2 * h, 9 * h}, every: 60 * s},
		{class: "long-connection", kind: "long", n: 4, periods: d(40 * h), noise: 9000, address: true, port: 9443, protocol: tcp, life: [2]time.Duration{9 * h, 20 * h}, every: 2 * m},
		{class: "exfil-2m-j30", n: 3, periods: d(2 * m), jitter: 0.3, noise: 40, protocol: t, exfil: true},
		{class: "bots-name", n: 1, bots: [2]int{20, 40}, periods: d(5 * m), jitter: 0.3, noise: 60, protocol: t},
		{class: "bots-address", n: 1, bots: [2]int{8, 16}, periods: d(3 * m), jitter: 0.5, noise: 60, address: true, port: 8443, protocol: tcp},
		{class: "bots-slow", n: 1, bots: [2]int{12, 30}, periods: d(40 * m), jitter: 0.2, noise: 30, protocol: t, selfSigned: true},
		{class: "bots-session", kind: "long", n: 1, bots: [2]int{8, 20}, periods: d(15 * s), jitter: 0.5, noise: 500, address: true, port: 5555, protocol: tcp, life: [2]time.Duration{30 * m, 5 * h}, every: 60 * s},
	}
}

func (b beacon) enter(s *world.Stage, c *cast) {
	for range b.n {
		svc := s.Web(c.Rand, []string{"", "cdn", "api", "www"}[c.IntN(4)], 1)
		if b.address {
			svc.Name = ""
		}
		if svc.Protocol = b.protocol; b.port != 0 {
			svc.Port = b.port
		}
		svc.TTL = 5 * time.Minute
		if b.bots[0] == 0 {
			b.on(s, c, c.victim(), svc, s.Start)
			continue
		}
		crowd := c.victims(int(c.Count(int64(b.bots[0]), int64(b.bots[1]))))
		for i, h := range crowd {
			joined := time.Duration(float64(s.End-s.Start) * 0.6 * float64(i) / float64(len(crowd)))
			b.on(s, c, h, svc, s.Start+int64(joined))
		}
	}
}

// implant is one beacon at work.
type implant struct {
	beacon
	world.Rand
	h       *world.Host
	svc     world.Service
	threat  *world.Threat
	request int64
	answer  int64
	turn    int
	left    int // contacts left of this burst
	changed int64
	off     [][2]int64
}

// on plants b on h.
func (b beacon) on(s *world.Stage, c *cast, h *world.Host, svc *world.Service, from int64) {
	im := &implant{beacon: b, Rand: world.NewRand(s.Seed, "implant "+b.class, len(s.Threats)*100000+h.ID), h: h, svc: *svc}
	target := svc.Target()
	if b.names > 0 {
		target = svc.Addrs[0].String()
	}
	im.threat = s.Plant(world.Threat{Kind: b.kind, Class: b.class, Src: h.Addr, Target: target})
	im.request, im.answer = c.Count(180, 900), c.Count(120, 700)
	for range b.away {
		begin := s.Start + int64(im.Between(0.1, 0.85)*float64(s.End-s.Start))
		im.off = append(im.off, [2]int64{begin, begin + int64(im.Between(1, 3)*float64(time.Hour))})
	}
	im.changed = from
	first := min(b.periods[len(b.periods)-1], 2*time.Hour, time.Duration(s.End-s.Start)/8)
	s.Enter(from+int64(im.Float64()*float64(first)), im.act)
}

// act is one contact.
func (im *implant) act(s *world.Stage, now int64) int64 {
	if until := im.asleep(now); until > now {
		return until + int64(im.Wait(time.Minute))
	}
	im.rotate(s, now)
	x := world.Exchange{Client: world.Scripted, SelfSigned: im.selfSigned, Every: int64(im.every), Dur: int64(im.Between(0.3, 1.3) * 1e9)}
	x.Up, x.Down = im.request+im.Count(0, im.noise), im.answer+im.Count(0, im.noise)
	if im.life[1] > 0 {
		x.Dur = int64(im.Between(float64(im.life[0]), float64(im.life[1])))
	}
	if im.every > 0 {
		beats := x.Dur / x.Every
		x.Up, x.Down = x.Up+beats*im.Count(40, 44), x.Down+beats*im.Count(30, 34)
	}
	if im.Chance(0.02) { // an order is carried out
		x.Down += im.Heavy(15000, 1)
	}
	if im.exfil && now > (s.Start+s.End)/2 && im.Chance(0.08) {
		x.Up += im.Heavy(6e6, 0.8)
		x.Dur += int64(im.Between(5, 90) * 1e9)
	}
	at := s.Talk(im.h, &im.svc, now, x)
	im.threat.Count++
	if im.life[1] > 0 {
		at += x.Dur
	}
	return max(now+1, at) + im.pause()
}

// pause gives the wait after a contact.
func (im *implant) pause() int64 {
	if im.left > 1 {
		im.left--
		return int64(im.Between(1, 6) * 1e9)
	}
	if im.burst[0] > 0 {
		im.left = int(im.Count(int64(im.burst[0]), int64(im.burst[1])))
	}
	p := im.periods[im.turn%len(im.periods)]
	im.turn++
	return int64(im.Around(p, im.jitter))
}

// asleep says until when the implant cannot speak.
func (im *implant) asleep(now int64) int64 {
	for _, o := range im.off {
		if now >= o[0] && now < o[1] {
			return o[1]
		}
	}
	const day, from, to = int64(24 * time.Hour), int64(9 * time.Hour), int64(17*time.Hour + 30*time.Minute)
	if t := now % day; im.work && (t < from || t >= to) {
		if t >= to {
			return now - t + day + from
		}
		return now - t + from
	}
	return 0
}

// rotate changes the server's name or address when it is time.
func (im *implant) rotate(s *world.Stage, now int64) {
	if im.names > 0 && now-im.changed >= int64(im.names) {
		im.svc.Name, im.changed = s.Domain(im.Rand), now
	}
	if im.addrs > 0 && now-im.changed >= int64(im.addrs) {
		im.svc.Addrs, im.changed, im.svc.TTL = []netip.Addr{im.Address()}, now, time.Second
	}
}
