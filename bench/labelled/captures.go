package labelled

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/bench/judge"
	"github.com/noroshi-acd/noroshi/bench/report"
)

const noData = "the public data is not here (NOROSHI_DATA)"

// Captures measures on labelled captures by the whole command.
func Captures(ctx context.Context, b *bed.Bed, s *report.Section) error {
	docs := map[string]*judge.Document{} // each set is analysed once
	for _, e := range expectations() {
		var got []*judge.Document
		for _, p := range e.paths {
			path, here := b.DetectionData(p...)
			if !here {
				continue
			}
			if docs[path] == nil {
				b.Say("analysing %s", strings.Join(p, "/"))
				d, _, err := b.Analyze(ctx, path)
				if err != nil {
					return err
				}
				docs[path] = d
			}
			got = append(got, docs[path])
		}
		if len(got) < len(e.paths) {
			s.Miss(e.what, e.asked, noData)
			continue
		}
		ok, measured := e.check(got)
		s.Add(report.Figure{What: e.what, Asked: e.asked, Measured: measured, Peer: e.peer, Verdict: report.Judge(ok)})
	}
	if err := tunnels(ctx, b, s); err != nil {
		return err
	}
	s.Note("The same checks as in the acceptance of `noroshi analyze`, by our own code, with the addresses and names of the publishers' labels. Detectors were watched on these captures while they were written, so this section shows that they work on real traffic, not that they generalise.")
	return nil
}

// pcaps lists the captures below a folder, in order.
func pcaps(dir string) []string {
	var all []string
	for _, pattern := range []string{"*.pcap", "*/*.pcap", "*/*/*.pcap"} {
		some, _ := filepath.Glob(filepath.Join(dir, pattern))
		all = append(all, some...)
	}
	return all
}
