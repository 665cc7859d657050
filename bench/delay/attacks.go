package delay

import (
	"fmt"
	"math/rand/v2"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/flow"
)

// victim gives a host of the office and a server that nobody else knows.
func victim(r *rand.Rand) (src, dst flow.Addr) {
	return detecttest.Home(r.IntN(officeHosts)), detecttest.Abroad(20000 + r.IntN(20000))
}

// begin gives a moment of the working day, s.
func begin(r *rand.Rand) float64 { return (8 + 8*r.Float64()) * 3600 }

var periods = [...]float64{1, 10, 60, 300, 3600, 8 * 3600}

// beacon checks in n times; every other one shows a name.
func beacon(r *rand.Rand, least, most float64, n int) play {
	src, dst := victim(r)
	name := ""
	if r.IntN(2) == 0 {
		name = text(r, letters, 6) + "." + text(r, letters, 9) + ".example"
	}
	p := play{kind: detect.Beacon, src: src}
	jitter := least + (most-least)*r.Float64()
	at := begin(r)
	for _, x := range detecttest.Beacon(r, src, dst, periods[r.IntN(len(periods))], jitter, n) {
		x.At += at
		x.Name = name
		p.events = append(p.events, event{Exchange: x, planted: true})
	}
	return p
}

// scan knocks at n doors: one port of many hosts, or many ports of one.
func scan(r *rand.Rand, n int) play {
	src, dst := victim(r)
	port := [...]uint16{22, 23, 445, 3389, 5900, 8080}[r.IntN(6)]
	vertical, inside := r.IntN(3) == 0, r.IntN(2) == 0
	p := play{kind: detect.Scan, src: src}
	at, gap := begin(r), []float64{0.01, 0.2, 2}[r.IntN(3)]
	ports := r.Perm(9000)
	for i := range n {
		x := detecttest.Exchange{At: at, Src: src, Dst: dst, Port: port, Out: 60, State: flow.StateAttempt}
		switch {
		case vertical:
			x.Port = uint16(1 + ports[i])
		case inside:
			x.Dst = detecttest.Home(1000 + i)
		default:
			x.Dst = detecttest.Abroad(30000 + r.IntN(30000))
		}
		switch y := r.Float64(); {
		case y < 0.15:
			x.State = flow.StateRefused
		case y < 0.18:
			x.State, x.Out, x.In = flow.StateEstablished, 180, 120
		}
		p.events = append(p.events, event{Exchange: x, planted: true})
		at += gap * r.ExpFloat64()
	}
	return p
}

const (
	letters = "abcdefghijklmnopqrstuvwxyz"
	hex     = "0123456789abcdef"
	base32  = letters + "234567"
)

func text(r *rand.Rand, alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}

// resolver is the office's own.
func resolver() flow.Addr { return detecttest.Home(9999) }

// asking makes a lookup event.
func asking(at float64, src flow.Addr, name string, qtype, rcode uint16) event {
	return event{Exchange: detecttest.Exchange{At: at, Src: src, Dst: resolver(), Out: 70, In: 140}, planted: true, question: name, qtype: qtype, rcode: rcode}
}

// generated asks for n names that do not exist.
func generated(r *rand.Rand, n int) play {
	src, _ := victim(r)
	alphabet := []string{letters, hex, letters + "0123456789"}[r.IntN(3)]
	length := 9 + r.IntN(9)
	ends := [][]string{{"com"}, {"com", "net", "org", "info"}, {"ru", "top", "xyz"}}[r.IntN(3)]
	p := play{kind: detect.DGA, src: src}
	at, gap := begin(r), []float64{0.5, 5, 60}[r.IntN(3)]
	for range n {
		name := text(r, alphabet, length+r.IntN(4)) + "." + ends[r.IntN(len(ends))]
		p.events = append(p.events, asking(at, src, name, 1, 3))
		at += gap * (0.5 + r.Float64())
	}
	return p
}

// tunnel carries data in n questions.
func tunnel(r *rand.Rand, n int) play {
	src, _ := victim(r)
	zone := text(r, letters, 8) + ".example"
	qtype := [...]uint16{1, 5, 10, 15, 16, 25, 28}[r.IntN(7)]
	alphabet, length := []string{hex, base32}[r.IntN(2)], 24+r.IntN(36)
	p := play{kind: detect.DNSTunnel, src: src}
	at, gap := begin(r), []float64{0.1, 1, 15}[r.IntN(3)]
	for i := range n {
		name := fmt.Sprintf("%s%x.%s", text(r, alphabet, length), i, zone)
		p.events = append(p.events, asking(at, src, name, qtype, 0))
		at += gap * (0.5 + r.Float64())
	}
	return p
}

// hours of the connection that stays.
const hours = 24

// connection stays open for a day; it is told by slices of half an hour, as a flow
// exporter does, or by hourly snapshots.
func connection(r *rand.Rand) play {
	src, dst := victim(r)
	p := play{kind: detect.LongLived, src: src}
	at := 4*3600 + 8*3600*r.Float64()
	x := detecttest.Exchange{Src: src, Dst: dst, Port: [...]uint16{443, 4444, 8443}[r.IntN(3)], SrcPort: 51234}
	every, kind := 1800.0, flow.KindPart
	if r.IntN(2) == 0 {
		every, kind = 3600, flow.KindSnapshot
	}
	for t := every; t <= hours*3600; t += every {
		x.Out, x.In = 3000+r.Uint64N(2000), 2000+r.Uint64N(2000)
		ev := event{Exchange: x, planted: true, kind: kind, began: at + t - every}
		if kind == flow.KindSnapshot {
			ev.began = at
			ev.Out, ev.In = uint64(t)*2, uint64(t)
		}
		ev.At = at + t
		p.events = append(p.events, ev)
	}
	return p
}
