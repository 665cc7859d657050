package ui

import (
	"strconv"
	"time"

	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Bin is one class of a histogram of durations.
type Bin struct {
	From, To float64 // s
	Count    int64
}

// Histogram shows how long the times between contacts were.
func Histogram(l i18n.Lang, id string, bins []Bin) Figure {
	top, sum, peak := int64(0), int64(0), 0
	for i, b := range bins {
		if sum += b.Count; b.Count > top {
			top, peak = b.Count, i
		}
	}
	f := Figure{ID: id, Lang: l, Slim: true, Title: i18n.Say(l, "ui.histogram.title")}
	f.Table = Table{Head: []string{i18n.Say(l, "ui.between"), i18n.Say(l, "ui.count")}, Numeric: []bool{false, true}}
	if top == 0 {
		f.Caption = i18n.Say(l, "ui.histogram.none")
		f.Picture = draw(canvas/2, 8).picture(f.Caption)
		return f
	}
	f.Caption = i18n.Say(l, "ui.histogram.caption", "n", sum, "from", seconds(bins[peak].From), "to", seconds(bins[peak].To), "share", i18n.Share(float64(top)/float64(sum)))
	const w, h, left, foot = canvas / 2, 132.0, 34.0, 26.0
	d := draw(w, h)
	high, step := h-foot-10, (w-left)/float64(len(bins))
	d.line("axis", left, h-foot, w, h-foot)
	d.line("grid", left, 10, w, 10)
	d.text("end small", left-5, 14, strconv.FormatInt(top, 10))
	for i, b := range bins {
		if b.Count == 0 {
			continue
		}
		tall := max(2, high*float64(b.Count)/float64(top))
		class := "bar"
		if i == peak {
			class = "bar peak"
		}
		d.rect(class, left+float64(i)*step+1, h-foot-tall, step-2, tall, 1)
		f.Table.Rows = append(f.Table.Rows, []string{i18n.Duration(l, seconds(b.From)) + " – " + i18n.Duration(l, seconds(b.To)), i18n.Count(b.Count)})
	}
	d.text("small", left, h-8, i18n.Duration(l, seconds(bins[0].From)))
	middle := len(bins) / 2
	d.text("middle small", left+float64(middle)*step, h-8, i18n.Duration(l, seconds(bins[middle].From)))
	d.text("end small", w-4, h-8, i18n.Duration(l, seconds(bins[len(bins)-1].To)))
	f.Picture = d.picture(f.Title + " " + f.Caption)
	return f
}

// seconds makes a duration that a person can read: to three digits.
func seconds(s float64) time.Duration {
	d := time.Duration(min(s, 9e9) * 1e9)
	switch {
	case d > time.Hour:
		return d.Round(time.Minute)
	case d > time.Minute:
		return d.Round(time.Second)
	case d > 10*time.Second:
		return d.Round(100 * time.Millisecond)
	}
	return d.Round(time.Millisecond)
}
