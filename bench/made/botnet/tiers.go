package botnet

import "slices"

// tiers are the machines of the botnet.
type tiers struct {
	c2s, relays, bots []int32
	payload           []int32
	works             map[int32][]int32 // relay → its C2s
	reports           map[int32]float64 // relay → octets to report
}

// botnet plays the botnet; its bots are some of the households.
func (n *Net) botnet(w *people) {
	r, p := n.r, n.p
	t := &tiers{works: map[int32][]int32{}, reports: map[int32]float64{}}
	for range p.c2s {
		t.c2s = append(t.c2s, n.place(C2, "c2"))
	}
	for i := range p.relays {
		if p.near && i%3 > 0 {
			t.relays = append(t.relays, n.beside(t.relays[i-1], Relay, "relay"))
			continue
		}
		t.relays = append(t.relays, n.place(Relay, "relay"))
	}
	for _, i := range r.Perm(len(w.homes))[:p.bots] {
		t.bots = append(t.bots, w.homes[i])
		n.Part[n.places[w.homes[i]]] = Bot
	}
	for range 1 + p.relays/12 {
		t.payload = append(t.payload, n.place(Relay, "payload"))
	}
	for _, x := range t.relays {
		perm := r.Perm(len(t.c2s))
		for _, c := range perm[:min(len(perm), 1+r.IntN(p.upstreams))] {
			t.works[x] = append(t.works[x], t.c2s[c])
		}
	}
	for i, b := range t.bots {
		n.bot(t, b, i)
	}
	for _, x := range t.relays {
		n.relay(t, x)
	}
	for _, x := range t.payload {
		n.managed(t.c2s[r.IntN(len(t.c2s))], x)
	}
	if p.attacks {
		n.attack(t.bots)
	}
	n.servers(w, slices.Concat(t.c2s, t.relays, t.payload))
}

// bot lets b check in, and fetch its payload first.
func (n *Net) bot(t *tiers, b int32, i int) {
	r, p := n.r, n.p
	from, to := n.start, n.end
	if r.Chance(p.churned) {
		life := int64(float64(n.end-n.start) * r.Between(0.15, 0.8))
		from += int64(r.Float64() * float64(n.end-n.start-life))
		to = from + life
	}
	if from > n.start || r.Chance(0.3) {
		for range 1 + r.IntN(2) {
			n.emit(exchange{at: from + int64(r.Between(0, 60)*1e9), dur: 4000, src: b, dst: t.payload[r.IntN(len(t.payload))], up: uint32(r.Count(200, 400)), down: uint32(r.Heavy(300e3, 0.2)), port: 80})
		}
	}
	perm := r.Perm(len(t.relays))
	mine := perm[:min(len(perm), 1+r.IntN(p.downs))]
	if i < len(t.relays) { // nobody builds a relay that nobody uses
		mine = append([]int{i}, mine...)
	}
	use := 0
	for at := from + int64(r.Float64()*p.period*1e9); at < to; at += int64(p.period * (1 - p.jitter + 2*p.jitter*r.Float64()) * 1e9) {
		if r.Chance(0.05) {
			use = r.IntN(len(mine))
		}
		n.checkIn(t, b, t.relays[mine[use]], at)
	}
	if p.direct && i%10 == 0 { // some bots know a C2
		for at := from + int64(r.Float64()*8*p.period*1e9); at < to; at += int64(8 * p.period * r.Between(0.7, 1.3) * 1e9) {
			n.emit(n.contact(b, t.c2s[i/10%len(t.c2s)], at))
		}
	}
}

