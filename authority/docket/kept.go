package docket

import (
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/store"
)

// Kept gives each paper with its place in the log, in the order of the log.
func Kept(t *store.Tx, f func(place int64, digest paper.Digest) error) error {
	return t.Each(func(scan func(...any) error) error {
		var place int64
		var digest paper.Digest
		if err := scan(&place, &digest); err != nil {
			return err
		}
		return f(place, digest)
	}, "SELECT place, digest FROM docket_paper ORDER BY place")
}
