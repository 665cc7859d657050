package cli

import (
	"fmt"
	"strings"

	"github.com/noroshi-acd/noroshi/share"
)

// losses says who exported the flows of captures and what of it is missing, and
// which entries of lists say nothing.
func (a *analysis) losses(b *strings.Builder, r *share.Result) {
	if u := r.Unused; u != nil {
		fmt.Fprintln(b, a.text("cli.analyze.unused", "n", u.Skipped))
		if len(u.Errors) > 0 {
			a.warn(b, u.Errors[0].In(a.lang))
		}
	}
	if len(r.Exporters) == 0 {
		return
	}
	var datagrams uint64
	var lossy []*share.Exporter
	for i := range r.Exporters {
		x := &r.Exporters[i]
		if datagrams += x.Messages; !x.Whole() {
			lossy = append(lossy, x)
		}
	}
	key := "cli.analyze.exporters"
	if len(lossy) > 0 {
		key = "cli.analyze.exporters_lossy"
	}
	fmt.Fprintln(b, a.text(key, "n", len(r.Exporters), "datagrams", datagrams, "lossy", len(lossy)))
	for _, x := range lossy[:min(len(lossy), shownErrors)] {
		a.warn(b, x.Text().In(a.lang))
	}
}
