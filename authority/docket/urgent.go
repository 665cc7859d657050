package docket

import (
	"slices"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/stage"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/internal/store"
)

// Touch says whether something of a and of b is the same thing, or one holds the other,
// whoever consented.
func Touch(a, b []warrant.Target) bool {
	bare := func(t warrant.Target) warrant.Target { t.Consent = ""; return t }
	return slices.ContainsFunc(a, func(x warrant.Target) bool {
		return slices.ContainsFunc(b, func(y warrant.Target) bool { return bare(x).Holds(bare(y)) || bare(y).Holds(bare(x)) })
	})
}

// Urgents counts the applications of the urgent path that were admitted: of the day, those
// whose warrant began on it or runs on, and those that are not decided. An application
// that leads to a warrant counts as one.
func Urgents(t *store.Tx, a *application.Application, digest paper.Digest, now paper.Time) (*warrant.UrgentCount, error) {
	day := int64(now) / 86400 * 86400
	records, err := Several(t, `SELECT record FROM docket_application WHERE path = $1 AND digest <> $2
		AND (received >= $3 OR ends > $4 OR stage IN ($5, $6, $7)) ORDER BY place`,
		string(warrant.Urgent), string(digest), day, day, string(stage.Received), string(stage.Correcting), string(stage.Deliberating))
	c := &warrant.UrgentCount{}
	for _, r := range records {
		if r.Life.Stage == stage.Incomplete || r.Life.Stage == stage.Corrected {
			continue // no warrant came of it, or it counts by its correction
		}
		seen := warrant.UrgentSeen{Warrant: r.Digest, Body: r.Body, Day: r.Received.Day(), Case: r.Case, Targets: r.Targets, Decided: !r.Life.Stage.Open()}
		if p := r.Life.Urged; p != nil {
			seen.Warrant, seen.Day = p.Warrant, p.From.Day()
		}
		if a.Previous != nil && a.Previous.Digest == r.Digest {
			continue // it stands in its place
		}
		c.Warrants = append(c.Warrants, seen)
	}
	return c, err
}
