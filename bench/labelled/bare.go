package labelled

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/bench/judge"
	"github.com/noroshi-acd/noroshi/bench/report"
	"github.com/noroshi-acd/noroshi/flow/nfdump/nfdumptest"
)

// BareFlows measures on published logs of which only ends, times and counters are left.
func BareFlows(ctx context.Context, b *bed.Bed, s *report.Section) error {
	const asked = "still at high"
	for _, c := range []struct{ what, set, host, c2 string }{
		{"001 (NjRAT) as bare flows: its C2", "001-zeek-scenario-malicious", "192.168.1.115", "41.108.179.197"},
		{"003 (Android RAT) as bare flows: its C2", "003-zeek-scenario-malicious", "10.8.0.61", "147.32.83.234"},
	} {
		log, here := b.DetectionData("zeek-labelled", c.set, "conn.log")
		if !here {
			s.Miss(c.what, asked, noData)
			continue
		}
		csv := filepath.Join(b.Temp, "bare.csv")
		if err := cutDown(csv, log); err != nil {
			return err
		}
		b.Say("analysing %s as bare flows", c.set)
		d, _, err := b.Analyze(ctx, csv)
		if err != nil {
			return err
		}
		ok, best := stillHigh(d, c.host, c.c2)
		s.Add(report.Figure{What: c.what, Asked: asked, Measured: best, Verdict: report.Judge(ok)})
	}
	s.Note("`conn.log` cut down to times, ends, protocol and counters, without identifier, name, state or service, and read as nfdump's CSV by the whole command.")
	return nil
}

// cutDown writes the bare flows of a connection log.
func cutDown(csv, log string) error {
	in, err := os.Open(log)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(csv)
	if err != nil {
		return err
	}
	if err := nfdumptest.Bare(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}

// stillHigh looks for an alert about a host's command server.
func stillHigh(d *judge.Document, host, c2 string) (bool, string) {
	var best *judge.Finding
	rank := 0
	for i := range d.Findings {
		if f := &d.Findings[i]; f.Src == host && f.Dst == c2 && (best == nil || f.Score > best.Score) {
			best, rank = f, i+1
		}
	}
	if best == nil {
		return false, fmt.Sprintf("nothing about it in %d records", d.Records)
	}
	return best.Loud(), fmt.Sprintf("%s, rank %d of %d, in %d records", describe(best), rank, len(d.Findings), d.Records)
}
