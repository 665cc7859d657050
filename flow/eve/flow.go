package eve

import (
	"bytes"
	"math"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/exchange"
	"github.com/noroshi-acd/noroshi/flow/jsontext"
	"github.com/noroshi-acd/noroshi/flow/scalar"
)

// flags reads TCP flags, written in hexadecimal.
func flags(v []byte) (f uint8) {
	if len(v) == 0 || len(v) > 2 {
		return 0
	}
	for _, c := range v {
		d, ok := scalar.HexDigit(c)
		if !ok {
			return 0
		}
		f = f<<4 | d
	}
	const ecn = 0xc0
	return f &^ ecn
}

// span reads beginning and end, if o stands at one; their fields are start and end.
func (e *event) span(rec *flow.Record, o *jsontext.Object, start, end string) {
	switch string(o.Key) {
	case "start":
		rec.First = e.instant(o.Value, start)
	case "end":
		rec.Last = e.instant(o.Value, end)
	}
}

// flowEvent reads the end of a flow.
func (r *Reader) flowEvent(e *event) {
	rec := e.ends()
	o := jsontext.Open(e.flow)
	for o.Next() {
		switch v := o.Value; string(o.Key) {
		case "pkts_toserver":
			rec.SrcPackets = e.count(v, "flow.pkts_toserver")
		case "pkts_toclient":
			rec.DstPackets = e.count(v, "flow.pkts_toclient")
		case "bytes_toserver":
			rec.SrcBytes = e.count(v, "flow.bytes_toserver")
		case "bytes_toclient":
			rec.DstBytes = e.count(v, "flow.bytes_toclient")
		default:
			e.span(&rec, &o, "flow.start", "flow.end")
		}
	}
	rec.Last = max(rec.First, rec.Last)
	for o = jsontext.Open(e.tcp); o.Next(); {
		switch string(o.Key) {
		case "tcp_flags_ts":
			rec.SrcFlags = flags(o.Value)
		case "tcp_flags_tc":
			rec.DstFlags = flags(o.Value)
		}
	}
	if e.bad != nil {
		return
	}
	rec.State = exchange.State(&rec)
	rec.Service = service(e.app)
	uid := r.uid(e)
	if r.half.waits && r.half.uid == uid {
		r.half.waits = false // the same flow, told as netflow
	}
	r.flows = true
	r.conn(&rec, uid)
}

func service(v []byte) flow.Service {
	if len(v) == 0 || string(v) == "failed" || string(v) == "unknown" {
		return flow.ServiceUnknown
	}
	return exchange.Service(v)
}

// half is one direction of a flow, told by a netflow event, that waits for the
// other.
type half struct {
	rec   flow.Record
	uid   uint64
	waits bool
}

// netflowEvent reads one direction of a flow: that of the client comes first, that
// of the server on the next line.
func (r *Reader) netflowEvent(e *event) {
	if r.flows {
		return
	}
	rec := e.ends()
	o := jsontext.Open(e.netflow)
	for o.Next() {
		switch v := o.Value; string(o.Key) {
		case "pkts":
			rec.SrcPackets = e.count(v, "netflow.pkts")
		case "bytes":
			rec.SrcBytes = e.count(v, "netflow.bytes")
		default:
			e.span(&rec, &o, "netflow.start", "netflow.end")
		}
	}
	rec.Last = max(rec.First, rec.Last)
	for o = jsontext.Open(e.tcp); o.Next(); {
		if string(o.Key) == "tcp_flags" {
			rec.SrcFlags = flags(o.Value)
		}
	}
	if e.bad != nil {
		return
	}
	rec.Service = service(e.app)
	uid := r.uid(e)
	joined := r.half.join(&rec, uid)
	r.flush()
	if !joined {
		r.half = half{rec, uid, true}
	}
}

// join adds the other direction, if rec is that.
func (h *half) join(rec *flow.Record, uid uint64) bool {
	if !h.waits || uid == 0 || h.uid != uid || h.rec.Src != rec.Dst || h.rec.Dst != rec.Src {
		return false
	}
	h.rec.DstPackets, h.rec.DstBytes, h.rec.DstFlags = rec.SrcPackets, rec.SrcBytes, rec.SrcFlags
	h.rec.First, h.rec.Last = min(h.rec.First, rec.First), max(h.rec.Last, rec.Last)
	return true
}

// flush lets the direction go that waits for the other.
func (r *Reader) flush() {
	if h := &r.half; h.waits {
		h.waits = false
		h.rec.State = exchange.State(&h.rec)
		r.conn(&h.rec, h.uid)
	}
}

// conn joins a flow's record with what is known of it. It waits for nothing: a
// sensor tells a flow last.
func (r *Reader) conn(rec *flow.Record, uid uint64) {
	if !r.ends {
		r.ends = true
		r.join.Await(allParts)
	}
	r.join.Conn(r.window.In(), rec, uid, 0)
}

// alertEvent reads the number of the signature and nothing else of an alert.
func (r *Reader) alertEvent(e *event) {
	if e.src == nil {
		return // about a packet that is not IP
	}
	o := jsontext.Open(e.flow)
	for o.Next() { // an alert's own ends are those of the packet
		switch v := o.Value; string(o.Key) {
		case "src_ip":
			e.src, e.direction = v, nil
		case "dest_ip":
			e.dst = v
		case "src_port":
			e.sport = v
		case "dest_port":
			e.dport = v
		}
	}
	rec := e.ends()
	if bytes.Equal(e.direction, []byte("to_client")) {
		rec.Src, rec.Dst, rec.SrcPort, rec.DstPort = rec.Dst, rec.Src, rec.DstPort, rec.SrcPort
	}
	for o = jsontext.Open(e.alert); o.Next(); {
		if string(o.Key) == "signature_id" {
			n := e.count(o.Value, "alert.signature_id")
			if n > math.MaxUint32 {
				e.flaw("alert.signature_id", "eve.value.count")
			}
			rec.Signature = uint32(n)
		}
	}
	if e.bad != nil || rec.Signature == 0 {
		return
	}
	rec.Kind = flow.KindFacts
	r.join.Sign(r.window.In(), &rec, r.uid(e))
}
