package selection

import (
	"fmt"

	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
)

// Directions is a set of direction classes of which a warrant permits the halves. The
// zero value permits none.
type Directions uint8

// DirectionsOf reads the directions of a warrant's scope. Domestic and unknown can be in
// none, whatever a paper says.
//
// Invariant 6: no scope makes a domestic or unknown half permitted.
func DirectionsOf(list []regime.Direction) (Directions, error) {
	var d Directions
	for _, x := range list {
		class := direction.Unknown
		for c := direction.Transit; c <= direction.Outbound; c++ {
			if c.String() == string(x) {
				class = c
			}
		}
		if class == direction.Unknown {
			return 0, fmt.Errorf("%q is no direction that can be permitted", string(x))
		}
		d |= 1 << class
	}
	return d, nil
}

// Has says whether halves of the class are permitted.
func (d Directions) Has(c direction.Class) bool {
	return c >= direction.Transit && c <= direction.Outbound && d>>c&1 != 0
}

// Halves gives the class of each half of an exchange of class c: of what the source
// sent, and of what the destination sent back. A half is classed by its sender.
func Halves(c direction.Class) (src, dst direction.Class) {
	switch c {
	case direction.Transit:
		return direction.Transit, direction.Transit
	case direction.Inbound:
		return direction.Inbound, direction.Outbound
	case direction.Outbound:
		return direction.Outbound, direction.Inbound
	}
	return direction.Unknown, direction.Unknown
}

// Zero takes out of record r of b, in place, the half whose class is not permitted, and
// says whether anything is left that a detector or selector may see; where it says no,
// the caller MUST drop the record whole. It comes before every detector. Records that
// share a part lose what any of them must not show.
//
// What only one side sent goes with its half: counts and flags; of the source the host,
// the server name and the fingerprints of its hello; of the destination the response
// code, the answers, the version agreed on and the certificate. The DNS question stands in
// query and response alike. Whether anybody answered (state), and a matched signature,
// show the other half, and go. What no record can tell apart stays: times of the first
// and last packet of either side, and ports.
//
// Invariant 6: nothing is left of a domestic exchange, or of one with an unknown end.
func Zero(b *flow.Batch, r *flow.Record, c direction.Class, permitted Directions) bool {
	src, dst := Halves(c)
	keepSrc, keepDst := permitted.Has(src), permitted.Has(dst)
	if keepSrc && keepDst {
		return true
	}
	d, t := b.DNSOf(r), b.TLSOf(r)
	if !keepSrc {
		zeroSrc(b, r, t)
	}
	if !keepDst {
		zeroDst(b, r, d, t)
	}
	r.State, r.Signature, r.Service = flow.StateUnknown, 0, shown(r, d, t)
	left := keepSrc && spoke(r, d, t) || keepDst && answered(r, d, t)
	if !left {
		clearRecord(r, d, t)
	}
	return left
}

// spoke says whether anything is there that the source sent.
func spoke(r *flow.Record, d *flow.DNS, t *flow.TLS) bool {
	return r.SrcPackets|r.SrcBytes != 0 || r.SrcFlags != 0 || r.Host.Len > 0 || d != nil || t != nil && t.SNI.Len+t.JA3.Len+t.JA4.Len > 0
}

// answered says whether anything is there that the destination sent.
func answered(r *flow.Record, d *flow.DNS, t *flow.TLS) bool {
	return r.DstPackets|r.DstBytes != 0 || r.DstFlags != 0 || d != nil && (d.Rcode != flow.NoRcode || d.Answers.From != d.Answers.To) ||
		t != nil && (t.Version != 0 || t.Digest.Len+t.Subject.Len > 0)
}

// zeroSrc takes out what the source sent.
func zeroSrc(_ *flow.Batch, r *flow.Record, t *flow.TLS) {
	r.SrcBytes, r.SrcPackets, r.SrcFlags, r.Host = 0, 0, 0, flow.Text{}
	if r.Proto == icmp || r.Proto == icmp6 {
		r.SrcPort, r.DstPort = 0, 0 // type and code of what the source sent
	}
	if t != nil {
		t.SNI, t.JA3, t.JA4 = flow.Text{}, flow.Text{}, flow.Text{}
	}
}

// zeroDst takes out what the destination sent.
func zeroDst(b *flow.Batch, r *flow.Record, d *flow.DNS, t *flow.TLS) {
	r.DstBytes, r.DstPackets, r.DstFlags = 0, 0, 0
	if d != nil {
		clear(b.Answers[d.Answers.From:d.Answers.To])
		d.Rcode, d.Answers = flow.NoRcode, flow.Span{}
	}
	if t != nil {
		*t = flow.TLS{SNI: t.SNI, JA3: t.JA3, JA4: t.JA4}
	}
}

// shown is the service as far as what is left bears it out.
func shown(r *flow.Record, d *flow.DNS, t *flow.TLS) flow.Service {
	switch {
	case d != nil && r.Service == flow.ServiceDNS,
		t != nil && *t != (flow.TLS{}) && (r.Service == flow.ServiceTLS || r.Service == flow.ServiceQUIC),
		r.Host.Len > 0 && r.Service == flow.ServiceHTTP:
		return r.Service
	}
	return flow.ServiceUnknown
}

// clearRecord leaves nothing of a record that must not be seen.
func clearRecord(r *flow.Record, d *flow.DNS, t *flow.TLS) {
	*r = flow.Record{}
	if d != nil {
		*d = flow.DNS{}
	}
	if t != nil {
		*t = flow.TLS{}
	}
}
