package veil

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Placer says on which side of the border an address lies; [direction.Table] is
// one.
type Placer interface {
	Side(a flow.Addr) direction.Side
}

// Veil hides addresses. A nil one shows everything as it is.
type Veil struct {
	border Placer
	key    [32]byte
}

// New makes a veil with a fresh key.
func New(border Placer) *Veil {
	v := &Veil{border: border}
	rand.Read(v.key[:]) // never fails (crypto/rand)
	return v
}

// mark begins every name that stands for an address.
const mark = "domestic-"

// Addr gives the text of a, or the name that stands for it; "" for the zero
// address. Invariant 6: only an address known to be foreign stays clear.
func (v *Veil) Addr(a flow.Addr) string {
	switch {
	case a.IsZero():
		return ""
	case v == nil || v.border.Side(a) == direction.SideForeign:
		return a.String()
	}
	return mark + v.seal(a[:])
}

// ID gives a finding's ID that does not tell its source: the plain one is an
// unkeyed hash, which could be tried for all addresses of a country.
func (v *Veil) ID(id string) string {
	if v == nil {
		return id
	}
	kind := id[:strings.LastIndexByte(id, '-')+1]
	return kind + v.seal([]byte(id))
}

// seal is a keyed name of b, 12 hexadecimal digits.
func (v *Veil) seal(b []byte) string {
	m := hmac.New(sha256.New, v.key[:])
	m.Write(b)
	return hex.EncodeToString(m.Sum(nil)[:6])
}

// Both hides addresses in both languages of t.
func (v *Veil) Both(t i18n.Text) i18n.Text {
	return i18n.Text{JA: v.Text(t.JA), EN: v.Text(t.EN)}
}

// How addresses stand in texts. They are sought more widely than they are written:
// hiding what is none does no harm.
var (
	six     = regexp.MustCompile(`[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*`)
	four    = regexp.MustCompile(`\d+(?:\.\d+){3,}|\d+(?:-\d+){3,}`)
	reverse = regexp.MustCompile(`(?i)((?:\d{1,3}\.){1,4})in-addr\.arpa|((?:[0-9a-f]\.){1,32})ip6\.arpa`)
)

// Text hides in s every address that Addr would hide: written plainly, with dashes,
// or as a name of the reverse tree.
func (v *Veil) Text(s string) string {
	if v == nil {
		return s
	}
	var b strings.Builder
	from := 0
	for _, at := range reverse.FindAllStringIndex(s, -1) {
		b.WriteString(v.plain(s[from:at[0]]) + v.reversed(s[at[0]:at[1]]))
		from = at[1]
	}
	return b.String() + v.plain(s[from:])
}

// plain hides the addresses of s that are no names of the reverse tree.
func (v *Veil) plain(s string) string {
	return four.ReplaceAllStringFunc(six.ReplaceAllStringFunc(s, v.colons), v.dots)
}

// reversed hides a name of the reverse tree. A zone of it is judged by its first
// address.
func (v *Veil) reversed(s string) string {
	labels := strings.Split(strings.ToLower(s), ".")
	labels, tree := labels[:len(labels)-2], labels[len(labels)-2]
	var b strings.Builder
	sep, size, step := ".", 4, 1
	if tree == "ip6" {
		sep, size, step = ":", 32, 4
	}
	for i := range size {
		if i > 0 && i%step == 0 {
			b.WriteString(sep)
		}
		if at := len(labels) - 1 - i; at >= 0 {
			b.WriteString(labels[at])
		} else {
			b.WriteByte('0')
		}
	}
	hidden, ok := v.hide(b.String())
	if !ok {
		return s
	}
	return hidden + "." + tree + ".arpa"
}

// longest is the length of the longest text of an address.
const longest = len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255")

// colons hides the addresses in a run of digits, colons and dots.
func (v *Veil) colons(run string) string {
	var b strings.Builder
	for from := 0; from < len(run); {
		if from > 0 && hexDigit(run[from]) && hexDigit(run[from-1]) {
			b.WriteByte(run[from])
			from++
			continue
		}
		n := 0
		for to := min(len(run), from+longest); to > from+1 && n == 0; to-- {
			if strings.Count(run[from:to], ":") < 2 {
				break
			}
			if hidden, ok := v.hide(run[from:to]); ok {
				b.WriteString(hidden)
				n = to - from
			} else if _, err := netip.ParseAddr(run[from:to]); err == nil {
				b.WriteString(run[from:to]) // foreign
				n = to - from
			}
		}
		if n == 0 {
			b.WriteByte(run[from])
			n = 1
		}
		from += n
	}
	return b.String()
}

func hexDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// dots hides the addresses in a run of numbers between dots or dashes.
func (v *Veil) dots(run string) string {
	sep := "."
	if !strings.Contains(run, sep) {
		sep = "-"
	}
	parts := strings.Split(run, sep)
	var out []string
	for len(parts) > 0 {
		if hidden, ok := v.four(parts); ok {
			out, parts = append(out, hidden), parts[4:]
			continue
		}
		out, parts = append(out, parts[0]), parts[1:]
	}
	return strings.Join(out, sep)
}

// four hides the address that the first four parts write, leading zeros allowed.
func (v *Veil) four(parts []string) (hidden string, ok bool) {
	if len(parts) < 4 {
		return "", false
	}
	var a [4]byte
	for i := range a {
		n, err := strconv.ParseUint(parts[i], 10, 8)
		if err != nil {
			return "", false
		}
		a[i] = byte(n)
	}
	return v.hide(netip.AddrFrom4(a).String())
}

// hide gives the name for the address that s writes; ok is false when it writes
// none or one that may be shown.
func (v *Veil) hide(s string) (hidden string, ok bool) {
	p, err := netip.ParseAddr(s)
	if err != nil || p.IsUnspecified() {
		return "", false
	}
	a := flow.AddrFrom(p)
	hidden = v.Addr(a)
	return hidden, hidden != a.String()
}
