package pki

import (
	"crypto/tls"
	"crypto/x509"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Peers says by the ids of bodies who speaks for whose machines. It comes from the trust
// root.
type Peers map[string]Body

// Body is what the trust root says of one body's machines.
type Body struct {
	Authorities []*x509.Certificate // while a body changes its authority it has two
	Roles       []string            // that the root lets the body give
}

// Who decides by name and role whether a verified peer may use this line.
type Who func(Name) bool

// Roles lets every machine of these roles through, of whatever body.
func Roles(roles ...string) Who {
	return func(n Name) bool { return slices.Contains(roles, n.Role) }
}

// verify gives the name of a certificate that one of its own body's authorities
// signed, valid at now, for a role that the body has.
func (p Peers) verify(c *x509.Certificate, now time.Time) (Name, error) {
	n, err := NameOf(c)
	if err != nil {
		return Name{}, err
	}
	b := p[n.Body]
	if len(b.Authorities) == 0 {
		return Name{}, wrong(fault.Permission, "unknownBody", fault.Place{Field: "subjectAltName"}, nil, "body", n.Body)
	}
	if err := vouched(b.Authorities, n, c, now); err != nil {
		return Name{}, err
	}
	// A body's own authority could name its machine a tap or a commission;
	// which roles a body has, the root says.
	if !slices.Contains(b.Roles, n.Role) {
		return Name{}, wrong(fault.Permission, "otherRole", fault.Place{Field: "subjectAltName"}, nil, "body", n.Body, "role", n.Role)
	}
	return n, nil
}

// vouched says whether one of the authorities has signed the certificate of a machine of
// that name, valid at now.
func vouched(pinned []*x509.Certificate, n Name, c *x509.Certificate, now time.Time) error {
	// Only this body's authorities are roots, so that another body's cannot vouch
	// for its machines.
	roots := x509.NewCertPool()
	for _, a := range pinned {
		roots.AddCert(a)
	}
	_, err := c.Verify(x509.VerifyOptions{
		Roots: roots, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		return wrong(fault.Permission, "unvouched", fault.Place{}, err, "name", n.String())
	}
	if c.IsCA {
		return wrong(fault.Permission, "authority", fault.Place{}, nil, "name", n.String())
	}
	return nil
}

// Server is the TLS side of a listener: version 1.3, both sides show certificates,
// and the caller must be known and let through. own is asked at each connection, so
// that a renewed identity is used without a restart; now is the clock.
func Server(own func() *Identity, peers func() Peers, who Who, now func() time.Time) *tls.Config {
	c := config(own, now)
	c.ClientAuth = tls.RequireAnyClientCert // checked below, by body and not by one common pool
	c.VerifyConnection = func(s tls.ConnectionState) error {
		_, err := check(s, peers(), who, now())
		return err
	}
	return c
}

// Client is the TLS side of a call to one peer, whose name must be exactly that:
// who answers at the address is not believed for the address.
func Client(own func() *Identity, peers func() Peers, peer Name, now func() time.Time) *tls.Config {
	c := config(own, now)
	c.InsecureSkipVerify = true // the pinned check below replaces the check of host names, and is stricter
	c.VerifyConnection = func(s tls.ConnectionState) error {
		_, err := check(s, peers(), func(n Name) bool { return n == peer }, now())
		return err
	}
	return c
}

func config(own func() *Identity, now func() time.Time) *tls.Config {
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		Time:                   now,
		SessionTicketsDisabled: true, // a resumed session would outlive a pin that was taken back
		GetCertificate:         func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return own().tls(), nil },
		GetClientCertificate:   func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return own().tls(), nil },
	}
}

func check(s tls.ConnectionState, peers Peers, who Who, now time.Time) (Name, error) {
	if len(s.PeerCertificates) == 0 {
		return Name{}, wrong(fault.Permission, "bare", fault.Place{}, nil)
	}
	n, err := peers.verify(s.PeerCertificates[0], now)
	if err != nil {
		return Name{}, err
	}
	if !who(n) {
		return Name{}, wrong(fault.Permission, "notYou", fault.Place{}, nil, "name", n.String())
	}
	return n, nil
}

// PeerOf gives the name of the peer of a connection that [Server] or [Client] has let
// through.
func PeerOf(s *tls.ConnectionState) (Name, error) {
	if s == nil || len(s.PeerCertificates) == 0 {
		return Name{}, wrong(fault.Permission, "bare", fault.Place{}, nil)
	}
	return NameOf(s.PeerCertificates[0])
}
