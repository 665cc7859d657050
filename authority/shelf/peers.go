package shelf

import (
	"crypto/x509"
	"path/filepath"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/pki"
)

// authorityDir holds the certificates of bodies' authorities, NAME.pem.
const authorityDir = "authorities"

const maxCertificates = 1 << 16

// Peers gives who may open lines under a view: of the certificates in the folder's
// authorities those whose digest the root pins for a body, with the roles that the root
// lets this body give. A certificate that no body has pinned speaks for nobody.
func (t *Trust) Peers(v *trust.View) (pki.Peers, error) {
	var all []*x509.Certificate
	dir := filepath.Join(t.Dir, authorityDir)
	files, err := filepath.Glob(filepath.Join(dir, "*.pem"))
	if err != nil || len(files) > mostEntries {
		return nil, wrong(fault.Limit, "many", fault.Place{Path: dir, Offset: -1}, err, "most", mostEntries)
	}
	for _, path := range files {
		text, err := Whole(path, maxCertificates)
		if err == nil {
			var list []*x509.Certificate
			list, err = pki.ReadCertificates(path, text)
			all = append(all, list...)
		}
		if err != nil {
			t.stray(path, err)
		}
	}
	peers := pki.Peers{}
	for _, b := range v.Bodies() {
		var body pki.Body
		for _, c := range all {
			if slices.Contains(b.CA, paper.DigestOf(c.Raw)) {
				body.Authorities = append(body.Authorities, c)
			}
		}
		for _, r := range b.Roles {
			body.Roles = append(body.Roles, string(r))
		}
		if len(body.Authorities) > 0 {
			peers[string(b.ID)] = body
		}
	}
	return peers, nil
}
