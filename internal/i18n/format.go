package i18n

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Share is a fraction of one that is written in percent.
type Share float64

// Nominal is a number that is a name and counts nothing (a port, a line): it is
// written without commas. So are a uint16 and whole numbers of arguments that are
// called port or line.
type Nominal int64

// named makes v nominal when the argument's name says so.
func named(name string, v any) any {
	if name != "port" && name != "line" {
		return v
	}
	switch v := v.(type) {
	case int:
		return Nominal(v)
	case int64:
		return Nominal(v)
	}
	return v
}

// format writes an argument as language l does.
func format(l Lang, v any) string {
	switch v := v.(type) {
	case time.Duration:
		return Duration(l, v)
	case Share:
		return percent(l, float64(v))
	case int:
		return Count(int64(v))
	case int64:
		return Count(v)
	case uint64:
		return group(strconv.FormatUint(v, 10))
	case float64:
		return number(v)
	case Text:
		return v.In(l)
	case time.Time:
		return Time(v)
	case Nominal:
		return strconv.FormatInt(int64(v), 10)
	case uint16:
		return strconv.Itoa(int(v))
	case netip.Addr:
		return v.String()
	}
	return Escape(fmt.Sprint(v))
}

// Count writes n with a comma between thousands.
func Count(n int64) string { return group(strconv.FormatInt(n, 10)) }

// group puts a comma between thousands of a whole number in decimal digits.
func group(s string) string {
	start := 0
	if strings.HasPrefix(s, "-") {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Number writes f as a sentence would.
func Number(f float64) string { return number(f) }

// number writes f with three significant digits and never with an exponent
// between a millionth and 10^15.
func number(f float64) string {
	a := math.Abs(f)
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0) || a >= 1e15:
		return strconv.FormatFloat(f, 'g', 3, 64)
	case a >= 100:
		return Count(int64(math.Round(f)))
	case a >= 10:
		return trim(strconv.FormatFloat(f, 'f', 1, 64))
	case a >= 1:
		return trim(strconv.FormatFloat(f, 'f', 2, 64))
	case a == 0:
		return "0"
	case a < 1e-6:
		return strconv.FormatFloat(f, 'g', 3, 64)
	}
	return trim(strconv.FormatFloat(f, 'f', 2-int(math.Floor(math.Log10(a))), 64))
}

// trim takes the zeros off the end of a decimal fraction.
func trim(s string) string {
	if !strings.Contains(s, ".") {
		return s
	}
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// percent writes a fraction with at most one decimal; what is neither none nor
// all is never written as 0 % or 100 %.
func percent(l Lang, f float64) string {
	unit := " %"
	if l == JA {
		unit = "%"
	}
	p := f * 100
	switch {
	case math.IsNaN(p) || math.IsInf(p, 0):
		return "?" + unit
	case p > 0 && p < 0.05:
		return "<0.1" + unit
	case p < 100 && p >= 99.95:
		return ">99.9" + unit
	}
	return trim(strconv.FormatFloat(p, 'f', 1, 64)) + unit
}

// Time writes t in UTC, to the second, with its zone.
func Time(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// unit is a step of the scale on which durations are written.
type unit struct {
	d      time.Duration
	en, ja string
}

// Duration writes d, rounded, with the two largest units that matter: "4 h 12
// min", "4時間12分"; below ten seconds with a decimal: "2.5 s", "2.5秒".
func Duration(l Lang, d time.Duration) string {
	switch {
	case d == math.MinInt64:
		return Duration(l, d+1)
	case d < 0:
		return "-" + Duration(l, -d)
	case d == 0:
		return quantity(l, "0", unit{0, "s", "秒"})
	case d < time.Millisecond:
		return quantity(l, number(float64(d)/1e6), unit{0, "ms", "ミリ秒"})
	case d < 999500*time.Microsecond:
		return quantity(l, Count(int64(d.Round(time.Millisecond)/time.Millisecond)), unit{0, "ms", "ミリ秒"})
	case d < 9950*time.Millisecond:
		return quantity(l, trim(strconv.FormatFloat(d.Seconds(), 'f', 1, 64)), unit{0, "s", "秒"})
	}
	return long(l, d)
}

// long writes a duration of at least ten seconds with at most two units.
func long(l Lang, d time.Duration) string {
	units := [...]unit{{24 * time.Hour, "d", "日"}, {time.Hour, "h", "時間"}, {time.Minute, "min", "分"}, {time.Second, "s", "秒"}}
	for i := range units {
		if i == len(units)-1 {
			return quantity(l, Count(int64(d.Round(time.Second)/time.Second)), units[i])
		}
		big, small := units[i], units[i+1]
		rounded := d.Round(small.d) // may reach big.d: 59.6 s is 1 min
		if rounded < big.d {
			continue
		}
		s := quantity(l, Count(int64(rounded/big.d)), big)
		if rest := rounded % big.d / small.d; rest > 0 {
			gap := " "
			if l == JA {
				gap = ""
			}
			s += gap + quantity(l, Count(int64(rest)), small)
		}
		return s
	}
	return ""
}

func quantity(l Lang, n string, u unit) string {
	if l == JA {
		return n + u.ja
	}
	return n + " " + u.en
}
