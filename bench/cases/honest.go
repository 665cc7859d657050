package cases

import (
	"fmt"
	"slices"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/flow"
)

// lookAlikes are honest work in the shape of a threat.
func lookAlikes() []class {
	return slices.Concat(polls(), crowds(), nights(), honestNames(), honestHandshakes())
}

// polls are programs that come back, wait or try.
func polls() []class {
	return []class{
		{detect.Beacon, "an agent of a third of all machines", true, false, func(w *world) (all []contact) {
			dst, name := w.end(), w.site()
			for _, src := range w.some(population / 3) {
				all = append(all, w.beat(contact{src: src, dst: dst, port: 443, name: name, out: 600, in: 500}, 900, 0.05, 3*day, 4*day)...)
			}
			return all
		}},
		{detect.Beacon, "time service", true, false, func(w *world) []contact {
			return w.beat(contact{src: w.host(), dst: w.end(), port: 123, proto: 17, out: 76, in: 76}, 1024, 0.02, 2*day, 6*day)
		}},
		{detect.LongLived, "push to many", true, false, func(w *world) (all []contact) {
			dst, name := w.end(), w.site()
			for _, src := range w.some(70) {
				all = append(all, contact{at: 3*day + 9*hour*w.Float64(), lasts: 9 * hour, src: src, dst: dst, port: 5228, name: name, out: 90 * kilo, in: 200 * kilo})
			}
			return all
		}},
		{detect.DNSTunnel, "a virus scanner's look-ups by hash", true, false, func(w *world) (all []contact) {
			zone := w.word(6) + ".example"
			for _, src := range w.some(90) {
				for range 25 {
					all = append(all, contact{at: w.workday(), src: src, dst: resolver(), question: fmt.Sprintf("%016x.%s", w.Uint64(), zone), answers: []flow.Addr{flow.Addr4([4]byte{127, 0, 0, 2})}, ttl: 300, out: 80, in: 110})
				}
			}
			return all
		}},
		{detect.DGA, "a browser that tests its name server", true, false, func(w *world) (all []contact) {
			src := w.host()
			for range 5 {
				at := w.workday()
				for range 3 {
					all = append(all, contact{at: at, src: src, dst: resolver(), question: w.chance(7 + w.IntN(8)), rcode: 3, out: 60, in: 110})
				}
			}
			return all
		}},
	}
}

// crowds are many machines at one place, or one at many.
func crowds() []class {
	return []class{
		{detect.Scan, "peer to peer", true, false, func(w *world) (all []contact) {
			src := w.host()
			for range 1500 {
				x := contact{at: 4*day + w.Float64()*day, src: src, dst: w.home(), from: 51413, proto: 17, port: uint16(1024 + w.IntN(64000)), out: 130}
				if x.in = 400; w.IntN(10) > 3 {
					x.in, x.failed = 0, flow.StateAttempt
				}
				all = append(all, x)
			}
			return all
		}},
		{detect.Spread, "an administrator of many", true, false, func(w *world) (all []contact) {
			src, many := w.host(), w.some(60)
			for d := range days {
				for _, dst := range many {
					all = append(all, contact{at: float64(d)*day + (9+9*w.Float64())*hour, src: src, dst: dst, port: 22, out: uint64(4000 + w.ExpFloat64()*9000), in: uint64(8000 + w.ExpFloat64()*90000), lasts: 5 + w.ExpFloat64()*300})
				}
			}
			return all
		}},
		{detect.FanIn, "a forum of thirty", true, false, func(w *world) (all []contact) {
			dst, name := w.end(), w.site()
			for _, src := range w.some(30) {
				for range 14 {
					all = append(all, contact{at: w.workday(), src: src, dst: dst, port: 443, name: name, out: uint64(400 + w.ExpFloat64()*3000), in: uint64(3000 + w.ExpFloat64()*90000)})
				}
			}
			return all
		}},
		{detect.OddRegion, "a family abroad, a branch office", true, false, func(w *world) (all []contact) {
			src, branch := w.host(), w.abroadIn(25)
			for i := range 30 {
				name, dst := w.site(), w.abroadIn(24)
				for range 1 + i%4 {
					all = append(all, contact{at: w.workday(), src: src, dst: dst, port: 443, name: name, out: 900, in: 9000})
				}
			}
			for _, h := range w.some(50) {
				for range 40 {
					all = append(all, contact{at: w.workday(), src: h, dst: branch, port: 443, name: "branch.example", out: uint64(900 + w.ExpFloat64()*2000), in: uint64(5000 + w.ExpFloat64()*20000)})
				}
			}
			return all
		}},
	}
}

