package packet

import (
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/packet/capture"
	"github.com/noroshi-acd/noroshi/flow/packet/header"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Exports reads the datagrams of one capture that report flows (NetFlow, IPFIX, sFlow).
// It decides which of them are to be believed.
type Exports interface {
	// Datagram looks at the UDP packet h, which stands at the place at, and MUST NOT
	// keep it. If it is an export, its flows are appended to b and is is true; the
	// error is then about a part that could not be read.
	Datagram(h *header.Packet, at fault.Place, b *flow.Batch) (is bool, err error)
	// End says what is missing when the capture has ended, nil for nothing.
	End(at fault.Place) error
}

// reported takes up the flows that the packet at hand, of frame f, reports; is says
// whether it is an export. The packet is then no flow of its own: who reads a
// collector's traffic asks for what was reported to it.
func (r *Reader) reported(f *capture.Frame) (is bool, err error) {
	b := &r.exported
	b.Reset()
	is, err = r.exports.Datagram(&r.h, fault.Place{Path: r.path, Offset: f.Offset}, b)
	if !is {
		return false, nil
	}
	r.stats.Exports++
	r.stats.Exported += uint64(len(b.Records))
	r.meter.Advance(r.h.Time)
	r.out.advance(r.meter.Clock())
	for i := range b.Records {
		r.out.begin(b.Records[i].Last).Copy(b, &b.Records[i])
		r.out.put()
	}
	if err != nil {
		err = r.skips.Skip(err)
	}
	return true, err
}

// unreported notes at the end what the exports lack.
func (r *Reader) unreported() error {
	if r.exports == nil {
		return nil
	}
	if err := r.exports.End(fault.Place{Path: r.path, Offset: -1}); err != nil {
		return r.skips.Skip(err)
	}
	return nil
}
