package filter

import (
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/exchange"
	"github.com/noroshi-acd/noroshi/flow/scalar"
)

// protocol gives the number of a transport's name, 0 for none; numbers are none.
func protocol(name string) uint8 {
	if name != "" && name[0] >= '0' && name[0] <= '9' {
		return 0
	}
	return exchange.Proto([]byte(name), true)
}

// item reads one value of a list.
func (p *parser) item(x *term) error {
	t := p.take()
	if t.shape != plain && t.shape != quote {
		return p.wrong(t, "filter.value")
	}
	switch x.field {
	case fAddr:
		n, ok := network(t.text)
		if !ok {
			return p.wrong(t, "filter.address")
		}
		x.nets = append(x.nets, n)
	case fPort:
		r, ok := ports(t.text)
		if !ok {
			return p.wrong(t, "filter.port")
		}
		x.ports = append(x.ports, r)
	case fProto:
		n, err := strconv.ParseUint(t.text, 10, 8)
		if err != nil {
			if n = uint64(protocol(t.text)); n == 0 {
				return p.wrong(t, "filter.proto")
			}
		}
		x.protos = append(x.protos, uint8(n))
	case fFlags:
		return p.flags(x, t)
	default:
		return p.word(x, t)
	}
	return nil
}

// word reads a word of a list, or a pattern.
func (p *parser) word(x *term, t token) error {
	switch x.field {
	case fState:
		return p.choice(x, t, states[:])
	case fService:
		return p.choice(x, t, services[:])
	case fKind:
		return p.choice(x, t, kinds[:])
	case fDirection:
		if len(p.o.Classes) == 0 {
			return p.wrong(t, "filter.no_border")
		}
		return p.choice(x, t, p.o.Classes)
	}
	if len(t.text) > scalar.MaxName {
		return p.wrong(t, "filter.pattern", "most", scalar.MaxName)
	}
	x.globs = append(x.globs, ascii(t.text))
	return nil
}

// choice reads one of the words of a list.
func (p *parser) choice(x *term, t token, words []string) error {
	i := slices.Index(words, strings.ToLower(t.text))
	if i < 0 {
		return p.wrong(t, "filter.choice", "words", strings.Join(words, ", "))
	}
	x.set |= 1 << i
	return nil
}

// network reads an address or a prefix; bits beyond its length do not matter.
func network(s string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	n, err := netip.ParsePrefix(s)
	if err != nil {
		return n, false
	}
	if a := n.Addr(); a.Is4In6() {
		if n.Bits() < 96 {
			return n, false // neither all of one family nor of the other
		}
		n = netip.PrefixFrom(a.Unmap(), n.Bits()-96)
	}
	return n.Masked(), true
}

// ports reads a port or a range.
func ports(s string) (r [2]uint16, ok bool) {
	low, high, ranged := strings.Cut(s, "-")
	if !ranged {
		high = low
	}
	a, err := strconv.ParseUint(low, 10, 16)
	b, err2 := strconv.ParseUint(high, 10, 16)
	return [2]uint16{uint16(a), uint16(b)}, err == nil && err2 == nil && a <= b
}

// portBound reads port > 1023.
func (p *parser) portBound(x *term) error {
	c := comparisons()[p.take().text]
	t := p.take()
	n, err := strconv.ParseUint(t.text, 10, 16)
	if err != nil || t.shape != plain {
		return p.wrong(t, "filter.port")
	}
	low, high := 0, math.MaxUint16
	switch c {
	case less:
		high = int(n) - 1
	case most:
		high = int(n)
	case greater:
		low = int(n) + 1
	case least:
		low = int(n)
	}
	if low > high {
		x.ports = nil // met by none
		return nil
	}
	x.ports = append(x.ports, [2]uint16{uint16(low), uint16(high)})
	return nil
}

