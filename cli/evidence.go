package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// labelColumns is the width of a figure's label.
const labelColumns = 46

// evidence writes the figures that a finding rests on, worded, one a line.
func (s say) evidence(b *strings.Builder, facts []detect.Fact) {
	for _, x := range facts {
		label := i18n.Pad(s.text("evidence."+x.Name), labelColumns)
		for i, line := range i18n.Wrap(s.fact(x), columns-labelColumns-3) {
			if i > 0 {
				label = i18n.Pad("", labelColumns)
			}
			fmt.Fprintln(b, "  "+label+" "+line)
		}
	}
}

// fact words the value of a figure.
func (s say) fact(x detect.Fact) string {
	switch v := x.Value.(type) {
	case bool:
		if v {
			return s.text("general.yes")
		}
		return s.text("general.no")
	case int:
		return factNumber(x.Name, int64(v))
	case int64:
		return factNumber(x.Name, v)
	case float64:
		return i18n.Number(v)
	case string:
		switch x.Name {
		case "shape", "match":
			return s.text("evidence.value." + v)
		case "encoding":
			return s.text("dnstunnel.encoding." + v)
		}
	}
	return i18n.Escape(fmt.Sprint(x.Value))
}

// factNumber writes a whole number; ports and lines are names and have no commas.
func factNumber(name string, n int64) string {
	if name == "port" || name == "line" {
		return strconv.FormatInt(n, 10)
	}
	return i18n.Count(n)
}
