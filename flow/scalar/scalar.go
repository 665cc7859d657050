package scalar

import (
	"bytes"
	"math"
	"strconv"
	"time"

	"github.com/noroshi-acd/noroshi/flow"
)

// maxSeconds is 2200-01-01 in seconds since 1970: what claims to be later, or to
// last longer, is no time.
const maxSeconds = 7258118400

// Count reads a decimal number.
func Count(v []byte) (uint64, bool) {
	if len(v) == 0 || len(v) > 19 {
		return slowCount(v)
	}
	var n uint64
	for _, c := range v {
		d := uint64(c - '0')
		if d > 9 {
			return slowCount(v)
		}
		n = n*10 + d
	}
	return n, true
}

// slowCount reads what other writers of JSON make of a number: 12.0, 1e3.
func slowCount(v []byte) (uint64, bool) {
	if len(v) == 0 || len(v) > 40 {
		return 0, false
	}
	if n, err := strconv.ParseUint(string(v), 10, 64); err == nil {
		return n, true
	}
	x, ok := float(v)
	if !ok || x < 0 || x > 1<<53 || x != math.Trunc(x) {
		return 0, false
	}
	return uint64(x), true
}

// float reads a decimal number with fraction and exponent; no NaN, no infinity,
// no hexadecimal.
func float(v []byte) (float64, bool) {
	if len(v) > 0 && v[0] == '+' {
		return 0, false
	}
	if len(v) == 0 || len(v) > 40 {
		return 0, false
	}
	for _, c := range v {
		if (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return 0, false
		}
	}
	x, err := strconv.ParseFloat(string(v), 64)
	return x, err == nil
}

// Seconds reads decimal seconds, 0 to maxSeconds, as ns; digits behind the ninth
// of the fraction are cut off.
func Seconds(v []byte) (int64, bool) {
	var n int64
	i := 0
	for ; i < len(v) && v[i]-'0' <= 9; i++ {
		if n = n*10 + int64(v[i]-'0'); n > maxSeconds {
			return 0, false
		}
	}
	n *= 1e9
	if i == len(v) {
		return n, i > 0
	}
	if v[i] != '.' || i == 0 {
		return slowSeconds(v)
	}
	i++
	unit, whole := int64(1e8), n
	for ; i < len(v); i++ {
		d := v[i] - '0'
		if d > 9 {
			return slowSeconds(v)
		}
		n += int64(d) * unit
		unit /= 10
	}
	return n, whole < maxSeconds*1e9 || n == whole
}

// slowSeconds reads seconds with an exponent, to the microsecond.
func slowSeconds(v []byte) (int64, bool) {
	x, ok := float(v)
	if !ok || x < 0 || x > maxSeconds {
		return 0, false
	}
	return int64(math.Round(x*1e6)) * 1000, true
}

// Instant reads a time: decimal seconds since 1970, milliseconds (whole numbers
// of 13 digits, as JSON writers can be told to use), or ISO 8601.
func Instant(v []byte) (int64, bool) {
	if len(v) > 10 && v[4] == '-' {
		return iso(v)
	}
	if len(v) == 13 && v[0] != '0' && bytes.IndexByte(v, '.') < 0 {
		if n, ok := Count(v); ok {
			return int64(n) * 1e6, n <= maxSeconds*1000
		}
	}
	return Seconds(v)
}

// iso reads 2006-01-02T15:04:05, with fraction and with Z or an offset.
func iso(v []byte) (int64, bool) {
	const form = "0000-00-00T00:00:00"
	if len(v) < len(form) || !shaped(v, form) {
		return 0, false
	}
	two := func(at int) int { return int(v[at]-'0')*10 + int(v[at+1]-'0') }
	year, month, day := two(0)*100+two(2), two(5), two(8)
	hour, minute, sec := two(11), two(14), two(17)
	if year < 1970 || year > 2199 || hour > 23 || minute > 59 || sec > 60 {
		return 0, false
	}
	date := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if int(date.Month()) != month || date.Day() != day {
		return 0, false // 30 February
	}
	ns := date.UnixNano() + int64(hour*3600+minute*60+sec)*1e9
	part, rest := fraction(v[len(form):])
	zone, ok := offset(rest)
	ns += part - zone
	return ns, ok && ns >= 0 && ns <= maxSeconds*1e9
}

// fraction reads the decimals of a second, if there are any.
func fraction(v []byte) (ns int64, rest []byte) {
	if len(v) == 0 || v[0] != '.' && v[0] != ',' {
		return 0, v
	}
	unit := int64(1e8)
	for v = v[1:]; len(v) > 0 && v[0]-'0' <= 9; v = v[1:] {
		ns += int64(v[0]-'0') * unit
		unit /= 10
	}
	return ns, v
}

