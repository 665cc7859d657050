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
		for i, line := range i18n.Wrap(factText(x.Value), columns-labelColumns-3) {
			if i > 0 {
				label = i18n.Pad("", labelColumns)
			}
			fmt.Fprintln(b, "  "+label+" "+line)
		}
	}
}

func factText(v any) string {
	switch v := v.(type) {
	case int64:
		return i18n.Count(v)
	case int:
		return i18n.Count(int64(v))
	case float64:
		return strconv.FormatFloat(v, 'g', 6, 64)
	}
	return i18n.Escape(fmt.Sprint(v))
}
