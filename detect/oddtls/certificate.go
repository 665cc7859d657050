package oddtls

import (
	"bytes"
	"net/netip"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
)

// shape is what a certificate's subject looks like.
type shape uint8

const (
	shapeNamed    shape = iota // a name, an organisation
	shapeEmpty                 // neither a common name nor an organisation
	shapeDefault               // what a tool writes when nobody answers its questions
	shapeLocal                 // localhost, one label, an address
	shapeRandom                // letters that make no word
	shapeNumber   = 5          // of shapes
	maxRemembered = 120        // bytes of a subject or issuer that are shown
)

// String gives the shape's identifier.
func (s shape) String() string {
	return [shapeNumber]string{"named", "empty", "default", "local", "random"}[s]
}

// certificate is what is remembered of one.
type certificate struct {
	subject, issuer     string
	issuerKey           uint64
	notBefore, notAfter int64 // ns, 0 for unknown
	first, last         int64
	hosts, servers      detect.Sketch
	names               uint16
	shape               shape
	selfSigned          bool
}

// newCertificate reads t's certificate.
func newCertificate(b *flow.Batch, t *flow.TLS) certificate {
	subject, issuer := b.Bytes(t.Subject), b.Bytes(t.Issuer)
	return certificate{
		subject: clip(subject), issuer: clip(issuer), issuerKey: hash(issuer),
		notBefore: t.NotBefore, notAfter: t.NotAfter,
		names: uint16(t.Names.To - t.Names.From), shape: shapeOf(string(subject)),
		selfSigned: len(subject) > 0 && bytes.Equal(subject, issuer),
	}
}

func clip(b []byte) string { return strings.ToValidUTF8(string(b[:min(len(b), maxRemembered)]), "") }

// shown says whether t shows a certificate at all.
func shown(t *flow.TLS) bool { return t.Digest.Len > 0 || t.Subject.Len > 0 || t.Issuer.Len > 0 }

// certificateKey is the same for the same certificate in every process.
func certificateKey(b *flow.Batch, t *flow.TLS) uint64 {
	if t.Digest.Len > 0 {
		return hash(b.Bytes(t.Digest)) | 1
	}
	return detect.Mix(hash(b.Bytes(t.Subject))^hash(b.Bytes(t.Issuer))*3^uint64(t.NotBefore)*5^uint64(t.NotAfter)*7) | 1
}

// attribute gives a part (CN, O) of a distinguished name as RFC 2253 writes it.
func attribute(dn, key string) string {
	for dn != "" {
		end := 0
		for end < len(dn) && dn[end] != ',' {
			if dn[end] == '\\' {
				end++
			}
			end++
		}
		part := strings.TrimSpace(dn[:min(end, len(dn))])
		if k, v, ok := strings.Cut(part, "="); ok && strings.EqualFold(k, key) {
			return v
		}
		dn = dn[min(end+1, len(dn)):]
	}
	return ""
}

// defaults are what the best-known tool for certificates writes for those who press
// return at each question.
var defaults = []string{"internet widgits pty ltd", "default company ltd", "some-state", "default city"}

func shapeOf(dn string) shape {
	low := strings.ToLower(dn)
	for _, d := range defaults {
		if strings.Contains(low, d) {
			return shapeDefault
		}
	}
	name, organisation := strings.ToLower(attribute(dn, "CN")), attribute(dn, "O")
	_, notAddress := netip.ParseAddr(name)
	label, _, dotted := strings.Cut(name, ".")
	switch {
	case name == "" && organisation == "":
		return shapeEmpty
	case random(label) || random(strings.ToLower(organisation)):
		return shapeRandom
	case label == "localhost" || notAddress == nil || !dotted && name != "" && organisation == "":
		return shapeLocal
	}
	return shapeNamed
}

// random says whether letters make no word: many consonants in a row, or letters and
// digits that change often.
func random(s string) bool {
	if len(s) < 7 || strings.ContainsAny(s, " -_") {
		return false
	}
	run, longest, changes, vowels, letters := 0, 0, 0, 0, 0
	for i := range len(s) {
		c := s[i]
		digit := '0' <= c && c <= '9'
		if i > 0 && digit != ('0' <= s[i-1] && s[i-1] <= '9') {
			changes++
		}
		switch {
		case strings.IndexByte("aeiouy", c) >= 0:
			run, vowels, letters = 0, vowels+1, letters+1
		case 'a' <= c && c <= 'z':
			run, letters = run+1, letters+1
			longest = max(longest, run)
		default:
			run = 0
		}
	}
	return longest >= 6 || changes >= 4 || letters >= 8 && vowels*9 < letters
}

// fit says how the name that was asked for fits the certificate's names.
type fit uint8

const (
	fitUnknown fit = iota // no name, or no certificate names
	fitYes
	fitSite // another name of the same registrable domain
	fitNo
)

// fitOf compares name with the certificate's names, or with its common name when it
// has none.
func fitOf(b *flow.Batch, t *flow.TLS, name []byte) fit {
	if len(name) == 0 {
		return fitUnknown
	}
	site := siteOf(name)
	result := fitUnknown
	try := func(have []byte) bool {
		if len(have) == 0 {
			return false
		}
		switch {
		case covers(have, name):
			result = fitYes
			return true
		case bytes.Equal(siteOf(bytes.TrimPrefix(have, []byte("*."))), site):
			result = fitSite
		case result == fitUnknown:
			result = fitNo
		}
		return false
	}
	for _, n := range b.Names[t.Names.From:t.Names.To] {
		if try(b.Bytes(n)) {
			return result
		}
	}
	if t.Names.From == t.Names.To {
		try([]byte(strings.ToLower(attribute(string(b.Bytes(t.Subject)), "CN"))))
	}
	return result
}

// covers says whether a name of a certificate, which may begin with a star, is good
// for name (RFC 9525).
func covers(have, name []byte) bool {
	if rest, star := bytes.CutPrefix(have, []byte("*.")); star {
		_, parent, _ := bytes.Cut(name, []byte("."))
		return bytes.EqualFold(rest, parent)
	}
	return bytes.EqualFold(have, name)
}

func siteOf(name []byte) []byte {
	if s, err := publicsuffix.EffectiveTLDPlusOne(string(name)); err == nil {
		return []byte(s)
	}
	return name
}

// hash is FNV-1a over b, mixed: the same in every process, so that states merge.
func hash(b []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return detect.Mix(h)
}
