package honest

import (
	"fmt"
	"time"

	"github.com/noroshi-acd/noroshi/bench/made/world"
)

// roles is a set of world roles.
type roles uint8

const (
	office roles = 1 << world.Office
	home   roles = 1 << world.Home
	server roles = 1 << world.Server
	thing  roles = 1 << world.Thing
	people       = office | home
	all          = office | home | server | thing
)

func (r roles) has(x world.Role) bool { return r&(1<<x) != 0 }

// poller is one kind of machine-made contact that returns again and again.
type poller struct {
	class    string
	who      roles
	share    float64 // of the hosts with these roles
	vendors  int     // services of this kind that hosts choose from, when group is 0
	group    [2]int  // least and most hosts that share one service, when not 0
	periods  []time.Duration
	jitter   float64 // share of the period; above 1 the wait is exponential
	awake    bool    // only while the host's person is there
	up, down [2]int64
	dur      time.Duration
	extra    float64 // chance that the answer is large: an update, new mail
	large    float64 // its median size
	fails    float64 // chance that a bad time begins, with errors and longer and longer waits
	port     uint16
	protocol world.Protocol
	client   world.Client
	label    string
	addrs    int
}

// pollers is the table of them.
func pollers() []poller {
	const s, m, h = time.Second, time.Minute, time.Hour
	d := func(x ...time.Duration) []time.Duration { return x }
	return []poller{
		{class: "telemetry", who: people, share: 0.6, vendors: 3, periods: d(30 * m), jitter: 0.1, up: [2]int64{900, 1100}, down: [2]int64{600, 800}, dur: 2 * s, client: world.Platform, label: "telemetry", addrs: 4},
		{class: "system-update", who: people | server, share: 0.9, vendors: 3, periods: d(6*h, 22*h), jitter: 0.3, up: [2]int64{1500, 4000}, down: [2]int64{9000, 30000}, dur: 5 * s, extra: 0.3, large: 4e6, client: world.Platform, label: "update", addrs: 6},
		{class: "browser-update", who: people, share: 0.8, vendors: 2, periods: d(5 * h), jitter: 0.2, up: [2]int64{1800, 2600}, down: [2]int64{2500, 5000}, dur: s, extra: 0.1, large: 9e5, client: world.Browser, label: "components", addrs: 3},
		{class: "app-update", who: people, share: 0.4, vendors: 25, periods: d(h, h, 4*h, 24*h), jitter: 0.05, up: [2]int64{600, 640}, down: [2]int64{900, 960}, dur: s, extra: 0.02, large: 6e6, client: world.Platform, label: "updates", addrs: 2},
		{class: "antivirus", who: people | server, share: 0.7, vendors: 3, periods: d(12 * m), jitter: 2, awake: true, up: [2]int64{400, 1800}, down: [2]int64{200, 900}, dur: s, client: world.Platform, label: "cloud", addrs: 5},
		{class: "antivirus-signatures", who: people | server, share: 0.7, vendors: 3, periods: d(h, 2*h), jitter: 0.15, up: [2]int64{500, 700}, down: [2]int64{700, 1200}, dur: s, extra: 0.2, large: 3e5, protocol: world.HTTP, port: 80, client: world.Platform, label: "definitions", addrs: 3},
		{class: "mail-poll", who: people, share: 0.5, vendors: 4, periods: d(5*m, 10*m), jitter: 0.01, awake: true, up: [2]int64{1200, 1700}, down: [2]int64{1800, 2600}, dur: 2 * s, extra: 0.2, large: 30000, client: world.Platform, label: "mail", addrs: 4},
		{class: "feed", who: people, share: 0.25, vendors: 12, periods: d(15*m, 30*m, h), jitter: 0.02, up: [2]int64{500, 800}, down: [2]int64{2000, 60000}, dur: s, client: world.Browser, label: "feeds", addrs: 2},
		{class: "net-check", who: people, share: 0.8, vendors: 2, periods: d(10 * m), jitter: 0.3, awake: true, up: [2]int64{110, 112}, down: [2]int64{8, 10}, dur: s / 5, protocol: world.HTTP, port: 80, client: world.Platform, label: "check", addrs: 8},
		{class: "revocation", who: people, share: 0.9, vendors: 4, periods: d(25 * m), jitter: 2, awake: true, up: [2]int64{300, 420}, down: [2]int64{700, 2200}, dur: s / 5, protocol: world.HTTP, port: 80, client: world.Platform, label: "status", addrs: 6},
		{class: "licence", who: people, share: 0.1, vendors: 8, periods: d(4 * h), jitter: 0.02, up: [2]int64{1400, 1440}, down: [2]int64{800, 820}, dur: s, client: world.Platform, label: "licence", addrs: 1},
		{class: "monitoring", who: server, share: 0.6, group: [2]int{2, 7}, periods: d(15*s, 30*s, 60*s, 60*s, 2*m, 5*m, 15*m), jitter: 0.02, up: [2]int64{700, 1500}, down: [2]int64{340, 380}, dur: s / 2, fails: 0.0005, client: world.Scripted, label: "intake", addrs: 2},
		{class: "rest-poll", who: server | office, share: 0.04, group: [2]int{2, 5}, periods: d(5*s, 20*s, 60*s), jitter: 0.05, up: [2]int64{420, 520}, down: [2]int64{250, 9000}, dur: s / 3, fails: 0.002, client: world.Scripted, label: "api", addrs: 1},
		{class: "inventory", who: office | server, share: 0.9, vendors: 1, periods: d(h), jitter: 0.5, up: [2]int64{3000, 9000}, down: [2]int64{600, 900}, dur: 2 * s, client: world.Platform, label: "manage", addrs: 2},
		{class: "thing-report", who: thing, share: 0.8, group: [2]int{1, 3}, periods: d(5*m, 15*m, h), jitter: 0.03, up: [2]int64{600, 2500}, down: [2]int64{200, 260}, dur: s, fails: 0.003, client: world.Embedded, label: "iot", addrs: 2},
		{class: "thing-update", who: thing, share: 0.9, vendors: 15, periods: d(12*h, 24*h), jitter: 0.2, up: [2]int64{300, 400}, down: [2]int64{500, 900}, dur: s, extra: 0.05, large: 5e6, protocol: world.HTTP, port: 80, client: world.Embedded, label: "fw", addrs: 1},
	}
}

