package botnet

import (
	"math/rand/v2"
	"slices"
)

// people are the honest machines.
type people struct {
	homes []int32
	web   []int32 // content networks, from popular to rare
	hosts []int32 // rented servers of honest people
	all   []service
}

// service is something that some households turn to in one manner.
type service struct {
	at          []int32
	users       float64 // share of households; of 0 a handful
	period      float64 // s between contacts
	steady      bool    // a machine's contacts: all alike
	up, down    float64
	port        uint16
	udp         bool
	behind      []int32 // origins to which the service passes contacts on
	behindShare float64
	irregular   float64
	ownersBrand bool // only households with one maker's device
}

// people makes the honest machines.
func (n *Net) people() *people {
	w := &people{}
	for range n.p.homes + n.p.bots {
		w.homes = append(w.homes, n.place(Honest, "home"))
	}
	for range 300 + n.p.homes/8 {
		w.web = append(w.web, n.place(Honest, "web"))
	}
	for range 80 {
		w.hosts = append(w.hosts, n.place(Honest, "server"))
	}
	some := func(k int, class string) []int32 {
		var all []int32
		for range k {
			all = append(all, n.place(Honest, class))
		}
		return all
	}
	r := n.r
	add := func(s service) { w.all = append(w.all, s) }
	add(service{at: some(3, "resolver"), users: 1, period: 900, up: 70, down: 180, port: 53, udp: true})
	add(service{at: some(4, "clock"), users: 0.7, period: 2048, steady: true, up: 76, down: 76, port: 123, udp: true})
	add(service{at: some(6, "push"), users: 0.6, period: 1500, steady: true, up: 420, down: 380, port: 443, irregular: 0.2})
	add(service{at: some(2, "telemetry"), users: 0.5, period: 3600, steady: true, up: 1400, down: 500, port: 443, irregular: 0.1})
	add(service{at: some(1, "maker"), period: 3600, steady: true, up: n.p.up * r.Between(0.8, 1.3), down: n.p.down * r.Between(0.5, 2), port: 443, irregular: 0.1, ownersBrand: true})
	for range 3 {
		add(service{at: some(1, "vpn"), users: 0.02, period: 600, steady: true, up: 20000, down: 60000, port: 443, irregular: 0.5})
	}
	for range 12 { // small services, each behind its proxy: built as a botnet is
		add(service{at: some(1+r.IntN(3), "agent"), period: r.Between(120, 1800), steady: true, up: r.Between(200, 1500), down: r.Between(150, 3000), port: []uint16{443, 443, 8443, 80}[r.IntN(4)],
			irregular: r.Between(0, 0.4), behind: some(1+r.IntN(2), "origin"), behindShare: r.Float64()})
	}
	add(service{at: some(8, "mail"), users: 0.3, period: 1200, up: 900, down: 2500, port: 993, behind: some(3, "mail relay"), behindShare: 0.1})
	add(service{at: some(6, "cdn"), users: 0.9, period: 900, up: 1500, down: 40000, port: 443, behind: some(12, "origin"), behindShare: 0.15})
	onion := some(20, "onion")
	add(service{at: onion, users: 0.03, period: 500, up: 5000, down: 30000, port: 9001, behind: onion, behindShare: 0.9, irregular: 0.8})
	return w
}

// background plays everybody; bots are among them, with people behind.
func (n *Net) background(w *people) {
	brand := n.brand(w)
	for i := range w.all {
		s := &w.all[i]
		users := w.homes
		switch {
		case s.ownersBrand:
			users = brand
		case s.users == 0:
			users = n.pick(w.homes, 5+n.r.IntN(60))
		case s.users < 1:
			users = n.pick(w.homes, int(s.users*float64(len(w.homes))))
		}
		for _, h := range users {
			n.uses(h, s)
		}
	}
	zipf := rand.NewZipf(n.r.Rand, 1.2, 4, uint64(len(w.web)-1))
	for _, h := range w.homes {
		for range 10 + n.r.IntN(25) {
			site, at := w.web[zipf.Uint64()], n.start+int64(n.r.Float64()*float64(n.end-n.start))
			for range 1 + n.r.IntN(4) {
				n.emit(exchange{at: at + int64(n.r.Between(0, 40)*1e9), dur: 3000, src: h, dst: site, up: uint32(n.r.Heavy(1200, 0.8)), down: uint32(n.r.Heavy(20000, 1.3)), port: 443})
			}
		}
	}
	n.swarm(w)
}

// brand picks the households with the device that the botnet is after: all bots and
// as many others.
func (n *Net) brand(w *people) []int32 {
	var all []int32
	share := min(1, float64(n.p.bots)/float64(n.p.homes)*n.r.Between(0.7, 2))
	for _, h := range w.homes {
		if n.Part[n.places[h]] == Bot || n.r.Chance(share) {
			all = append(all, h)
		}
	}
	return all
}

func (n *Net) pick(from []int32, k int) []int32 {
	var all []int32
	for _, i := range n.r.Perm(len(from))[:min(k, len(from))] {
		all = append(all, from[i])
	}
	return all
}

