package cases

import (
	"fmt"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
)

// class is one way of a threat, or of honest work that looks like it.
type class struct {
	kind   detect.Kind
	name   string
	honest bool
	alone  bool // it looks like this method's threats only; what others say of it counts neither way
	play   func(w *world) []contact
}

// threats are the labelled cases, at least one for each method.
func threats() []class {
	all := []class{
		{detect.Beacon, "check-ins, named or not", false, false, func(w *world) []contact {
			x := contact{src: w.host(), dst: w.end(), port: []uint16{443, 8443, 4444}[w.IntN(3)], out: 400 + w.Uint64N(300), in: 300 + w.Uint64N(300)}
			if w.IntN(2) == 0 {
				x.name = w.site()
			}
			return w.beat(x, 60+w.Float64()*1100, 0.2*w.Float64(), day+w.Float64()*day, 5*day)
		}},
		{detect.LongLived, "remote control, held open for hours", false, false, func(w *world) []contact {
			return []contact{{at: w.workday(), lasts: (8 + 10*w.Float64()) * hour, src: w.host(), dst: w.end(), port: 8443, out: 3 * mega, in: 2 * mega}}
		}},
		{detect.DNSTunnel, "data in the names of questions", false, false, func(w *world) (all []contact) {
			src, zone, at := w.host(), w.word(8)+".test", w.workday()
			for range 300 {
				all = append(all, contact{at: at, src: src, dst: resolver(), question: w.digits(30+w.IntN(20)) + "." + w.digits(20) + "." + zone, kind: 16, out: 130, in: 300})
				at += 0.2 + w.ExpFloat64()
			}
			return all
		}},
		{detect.DGA, "generated names, most of which nobody owns", false, false, func(w *world) (all []contact) {
			src, at := w.host(), w.workday()
			for i := range 120 {
				x := contact{at: at, src: src, dst: resolver(), question: w.chance(10+w.IntN(9)) + []string{".com", ".net", ".org", ".info"}[i%4], rcode: 3, out: 70, in: 130}
				all = append(all, x)
				at += 1 + w.ExpFloat64()*3
			}
			return all
		}},
		{detect.Scan, "one port of many machines", false, false, func(w *world) (all []contact) {
			src, at, port := w.host(), w.workday(), []uint16{23, 445, 3389, 5900}[w.IntN(4)]
			for range 400 {
				x := contact{at: at, src: src, dst: flow.Addr4([4]byte{203, byte(w.IntN(113)), byte(w.IntN(256)), byte(1 + w.IntN(250))}), port: port, out: 60, failed: flow.StateAttempt}
				if w.IntN(12) == 0 {
					x.failed, x.out, x.in = flow.StateEstablished, 400, 600
				}
				all = append(all, x)
				at += 0.3 * w.ExpFloat64()
			}
			return all
		}},
		{detect.Spread, "a worm from machine to machine", false, false, worm},
		{detect.FanIn, "bots of one server", false, false, func(w *world) (all []contact) {
			dst, name, period := w.end(), w.site(), 500+w.Float64()*600
			for _, src := range w.some(8 + w.IntN(5)) {
				all = append(all, w.beat(contact{src: src, dst: dst, port: 443, name: name, out: 480, in: 360}, period, 0.5, 3*day+w.Float64()*day/2, 4*day)...)
			}
			return all
		}},
		{detect.OddHours, "a theft at night", false, false, func(w *world) (all []contact) {
			src, dst, name, at := w.sleeper(), w.end(), "", float64(4+w.IntN(2))*day+(0.2+3.5*w.Float64())*hour
			if w.IntN(2) == 0 {
				name = w.site()
			}
			for k := range 3 + w.IntN(30) {
				all = append(all, contact{at: at + float64(k)*40 + 30*w.Float64(), src: src, dst: dst, port: 443, name: name, out: 3*mega + w.Uint64N(3*mega), in: 20000})
			}
			return all
		}},
		{detect.OddRegion, "regular visits where nobody else has business", false, false, func(w *world) (all []contact) {
			src, dst := w.host(), w.abroadIn(w.IntN(20))
			for range 80 + w.IntN(200) {
				all = append(all, contact{at: w.Float64() * days * day, src: src, dst: dst, port: 443, out: 900, in: 2000 + w.Uint64N(5000)})
			}
			return all
		}},
	}
	all = append(all, fluxes()...)
	all = append(all, volumes()...)
	all = append(all, handshakes()...)
	return append(all, imitations()...)
}

// beat repeats x with a period, s, and jitter, a share of it.
func (w *world) beat(x contact, period, jitter, from, until float64) (all []contact) {
	out, in := x.out, x.in
	for at := from + w.Float64()*period; at < until; at += period * (1 - jitter + 2*jitter*w.Float64()) {
		x.at, x.out, x.in = at, out+w.Uint64N(30), in+w.Uint64N(30)
		all = append(all, x)
	}
	return all
}