// nights move much, or at night, and steal nothing.
func nights() []class {
	return []class{
		{detect.OddHours, "updates of many, at night", true, false, func(w *world) (all []contact) {
			dst := w.end()
			for _, src := range w.some(60) {
				all = append(all, contact{at: 4*day + (2+w.Float64())*hour, src: src, dst: dst, port: 443, name: "update.vendor.example", out: 5000, in: 200 * mega})
			}
			return all
		}},
		{detect.OddHours, "somebody works through the night", true, false, func(w *world) (all []contact) {
			src := w.host()
			for k := range 60 {
				at := 4*day + (1+2*w.Float64())*hour
				w.visit(src, w.IntN(800), at)
				if k%6 == 0 {
					all = append(all, contact{at: at + 700, src: src, dst: detecttest.Abroad(20030), port: 443, name: "share.example.org", out: 3 * mega, in: mega})
				}
			}
			return all
		}},
		{detect.OddVolume, "a backup, every night", true, false, func(w *world) (all []contact) {
			src, dst, name := w.host(), w.end(), w.site()
			for d := range days {
				all = append(all, contact{at: float64(d)*day + (2+0.1*w.Float64())*hour, src: src, dst: dst, port: 443, name: name, out: 400*mega + w.Uint64N(90*mega), in: mega, lasts: 900})
			}
			return all
		}},
		{detect.OddVolume, "a backup of many to one place", true, false, func(w *world) (all []contact) {
			dst, name := w.end(), w.site()
			for _, src := range w.some(population / 5) {
				all = append(all, contact{at: 4*day + (10+3*w.Float64())*hour, src: src, dst: dst, port: 443, name: name, out: 300*mega + w.Uint64N(200*mega), in: mega, lasts: 600})
			}
			return all
		}},
		{detect.OddVolume, "a speed test", true, false, func(w *world) []contact {
			return []contact{{at: w.workday(), src: w.host(), dst: w.end(), port: 443, name: w.site(), out: 300 * mega, in: 700 * mega, lasts: 30}}
		}},
	}
}

// honestNames change their addresses, or resemble a brand, and hide nothing.
func honestNames() []class {
	block := func(w *world, n, networks int) (all []flow.Addr) {
		a, b := byte(13+w.IntN(80)), w.IntN(200)
		for range n {
			all = append(all, flow.Addr4([4]byte{a + byte(w.IntN(2)), byte(b + w.IntN(networks)), byte(w.IntN(256)), byte(1 + w.IntN(254))}))
		}
		return all
	}
	name := func(what string, lasts float64, ttl uint32, port uint16, each, pool, networks int) class {
		return class{detect.FastFlux, what, true, true, func(w *world) []contact {
			from := block(w, pool, max(networks, 1))
			if networks == 0 {
				for i := range from {
					from[i] = w.home()
				}
			}
			return w.asking(w.site(), []flow.Addr{w.host()}, 500+w.Float64()*600, lasts, ttl, port, func() []flow.Addr { return w.pick(from, each) })
		}}
	}
	visits := func(n string) class {
		return class{detect.LookAlike, n, true, false, func(w *world) []contact {
			return w.again(contact{src: w.host(), dst: w.end(), port: 443, name: n, hello: &hello{ja4: browser}, out: 900, in: 9000}, 3)
		}}
	}
	return []class{
		name("a content network", day, 20, 443, 2, 24, 3), name("a cloud's balancer", day, 60, 443, 8, 40, 20),
		name("eight servers in turn", day, 300, 443, 8, 8, 0), name("a pool of clocks", day, 130, 123, 4, 1500, 0),
		visits("www.rakuten.co.jp"), visits("amazon.de"), visits("pineapple.com"), visits("amazon-rainforest.org"), visits("www.google.com.vn"), visits("coolpad.eu"),
	}
}

// honestHandshakes look odd and are not.
func honestHandshakes() []class {
	tls := func(what string, n int, play func(w *world) contact) class {
		return class{detect.OddTLS, what, true, false, func(w *world) []contact {
			x := play(w)
			x.src, x.dst, x.out, x.in = w.host(), w.end(), 2000, 5000
			return w.again(x, n)
		}}
	}
	self := func(subject string, before, after int64) *hello {
		return &hello{ja4: browser, subject: subject, issuer: subject, before: before, after: after}
	}
	return []class{
		tls("a storage box elsewhere", 30, func(*world) contact {
			return contact{port: 5001, hello: self("CN=box,O=Maker of boxes,C=TW", -900, 7000)}
		}),
		tls("a mail server of a club", 30, func(w *world) contact {
			n := "mail." + w.site()
			return contact{port: 587, name: n, hello: self("CN="+n, -10, 3000)}
		}),
		tls("an expired certificate", 5, func(w *world) contact {
			n := w.site()
			return contact{port: 443, name: n, hello: &hello{ja4: browser, subject: "CN=" + n, issuer: "CN=R1,O=Public Trust 1,C=US", names: []string{n}, before: -120, after: -30}}
		}),
		tls("a shared host's default certificate", 5, func(w *world) contact {
			return contact{port: 443, name: w.site(), hello: &hello{ja4: browser, subject: "CN=server17.host.example", issuer: "CN=R1,O=Public Trust 1,C=US", names: []string{"server17.host.example"}, before: -20, after: 70}}
		}),
		tls("a tool of one, well kept", 50, func(w *world) contact {
			n := w.site()
			return contact{port: 443, name: n, hello: &hello{ja4: w.program(), subject: "CN=" + n, issuer: "CN=R1,O=Public Trust 1,C=US", names: []string{n}, before: -1, after: 89}}
		}),
	}
}
