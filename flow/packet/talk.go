package packet

import (
	"bytes"
	"errors"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/packet/dns"
	"github.com/noroshi-acd/noroshi/flow/packet/meter"
	"github.com/noroshi-acd/noroshi/flow/packet/quic"
	"github.com/noroshi-acd/noroshi/flow/packet/tls"
)

// talk is what is known about the application of one flow of TCP or QUIC. Flows
// without anything known have none.
type talk struct {
	facts   flow.Batch // its TLS part, and the text of host
	host    flow.Text
	service flow.Service
	greeted bool       // a ClientHello was read,
	end     uint32     // up to this sequence number
	side    [2]stream  // of the flow's source and destination
	quic    *quic.Conn // a ClientHello that is not whole yet
	next    uint32     // in the free list
}

// Each side of a flow counts in its mark how many segments with payload were
// looked at; a side that is done is not looked at again.
const (
	sideDone = 255
	maxLooks = 8 // first segments of a side in which a handshake may begin
	payloads = 2 // the mark that says that the flow carried payload

	lastLooks = 3 // segments after a ClientHello in which another may begin
)

// maxStreamLooks bounds how often a stream is read again while it grows, and how
// many segments it waits for one that is missing.
const maxStreamLooks = 64

// talks holds the talks of all flows by number; 0 is none.
type talks struct {
	slab []talk
	free uint32
}

func (t *talks) of(f *meter.Flow) *talk {
	if f.Tag == 0 {
		f.Tag = t.fresh()
	}
	return &t.slab[f.Tag]
}

func (t *talks) fresh() uint32 {
	if n := t.free; n != 0 {
		t.free = t.slab[n].next
		return n
	}
	if len(t.slab) == 0 {
		t.slab = append(t.slab, talk{})
	}
	t.slab = append(t.slab, talk{})
	return uint32(len(t.slab) - 1)
}

// end forgets what was known about f.
func (t *talks) end(f *meter.Flow, b *buffers) {
	k := &t.slab[f.Tag]
	b.back(&k.side[0])
	b.back(&k.side[1])
	facts := k.facts
	facts.Reset()
	if cap(facts.Text) > 1<<12 {
		facts = flow.Batch{}
	}
	*k = talk{facts: facts, next: t.free}
	t.free, f.Tag = f.Tag, 0
}

// listen looks at the payload of a TCP segment of f, sent by its source or not.
func (r *Reader) listen(f *meter.Flow, fromSrc bool) {
	side := 1
	if fromSrc {
		side = 0
	}
	f.Mark[payloads] = 1
	if f.Mark[side] == sideDone {
		return
	}
	seq := r.h.Seq
	if r.h.Flags&flow.SYN != 0 { // data beside a SYN
		seq++
	}
	if f.DstPort == dnsPort || f.SrcPort == dnsPort {
		r.listenDNS(f, side, seq)
		return
	}
	if f.Tag != 0 {
		if s := &r.talks.of(f).side[side]; s.buf != nil {
			had := len(s.buf)
			s.add(seq, r.h.Payload)
			if len(s.buf) > had {
				r.handshake(f, side, s.buf)
			} else if s.looks++; s.looks >= maxStreamLooks { // a segment is missing
				r.settled(f, side)
			}
			return
		}
	}
	r.look(f, side, seq)
}

// look tells by the first bytes of a segment what a side speaks.
func (r *Reader) look(f *meter.Flow, side int, seq uint32) {
	p := r.h.Payload
	if f.Mark[side]++; f.Mark[side] >= maxLooks {
		f.Mark[side] = sideDone
	}
	if side == 0 && f.Tag != 0 && r.talks.of(f).greeted {
		r.lookAgain(f, seq, p)
		return
	}
	if tls.LooksLike(p, false) || tls.LooksLike(p, true) {
		r.talks.of(f).side[side] = stream{base: seq}
		r.handshake(f, side, p)
		return
	}
	if f.Mark[side] != 1 {
		return
	}
	if bytes.HasPrefix(p, []byte("SSH-")) {
		r.talks.of(f).service = flow.ServiceSSH
		f.Mark[0], f.Mark[1] = sideDone, sideDone
		return
	}
	is, tunnel, host := request(p)
	if !is {
		return
	}
	t := r.talks.of(f)
	t.service = flow.ServiceHTTP
	if t.host.Len == 0 {
		t.host = t.facts.AddName(host)
	}
	if !tunnel {
		f.Mark[0], f.Mark[1] = sideDone, sideDone
	}
}

// lookAgain looks at what a client sends after its ClientHello. That may be another
// one, if the server asked for it; anything else ends the looking.
func (r *Reader) lookAgain(f *meter.Flow, seq uint32, p []byte) {
	if int32(seq-r.talks.of(f).end) < 0 { // sent twice
		return
	}
	n := tls.Skip(p)
	switch p = p[n:]; {
	case tls.LooksLike(p, false):
		r.talks.of(f).side[0] = stream{base: seq + uint32(n)}
		r.handshake(f, 0, p)
	case n == 0 || len(p) > 0:
		f.Mark[0] = sideDone
	}
}

