package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"math/big"
	"net"
	"net/url"
	"time"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

// The longest lives. An authority is renewed in a ceremony, an identity by its
// machine alone, well before it ends.
const (
	AuthorityLife   = 5 * 365 * 24 * time.Hour
	IdentityLife    = 7 * 24 * time.Hour
	longestIdentity = 31 * 24 * time.Hour
	early           = 5 * time.Minute // a certificate is valid from a little before, for clocks that are behind
)

// Authority is a body's certificate authority. It must stay with that body.
type Authority struct {
	Body        string
	Certificate *x509.Certificate
	key         crypto.Signer
}

// NewAuthority makes the certificate authority of a body, valid from now for life
// (at most [AuthorityLife]; 0 means that).
func NewAuthority(body string, now time.Time, life time.Duration) (*Authority, error) {
	if err := (Name{Body: body, Role: "authority", Machine: "authority"}).check(); err != nil {
		return nil, err
	}
	if life <= 0 || life > AuthorityLife {
		life = AuthorityLife
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := serialNumber()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: "Noroshi authority of " + body, Organization: []string{body}},
		NotBefore:             now.Add(-early),
		NotAfter:              now.Add(life),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true, // no authority below it
		KeyUsage:              x509.KeyUsageCertSign,
		URIs:                  []*url.URL{{Scheme: scheme, Host: body, Path: "/authority/authority"}},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	c, err := x509.ParseCertificate(der)
	return &Authority{Body: body, Certificate: c, key: key}, err
}

// Fingerprint is the SHA-256 of a certificate in hexadecimal: what the trust root
// pins.
func Fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

// Issue makes an identity of this body: a new key and a certificate for it, which
// serves both ends of a line. hosts are the DNS names and IP addresses at which
// the machine is reached; a machine that only calls others needs none.
func (a *Authority) Issue(n Name, hosts []string, now time.Time, life time.Duration) (*Identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	c, err := a.certify(n, hosts, key.Public(), now, life)
	if err != nil {
		return nil, err
	}
	return &Identity{Name: n, Certificate: c, Authority: a.Certificate, key: key}, nil
}

// Renew certifies the key of a request ([Identity.Request]) again for the holder of
// an identity that is still valid. The name and the hosts are those of the old
// certificate, whatever the request says: a renewal never widens.
func (a *Authority) Renew(old *x509.Certificate, request []byte, now time.Time, life time.Duration) (*x509.Certificate, error) {
	r, err := x509.ParseCertificateRequest(request)
	if err == nil {
		err = r.CheckSignature()
	}
	if err != nil {
		return nil, wrong(fault.Invalid, "request", fault.Place{}, err)
	}
	n, err := NameOf(old)
	if err == nil {
		err = vouched([]*x509.Certificate{a.Certificate}, n, old, now)
	}
	if err != nil {
		return nil, err
	}
	return a.certify(n, hostsOf(old), r.PublicKey, now, life)
}

func (a *Authority) certify(n Name, hosts []string, public crypto.PublicKey, now time.Time, life time.Duration) (*x509.Certificate, error) {
	if err := n.check(); err != nil {
		return nil, err
	}
	switch {
	case n.Body != a.Body:
		return nil, wrong(fault.Permission, "otherBody", fault.Place{Field: "body"}, nil, "body", n.Body, "authority", a.Body)
	case now.After(a.Certificate.NotAfter):
		return nil, wrong(fault.Permission, "ended", fault.Place{}, nil, "name", a.Certificate.Subject.CommonName, "end", a.Certificate.NotAfter)
	case life <= 0:
		life = IdentityLife
	case life > longestIdentity:
		return nil, wrong(fault.Invalid, "long", fault.Place{Field: "life"}, nil, "most", longestIdentity)
	}
	serial, err := serialNumber()
	if err != nil {
		return nil, err
	}
	end := now.Add(life)
	if end.After(a.Certificate.NotAfter) {
		end = a.Certificate.NotAfter
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: n.Role + " " + n.Machine, Organization: []string{n.Body}},
		NotBefore:             now.Add(-early),
		NotAfter:              end,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		URIs:                  []*url.URL{n.uri()},
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.Certificate, public, a.key)
	if err != nil {
		return nil, wrong(fault.Invalid, "request", fault.Place{}, err)
	}
	return x509.ParseCertificate(der)
}

func hostsOf(c *x509.Certificate) []string {
	hosts := append([]string(nil), c.DNSNames...)
	for _, ip := range c.IPAddresses {
		hosts = append(hosts, ip.String())
	}
	return hosts
}

func serialNumber() (*big.Int, error) {
	return rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
}
