package filter

import (
	"strings"

	"github.com/noroshi-acd/noroshi/flow"
)

// texts looks at names, fingerprints and digests.
func texts(t *term) Match {
	var any []func([]byte) bool
	for _, g := range t.globs {
		any = append(any, glob(g))
	}
	hit := func(s []byte) bool {
		if len(s) == 0 {
			return false // what is not known meets nothing
		}
		for _, g := range any {
			if g(s) {
				return true
			}
		}
		return false
	}
	asked := func(b *flow.Batch, r *flow.Record) bool { return r.DNS != 0 && hit(b.Bytes(b.DNSOf(r).Question)) }
	host := func(b *flow.Batch, r *flow.Record) bool { return hit(b.Bytes(r.Host)) }
	shown := func(part func(*flow.TLS) flow.Text) Match {
		return func(b *flow.Batch, r *flow.Record) bool { return r.TLS != 0 && hit(b.Bytes(part(b.TLSOf(r)))) }
	}
	sni := shown(func(t *flow.TLS) flow.Text { return t.SNI })
	switch t.field {
	case fQuestion:
		return asked
	case fHost:
		return host
	case fSNI:
		return sni
	case fJA3:
		return shown(func(t *flow.TLS) flow.Text { return t.JA3 })
	case fJA4:
		return shown(func(t *flow.TLS) flow.Text { return t.JA4 })
	case fCert:
		return shown(func(t *flow.TLS) flow.Text { return t.Digest })
	}
	return func(b *flow.Batch, r *flow.Record) bool { return asked(b, r) || sni(b, r) || host(b, r) }
}

// glob compiles a pattern in lower case: * is any run of characters, ? is one byte. The
// text is taken in whatever case it stands.
func glob(pattern string) func([]byte) bool {
	rest := strings.TrimLeft(pattern, "*")
	switch {
	case !strings.ContainsAny(pattern, "*?"):
		return func(s []byte) bool { return len(s) == len(pattern) && fold(s, pattern) }
	case !strings.ContainsAny(rest, "*?"):
		return func(s []byte) bool { return len(s) >= len(rest) && fold(s[len(s)-len(rest):], rest) }
	}
	return func(s []byte) bool { return wild(s, pattern) }
}

// fold says whether s, of p's length, is p but for the case of ASCII letters.
func fold(s []byte, p string) bool {
	for i, c := range s {
		if lower(c) != p[i] {
			return false
		}
	}
	return true
}

// wild goes back to the last star only: it takes at most len(s)·len(p) steps.
func wild(s []byte, p string) bool {
	i, j, star, from := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case j < len(p) && p[j] == '*':
			star, from = j, i
			j++
		case j < len(p) && (p[j] == '?' || p[j] == lower(s[i])):
			i++
			j++
		case star >= 0:
			from++
			i, j = from, star+1
		default:
			return false
		}
	}
	return strings.Trim(p[j:], "*") == ""
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}
