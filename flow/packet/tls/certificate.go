package tls

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"time"
)

// Limits of what is kept of one certificate.
const (
	MaxCertificate = 16 << 10 // octets of DER
	maxNames       = 64
	maxDistinguish = 1024
)

// Certificate is who a certificate says it is, and until when.
type Certificate struct {
	Digest          [64]byte // SHA-256 of the DER, hexadecimal
	Subject, Issuer string   // RFC 2253
	Names           []string // DNS names and addresses; no mail addresses, no URIs
	NotBefore       int64    // ns since 1970-01-01 UTC, 0 when it does not fit
	NotAfter        int64
}

// ReadCertificate reads DER. The digest is set also when the rest cannot be read.
func ReadCertificate(der []byte) (c Certificate, err error) {
	sum := sha256.Sum256(der)
	hex.Encode(c.Digest[:], sum[:])
	if len(der) > MaxCertificate {
		return c, ErrNot
	}
	x, err := x509.ParseCertificate(der)
	if err != nil {
		return c, err
	}
	c.Subject, c.Issuer = clip(x.Subject.String()), clip(x.Issuer.String())
	for _, n := range x.DNSNames {
		if len(c.Names) < maxNames && n != "" && len(n) <= maxServerName {
			c.Names = append(c.Names, n)
		}
	}
	for _, ip := range x.IPAddresses {
		if len(c.Names) < maxNames {
			c.Names = append(c.Names, ip.String())
		}
	}
	c.NotBefore, c.NotAfter = nanoseconds(x.NotBefore), nanoseconds(x.NotAfter)
	return c, nil
}

func clip(s string) string { return s[:min(len(s), maxDistinguish)] }

// nanoseconds gives 0 for a time that int64 cannot hold: certificates reach the
// year 9999.
func nanoseconds(t time.Time) int64 {
	if y := t.Year(); y < 1700 || y > 2261 {
		return 0
	}
	return t.UnixNano()
}