// shaped says whether v begins like form, in which 0 stands for any digit and T
// for a T or a space.
func shaped(v []byte, form string) bool {
	for i := range len(form) {
		c := v[i]
		switch form[i] {
		case '0':
			if c-'0' > 9 {
				return false
			}
		case 'T':
			if c != 'T' && c != 't' && c != ' ' {
				return false
			}
		default:
			if c != form[i] {
				return false
			}
		}
	}
	return true
}

// offset reads Z, ±hh:mm, ±hhmm, ±hh or nothing as ns east of Greenwich.
func offset(v []byte) (int64, bool) {
	if len(v) == 0 || len(v) == 1 && (v[0] == 'Z' || v[0] == 'z') {
		return 0, true
	}
	sign := int64(1e9)
	switch v[0] {
	case '-':
		sign = -sign
	case '+':
	default:
		return 0, false
	}
	var h, m byte
	switch v = v[1:]; {
	case len(v) == 2 && shaped(v, "00"):
	case len(v) == 4 && shaped(v, "0000"):
		m = (v[2]-'0')*10 + v[3] - '0'
	case len(v) == 5 && shaped(v, "00:00"):
		m = (v[3]-'0')*10 + v[4] - '0'
	default:
		return 0, false
	}
	h = (v[0]-'0')*10 + v[1] - '0'
	return sign * (int64(h)*3600 + int64(m)*60), h <= 23 && m <= 59
}

// IP reads an address; an IPv6 zone is dropped.
func IP(v []byte) (flow.Addr, bool) {
	if b, ok := ip4(v); ok {
		return flow.Addr4(b), true
	}
	return ip6(v)
}

func ip4(v []byte) (b [4]byte, ok bool) {
	if len(v) < 7 || len(v) > 15 {
		return b, false
	}
	n, digits, part := uint(0), 0, 0
	for _, c := range v {
		d := uint(c - '0')
		switch {
		case d <= 9:
			if digits > 0 && n == 0 {
				return b, false // a leading zero: octal for some readers
			}
			n = n*10 + d
			digits++
		case c == '.' && digits > 0 && n <= 255 && part < 3:
			b[part] = byte(n)
			part++
			n, digits = 0, 0
		default:
			return b, false
		}
	}
	b[3] = byte(n)
	return b, part == 3 && digits > 0 && digits <= 3 && n <= 255
}

func ip6(v []byte) (a flow.Addr, ok bool) {
	if i := bytes.IndexByte(v, '%'); i >= 0 {
		if i == len(v)-1 {
			return a, false
		}
		v = v[:i]
	}
	if len(v) < 2 {
		return a, false
	}
	at, gap := 0, -1
	if v[0] == ':' {
		if v[1] != ':' {
			return a, false
		}
		gap, v = 0, v[2:]
	}
	for len(v) > 0 {
		n, used := group(v)
		if used < len(v) && v[used] == '.' {
			return dotted(a, at, gap, v)
		}
		if at == 16 || used == 0 || used > 4 {
			return a, false
		}
		a[at], a[at+1] = byte(n>>8), byte(n)
		at, v = at+2, v[used:]
		if v, gap, ok = colon(v, at, gap); !ok {
			return a, false
		}
	}
	return spread(a, at, gap)
}

// colon takes what stands between two groups, the second of which may be left
// out; gap is where the double colon stood.
func colon(v []byte, at, gap int) ([]byte, int, bool) {
	switch {
	case len(v) == 0:
		return v, gap, true
	case v[0] != ':' || len(v) == 1:
		return v, gap, false
	case v[1] != ':':
		return v[1:], gap, true
	}
	return v[2:], at, gap < 0
}

// dotted ends an IPv6 address with an IPv4 address.
func dotted(a flow.Addr, at, gap int, v []byte) (flow.Addr, bool) {
	b, ok := ip4(v)
	if !ok || at > 12 {
		return a, false
	}
	copy(a[at:], b[:])
	return spread(a, at+4, gap)
}

// group reads up to five hexadecimal digits.
func group(v []byte) (n uint32, used int) {
	for used < len(v) && used < 5 {
		d, ok := HexDigit(v[used])
		if !ok {
			break
		}
		n = n<<4 | uint32(d)
		used++
	}
	return n, used
}

// spread moves what stands behind the gap to the end.
func spread(a flow.Addr, at, gap int) (flow.Addr, bool) {
	if gap < 0 {
		return a, at == 16
	}
	if at > 14 {
		return a, false
	}
	var out flow.Addr
	copy(out[:gap], a[:gap])
	copy(out[16-(at-gap):], a[gap:at])
	return out, true
}

// HexDigit reads one hexadecimal digit.
func HexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
