package delay

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/flow"
)

// event is one record of a replay: an exchange, or a DNS lookup when a question
// stands in it.
type event struct {
	detecttest.Exchange
	planted  bool
	began    float64 // for snapshots: when the exchange began, s; At is when it was seen
	kind     flow.Kind
	question string
	qtype    uint16
	rcode    uint16
	answer   flow.Addr // to the question, zero for none
	digest   string    // of the certificate shown
}

// play is one attack.
type play struct {
	kind   detect.Kind
	src    flow.Addr
	events []event
	more   []detect.Detector
}

// outcome is how long it took.
type outcome struct {
	after   int     // planted events until high; never is 0
	seconds float64 // of stream time from the first of them to that
}

// The office in which an attack takes place: hosts, and their bursts of browsing.
const (
	officeHosts  = 40
	officeBursts = 20
)

// run replays p among an office's day. Findings are asked for after each planted
// event.
func run(r *rand.Rand, p play) outcome {
	all := p.events
	for _, x := range detecttest.Office(r, officeHosts, officeBursts) {
		all = append(all, event{Exchange: x})
	}
	slices.SortStableFunc(all, func(a, b event) int { return cmp.Compare(a.At, b.At) })
	e := bed.NewEngine(detecttest.Border{}, p.more...)
	var b flow.Batch
	n, first := 0, 0.0
	for i := range all {
		x := &all[i]
		b.Reset()
		x.record(&b, uint16(20000+i%40000))
		e.Observe(&b)
		if !x.planted {
			continue
		}
		if n++; n == 1 {
			first = x.At
		}
		if f := detecttest.At(e.Findings(), p.kind, p.src); f != nil && detect.LevelOf(f.Score) >= detect.High {
			return outcome{n, x.At - first}
		}
	}
	return outcome{}
}

// record adds the event's record to b; port is its source port unless it has one.
func (x *event) record(b *flow.Batch, port uint16) {
	at := detecttest.Start + int64(x.At*1e9)
	r := flow.Record{
		First: at, Last: at + 1e8, Src: x.Src, Dst: x.Dst, SrcPort: cmp.Or(x.SrcPort, port), DstPort: x.Port, Proto: cmp.Or(x.Proto, 6), Kind: x.kind,
		SrcBytes: x.Out, DstBytes: x.In, SrcPackets: 1 + x.Out/1000, DstPackets: x.In / 1000, State: cmp.Or(x.State, flow.StateEstablished), Service: x.Service,
	}
	if r.State == flow.StateEstablished {
		r.DstPackets++
		if r.Proto == 6 {
			r.SrcFlags, r.DstFlags = flow.SYN|flow.ACK|flow.PSH, flow.SYN|flow.ACK|flow.PSH
		}
	}
	switch {
	case x.question != "":
		d := flow.DNS{Question: b.AddName([]byte(x.question)), Type: x.qtype, Rcode: x.rcode}
		if !x.answer.IsZero() {
			b.Answers = append(b.Answers, flow.Answer{Addr: x.answer, Type: x.qtype, TTL: 300})
			d.Answers = flow.Span{From: uint32(len(b.Answers) - 1), To: uint32(len(b.Answers))}
		}
		r.Kind, r.Service, r.DstPort, r.Proto, r.DNS = flow.KindDNS, flow.ServiceDNS, 53, 17, b.AddDNS(d)
		r.SrcFlags, r.DstFlags = 0, 0
	case x.kind == flow.KindSnapshot, x.kind == flow.KindPart:
		r.First, r.Last = detecttest.Start+int64(x.began*1e9), at
	}
	if x.Name != "" || x.digest != "" {
		r.TLS = b.AddTLS(flow.TLS{SNI: b.AddName([]byte(x.Name)), Digest: b.AddText([]byte(x.digest))})
	}
	b.Records = append(b.Records, r)
}
