package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// explain writes one finding at length: by its ID, or by its rank.
func (a *analysis) explain(d *document, which string) error {
	f := find(d, which)
	if f == nil {
		return &fault.Error{Kind: fault.NotFound, Msg: a.text("cli.explain.unknown", "id", which), Hint: a.text("cli.explain.unknown_hint")}
	}
	if a.flags.json {
		return writeJSON(a.Stdout, f)
	}
	var b strings.Builder
	fmt.Fprintln(&b, i18n.Pad(a.levelName(f.Level), 8)+" "+a.text("cli.kind."+string(f.Kind))+"  "+f.ID)
	fmt.Fprintln(&b)
	for _, line := range wrap(f.Why.In(a.lang), columns) {
		fmt.Fprintln(&b, line)
	}
	fmt.Fprintln(&b)
	row := func(key, value string) {
		if value != "" {
			fmt.Fprintln(&b, "  "+i18n.Pad(a.text("cli.explain."+key), 22)+" "+value)
		}
	}
	row("who", f.who(a.say))
	row("sources", strings.Join(f.Sources, " "))
	row("whom", f.whom(a.say))
	row("dst", f.Dst)
	row("direction", a.text("cli.direction."+f.Class))
	row("period", f.First+" – "+f.Last)
	row("count", i18n.Count(f.Count))
	row("sure", fmt.Sprintf("%.3g", f.Score))
	row("strip", strip(f.Strip))
	row("attack", strings.Join(f.Attack, ", "))
	fmt.Fprintln(&b, "\n"+a.text("cli.explain.evidence"))
	a.evidence(&b, f.facts)
	fmt.Fprintln(&b, "\n"+a.text("cli.explain.method"))
	for _, line := range wrap(a.text("detectors."+string(f.Kind)+".how"), columns-2) {
		fmt.Fprintln(&b, "  "+line)
	}
	fmt.Fprintln(&b, "\n"+a.text("cli.explain.next"))
	for _, line := range wrap(a.text("detectors."+string(f.Kind)+".next"), columns-2) {
		fmt.Fprintln(&b, "  "+line)
	}
	_, err := fmt.Fprint(a.Stdout, b.String())
	return err
}

func find(d *document, which string) *documentFinding {
	if n, err := strconv.Atoi(which); err == nil && n >= 1 && n <= len(d.Findings) {
		return &d.Findings[n-1]
	}
	for i := range d.Findings {
		if d.Findings[i].ID == which {
			return &d.Findings[i]
		}
	}
	return nil
}