// contact is one check-in.
func (n *Net) contact(src, dst int32, at int64) exchange {
	r, p := n.r, n.p
	x := exchange{at: at, dur: int32(r.Count(100, 1500)), src: src, dst: dst, up: uint32(p.up) + uint32(r.Count(0, 60)), down: uint32(p.down) + uint32(r.Count(0, 120)), port: p.port}
	if p.padding > 0 {
		x.up, x.down = uint32(float64(x.up)*r.Between(1, 1+p.padding)), uint32(float64(x.down)*r.Between(1, 1+p.padding))
	}
	if p.certificate {
		x.cert = 1
	}
	if r.Chance(0.03) {
		x.down += uint32(r.Heavy(20000, 1)) // an order, an update
	}
	if r.Chance(0.03) {
		x.failed, x.down = true, 0
	}
	return x
}

// checkIn lets b turn to relay, which passes it on now or tells of it later.
func (n *Net) checkIn(t *tiers, b, relay int32, at int64) {
	r, p := n.r, n.p
	x := n.contact(b, relay, at)
	n.emit(x)
	if x.failed {
		return
	}
	ups := t.works[relay]
	if r.Chance(p.passed) {
		y := x
		y.src, y.dst, y.at = relay, ups[r.IntN(len(ups))], at+r.Count(5e6, 900e6)
		y.up, y.down = x.up+uint32(r.Count(20, 90)), x.down+uint32(r.Count(0, 60))
		y.port = upstreamPort(p.port)
		n.emit(y)
	} else {
		t.reports[relay] += float64(x.up) / 6
	}
	if p.proxies && r.Chance(0.02) { // somebody's traffic goes out through the bot
		up, down := uint32(r.Heavy(5000, 1)), uint32(r.Heavy(40000, 1))
		to := n.r.Address()
		out, ok := n.at(to, Honest, "visited")
		if !ok {
			return
		}
		n.emit(exchange{at: at + 20e9, dur: 3000, src: relay, dst: b, up: up + 60, down: down + 90, port: 1080})
		n.emit(exchange{at: at + 20e9 + r.Count(5e6, 400e6), dur: 2500, src: b, dst: out, up: up, down: down, port: 443})
	}
}

func upstreamPort(p uint16) uint16 {
	if p == 443 {
		return 8443
	}
	return p
}

// relay lets x report what it did not pass on at once, or be asked for it.
func (n *Net) relay(t *tiers, x int32) {
	r, p := n.r, n.p
	for _, c := range t.works[x] {
		if p.manages {
			n.managed(c, x)
		}
		each := t.reports[x] / float64(len(t.works[x])) / max(1, float64(n.end-n.start)/1e9/p.batch)
		for at := n.start + int64(r.Float64()*p.batch*1e9); at < n.end; at += int64(p.batch * (1 - p.jitter + 2*p.jitter*r.Float64()) * 1e9) {
			n.emit(exchange{at: at, dur: 800, src: x, dst: c, up: 300 + uint32(each*r.Between(0.7, 1.3)), down: uint32(r.Count(200, 500)), port: upstreamPort(p.port)})
		}
	}
}

// managed lets a C2 look after a server.
func (n *Net) managed(c, x int32) {
	r := n.r
	for at := n.start + int64(r.Float64()*3600e9); at < n.end; at += int64(r.Between(1200, 5400) * 1e9) {
		n.emit(exchange{at: at, dur: 20000, src: c, dst: x, up: uint32(r.Heavy(6000, 0.8)), down: uint32(r.Heavy(9000, 0.8)), port: 22})
	}
}

// attack lets many bots attack a victim at once, now and then.
func (n *Net) attack(bots []int32) {
	r := n.r
	for range 1 + r.IntN(3) {
		victim := n.place(Victim, "victim")
		at := n.start + int64(r.Float64()*float64(n.end-n.start)*0.9)
		for _, b := range bots {
			if !r.Chance(0.6) {
				continue
			}
			for range 2 + r.IntN(3) {
				n.emit(exchange{at: at + int64(r.Between(0, 600)*1e9), dur: 60000, src: b, dst: victim, up: uint32(r.Heavy(4e6, 0.4)), port: 80, udp: true, failed: true})
			}
		}
	}
}
