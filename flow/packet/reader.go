package packet

import (
	"errors"
	"io"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/packet/capture"
	"github.com/noroshi-acd/noroshi/flow/packet/dns"
	"github.com/noroshi-acd/noroshi/flow/packet/header"
	"github.com/noroshi-acd/noroshi/flow/packet/meter"
	"github.com/noroshi-acd/noroshi/flow/packet/quic"
	"github.com/noroshi-acd/noroshi/flow/packet/tls"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// HeadLen is how many bytes [Recognise] needs to see.
const HeadLen = capture.HeadLen

// Recognise says whether head is the beginning of a capture file: pcap in either
// byte order, with stamps in µs or ns, also in its modified form, or pcapng.
func Recognise(head []byte) bool { return capture.Recognise(head) }

// Options are the limits of a reader; zero fields take the default.
type Options struct {
	Meter   meter.Options
	DNS     dns.Options
	Exports Exports // reads datagrams that report flows; nil leaves them what they are
}

// Stats counts what a reader met beside sound packets.
type Stats struct {
	Packets        uint64 // frames read, also those that were skipped
	Other          uint64 // sound frames without IP: ARP, control frames, encrypted Wi-Fi
	Orphans        uint64 // later fragments whose first was not seen: counted under port 0
	Evicted        uint64 // flows and questions ended early because a table was full
	Refused        uint64 // handshakes not read because all buffers were in use
	BadDNS         uint64 // payload on port 53 that is no DNS message, or a broken one
	BadTLS         uint64 // handshakes that began well
	BadCertificate uint64 // certificates of which only the digest could be read
	Exports        uint64 // datagrams that reported flows, which are not metered themselves
	Exported       uint64 // the flows that they reported
}

// Reader reads one capture. It has one owner.
type Reader struct {
	in    io.Reader
	file  *capture.Reader
	path  string
	skips *fault.Skips
	frame capture.Frame
	h     header.Packet
	clock clock
	meter *meter.Meter
	out   *order
	done  bool
	err   error // what reading ended with, after all that was decoded

	talks   talks
	buffers buffers
	tls     tls.Parser
	quic    quic.Opener
	msg     dns.Message
	lookups *dns.Tracker
	text    []byte
	stats   Stats

	exports  Exports
	exported flow.Batch // what the datagram at hand reports
}

// NewReader begins to read in, which path names in messages. Bad packets go to
// skips. The error is of kind fault.Invalid when in is no capture or its link type
// is not read.
func NewReader(in io.Reader, path string, skips *fault.Skips, o Options) (*Reader, error) {
	file, err := capture.NewReader(in, path, skips)
	if err != nil {
		return nil, err
	}
	r := &Reader{in: in, file: file, path: path, skips: skips, exports: o.Exports}
	if l, ok := file.Link(); ok && !header.Readable(l) {
		return nil, r.unreadable(l, 0)
	}
	o.Meter = o.Meter.WithDefaults()
	r.out = newOrder(o.Meter.Longest())
	r.meter = meter.New(o.Meter, r.flow)
	r.lookups = dns.NewTracker(o.DNS, r.lookup)
	return r, nil
}

// Next appends about flow.BatchSize records to b, which was reset. It gives io.EOF
// after the last; in strict mode, or when the input breaks, the error comes after all
// records that could be made of what was read.
func (r *Reader) Next(b *flow.Batch) error {
	for {
		r.out.drain(b)
		switch {
		case len(b.Records) >= flow.BatchSize, r.done && len(b.Records) > 0:
			return nil
		case r.done && r.err != nil:
			return r.err
		case r.done:
			return io.EOF
		}
		for n := 0; n < 1024 && !r.done; n++ {
			if err := r.packet(); err != nil {
				r.finish(err)
			}
		}
	}
}

// Close gives the input back, closing it if it can be closed.
func (r *Reader) Close() error {
	r.done, r.err = true, nil
	if c, ok := r.in.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// Stats gives the counts so far.
func (r *Reader) Stats() Stats {
	s := r.stats
	s.Orphans, s.Refused = r.h.Orphans(), r.buffers.Refused+r.quic.Refused
	s.Evicted = r.meter.Evicted + r.lookups.Evicted
	return s
}

// packet reads one frame and counts it.
func (r *Reader) packet() error {
	f := &r.frame
	if err := r.file.Next(f); err != nil {
		return err
	}
	r.stats.Packets++
	if !r.clock.steady(f.Time) {
		return r.unsteady(f)
	}
	return r.count(f)
}

// count meters frame f and looks for names in it.
func (r *Reader) count(f *capture.Frame) error {
	h := &r.h
	if v := h.Read(f); v != header.Good {
		return r.reject(v, f)
	}
	if r.exports != nil && h.Proto == header.UDP && len(h.Payload) > 0 {
		if is, err := r.reported(f); is {
			return err
		}
	}
	fl, fromSrc := r.meter.Add(&h.Packet)
	r.out.advance(r.meter.Clock())
	switch {
	case len(h.Payload) == 0:
		if h.Refuses {
			r.meter.Refuse(&h.Inner)
		}
	case h.Proto == header.TCP:
		r.listen(fl, fromSrc)
	case h.SrcPort == dnsPort || h.DstPort == dnsPort:
		r.message(h.Payload)
	case h.Proto == header.UDP && quic.LooksLike(h.Payload):
		r.initial(fl, fromSrc)
	}
	return nil
}

// reject notes a frame that gives no packet.
func (r *Reader) reject(v header.Verdict, f *capture.Frame) error {
	if v == header.Other {
		r.stats.Other++
		return nil
	}
	if !r.skips.Strict && r.skips.Count >= fault.KeptSkips {
		r.skips.Count++ // nobody will see the error
		return nil
	}
	switch v {
	case header.NoLink:
		return r.skips.Skip(r.unreadable(f.Link, f.Offset))
	case header.Short:
		return r.skips.Skip(r.badFrame("short", f.Offset))
	}
	return r.skips.Skip(r.badFrame("wrong", f.Offset))
}

// finish ends the reading: all that is open goes out, then err unless it is io.EOF.
func (r *Reader) finish(err error) {
	if late := r.release(); err == io.EOF && late != nil {
		err = late
	}
	if late := r.unreported(); err == io.EOF && late != nil {
		err = late
	}
	r.done = true
	if !errors.Is(err, io.EOF) {
		r.err = err
	}
	r.flush()
}

// flush ends all flows and questions and hands on what was held back.
func (r *Reader) flush() {
	r.meter.Flush()
	r.lookups.Flush()
	r.out.flush()
}

// flow makes the record of a piece of a flow.
func (r *Reader) flow(f *meter.Flow, end bool) {
	rec := flow.Record{
		First: f.First, Last: f.Last, Src: f.Src, Dst: f.Dst, SrcPort: f.SrcPort, DstPort: f.DstPort, Proto: f.Proto,
		SrcBytes: f.SrcBytes, DstBytes: f.DstBytes, SrcPackets: f.SrcPackets, DstPackets: f.DstPackets,
		SrcFlags: f.SrcFlags, DstFlags: f.DstFlags, Kind: f.Kind(), State: f.State(),
	}
	b := r.out.begin(f.Last)
	if f.Tag == 0 {
		rec.Service = serviceOf(flow.ServiceUnknown, f.Proto, f.DstPort, f.Mark[payloads] != 0)
		b.Records = append(b.Records, rec)
	} else {
		t := &r.talks.slab[f.Tag]
		rec.Service = serviceOf(t.service, f.Proto, f.DstPort, f.Mark[payloads] != 0)
		rec.Host, rec.TLS = t.host, uint32(len(t.facts.TLS))
		b.Copy(&t.facts, &rec)
		if end {
			r.quic.Drop(t.quic)
			r.talks.end(f, &r.buffers)
		}
	}
	r.out.put()
}

// lookup makes the record of a DNS lookup.
func (r *Reader) lookup(l *dns.Lookup) {
	b := r.out.begin(l.Last)
	d := flow.DNS{Question: b.AddText(l.Question), Type: l.Type, Rcode: l.Rcode}
	d.Answers.From = uint32(len(b.Answers))
	for _, a := range l.Answers {
		if a.Name.Len > 0 {
			a.Name = b.AddText(l.Message.Bytes(a.Name))
		}
		b.Answers = append(b.Answers, a)
	}
	d.Answers.To = uint32(len(b.Answers))
	state := flow.StateEstablished
	if l.Rcode == flow.NoRcode {
		state = flow.StateAttempt
	}
	b.Records = append(b.Records, flow.Record{
		First: l.First, Last: l.Last, Src: l.Src, Dst: l.Dst, SrcPort: l.SrcPort, DstPort: l.DstPort, Proto: l.Proto,
		Kind: flow.KindDNS, State: state, Service: flow.ServiceDNS, DNS: b.AddDNS(d),
	})
	r.out.put()
}