// flags reads S, SA, S/SAFR: those that must be set, of those that are looked at.
func (p *parser) flags(x *term, t token) error {
	if x.mask != 0 { // one set only
		return p.wrong(t, "filter.flags")
	}
	set, of, masked := strings.Cut(strings.ToUpper(t.text), "/")
	if !masked {
		of = set
	}
	for _, v := range []struct {
		letters string
		to      *uint8
	}{{set, &x.flags}, {of, &x.mask}} {
		for _, c := range []byte(v.letters) {
			i := strings.IndexByte("FSRPAU", c)
			if i < 0 {
				return p.wrong(t, "filter.flags")
			}
			*v.to |= flow.FIN << i
		}
	}
	if x.mask == 0 || x.flags&^x.mask != 0 {
		return p.wrong(t, "filter.flags")
	}
	return nil
}

// comparison reads > 1M and the like.
func (p *parser) comparison(x *term) error {
	t := p.take()
	c, known := comparisons()[t.text]
	if !known || t.shape != sign {
		return p.wrong(t, "filter.compare")
	}
	x.cmp = c
	t = p.take()
	ok := t.shape == plain || t.shape == quote
	switch x.field {
	case fFirst, fLast:
		if ok {
			x.time, ok = instant(t.text)
		}
		if !ok {
			return p.wrong(t, "filter.time")
		}
	case fDuration:
		if ok {
			x.number, ok = length(t.text)
		}
		if !ok {
			return p.wrong(t, "filter.length")
		}
	default:
		if ok {
			x.number, ok = amount(t.text)
		}
		if !ok {
			return p.wrong(t, "filter.number")
		}
	}
	return nil
}

// instant reads a date, a time of ISO 8601, or seconds since 1970; UTC unless it says
// otherwise.
func instant(s string) (int64, bool) {
	switch {
	case len(s) == len("2006-01-02") && s[4] == '-':
		s += "T00:00:00"
	case len(s) == len("2006-01-02T15:04") && s[4] == '-':
		s += ":00"
	}
	return scalar.Instant([]byte(s))
}

// number cuts a decimal number off s.
func number(s string) (f float64, unit string, ok bool) {
	n := strings.IndexFunc(s, func(c rune) bool { return (c < '0' || c > '9') && c != '.' })
	if n < 0 {
		n = len(s)
	}
	f, err := strconv.ParseFloat(s[:n], 64)
	return f, s[n:], err == nil
}

// amount reads 1500, 1.5k, 10M, 1Gi, 20MB.
func amount(s string) (float64, bool) {
	f, unit, ok := number(s)
	unit = strings.ToLower(unit)
	if unit != "b" {
		unit = strings.TrimSuffix(unit, "b")
	} else {
		unit = ""
	}
	base := 1000.0
	if cut, two := strings.CutSuffix(unit, "i"); two {
		if unit, base = cut, 1024; cut == "" {
			return 0, false
		}
	}
	if unit == "" {
		return f, ok
	}
	i := slices.Index([]string{"k", "m", "g", "t", "p"}, unit)
	return f * math.Pow(base, float64(i+1)), ok && i >= 0
}

// length reads 5m, 1h30m, 250ms, or seconds, as ns.
func length(s string) (ns float64, ok bool) {
	units := map[string]float64{"ns": 1, "us": 1e3, "µs": 1e3, "ms": 1e6, "s": 1e9, "": 1e9, "m": 60e9, "min": 60e9, "h": 3600e9, "d": 86400e9}
	if s == "" {
		return 0, false
	}
	for s != "" {
		f, rest, ok := number(s)
		n := strings.IndexAny(rest, "0123456789.")
		if n < 0 {
			n = len(rest)
		}
		u, known := units[strings.ToLower(rest[:n])]
		if !ok || !known {
			return 0, false
		}
		ns += f * u
		s = rest[n:]
	}
	return ns, true
}

// ascii gives s with its ASCII letters in lower case.
func ascii(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] = lower(b[i])
	}
	return string(b)
}
