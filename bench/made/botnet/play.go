package botnet

import (
	"cmp"
	"slices"

	"github.com/noroshi-acd/noroshi/flow"
)

// digest stands for the certificate that all of the botnet's servers share.
const digest = "5f2b7c09d1e84a6633ab90c1d2e3f405162738495a6b7c8d9e0f112233445566"

func (n *Net) order() {
	slices.SortStableFunc(n.all, func(a, b exchange) int { return cmp.Compare(a.at, b.at) })
}

// Len gives the number of exchanges that the observer recorded.
func (n *Net) Len() int { return len(n.all) }

// Play hands the records to see in order of time. The batch is valid only during the
// call.
func (n *Net) Play(see func(*flow.Batch)) {
	var b flow.Batch
	for i := range n.all {
		n.put(&b, &n.all[i], uint16(20000+i%40000))
		if len(b.Records) == flow.BatchSize {
			see(&b)
			b.Reset()
		}
	}
	if len(b.Records) > 0 {
		see(&b)
	}
}

func (n *Net) put(b *flow.Batch, x *exchange, port uint16) {
	r := flow.Record{
		First: x.at, Last: x.at + int64(x.dur)*1e6, Src: n.places[x.src], Dst: n.places[x.dst], SrcPort: port, DstPort: x.port, Proto: 6,
		SrcBytes: uint64(x.up), DstBytes: uint64(x.down), SrcPackets: 4 + uint64(x.up)/1300, DstPackets: 3 + uint64(x.down)/1300, State: flow.StateEstablished,
	}
	if x.udp {
		r.Proto, r.State = 17, flow.StateUnknown
	}
	if x.failed {
		r.DstPackets, r.DstBytes = 0, 0
		if !x.udp {
			r.State = flow.StateAttempt
		}
	}
	if x.cert != 0 && !x.failed {
		r.TLS = b.AddTLS(flow.TLS{Digest: b.AddText([]byte(digest))})
	}
	b.Records = append(b.Records, r)
}
