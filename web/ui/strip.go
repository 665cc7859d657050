package ui

import (
	"time"

	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Strip shows when the evidence fell: amounts in equal slices of first to last
// (ns). What an amount counts is the method's affair; only their relation shows.
func Strip(l i18n.Lang, id string, first, last int64, counts []uint16) Figure {
	top, busy := uint16(0), 0
	for _, n := range counts {
		if top = max(top, n); n > 0 {
			busy++
		}
	}
	f := Figure{ID: id, Lang: l, Slim: true, Title: i18n.Say(l, "ui.strip.title"),
		Caption: i18n.Say(l, "ui.strip.caption", "slices", len(counts), "busy", busy, "slice", slice(first, last, len(counts)))}
	const w, h, left, foot = canvas / 2, 132.0, 4.0, 26.0
	d := draw(w, h)
	high := h - foot - 10
	step := (w - left) / float64(max(len(counts), 1))
	d.line("axis", left, h-foot, w, h-foot)
	for i, n := range counts {
		x := left + float64(i)*step
		if n == 0 {
			d.rect("nothing", x+step*0.35, h-foot-1.5, step*0.3, 3, 0)
			continue
		}
		tall := max(2, high*float64(n)/float64(top))
		d.rect("bar", x+step*0.12, h-foot-tall, step*0.76, tall, 1)
	}
	short := shortTime(first, last)
	d.text("small", left, h-8, short(first))
	d.text("middle small", left+(w-left)/2, h-8, "UTC")
	d.text("end small", w-4, h-8, short(last))
	f.Picture = d.picture(f.Title + " " + f.Caption)
	f.Table = Table{Head: []string{i18n.Say(l, "ui.from"), i18n.Say(l, "ui.amount")}, Numeric: []bool{false, true}}
	for i, n := range counts {
		if n > 0 {
			at := int64(float64(first) + (float64(last)-float64(first))*float64(i)/float64(len(counts)))
			f.Table.Rows = append(f.Table.Rows, []string{stamp(at), i18n.Count(int64(n))})
		}
	}
	return f
}

// slice is how long one of n slices is.
func slice(first, last int64, n int) time.Duration {
	return time.Duration(max(0, last-first) / int64(max(n, 1)))
}

func stamp(ns int64) string { return i18n.Time(time.Unix(0, ns)) }

// shortTime gives a writer of times on an axis from first to last (ns, UTC): the
// shorter the axis the finer the time.
func shortTime(first, last int64) func(int64) string {
	layout := "2006-01-02"
	switch span := time.Duration(last - first); {
	case span < 0: // longer than a number holds
	case span < 10*time.Minute:
		layout = "15:04:05"
	case span < 20*time.Hour:
		layout = "15:04"
	case span < 20*24*time.Hour:
		layout = "01-02 15:04"
	}
	return func(ns int64) string { return time.Unix(0, ns).UTC().Format(layout) }
}
