package dnstunnel

import (
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
)

// stream feeds a detector with made-up records, one batch for all.
type stream struct {
	d     *Detector
	b     flow.Batch
	now   int64
	hosts map[flow.Addr]bool
	first int64
}

func newStream(d *Detector) *stream {
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC).UnixNano()
	return &stream{d: d, now: start, first: start, hosts: map[flow.Addr]bool{}}
}

func host(n int) flow.Addr { return flow.Addr4([4]byte{10, 7, byte(n >> 8), byte(n)}) }

var resolver = flow.Addr4([4]byte{10, 7, 255, 53})

// ask is one DNS question with its reply; answer zero is none.
type ask struct {
	src, dst, answer flow.Addr
	name             string
	kind, rcode      uint16
	class            direction.Class
	port             uint16
}

func (s *stream) ask(a ask) {
	s.b.Reset()
	if a.kind == 0 {
		a.kind = 1
	}
	if a.dst.IsZero() {
		a.dst = resolver
	}
	if a.port == 0 {
		a.port = 53
	}
	dns := flow.DNS{Question: s.b.AddName([]byte(a.name)), Type: a.kind, Rcode: a.rcode}
	if !a.answer.IsZero() {
		s.b.Answers = append(s.b.Answers, flow.Answer{Addr: a.answer, Type: 1, TTL: 60})
		dns.Answers = flow.Span{From: 0, To: 1}
	}
	s.b.Records = append(s.b.Records, flow.Record{
		First: s.now, Last: s.now, Src: a.src, Dst: a.dst, DstPort: a.port, Proto: 17, Kind: flow.KindDNS,
		Service: flow.ServiceDNS, State: flow.StateEstablished, DNS: s.b.AddDNS(dns),
	})
	s.hosts[a.src] = true
	r := &s.b.Records[0]
	s.d.Observe(&detect.Event{Batch: &s.b, Rec: r, DNS: s.b.DNSOf(r), Now: s.now, Class: a.class, SrcDomestic: true})
}

// visit is a TLS exchange of src with name.
func (s *stream) visit(src flow.Addr, name string) {
	s.b.Reset()
	t := flow.TLS{SNI: s.b.AddName([]byte(name))}
	s.b.Records = append(s.b.Records, flow.Record{First: s.now, Last: s.now, Src: src, DstPort: 443, Proto: 6, TLS: s.b.AddTLS(t)})
	r := &s.b.Records[0]
	s.d.Observe(&detect.Event{Batch: &s.b, Rec: r, TLS: s.b.TLSOf(r), Now: s.now, SrcDomestic: true})
}

func (s *stream) wait(d time.Duration) { s.now += int64(d) }

func (s *stream) context() *detect.Context {
	return &detect.Context{Hosts: len(s.hosts), First: s.first, Now: s.now}
}

// best gives the highest finding about src, zero for none.
func (s *stream) best(src flow.Addr) detect.Finding {
	var best detect.Finding
	for _, f := range s.d.Findings(s.context()) {
		if f.Src == src && f.Score > best.Score {
			best = f
		}
	}
	return best
}
