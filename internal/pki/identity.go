package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"time"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Identity is one machine's key and certificate.
type Identity struct {
	Name        Name
	Certificate *x509.Certificate
	Authority   *x509.Certificate // of the machine's own body
	key         crypto.Signer
}

// Due says whether it is time to renew: two thirds of the life are over, so that an
// authority may be away for a third of it.
func (i *Identity) Due(now time.Time) bool {
	life := i.Certificate.NotAfter.Sub(i.Certificate.NotBefore)
	return now.After(i.Certificate.NotBefore.Add(life * 2 / 3))
}

// Request makes a new key and the request (PKCS #10, DER) to certify it. The old key
// stays in use until [Renewal.With] is given the answer.
func (i *Identity) Request() (*Renewal, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	return &Renewal{DER: der, old: i, key: key}, err
}

// Renewal is a request on its way to the authority.
type Renewal struct {
	DER []byte
	old *Identity
	key crypto.Signer
}

// With makes the new identity of the authority's answer. An answer for another key,
// another name or from another authority is refused.
func (r *Renewal) With(c *x509.Certificate, now time.Time) (*Identity, error) {
	n, err := NameOf(c)
	if err == nil {
		err = vouched([]*x509.Certificate{r.old.Authority}, n, c, now)
	}
	if err != nil {
		return nil, err
	}
	public, ok := c.PublicKey.(*ecdsa.PublicKey)
	if !ok || n != r.old.Name || !public.Equal(r.key.Public()) {
		return nil, wrong(fault.Permission, "answer", fault.Place{}, nil, "name", n.String())
	}
	return &Identity{Name: n, Certificate: c, Authority: r.old.Authority, key: r.key}, nil
}

func (i *Identity) tls() *tls.Certificate {
	return &tls.Certificate{Certificate: [][]byte{i.Certificate.Raw}, PrivateKey: i.key, Leaf: i.Certificate}
}
