package proof

import (
	"errors"
	"fmt"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// DisposalType is the payload type of a disposal's proof, the paper of an entry of class
// [Disposal].
const DisposalType = paper.TypePrefix + "disposal" + paper.TypeSuffix

// DisposalReport is what a log's keeper signs when it has destroyed the key over the
// payloads of one warrant and day: which classes, how many, which key, when. It is
// about entries of its log that stand before its own.
type DisposalReport struct {
	At      paper.Time    `json:"at"`
	Bytes   int64         `json:"bytes"`  // of payloads
	Counts  []PeriodCount `json:"counts"` // entries whose payloads are gone, in the order of class, instrument, role
	Day     string        `json:"day"`    // UTC day of the entries: "2026-11-22"
	Key     paper.Digest  `json:"key"`    // SHA-256 of the destroyed key: names it and gives nothing away
	Origin  string        `json:"origin"` // of the log
	Warrant paper.Digest  `json:"warrant"`
}

// Check says whether r can be what it says.
func (r DisposalReport) Check() error {
	if _, err := time.Parse(time.DateOnly, r.Day); err != nil {
		return fmt.Errorf("%q is no day like 2026-11-22", r.Day)
	}
	for i, c := range r.Counts {
		if c.N < 1 {
			return fmt.Errorf("%d entries of class %s", c.N, c.Class)
		}
		if i > 0 && !r.Counts[i-1].before(c) {
			return errors.New("counts stand in the order of class, instrument and role, none twice")
		}
	}
	if r.Bytes < 0 || r.Origin == "" {
		return errors.New("bytes are not below 0, and the origin is named")
	}
	return nil
}

func (c PeriodCount) before(o PeriodCount) bool {
	switch {
	case c.Class != o.Class:
		return c.Class < o.Class
	case c.Instrument != o.Instrument:
		return c.Instrument < o.Instrument
	}
	return c.Role < o.Role
}
