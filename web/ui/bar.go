package ui

import (
	"fmt"

	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Part is one part of a whole.
type Part struct {
	Name, Meaning string
	Count         uint64
}

// fills are the patterns of a stacked bar, so that parts differ without colour.
var fills = [...]string{
	`<rect class="fill-%d" width="8" height="8"/>`,
	`<rect class="fill-%d" width="8" height="8"/><path class="over" d="M-2 2L2 -2M0 8L8 0M6 10L10 6"/>`,
	`<rect class="fill-%d" width="8" height="8"/><circle class="dot" cx="4" cy="4" r="1.6"/>`,
	`<rect class="fill-%d" width="8" height="8"/>`,
	`<rect class="fill-%d" width="8" height="8"/><path class="over" d="M0 4H8M4 0V8"/>`,
}

// StackedBar shows how a whole is made of at most five parts, with each part's
// name, meaning, count and share beneath.
func StackedBar(l i18n.Lang, id, title, caption string, parts []Part) Figure {
	f := Figure{ID: id, Lang: l, Title: title, Caption: caption}
	f.Table = Table{Head: []string{i18n.Say(l, "ui.part"), i18n.Say(l, "ui.meaning"), i18n.Say(l, "ui.count"), i18n.Say(l, "ui.share")}, Numeric: []bool{false, false, true, true}}
	var sum uint64
	parts = parts[:min(len(parts), len(fills))]
	for _, p := range parts {
		sum += p.Count
	}
	const tall, row = 34.0, 26.0
	d := draw(canvas, tall+18+row*float64(len(parts)))
	d.b.WriteString("<defs>")
	for i := range parts {
		fmt.Fprintf(&d.b, `<pattern id="%s-%d" width="8" height="8" patternUnits="userSpaceOnUse">`, id, i)
		fmt.Fprintf(&d.b, fills[i], i+1)
		d.b.WriteString("</pattern>")
	}
	d.b.WriteString("</defs>")
	d.rect("frame", 0.5, 0.5, canvas-1, tall, 3)
	x := 0.0
	widths := shares(parts, sum)
	for i, p := range parts {
		if p.Count > 0 {
			d.hatched(fmt.Sprintf("%s-%d", id, i), x, 0, max(widths[i]-1.5, 1.5), tall+1)
		}
		x += widths[i]
		y := tall + 18 + row*float64(i)
		d.hatched(fmt.Sprintf("%s-%d", id, i), 0, y, 16, 16)
		d.rect("frame", 0.5, y+0.5, 15, 15, 0)
		share := i18n.Say(l, "ui.value", "v", i18n.Share(part(p.Count, sum)))
		d.text("strong", 26, y+13, p.Name)
		d.text("", 120, y+13, p.Meaning)
		d.text("end", canvas-80, y+13, i18n.Count(int64(p.Count)))
		d.text("end", canvas, y+13, share)
		f.Table.Rows = append(f.Table.Rows, []string{p.Name, p.Meaning, i18n.Count(int64(p.Count)), share})
	}
	f.Picture = d.picture(title + " " + caption)
	return f
}

func part(n, sum uint64) float64 {
	if sum == 0 {
		return 0
	}
	return float64(n) / float64(sum)
}

// shares gives each part's width; a part that exists is at least 4 units wide.
func shares(parts []Part, sum uint64) []float64 {
	const least = 4.0
	widths := make([]float64, len(parts))
	room, rest := float64(canvas), 0.0
	for i, p := range parts {
		switch w := canvas * part(p.Count, sum); {
		case p.Count == 0:
		case w < least:
			widths[i] = least
			room -= least
		default:
			rest += w
		}
	}
	for i, p := range parts {
		if w := canvas * part(p.Count, sum); w >= least {
			widths[i] = w / rest * room
		}
	}
	return widths
}
