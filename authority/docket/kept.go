package docket

import (
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/store"
)

// Kept gives each paper with its place in the log, in the order of the log; when whole, with
// the digest of its bytes as they are kept, which are read for it.
func Kept(t *store.Tx, whole bool, f func(place int64, digest, content paper.Digest) error) error {
	body := "NULL"
	if whole {
		body = "body"
	}
	return t.Each(func(scan func(...any) error) error {
		var place int64
		var digest, content paper.Digest
		var text []byte
		if err := scan(&place, &digest, &text); err != nil {
			return err
		}
		if whole {
			content = paper.DigestOf(text)
		}
		return f(place, digest, content)
	}, "SELECT place, digest, "+body+" FROM docket_paper ORDER BY place")
}
