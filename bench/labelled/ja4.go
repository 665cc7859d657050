package labelled

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/bench/report"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/packet/ja4test"
)

// Fingerprints compares client fingerprints with those that the method's authors
// expect of their captures.
func Fingerprints(_ context.Context, b *bed.Bed, s *report.Section) error {
	const what, asked = "ja4-vectors: client fingerprints over TLS and QUIC that are equal", "100 %"
	dir, here := b.DetectionData("ja4-vectors")
	if !here {
		s.Miss(what, asked, noData)
		return nil
	}
	captures, err := ja4test.Captures(dir)
	if err != nil {
		return err
	}
	agree, total, beyond := 0, 0, 0
	for _, path := range captures {
		want, err := ja4test.Expected(dir, path)
		if err != nil {
			return err
		}
		var all flow.Batch
		if err := bed.Each([]string{path}, func(batch *flow.Batch) error {
			for i := range batch.Records {
				all.Copy(batch, &batch.Records[i])
			}
			return nil
		}); err != nil {
			return err
		}
		a, n, more := want.Agree(ja4test.Found(&all))
		if a < n || more > 0 {
			s.Note(fmt.Sprintf("%s: %d of %d equal, %d that nobody expects", filepath.Base(path), a, n, more))
		}
		agree, total, beyond = agree+a, total+n, beyond+more
	}
	s.Add(report.Figure{What: what, Asked: asked, Measured: fmt.Sprintf("%d of %d in %d captures; %d beyond them", agree, total, len(captures), beyond),
		Verdict: report.Judge(agree == total && beyond == 0 && total >= enoughPrints), Values: map[string]float64{"equal": float64(agree), "expected": float64(total), "beyond": float64(beyond)}})
	s.Note("Expected are the authors' own results beside the captures; those of QUIC, which these files leave out, stand in `flow/packet/ja4test`.")
	return nil
}

// enoughPrints is how many fingerprints the vectors must hold, or they were not read.
const enoughPrints = 200
