package pki

import (
	"crypto/x509"
	"net/url"
	"regexp"
	"strings"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// scheme is the scheme of the URI in which a certificate names its holder.
const scheme = "noroshi"

// Name says who a certificate speaks for. It stands in the certificate as the one
// URI noroshi://BODY/ROLE/MACHINE.
type Name struct {
	Body    string // as in the trust root: "jp-acquirer"
	Role    string // hub, tap, edge, commission, witness, agent, operator …
	Machine string // unique in the body: "rack-7"
}

var label = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$`)

// String writes n as its URI.
func (n Name) String() string { return n.uri().String() }

func (n Name) uri() *url.URL {
	return &url.URL{Scheme: scheme, Host: n.Body, Path: "/" + n.Role + "/" + n.Machine}
}

// check says which part of n cannot be a name.
func (n Name) check() error {
	for _, part := range []struct{ field, text string }{{"body", n.Body}, {"role", n.Role}, {"machine", n.Machine}} {
		if !label.MatchString(part.text) {
			return wrong(fault.Invalid, "name", fault.Place{Field: part.field}, nil, "text", part.text)
		}
	}
	return nil
}

// NameOf reads the name in a certificate. A certificate with no name of this kind, or
// with more than one, is refused: it could be taken for another's.
func NameOf(c *x509.Certificate) (Name, error) {
	var found []Name
	for _, u := range c.URIs {
		if u.Scheme != scheme {
			continue
		}
		role, machine, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
		n := Name{Body: u.Host, Role: role, Machine: machine}
		if n.check() != nil || n.String() != u.String() {
			return Name{}, wrong(fault.Permission, "uri", fault.Place{Field: "subjectAltName"}, nil, "text", u.String())
		}
		found = append(found, n)
	}
	if len(found) != 1 {
		return Name{}, wrong(fault.Permission, "nameless", fault.Place{Field: "subjectAltName"}, nil, "count", len(found))
	}
	return found[0], nil
}

// wrong is the package's one form of error.
func wrong(kind fault.Kind, key string, at fault.Place, cause error, args ...any) error {
	if at.Offset == 0 {
		at.Offset = -1
	}
	return fault.Said(fault.Error{Kind: kind, Place: at, Err: cause},
		i18n.Both("pki.op"), i18n.Both("pki.wrong."+key, args...), i18n.Both("pki.hint."+key, args...))
}
