package argus

import (
	"bytes"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/columns"
	"github.com/noroshi-acd/noroshi/flow/exchange"
	"github.com/noroshi-acd/noroshi/flow/scalar"
)

// row is one line.
type row struct{ *columns.Row }

func (r row) count(c columns.Column) uint64 { return r.Count(c, "argus.value.count") }

func (r row) addr(c columns.Column) flow.Addr { return r.Addr(c, "argus.value.address") }

// port reads a port, in decimal or as 0x and hexadecimal; decimal says which.
func (r row) port(c columns.Column) (n uint16, decimal bool) {
	v := r.Val[c]
	if len(v) > 2 && v[0] == '0' && (v[1] == 'x' || v[1] == 'X') {
		if v = v[2:]; len(v) > 4 {
			r.Flaw(c, "argus.value.port")
			return 0, false
		}
		for _, d := range v {
			h, ok := scalar.HexDigit(d)
			if !ok {
				r.Flaw(c, "argus.value.port")
				return 0, false
			}
			n = n<<4 | uint16(h)
		}
		return n, false
	}
	m := r.count(c)
	if m > 0xffff {
		r.Flaw(c, "argus.value.port")
	}
	return uint16(m), true
}

// instant reads 2006/01/02 15:04:05.999999 and what other clients write: ISO 8601
// and seconds since 1970.
func instant(v []byte) (int64, bool) {
	if len(v) > 10 && v[4] == '/' && v[7] == '/' && len(v) < 40 {
		var iso [40]byte
		n := copy(iso[:], v)
		iso[4], iso[7] = '-', '-'
		return scalar.Instant(iso[:n])
	}
	return scalar.Instant(v)
}

func (r row) time(c columns.Column) int64 {
	ns, ok := instant(r.Val[c])
	switch {
	case ok:
	case len(r.Val[c]) >= 8 && r.Val[c][2] == ':' && r.Val[c][5] == ':':
		r.Flaw(c, "argus.value.clock")
	default:
		r.Flaw(c, "argus.value.time")
	}
	return ns
}

// known says whether a protocol's name is of one that runs on IP. Numbers are not
// taken for IP: what Argus cannot name it may have seen in any frame.
func known(v []byte) bool {
	return exchange.Proto(v, true) != 0
}

// times reads beginning and end.
func (r row) times(rec *flow.Record) {
	rec.First = r.time(colStart)
	rec.Last = rec.First
	if v := r.Val[colDur]; v != nil {
		ns, ok := scalar.Seconds(v)
		if !ok {
			r.Flaw(colDur, "argus.value.length")
		}
		rec.Last += ns
	} else if r.Val[colLast] != nil {
		rec.Last = max(rec.First, r.time(colLast))
	}
}

// record decodes the row.
func (r row) record() (rec flow.Record) {
	rec.Src, rec.Dst = r.addr(colSrc), r.addr(colDst)
	r.times(&rec)
	rec.Proto = exchange.Proto(r.Val[colProto], rec.Src.Is4())
	r.ports(&rec)
	r.counters(&rec)
	state, named := exchange.Named(r.Val[colState])
	if rec.Proto == exchange.TCP && !named {
		rec.SrcFlags, rec.DstFlags = flags(r.Val[colState])
	}
	dir := r.Val[colDir]
	reversed := len(dir) >= 2 && dir[0] == '<' && dir[len(dir)-1] != '>'
	if reversed {
		turn(&rec)
	}
	switch {
	case rec.Proto == exchange.TCP && named:
		rec.State = state
	default:
		rec.State = exchange.State(&rec)
	}
	return rec
}

// turn makes the destination the source: an arrow to the left says that it began.
func turn(rec *flow.Record) {
	rec.Src, rec.Dst = rec.Dst, rec.Src
	rec.SrcBytes, rec.DstBytes = rec.DstBytes, rec.SrcBytes
	rec.SrcPackets, rec.DstPackets = rec.DstPackets, rec.SrcPackets
	rec.SrcFlags, rec.DstFlags = rec.DstFlags, rec.SrcFlags
	if rec.Proto != exchange.ICMP && rec.Proto != exchange.ICMPv6 {
		rec.SrcPort, rec.DstPort = rec.DstPort, rec.SrcPort
	}
}

// ports reads the ports; of ICMP, Sport is code and type, and Dport of no use.
func (r row) ports(rec *flow.Record) {
	src, decimal := r.port(colSport)
	dst, _ := r.port(colDport)
	if rec.Proto != exchange.ICMP && rec.Proto != exchange.ICMPv6 {
		rec.SrcPort, rec.DstPort = src, dst
		return
	}
	rec.SrcPort, rec.DstPort = src&0xff, src>>8
	if decimal && src <= 0xff && dst <= 0xff {
		rec.DstPort = dst
	}
}

// counters reads what each side sent, as far as the columns tell it.
func (r row) counters(rec *flow.Record) {
	bytes, src, dst := r.count(colBytes), r.count(colSrcBytes), r.count(colDstBytes)
	has := &r.Layout.Has
	oneWay := !spoke(r.Val[colDir], r.Val[colState])
	switch {
	case has[colSrcBytes] && has[colDstBytes]:
	case has[colSrcBytes]:
		dst = bytes - min(src, bytes)
	case has[colDstBytes]:
		src = bytes - min(dst, bytes)
	case oneWay:
		src = bytes
	default:
		src, dst = bytes-bytes/2, bytes/2
	}
	rec.SrcBytes, rec.DstBytes = src, dst
	pkts, src, dst := r.count(colPkts), r.count(colSrcPkts), r.count(colDstPkts)
	switch {
	case has[colSrcPkts] && has[colDstPkts]:
	case has[colSrcPkts]:
		dst = pkts - min(src, pkts)
	case has[colDstPkts]:
		src = pkts - min(dst, pkts)
	case rec.DstBytes == 0:
		src = pkts
	case rec.SrcBytes == 0:
		dst = pkts
	default:
		src, dst = pkts-pkts/2, pkts/2
	}
	rec.SrcPackets, rec.DstPackets = src, dst
}

// spoke says whether both sides did, as far as arrow and state tell.
func spoke(dir, state []byte) bool {
	if len(dir) > 0 && dir[0] == '<' && dir[len(dir)-1] == '>' {
		return true
	}
	if i := bytes.IndexByte(state, '_'); i >= 0 {
		return i > 0 && i < len(state)-1
	}
	switch string(state) {
	case "INT", "REQ", "URP", "URH", "URN", "URF", "ECO", "TXD", "RED", "NRS", "NNS", "NRA", "NNA", "MHR", "S0":
		return false
	}
	return true
}

// flags reads a TCP state, as FSPA_SRPA: the letters of the flags that each side
// sent. A state in words has none.
func flags(state []byte) (src, dst uint8) {
	i := bytes.IndexByte(state, '_')
	if i < 0 {
		return 0, 0
	}
	return letters(state[:i]), letters(state[i+1:])
}

func letters(v []byte) (f uint8) {
	for _, c := range v {
		switch c {
		case 'F':
			f |= flow.FIN
		case 'S':
			f |= flow.SYN
		case 'R':
			f |= flow.RST
		case 'P':
			f |= flow.PSH
		case 'A':
			f |= flow.ACK
		case 'U':
			f |= flow.URG
		}
	}
	return f
}
