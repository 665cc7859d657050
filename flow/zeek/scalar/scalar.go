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
	if len(v) < len(form) {
		return 0, false
	}
	for i := range len(form) {
		switch c := v[i]; {
		case form[i] == '0' && c-'0' > 9,
			form[i] == 'T' && c != 'T' && c != 't' && c != ' ',
			(form[i] == '-' || form[i] == ':') && c != form[i]:
			return 0, false
		}
	}
	two := func(at int) int { return int(v[at]-'0')*10 + int(v[at+1]-'0') }
	year, month, day := two(0)*100+two(2), two(5), two(8)
	hour, minute, sec := two(11), two(14), two(17)
	if month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || sec > 60 || year < 1970 || year > 2199 {
		return 0, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute, sec, 0, time.UTC)
	if t.Day() != day && sec < 60 {
		return 0, false // 30 February
	}
	ns := t.UnixNano()
	rest := v[len(form):]
	if len(rest) > 0 && (rest[0] == '.' || rest[0] == ',') {
		unit := int64(1e8)
		for rest = rest[1:]; len(rest) > 0 && rest[0]-'0' <= 9; rest = rest[1:] {
			ns += int64(rest[0]-'0') * unit
			unit /= 10
		}
	}
	zone, ok := offset(rest)
	return ns - zone, ok && ns-zone >= 0
}

// offset reads Z, ±hh:mm, ±hhmm, ±hh or nothing as ns east of Greenwich.
func offset(v []byte) (int64, bool) {
	if len(v) == 0 || len(v) == 1 && (v[0] == 'Z' || v[0] == 'z') {
		return 0, true
	}
	if v[0] != '+' && v[0] != '-' {
		return 0, false
	}
	var digits []byte
	for i, c := range v[1:] {
		if c == ':' && i == 2 {
			continue
		}
		digits = append(digits, c)
	}
	if len(digits) == 2 {
		digits = append(digits, '0', '0')
	}
	n, ok := Count(digits)
	if !ok || len(digits) != 4 || n/100 > 23 || n%100 > 59 {
		return 0, false
	}
	ns := int64(n/100*3600+n%100*60) * 1e9
	if v[0] == '-' {
		ns = -ns
	}
	return ns, true
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
	if len(v) < 2 || len(v) > 80 {
		return a, false
	}
	at, gap := 0, -1
	if v[0] == ':' {
		if v[1] != ':' {
			return a, false
		}
		gap, v = 0, v[2:]
	}
	for len(v) > 0 && v[0] != '%' {
		if at == 16 {
			return a, false
		}
		n, used := group(v)
		rest := v[used:]
		if len(rest) > 0 && rest[0] == '.' {
			b, used, ok := tail4(v)
			if !ok || at > 12 {
				return a, false
			}
			copy(a[at:], b[:])
			at, v = at+4, v[used:]
			break
		}
		if used == 0 || used > 4 {
			return a, false
		}
		a[at], a[at+1] = byte(n>>8), byte(n)
		at, v = at+2, rest
		if len(v) == 0 || v[0] == '%' {
			break
		}
		if v[0] != ':' || len(v) == 1 {
			return a, false
		}
		v = v[1:]
		if v[0] == '%' {
			return a, false // a single colon before the zone
		}
		if v[0] == ':' {
			if gap >= 0 {
				return a, false
			}
			gap, v = at, v[1:]
		}
	}
	if len(v) > 0 && (v[0] != '%' || len(v) == 1) {
		return a, false
	}
	return spread(a, at, gap)
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

// tail4 reads the dotted end of an IPv6 address.
func tail4(v []byte) ([4]byte, int, bool) {
	end := 0
	for end < len(v) && v[end] != '%' {
		end++
	}
	b, ok := ip4(v[:end])
	return b, end, ok
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
