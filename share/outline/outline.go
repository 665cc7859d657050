package outline

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/infrastructure"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/share"
)

// columns is the width that is written for; shown is how many machines of each tier
// are named.
const (
	columns = 80
	shown   = 8
)

// Write writes g in language l; an error is w's.
func Write(w io.Writer, l i18n.Lang, g *share.Graph) error {
	if g == nil || !slices.ContainsFunc(g.Nodes, func(n share.Node) bool { return n.Seed || n.Tier == infrastructure.Relay }) {
		return nil
	}
	var b strings.Builder
	fmt.Fprintln(&b)
	for _, line := range i18n.Wrap(i18n.Say(l, "infrastructure.outline.head"), columns) {
		fmt.Fprintln(&b, line)
	}
	for _, t := range infrastructure.Tiers() {
		tier(&b, l, g, t)
	}
	if g.Left > 0 {
		fmt.Fprintln(&b, "  "+i18n.Say(l, "infrastructure.outline.left", "n", g.Left))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func tier(b *strings.Builder, l i18n.Lang, g *share.Graph, t infrastructure.Tier) {
	n := 0
	var lines []string
	for i := range g.Nodes {
		x := &g.Nodes[i]
		if x.Tier != t {
			continue
		}
		if n++; n > shown {
			continue
		}
		line := fmt.Sprintf("%3.0f%%  %s", x.Confidence*100, x.Label)
		if x.Grey != infrastructure.Clear {
			line += " · " + x.Grey.Text().In(l)
		}
		lines = append(lines, "    "+i18n.Cut(line, columns-4))
	}
	if n == 0 {
		return
	}
	fmt.Fprintln(b, "  "+i18n.Say(l, "infrastructure.outline.tier", "tier", t.Text(), "n", n))
	for _, line := range lines {
		fmt.Fprintln(b, line)
	}
	if n > shown {
		fmt.Fprintln(b, "    "+i18n.Say(l, "infrastructure.outline.more", "n", n-shown))
	}
}
