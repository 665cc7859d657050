package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/share"
	"github.com/noroshi-acd/noroshi/share/document"
)

// explain writes one finding at length: by its ID, or by its rank.
func (a *analysis) explain(r *share.Result, which string) error {
	f := find(r, which)
	if f == nil {
		return &fault.Error{Kind: fault.NotFound, Msg: a.text("cli.explain.unknown", "id", which), Hint: a.text("cli.explain.unknown_hint")}
	}
	if a.flags.json {
		return document.Write(a.Stdout, document.Describe(f))
	}
	var b strings.Builder
	fmt.Fprintln(&b, i18n.Pad(a.levelName(f.Level), 8)+" "+a.text("cli.kind."+string(f.Kind))+"  "+f.ID)
	fmt.Fprintln(&b)
	for _, line := range i18n.Wrap(f.Why.In(a.lang), columns) {
		fmt.Fprintln(&b, line)
	}
	fmt.Fprintln(&b)
	row := func(key, value string) {
		if value != "" {
			label := i18n.Pad(a.text("cli.explain."+key), 22)
			for _, line := range i18n.Wrap(value, columns-25) {
				fmt.Fprintln(&b, "  "+label+" "+line)
				label = i18n.Pad("", 22)
			}
		}
	}
	row("who", a.who(f))
	row("sources", strings.Join(f.Sources, " "))
	row("whom", a.whom(f))
	row("dst", f.Dst)
	row("direction", a.text("cli.direction."+f.Class.String()))
	row("period", stamp(f.First)+" – "+stamp(f.Last))
	row("count", i18n.Count(f.Count))
	row("sure", fmt.Sprintf("%.3g", detect.Round3(f.Score)))
	row("strip", i18n.Bars(f.Strip))
	row("attack", strings.Join(f.Attack, ", "))
	fmt.Fprintln(&b, "\n"+a.text("cli.explain.evidence"))
	a.evidence(&b, f.Evidence)
	a.method(&b, describeKinds([]detect.Kind{f.Kind})[0])
	_, err := fmt.Fprint(a.Stdout, b.String())
	return err
}

func find(r *share.Result, which string) *share.Finding {
	if n, err := strconv.Atoi(which); err == nil && n >= 1 && n <= len(r.Findings) {
		return &r.Findings[n-1]
	}
	for i := range r.Findings {
		if r.Findings[i].ID == which {
			return &r.Findings[i]
		}
	}
	return nil
}
