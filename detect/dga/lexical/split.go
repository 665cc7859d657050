package lexical

import (
	"bytes"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Parts is a host name taken apart.
type Parts struct {
	Site    []byte // registrable domain: Label "." Suffix
	Label   []byte // the label that somebody registered
	Suffix  []byte // public suffix, as "com" or "co.uk"
	Private bool   // the suffix is a hosting or dynamic-DNS provider's, not a registry's
}

// alternative are top-level domains outside the root zone that resolvers of
// OpenNIC, Namecoin and EmerDNS answer, and that malware uses.
func alternative(tld string) bool {
	switch tld {
	case "bit", "bazar", "coin", "emc", "lib", "chan", "cyb", "fur", "geek", "libre", "neo", "null", "o", "oss", "oz", "pirate", "dyn", "gopher", "indy", "parody", "bbs":
		return true
	}
	return false
}

// tailLen bounds the part of a name that is looked up in the public suffix list,
// so that its text stays on the stack. Longer suffixes exist only as platforms'
// host names.
const tailLen = 32

// Split takes a name in lower case without its final dot apart. ok is false for
// what nobody can have registered: single labels, addresses, reverse lookups,
// names under no known top-level domain (local networks), names with empty or
// overlong labels. The parts point into name.
func Split(name []byte) (p Parts, ok bool) {
	if len(name) > 253 || len(name) < 4 {
		return p, false
	}
	dot := bytes.LastIndexByte(name, '.')
	if dot <= 0 || dot == len(name)-1 || digitsOnly(name[dot+1:]) {
		return p, false
	}
	suffix, icann := publicsuffix.PublicSuffix(string(tail(name)))
	if !icann && strings.IndexByte(suffix, '.') < 0 && !alternative(suffix) {
		return p, false // the default rule "*": not in the root zone
	}
	if suffix == "arpa" || strings.HasSuffix(suffix, ".arpa") {
		return p, false
	}
	cut := len(name) - len(suffix) - 1
	if cut <= 0 || name[cut] != '.' {
		return p, false // a bare suffix
	}
	from := bytes.LastIndexByte(name[:cut], '.') + 1
	p.Label, p.Suffix, p.Site = name[from:cut], name[cut+1:], name[from:]
	p.Private = !icann && !alternative(suffix)
	return p, len(p.Label) > 0 && len(p.Label) <= maxLabel
}

// tail gives the longest run of whole last labels within tailLen bytes.
func tail(name []byte) []byte {
	if len(name) <= tailLen {
		return name
	}
	t := name[len(name)-tailLen:]
	if name[len(name)-tailLen-1] == '.' {
		return t
	}
	if i := bytes.IndexByte(t, '.'); i >= 0 && i+1 < len(t) {
		return t[i+1:]
	}
	return t
}

func digitsOnly(s []byte) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