// digits makes what encoders of data make.
func (w *world) digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "abcdefghijklmnopqrstuvwxyz234567"[w.IntN(32)]
	}
	return string(b)
}

// sleeper casts a machine that rests at night.
func (w *world) sleeper() flow.Addr {
	for {
		if a := w.host(); (int(a[14])<<8|int(a[15]))%12 != 11 {
			return a
		}
	}
}

// worm turns to random neighbours from each machine that it has.
func worm(w *world) (all []contact) {
	infected, at, port := []flow.Addr{w.host()}, w.workday(), []uint16{445, 22, 1433}[w.IntN(3)]
	is := map[flow.Addr]bool{}
	for range 120 {
		for _, src := range infected {
			x := contact{at: at + w.Float64(), src: src, dst: flow.Addr4([4]byte{10, 7, byte(w.IntN(12)), byte(1 + w.IntN(250))}), port: port, out: 60, failed: flow.StateAttempt}
			if w.IntN(12) == 0 {
				x.failed, x.out, x.in = flow.StateEstablished, 4000, 5000
				if !is[x.dst] && len(infected) < 30 {
					is[x.dst] = true
					infected = append(infected, x.dst)
				}
			}
			all = append(all, x)
		}
		at += 2
	}
	return all
}

// fluxes are names behind machines that were taken over.
func fluxes() (all []class) {
	for _, answers := range []int{1, 4, 10} {
		all = append(all, class{detect.FastFlux, fmt.Sprintf("a name behind taken-over machines, %d an answer", answers), false, false, func(w *world) []contact {
			pool := make([]flow.Addr, 100+w.IntN(900))
			for i := range pool {
				pool[i] = w.home()
			}
			return w.asking(w.site(), []flow.Addr{w.host()}, 300+w.Float64()*1500, day, uint32(60+60*w.IntN(5)), 443, func() []flow.Addr { return w.pick(pool, answers) })
		}})
	}
	return all
}

// home is an address somewhere in the world's access networks.
func (w *world) home() flow.Addr {
	for {
		switch a := byte(1 + w.IntN(222)); a {
		case 10, 100, 127, 169, 172, 192, 198, 203:
		default:
			return flow.Addr4([4]byte{a, byte(w.IntN(256)), byte(w.IntN(256)), byte(1 + w.IntN(254))})
		}
	}
}

// pick chooses k of pool, with luck all different.
func (w *world) pick(pool []flow.Addr, k int) (all []flow.Addr) {
	for range min(k, len(pool)) {
		all = append(all, pool[w.IntN(len(pool))])
	}
	return all
}

// asking makes machines ask for a name and turn to what they are given.
func (w *world) asking(name string, hosts []flow.Addr, period, lasts float64, ttl uint32, port uint16, give func() []flow.Addr) (all []contact) {
	start := 3*day + w.Float64()*day
	for _, src := range hosts {
		for at := start + w.Float64()*period; at < start+lasts; at += period * (0.7 + 0.6*w.Float64()) {
			answers := give()
			all = append(all, contact{at: at, src: src, dst: resolver(), question: name, answers: answers, ttl: ttl, out: 70, in: 200},
				contact{at: at + 0.1, src: src, dst: answers[0], port: port, proto: map[bool]uint8{true: 17, false: 6}[port == 123], out: 800 + w.Uint64N(900), in: uint64(4000 + w.ExpFloat64()*20000)})
		}
	}
	return all
}

// volumes are thefts of much, and floods.
func volumes() []class {
	return []class{
		{detect.OddVolume, "a theft at once", false, false, func(w *world) []contact {
			x := contact{at: 4*day + (9+9*w.Float64())*hour, src: w.host(), dst: w.end(), port: 443, out: 250*mega + w.Uint64N(900*mega), in: 3 * mega, lasts: 300}
			if w.IntN(2) == 0 {
				x.name = w.site()
			}
			return []contact{x}
		}},
		{detect.OddVolume, "a theft by pieces", false, false, func(w *world) (all []contact) {
			src, dst, name := w.host(), w.end(), w.site()
			for i := range 160 {
				all = append(all, contact{at: 4*day + 8*hour + float64(i)*200*(0.5+w.Float64()), src: src, dst: dst, port: 443, name: name, out: mega + w.Uint64N(3*mega), in: 9000})
			}
			return all
		}},
		{detect.OddVolume, "a flood that builds up", false, false, func(w *world) (all []contact) {
			dst, at := w.end(), w.workday()
			for _, src := range w.some(14 + w.IntN(12)) {
				for t := 0.0; t < 60; t += w.ExpFloat64() / 25 {
					all = append(all, contact{at: at + t, src: src, dst: dst, port: 80, out: 60, failed: flow.StateAttempt})
				}
			}
			return all
		}},
	}
}
