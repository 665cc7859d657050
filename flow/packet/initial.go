package packet

import (
	"errors"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/packet/dns"
	"github.com/noroshi-acd/noroshi/flow/packet/meter"
	"github.com/noroshi-acd/noroshi/flow/packet/quic"
	"github.com/noroshi-acd/noroshi/flow/packet/tls"
)

// maxDatagrams is how many datagrams of a client are looked at for its ClientHello.
const maxDatagrams = 16

// initial looks for the ClientHello of QUIC in the datagram at hand, which begins with
// a long header.
func (r *Reader) initial(f *meter.Flow, fromSrc bool) {
	if !fromSrc {
		r.accepted(f)
		return
	}
	if f.Mark[0] == sideDone {
		return
	}
	if f.Mark[0]++; f.Mark[0] >= maxDatagrams {
		r.unheard(f)
		return
	}
	var c *quic.Conn
	if f.Tag != 0 {
		t := r.talks.of(f)
		c, t.quic = t.quic, nil
	}
	body, left, err := r.quic.Read(c, r.h.Payload)
	switch {
	case err == nil:
		f.Mark[0] = sideDone
		if h, err := r.tls.Hello(body); err == nil {
			r.quicFacts(r.talks.of(f), h)
		} else {
			r.stats.BadTLS++
		}
		r.quic.Wipe()
	case left != nil:
		r.talks.of(f).quic = left
	case !errors.Is(err, quic.ErrMore):
		f.Mark[0] = sideDone
	}
}

// unheard gives up waiting for the rest of a ClientHello.
func (r *Reader) unheard(f *meter.Flow) {
	f.Mark[0] = sideDone
	if f.Tag != 0 {
		t := r.talks.of(f)
		r.quic.Drop(t.quic)
		t.quic = nil
	}
}

func (r *Reader) quicFacts(t *talk, h *tls.Hello) {
	part := t.part()
	t.service = flow.ServiceQUIC
	r.handshakeFacts(part, &t.facts, h, tls.OverQUIC)
}

// accepted notes that the server spoke the version of QUIC that was asked for. All
// versions that are read know one version of TLS, 1.3 (RFC 9001, section 4.2).
func (r *Reader) accepted(f *meter.Flow) {
	if f.Tag == 0 {
		return
	}
	if t := r.talks.of(f); t.service == flow.ServiceQUIC {
		t.part().Version = 0x0304
		t.service = flow.ServiceQUIC
	}
}

// handshakeFacts writes what a ClientHello says into part, its text into b.
func (r *Reader) handshakeFacts(part *flow.TLS, b *flow.Batch, h *tls.Hello, transport byte) {
	r.text = dns.AppendHost(r.text[:0], h.ServerName)
	part.SNI = b.AddName(r.text)
	r.text = r.tls.AppendJA3(r.text[:0], h)
	part.JA3 = b.AddText(r.text)
	r.text = r.tls.AppendJA4(r.text[:0], h, transport)
	part.JA4 = b.AddText(r.text)
}

// repeatedFacts makes a record of the ClientHello that a client sent after a
// HelloRetryRequest. The record of its flow says what the first one said.
func (r *Reader) repeatedFacts(f *meter.Flow, h *tls.Hello) {
	at := r.h.Time
	b := r.out.begin(at)
	var part flow.TLS
	r.handshakeFacts(&part, b, h, tls.OverTCP)
	b.Records = append(b.Records, flow.Record{
		First: at, Last: at, Src: f.Src, Dst: f.Dst, SrcPort: f.SrcPort, DstPort: f.DstPort, Proto: f.Proto,
		Kind: flow.KindFacts, State: flow.StateEstablished, Service: flow.ServiceTLS, TLS: b.AddTLS(part),
	})
	r.out.put()
}
