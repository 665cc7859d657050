package indicator

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/flow"
)

// maxShape bounds a shape, in bytes.
const maxShape = 120

// Shape gives the shape of a certificate's subject or issuer: which attributes stand
// there in which order, and what sort of value each has. "CN=gw.example.com,O=ACME
// Ltd,C=US" becomes "CN=host,O=words,C=country". No text of the name is left.
func Shape(name string) string {
	var b strings.Builder
	for _, part := range attributes(name) {
		key, value, ok := strings.Cut(part, "=")
		key = strings.ToUpper(strings.TrimSpace(key))
		if !ok || !knownAttribute(key) {
			key = "?"
		}
		part = key + "=" + sort(strings.TrimSpace(value))
		if b.Len()+len(part)+1 > maxShape {
			break
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(part)
	}
	return b.String()
}

// isShape says whether s is what Shape writes: nothing else may stand in a habit.
func isShape(s string) bool {
	if len(s) > maxShape {
		return false
	}
	for part := range strings.SplitSeq(s, ",") {
		key, value, _ := strings.Cut(part, "=")
		if s != "" && (key != "?" && !knownAttribute(key) || !slices.Contains(sorts, value)) {
			return false
		}
	}
	return true
}

// sorts are the sorts of value that Shape tells apart.
var sorts = []string{"address", "empty", "country", "wildcard", "mail", "digits", "hex", "words", "host", "word"}

// attributes cuts a distinguished name at its commas and pluses, those behind a
// backslash or within quotes left alone (RFC 2253).
func attributes(name string) []string {
	var parts []string
	start, quoted := 0, false
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case (c == ',' || c == '+' || c == '/' && i == 0) && !quoted:
			if i > start {
				parts = append(parts, name[start:i])
			}
			start = i + 1
		}
	}
	if start < len(name) {
		parts = append(parts, name[start:])
	}
	return parts
}

// knownAttribute says whether key is a usual attribute: others are not written,
// because a key may be made to say anything.
func knownAttribute(key string) bool {
	switch key {
	case "CN", "O", "OU", "C", "ST", "L", "DC", "UID", "STREET", "POSTALCODE", "SERIALNUMBER", "EMAILADDRESS":
		return true
	}
	return false
}

// sort says what sort of value an attribute has.
func sort(v string) string {
	if _, err := netip.ParseAddr(v); err == nil {
		return "address"
	}
	letters, digits, hex := letters(v)
	switch {
	case v == "":
		return "empty"
	case len(v) == 2 && letters == 2:
		return "country"
	case strings.HasPrefix(v, "*."):
		return "wildcard"
	case strings.ContainsRune(v, '@'):
		return "mail"
	case digits == len(v):
		return "digits"
	case hex == len(v) && len(v) >= 8:
		return "hex"
	case strings.ContainsRune(v, ' '):
		return "words"
	case strings.ContainsRune(v, '.') && letters > 0:
		return "host"
	}
	return "word"
}

// letters counts the letters, the digits and the hexadecimal digits of v.
func letters(v string) (letters, digits, hex int) {
	for i := range len(v) {
		switch c := v[i]; {
		case '0' <= c && c <= '9':
			digits++
			hex++
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			letters++
			hex++
		case 'a' <= c|0x20 && c|0x20 <= 'z':
			letters++
		}
	}
	return letters, digits, hex
}

// PatternOf gives the pattern of t's certificate, nil when none was seen.
func PatternOf(b *flow.Batch, t *flow.TLS) *Certificate {
	if t.NotAfter == 0 || t.NotAfter <= t.NotBefore {
		return nil
	}
	subject, issuer := b.Bytes(t.Subject), b.Bytes(t.Issuer)
	return &Certificate{
		SelfSigned: len(subject) > 0 && string(subject) == string(issuer),
		Validity:   days(t.NotAfter - t.NotBefore),
		Subject:    Shape(string(subject)), Issuer: Shape(string(issuer)),
		Names: int(min(t.Names.To-t.Names.From, 8)),
	}
}

// days gives a whole number of days: makers of certificates count in days, and a
// second more or less is chance.
func days(ns int64) float64 { return float64((ns + int64(12*time.Hour)) / int64(24*time.Hour)) }

// Alike says whether two patterns are of one make. Clocks and leap days may shift
// the validity by two days.
func (c *Certificate) Alike(o *Certificate) bool {
	return c.SelfSigned == o.SelfSigned && abs(c.Validity-o.Validity) <= 2 && c.Subject == o.Subject && c.Issuer == o.Issuer && c.Names == o.Names
}

func abs(x float64) float64 { return max(x, -x) }

// Fingerprint says whether s can be a JA3 or JA4: nothing else may get into a habit.
func Fingerprint(s string) bool {
	if len(s) == 0 || len(s) > 40 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !('0' <= c && c <= '9' || 'a' <= c && c <= 'z' || c == '_') {
			return false
		}
	}
	return true
}
