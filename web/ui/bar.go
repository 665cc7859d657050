package ui

import (
	"fmt"
	"html/template"

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
	parts = parts[:min(len(parts), len(fills))]
	for i, share := range percent(l, parts) {
		f.Table.Rows = append(f.Table.Rows, []string{parts[i].Name, parts[i].Meaning, i18n.Count(int64(parts[i].Count)), share})
	}
	f.Picture = stack(l, id, title+" "+caption, canvas, parts)
	f.Narrow = stack(l, id+"-narrow", title+" "+caption, strait, parts)
	return f
}

// stack draws the bar w units wide; the meaning stands under the name where it is
// narrow.
func stack(l i18n.Lang, id, label string, w float64, parts []Part) template.HTML {
	const tall = 34.0
	row, across, beneath := 26.0, 120.0, 0.0
	if w < canvas {
		row, across, beneath = 42, 26, 16
	}
	d := draw(w, tall+18+row*float64(len(parts)))
	d.b.WriteString("<defs>")
	for i := range parts {
		fmt.Fprintf(&d.b, `<pattern id="%s-%d" width="8" height="8" patternUnits="userSpaceOnUse">`, id, i)
		fmt.Fprintf(&d.b, fills[i], i+1)
		d.b.WriteString("</pattern>")
	}
	d.b.WriteString("</defs>")
	d.rect("frame", 0.5, 0.5, w-1, tall, 3)
	x := 0.0
	widths, said := shares(w, parts), percent(l, parts)
	for i, p := range parts {
		if p.Count > 0 {
			d.hatched(fmt.Sprintf("%s-%d", id, i), x, 0, max(widths[i]-1.5, 1.5), tall+1)
		}
		x += widths[i]
		y := tall + 18 + row*float64(i)
		d.hatched(fmt.Sprintf("%s-%d", id, i), 0, y, 16, 16)
		d.rect("frame", 0.5, y+0.5, 15, 15, 0)
		d.text("strong", 26, y+13, p.Name)
		d.text("", across, y+13+beneath, p.Meaning)
		d.text("end", w-70, y+13, i18n.Count(int64(p.Count)))
		d.text("end", w-2, y+13, said[i])
	}
	return d.picture(label)
}

// percent words each part's share of the whole.
func percent(l i18n.Lang, parts []Part) []string {
	out := make([]string, len(parts))
	for i, p := range parts {
		out[i] = i18n.Say(l, "ui.value", "v", i18n.Share(part(p.Count, sum(parts))))
	}
	return out
}

func sum(parts []Part) uint64 {
	var n uint64
	for _, p := range parts {
		n += p.Count
	}
	return n
}

func part(n, sum uint64) float64 {
	if sum == 0 {
		return 0
	}
	return float64(n) / float64(sum)
}

// shares gives each part's width of wide units; a part that exists is at least 4
// units wide.
func shares(wide float64, parts []Part) []float64 {
	const least = 4.0
	widths, all := make([]float64, len(parts)), sum(parts)
	room, rest := wide, 0.0
	for i, p := range parts {
		switch w := wide * part(p.Count, all); {
		case p.Count == 0:
		case w < least:
			widths[i] = least
			room -= least
		default:
			rest += w
		}
	}
	for i, p := range parts {
		if w := wide * part(p.Count, all); w >= least {
			widths[i] = w / rest * room
		}
	}
	return widths
}