// enter lets all hosts that use p do so.
func (p *poller) enter(s *world.Stage) {
	r := world.NewRand(s.Seed, "honest "+p.class, 0)
	var users []*world.Host
	for i := range s.Hosts {
		if p.who.has(s.Hosts[i].Role) && r.Chance(p.share) {
			users = append(users, &s.Hosts[i])
		}
	}
	vendors := sold(p.vendors, len(users))
	if p.vendors > 0 && vendors == 0 {
		return
	}
	shared := make([]offer, vendors)
	for i := range shared {
		shared[i] = p.offer(s, r)
	}
	if p.group[1] > 0 {
		for _, g := range groups(r, len(users), p.group) {
			o := p.offer(s, r)
			for _, h := range users[g[0]:g[1]] {
				p.user(s, h, o)
			}
		}
		return
	}
	for i, h := range users {
		p.user(s, h, shared[choice(r, i, vendors)])
	}
}

// groups cuts n users into runs [from, to) of least to most that share one service;
// what is left over at the end joins the last.
func groups(r world.Rand, n int, size [2]int) (all [][2]int) {
	for at := 0; n-at >= size[0]; {
		to := min(n, at+int(r.Count(int64(size[0]), int64(size[1]))))
		if n-to < size[0] {
			to = n
		}
		all = append(all, [2]int{at, to})
		at = to
	}
	return all
}

// choice gives the vendor of the i-th user: each has three, the first ones are the
// most popular among the rest.
func choice(r world.Rand, i, vendors int) int {
	if x := int(float64(vendors) * r.Float64() * r.Float64()); i >= 3*vendors {
		return x
	}
	return i % vendors
}

// sold gives how many of a kind's vendors find buyers among so many users: a small
// house buys one thing of a kind, and what fewer than three use it does not have.
func sold(vendors, users int) int {
	if users < 3 {
		return 0
	}
	return min(vendors, max(users/5, 1))
}

// offer is a service with the period that its vendor chose.
type offer struct {
	svc    *world.Service
	period time.Duration
	sizes  [2]int64 // this vendor's request and answer
}

func (p *poller) offer(s *world.Stage, r world.Rand) offer {
	svc := s.Web(r, p.label, max(p.addrs, 1))
	if p.port != 0 {
		svc.Port, svc.Protocol = p.port, p.protocol
	}
	return offer{svc, p.periods[r.IntN(len(p.periods))], [2]int64{r.Count(p.up[0], p.up[1]), r.Count(p.down[0], p.down[1])}}
}