// handshake reads the handshake that begins with b, what one side of f sent so far:
// the segment at hand, or the side's stream.
func (r *Reader) handshake(f *meter.Flow, side int, b []byte) {
	t := r.talks.of(f)
	s := &t.side[side]
	if s.buf != nil && len(b) < s.want && len(b) < streamSize {
		return
	}
	before := t.greeted
	want, err := r.flight(f, t, b, side == 1)
	switch {
	case t.greeted != before && side == 0:
		t.end = s.base + uint32(len(b))
		r.settled(f, side)
		f.Mark[side] = maxLooks - lastLooks
	case err == nil:
		r.settled(f, side)
	case errors.Is(err, tls.ErrMore):
		s.looks++
		if s.looks >= maxStreamLooks || len(b) >= streamSize || !r.buffers.lend(s) {
			r.settled(f, side)
			return
		}
		if len(s.buf) == 0 {
			s.add(s.base, b)
		}
		s.want = want
	case s.buf != nil:
		r.stats.BadTLS++
		r.settled(f, side)
	}
	// Else it only looked like a handshake; the next segment may begin one.
}

// flight reads a hello of the client or the server, whichever b begins with; byServer
// decides while that is open.
func (r *Reader) flight(f *meter.Flow, t *talk, b []byte, byServer bool) (want int, err error) {
	if len(b) >= 6 {
		byServer = !tls.LooksLike(b, false)
	}
	if byServer {
		return r.serverFlight(t, b)
	}
	h, want, err := r.tls.Client(b)
	switch {
	case err != nil:
	case t.greeted:
		r.repeatedFacts(f, h)
	default:
		t.greeted = true
		r.handshakeFacts(t.part(), &t.facts, h, tls.OverTCP)
	}
	return want, err
}

// settled ends the looking at one side.
func (r *Reader) settled(f *meter.Flow, side int) {
	r.buffers.back(&r.talks.of(f).side[side])
	f.Mark[side] = sideDone
}

// part gives the TLS part of t, making it when there is none.
func (t *talk) part() *flow.TLS {
	if len(t.facts.TLS) == 0 {
		t.facts.AddTLS(flow.TLS{})
	}
	t.service = flow.ServiceTLS
	return &t.facts.TLS[0]
}

// serverFlight reads what the server said so far.
func (r *Reader) serverFlight(t *talk, b []byte) (want int, err error) {
	reply, want, err := r.tls.Server(b)
	if reply.Version != 0 {
		t.part().Version = reply.Version
	}
	if reply.Leaf != nil && err == nil {
		r.certificate(t, reply.Leaf)
	}
	return want, err
}

func (r *Reader) certificate(t *talk, der []byte) {
	c, err := tls.ReadCertificate(der)
	if err != nil {
		r.stats.BadCertificate++
	}
	part, b := t.part(), &t.facts
	part.Digest = b.AddText(c.Digest[:])
	if c.Subject != "" {
		part.Subject = b.AddText([]byte(c.Subject))
	}
	if c.Issuer != "" {
		part.Issuer = b.AddText([]byte(c.Issuer))
	}
	part.NotBefore, part.NotAfter = c.NotBefore, c.NotAfter
	part.Names.From = uint32(len(b.Names))
	for _, n := range c.Names {
		r.text = dns.AppendHost(r.text[:0], []byte(n))
		b.Names = append(b.Names, b.AddName(r.text))
	}
	part.Names.To = uint32(len(b.Names))
}

const dnsPort = 53

// listenDNS reads the messages of DNS over TCP out of one side of f.
func (r *Reader) listenDNS(f *meter.Flow, side int, seq uint32) {
	s := &r.talks.of(f).side[side]
	if !s.begun {
		s.begun, s.base = true, seq
	}
	p := r.h.Payload
	if s.buf == nil && seq == s.base {
		n := r.messages(p)
		s.base += uint32(n)
		if seq, p = seq+uint32(n), p[n:]; len(p) == 0 {
			return
		}
	}
	if !r.buffers.lend(s) {
		f.Mark[side] = sideDone
		return
	}
	s.add(seq, p)
	s.consume(r.messages(s.buf))
	switch {
	case len(s.buf) == streamSize: // a message larger than is read
		r.stats.BadDNS++
		r.settled(f, side)
	case len(s.buf) == 0 && s.lo == s.hi:
		r.buffers.back(s)
	}
}

// messages reads the whole messages at the beginning of b, each behind its length,
// and says how many bytes they were.
func (r *Reader) messages(b []byte) (n int) {
	for len(b)-n >= 2 {
		size := int(b[n])<<8 | int(b[n+1])
		if len(b)-n-2 < size {
			break
		}
		r.message(b[n+2 : n+2+size])
		n += 2 + size
	}
	return n
}

// message reads one message of DNS between the ends of the packet at hand.
func (r *Reader) message(b []byte) {
	if r.msg.Parse(b) != nil {
		r.stats.BadDNS++
		return
	}
	p := &r.h.Packet
	if r.msg.Response && p.SrcPort != dnsPort || !r.msg.Response && p.DstPort != dnsPort {
		r.stats.BadDNS++
		return
	}
	r.lookups.Add(p.Time, r.meter.Clock(), dns.Ends{Src: p.Src, Dst: p.Dst, SrcPort: p.SrcPort, DstPort: p.DstPort, Proto: p.Proto}, &r.msg)
}