// uses lets h turn to s for the whole time.
func (n *Net) uses(h int32, s *service) {
	r := n.r
	to := s.at[r.IntN(len(s.at))]
	for at := n.start + int64(r.Float64()*s.period*1e9); at < n.end; at += int64(s.period * (1 - s.irregular + 2*s.irregular*r.Float64()) * 1e9) {
		x := exchange{at: at, dur: int32(r.Count(50, 2000)), src: h, dst: to, up: uint32(s.up) + uint32(r.Count(0, 50)), down: uint32(s.down) + uint32(r.Count(0, 90)), port: s.port, udp: s.udp}
		if !s.steady {
			x.up, x.down = uint32(r.Heavy(s.up, 0.8)), uint32(r.Heavy(s.down, 1))
		}
		n.emit(x)
		if len(s.behind) > 0 && r.Chance(s.behindShare) {
			y := x
			y.src, y.dst, y.at = to, s.behind[r.IntN(len(s.behind))], at+r.Count(3e6, 300e6)
			if y.dst != to {
				n.emit(y)
			}
		}
	}
}

// swarm lets some households exchange files with one another and with strangers.
func (n *Net) swarm(w *people) {
	r := n.r
	members := n.pick(w.homes, len(w.homes)/12)
	for range 20 + len(members)/2 {
		members = append(members, n.place(Honest, "peer"))
	}
	for _, h := range members {
		for range 10 + r.IntN(15) {
			p, at := members[r.IntN(len(members))], n.start+int64(r.Float64()*float64(n.end-n.start)*0.8)
			if p == h {
				continue
			}
			for range 1 + r.IntN(6) {
				at += int64(r.Between(20, 1200) * 1e9)
				n.emit(exchange{at: at, dur: 9000, src: h, dst: p, up: uint32(r.Heavy(9000, 1.5)), down: uint32(r.Heavy(90000, 1.5)), port: 51413})
			}
		}
	}
}

// servers lets rented servers, honest and not, live as servers do: clocks, updates,
// a provider who watches all, strangers who knock everywhere, crawlers.
func (n *Net) servers(w *people, bad []int32) {
	r := n.r
	all := slices.Concat(w.hosts, bad)
	mirror, clock, watch := n.place(Honest, "mirror"), n.place(Honest, "clock"), n.place(Honest, "watch")
	vault := n.place(Honest, "backup")
	crawlers, scanners := []int32{n.place(Honest, "crawler"), n.place(Honest, "crawler")}, []int32{}
	for range 4 {
		scanners = append(scanners, n.place(Honest, "scanner"))
	}
	each := func(period, share float64, do func(at int64)) {
		for at := n.start + int64(r.Float64()*period*1e9); at < n.end; at += int64(period * (1 - share + 2*share*r.Float64()) * 1e9) {
			do(at)
		}
	}
	watched := n.pick(all, len(all)*2/3)
	for _, s := range all {
		each(7200, 0.3, func(at int64) {
			n.emit(exchange{at: at, dur: 2000, src: s, dst: mirror, up: uint32(r.Heavy(2000, 0.5)), down: uint32(r.Heavy(60000, 1)), port: 80})
		})
		each(1024, 0.02, func(at int64) {
			n.emit(exchange{at: at, dur: 20, src: s, dst: clock, up: 76, down: 76, port: 123, udp: true})
		})
		for _, c := range crawlers {
			each(9000, 0.5, func(at int64) {
				n.emit(exchange{at: at, dur: 900, src: c, dst: s, up: uint32(r.Heavy(700, 0.2)), down: uint32(r.Heavy(9000, 0.9)), port: 443})
			})
		}
	}
	for _, s := range watched {
		each(300, 0.02, func(at int64) {
			n.emit(exchange{at: at, dur: 90, src: watch, dst: s, up: 320, down: 290, port: 443})
		})
	}
	for _, s := range n.pick(all, len(all)/3) {
		each(14400, 0.1, func(at int64) {
			n.emit(exchange{at: at, dur: 90000, src: s, dst: vault, up: uint32(r.Heavy(9e6, 1)), down: 9000, port: 22})
		})
	}
	for _, s := range scanners {
		for _, to := range slices.Concat(all, n.pick(w.homes, len(w.homes)/3)) {
			n.emit(exchange{at: n.start + int64(r.Float64()*float64(n.end-n.start)), dur: 10, src: s, dst: to, up: 44, port: []uint16{22, 443, 8443, n.p.port}[r.IntN(4)], failed: r.Chance(0.8)})
		}
	}
	for _, s := range w.hosts { // customers of the honest ones
		for _, h := range n.pick(w.homes, 3+r.IntN(40)) {
			for range 1 + r.IntN(8) {
				n.emit(exchange{at: n.start + int64(r.Float64()*float64(n.end-n.start)), dur: 1500, src: h, dst: s, up: uint32(r.Heavy(900, 0.7)), down: uint32(r.Heavy(9000, 1.2)), port: 443})
			}
		}
	}
}