// user lets h use o.
func (p *poller) user(s *world.Stage, h *world.Host, o offer) {
	r := world.NewRand(s.Seed, "honest "+p.class, h.ID+1)
	s.Honest = append(s.Honest, world.Threat{Kind: "honest", Class: p.class, Src: h.Addr, Target: o.svc.Target()})
	person := newPerson(s, h)
	bad := 0 // failures in a row still to come
	tries := 0
	s.Enter(s.Start+int64(r.Float64()*float64(o.period)), func(s *world.Stage, now int64) int64 {
		if p.awake && !person.there(now) {
			return person.back(now) + int64(r.Wait(time.Minute))
		}
		x := world.Exchange{Dur: int64(r.Around(p.dur, 0.5)), Client: p.client}
		x.Up, x.Down = o.sizes[0]+r.Count(0, 24), o.sizes[1]+r.Count(0, 40)
		if r.Chance(p.extra) {
			x.Down += r.Heavy(p.large, 1)
			x.Dur += int64(r.Around(4*time.Second, 0.8))
		}
		if p.fails > 0 && bad == 0 && r.Chance(p.fails) {
			bad, tries = 2+r.IntN(9), 0
		}
		wait := r.Around(o.period, min(p.jitter, 1))
		if p.jitter > 1 {
			wait = r.Wait(o.period)
		}
		if bad > 0 {
			bad--
			tries++
			x.Down, x.Dur, x.Ending = 0, 0, world.Refused
			if r.Chance(0.5) {
				x.Ending, x.Up = world.NoAnswer, 0
			}
			wait = min(o.period<<min(tries, 6), time.Hour)
		}
		s.Talk(h, o.svc, now, x)
		return now + int64(max(wait, 200*time.Millisecond))
	})
}

// clock lets every host set its clock by one of a few pools.
func clocks(s *world.Stage) {
	r := world.NewRand(s.Seed, "honest clock", 0)
	var pools []*world.Service
	for range 3 {
		svc := s.Web(r, "time", 6)
		svc.Port, svc.Protocol, svc.TTL = 123, world.NTP, 2*time.Minute
		pools = append(pools, svc)
	}
	for i := range s.Hosts {
		h := &s.Hosts[i]
		r := world.NewRand(s.Seed, "honest clock", i+1)
		svc := pools[i%len(pools)]
		dst := svc.Addrs[r.IntN(len(svc.Addrs))]
		period := time.Duration(256<<r.IntN(4)) * time.Second
		s.Enter(s.Start+int64(r.Float64()*float64(period)), func(s *world.Stage, now int64) int64 {
			s.Talk(h, svc, now, world.Exchange{Dst: dst, Up: 48, Down: 48, UpCount: 1, DownCount: 1, Dur: int64(20 * time.Millisecond)})
			return now + int64(period) + int64(r.Wait(2*time.Second))
		})
	}
}

// mistakes lets hosts ask for names that do not exist, as honest hosts do: typing
// errors, search suffixes, browsers that probe for lying resolvers.
func mistakes(s *world.Stage) {
	for i := range s.Hosts {
		h := &s.Hosts[i]
		if h.Role == world.Thing {
			continue
		}
		r := world.NewRand(s.Seed, "honest mistakes", i)
		person := newPerson(s, h)
		s.Enter(s.Start+int64(r.Wait(time.Hour)), func(s *world.Stage, now int64) int64 {
			if !person.there(now) {
				now = person.back(now) + int64(r.Wait(time.Minute))
				for k := range 3 { // the browser starts and probes
					s.Ask(h, world.Exchange{At: now + int64(k)*int64(time.Millisecond), Name: letters(r, 7+r.IntN(9)), Type: world.TypeA, Rcode: world.NXDomain})
				}
				return now + int64(r.Wait(time.Hour))
			}
			name := s.Domain(r)
			if r.Chance(0.5) {
				name = fmt.Sprintf("%s.office.internal", []string{"wpad", "isatap", "printer", "intranet", "files"}[r.IntN(5)])
			}
			s.Ask(h, world.Exchange{At: now, Name: name, Type: world.TypeA, Rcode: world.NXDomain})
			return now + int64(r.Wait(40*time.Minute))
		})
	}
}

func letters(r world.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'a' + byte(r.IntN(26))
	}
	return string(b)
}
