package nfdump

import (
	"bytes"
	"strings"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/columns"
	"github.com/noroshi-acd/noroshi/flow/exchange"
	"github.com/noroshi-acd/noroshi/flow/scalar"
)

// row is one line.
type row struct{ *columns.Row }

func (r row) count(c columns.Column) uint64 { return r.Count(c, "nfdump.value.count") }

func (r row) addr(c columns.Column) flow.Addr { return r.Addr(c, "nfdump.value.address") }

func (r row) port(c columns.Column) uint16 {
	n := r.count(c)
	if n > 0xffff {
		r.Flaw(c, "nfdump.value.port")
	}
	return uint16(n)
}

func (r row) instant(c columns.Column) int64 {
	t, ok := scalar.Instant(r.Val[c])
	if !ok {
		r.Flaw(c, "nfdump.value.time")
	}
	return t
}

// times reads beginning and end. td is finer than te where both are there.
func (r row) times(rec *flow.Record) {
	rec.First = r.instant(colFirst)
	rec.Last = rec.First
	switch {
	case r.Val[colDur] != nil:
		d, ok := length(r.Val[colDur])
		if !ok {
			r.Flaw(colDur, "nfdump.value.length")
		}
		rec.Last += d
	case r.Val[colLast] != nil:
		rec.Last = max(rec.First, r.instant(colLast))
	}
}

// length reads seconds, or hours, minutes and seconds, before them perhaps days
// (00:01:05.250, 2d 00:01:05.250).
func length(v []byte) (ns int64, ok bool) {
	const day = int64(86400e9)
	var days uint64
	if i := bytes.IndexByte(v, 'd'); i > 0 {
		if days, ok = scalar.Count(v[:i]); !ok || days > 100_000 {
			return 0, false
		}
		v = bytes.TrimLeft(v[i+1:], " ")
	}
	unit := int64(3600)
	for unit >= 60 {
		part, rest, more := bytes.Cut(v, []byte(":"))
		if !more {
			break
		}
		n, ok := scalar.Count(part)
		if !ok || n > 1e6 {
			return 0, false
		}
		ns += int64(n) * unit * 1e9
		unit /= 60
		v = rest
	}
	if unit == 60 {
		return 0, false // hours and minutes alone
	}
	rest, ok := scalar.Seconds(v)
	return int64(days)*day + ns + rest, ok
}

// record decodes the row.
func (r row) record() (rec flow.Record) {
	rec.Src, rec.Dst = r.addr(colSrc), r.addr(colDst)
	r.times(&rec)
	rec.Proto = exchange.Proto(r.Val[colProto], rec.Src.Is4())
	r.ports(&rec)
	rec.SrcPackets, rec.SrcBytes = r.count(colInPkts), r.count(colInBytes)
	rec.DstPackets, rec.DstBytes = r.count(colOutPkts), r.count(colOutBytes)
	if rec.Proto == exchange.TCP && r.Val[colFlags] != nil {
		f, ok := flags(r.Val[colFlags])
		if !ok {
			r.Flaw(colFlags, "nfdump.value.flags")
		}
		rec.SrcFlags = f
	}
	rec.State = exchange.State(&rec)
	rec.Link = link(r.Val[colRouter], r.Val[colEngine])
	return rec
}

// ports reads the ports. Of ICMP, dp is type.code, or type × 256 + code.
func (r row) ports(rec *flow.Record) {
	if rec.Proto != exchange.ICMP && rec.Proto != exchange.ICMPv6 {
		rec.SrcPort, rec.DstPort = r.port(colSport), r.port(colDport)
		return
	}
	kind, code, dotted := bytes.Cut(r.Val[colDport], []byte("."))
	if !dotted {
		n := r.port(colDport)
		rec.SrcPort, rec.DstPort = n>>8, n&0xff
		return
	}
	t, ok := scalar.Count(kind)
	c, ok2 := scalar.Count(code)
	if !ok || !ok2 || t > 255 || c > 255 {
		r.Flaw(colDport, "nfdump.value.port")
	}
	rec.SrcPort, rec.DstPort = uint16(t), uint16(c)
}

// link gives the number of an observation point, 32768 to 65535: the lower ones are
// those of exporters in captures.
func link(router, engine []byte) uint32 {
	const prime = 16777619 // FNV-1a
	s := uint32(2166136261)
	for _, part := range [2][]byte{router, engine} {
		for _, c := range part {
			s = (s ^ uint32(c)) * prime
		}
		s *= prime
	}
	return 0x8000 | (s^s>>15)&0x7fff
}

// flags reads TCP flags: letters among dots (...AP.SF), or a number (27, 0x1b).
func flags(v []byte) (f uint8, ok bool) {
	if len(v) > 2 && v[0] == '0' && v[1]|0x20 == 'x' {
		return hexadecimal(bytes.TrimLeft(v[2:], " "))
	}
	if v[0] >= '0' && v[0] <= '9' {
		n, ok := scalar.Count(v)
		return uint8(n) & 0x3f, ok && n <= 0xff
	}
	for _, c := range v {
		if i := strings.IndexByte("FSRPAU", c); i >= 0 {
			f |= 1 << i
		} else if strings.IndexByte(". CEWX", c) < 0 {
			return 0, false
		}
	}
	return f, true
}

func hexadecimal(v []byte) (f uint8, ok bool) {
	n := uint(0)
	for _, c := range v {
		d, ok := scalar.HexDigit(c)
		if n = n<<4 | uint(d); !ok || n > 0xff {
			return 0, false
		}
	}
	return uint8(n) & 0x3f, true
}
