package argus

import (
	"bytes"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/exchange"
	"github.com/noroshi-acd/noroshi/flow/scalar"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// row is one line; its values are valid until the next, nil for what is empty.
type row struct {
	val        [numColumns][]byte
	path       string
	number, at int64
	bad        *fault.Error
}

// cut puts the values of a line in their columns; it says whether the line has all
// columns that are read. What stands behind them, labels with commas among it, does
// not matter.
func (r *row) cut(l *layout, line []byte) bool {
	for i := 0; i <= l.last; i++ {
		end := bytes.IndexByte(line, l.sep)
		v := line
		if end >= 0 {
			v, line = line[:end], line[end+1:]
		} else if i < l.last {
			return false
		}
		if c := l.cols[i]; c != none {
			if v = trim(v); len(v) == 0 {
				v = nil
			}
			r.val[c] = v
		}
	}
	return true
}

// flaw notes that a column is bad; key is the sentence in the catalogue.
func (r *row) flaw(c column, key string) {
	if r.bad == nil {
		r.bad = said(fault.Invalid, fault.Place{Path: r.path, Line: r.number, Offset: r.at, Field: c.String()}, key)
	}
}

// said makes an error with the sentence of key and the hint of key+"-hint". It
// quotes no value: what a line holds may be content.
func said(kind fault.Kind, at fault.Place, key string, args ...any) *fault.Error {
	return fault.Said(fault.Error{Kind: kind, Place: at}, i18n.Both("argus.read"), i18n.Both(key, args...), i18n.Both(key+"-hint"))
}

func (r *row) count(c column) uint64 {
	if r.val[c] == nil {
		return 0
	}
	n, ok := scalar.Count(r.val[c])
	if !ok {
		r.flaw(c, "argus.value.count")
	}
	return n
}

// port reads a port, in decimal or as 0x and hexadecimal; decimal says which.
func (r *row) port(c column) (n uint16, decimal bool) {
	v := r.val[c]
	if len(v) > 2 && v[0] == '0' && (v[1] == 'x' || v[1] == 'X') {
		if v = v[2:]; len(v) > 4 {
			r.flaw(c, "argus.value.port")
			return 0, false
		}
		for _, d := range v {
			h, ok := scalar.HexDigit(d)
			if !ok {
				r.flaw(c, "argus.value.port")
				return 0, false
			}
			n = n<<4 | uint16(h)
		}
		return n, false
	}
	m := r.count(c)
	if m > 0xffff {
		r.flaw(c, "argus.value.port")
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

func (r *row) time(c column) int64 {
	ns, ok := instant(r.val[c])
	switch {
	case ok:
	case len(r.val[c]) >= 8 && r.val[c][2] == ':' && r.val[c][5] == ':':
		r.flaw(c, "argus.value.clock")
	default:
		r.flaw(c, "argus.value.time")
	}
	return ns
}

// known says whether a protocol's name is of one that runs on IP. Numbers are not
// taken for IP: what Argus cannot name it may have seen in any frame.
func known(v []byte) bool {
	return exchange.Proto(v, true) != 0
}

// times reads beginning and end.
func (r *row) times(rec *flow.Record) {
	rec.First = r.time(colStart)
	rec.Last = rec.First
	if v := r.val[colDur]; v != nil {
		ns, ok := scalar.Seconds(v)
		if !ok {
			r.flaw(colDur, "argus.value.length")
		}
		rec.Last += ns
	} else if r.val[colLast] != nil {
		rec.Last = max(rec.First, r.time(colLast))
	}
}

// addr reads an address.
func (r *row) addr(c column) flow.Addr {
	a, ok := scalar.IP(r.val[c])
	if !ok {
		r.flaw(c, "argus.value.address")
	}
	return a
}

// record decodes the row.
func (r *row) record(l *layout) (rec flow.Record) {
	rec.Src, rec.Dst = r.addr(colSrc), r.addr(colDst)
	r.times(&rec)
	rec.Proto = exchange.Proto(r.val[colProto], rec.Src.Is4())
	r.ports(&rec)
	r.counters(l, &rec)
	state, named := exchange.Named(r.val[colState])
	if rec.Proto == exchange.TCP && !named {
		rec.SrcFlags, rec.DstFlags = flags(r.val[colState])
	}
	dir := r.val[colDir]
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
func (r *row) ports(rec *flow.Record) {
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
func (r *row) counters(l *layout, rec *flow.Record) {
	bytes, src, dst := r.count(colBytes), r.count(colSrcBytes), r.count(colDstBytes)
	oneWay := !spoke(r.val[colDir], r.val[colState])
	switch {
	case l.has[colSrcBytes] && l.has[colDstBytes]:
	case l.has[colSrcBytes]:
		dst = bytes - min(src, bytes)
	case l.has[colDstBytes]:
		src = bytes - min(dst, bytes)
	case oneWay:
		src = bytes
	default:
		src, dst = bytes-bytes/2, bytes/2
	}
	rec.SrcBytes, rec.DstBytes = src, dst
	pkts, src, dst := r.count(colPkts), r.count(colSrcPkts), r.count(colDstPkts)
	switch {
	case l.has[colSrcPkts] && l.has[colDstPkts]:
	case l.has[colSrcPkts]:
		dst = pkts - min(src, pkts)
	case l.has[colDstPkts]:
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
