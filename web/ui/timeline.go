package ui

import (
	"html/template"
	"strconv"
	"time"

	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Span is one thing on a timeline.
type Span struct {
	Rank        int
	Who, Whom   string
	Level       string // identifier: its sign
	LevelName   string
	First, Last int64    // ns
	Counts      []uint16 // in equal slices of First..Last, may be empty
	Link        string   // id of the place in the page that tells more
}

// Timeline shows when each of spans was, within first to last (ns).
func Timeline(l i18n.Lang, id, title, caption string, first, last int64, spans []Span) Figure {
	f := Figure{ID: id, Lang: l, Title: title, Caption: caption}
	f.Table = Table{Head: []string{"#", i18n.Say(l, "ui.what"), i18n.Say(l, "ui.level"), i18n.Say(l, "ui.first"), i18n.Say(l, "ui.last")}, Numeric: []bool{true}}
	for _, s := range spans {
		f.Table.Rows = append(f.Table.Rows, []string{strconv.Itoa(s.Rank), s.Who + " → " + s.Whom, s.LevelName, stamp(s.First), stamp(s.Last)})
	}
	f.Picture = rows(rowPlan{wide: canvas, left: 304, tall: 36, ticks: 4, room: 36}, title+" "+caption, first, last, spans)
	f.Narrow = rows(rowPlan{wide: strait, left: 6, head: 38, tall: 66, ticks: 2, room: 43}, title+" "+caption, first, last, spans)
	return f
}

// rowPlan says how the rows of a timeline are laid out, in user units.
type rowPlan struct {
	wide, left float64 // of the picture; where the bars begin
	head, tall float64 // of a row: room above the bar for the label, and all
	ticks      int     // about how many
	room       int     // columns of a label
}

// rows draws the rows of a timeline.
func rows(plan rowPlan, label string, first, last int64, spans []Span) template.HTML {
	const top = 26.0
	h := top + plan.tall*float64(len(spans)) + 6
	d := draw(plan.wide, h)
	span := max(float64(last)-float64(first), 1)
	at := func(ns int64) float64 {
		return plan.left + (plan.wide-plan.left-4)*(float64(min(max(ns, first), last))-float64(first))/span
	}
	d.text("small", 6, top-12, "UTC")
	for i := range spans {
		if i%2 == 0 {
			d.rect("band", 0, top+plan.tall*float64(i), plan.wide, plan.tall, 0)
		}
	}
	short := shortTime(first, last)
	for _, t := range ticks(first, last, plan.ticks) {
		d.line("grid", at(t), top-8, at(t), h)
		d.text("middle small", min(max(at(t), max(plan.left, 40)+32), plan.wide-36), top-12, short(t))
	}
	for i, s := range spans {
		y := top + plan.tall*float64(i)
		d.link(s.Link)
		d.text("end small", 22, y+15, strconv.Itoa(s.Rank))
		d.mark(s.Level, 36, y+11, 5.5)
		d.text("label", 50, y+15, i18n.Cut(i18n.Escape(s.Who+" →"), plan.room))
		d.text("label", 50, y+30, i18n.Cut(i18n.Escape(s.Whom), plan.room))
		d.end("a")
		tall := plan.tall - plan.head
		bar(d, s, at(s.First), max(at(s.Last), at(s.First)+3), y+plan.head+tall/2, min(tall, 32))
	}
	return d.picture(label)
}

// bar draws one span from x1 to x2, its counts as heights where there is room.
func bar(d *drawing, s Span, x1, x2, y, row float64) {
	d.group("severity-" + s.Level)
	defer d.end("g")
	top := uint16(0)
	for _, n := range s.Counts {
		top = max(top, n)
	}
	if top == 0 || x2-x1 < 2*float64(len(s.Counts)) {
		d.rect("span", x1, y-4, x2-x1, 8, 2)
		return
	}
	d.line("span-line", x1, y+row/2-5, x2, y+row/2-5)
	step := (x2 - x1) / float64(len(s.Counts))
	for i, n := range s.Counts {
		if n > 0 {
			tall := 3 + (row-12)*float64(n)/float64(top)
			d.rect("span", x1+step*float64(i)+0.5, y+row/2-5-tall, step-1, tall, 0)
		}
	}
}

// ticks gives about n round moments between first and last (ns).
func ticks(first, last int64, n int) []int64 {
	span := last - first
	if span <= 0 { // or longer than a number holds
		return []int64{first}
	}
	step := int64(365 * 24 * time.Hour)
	for span/step > int64(n)+1 { // decades, where a clock was wrong
		step *= 2
	}
	for _, s := range []time.Duration{
		time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour,
		6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 2 * 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour, 90 * 24 * time.Hour,
	} {
		if span/int64(s) <= int64(n)+1 {
			step = int64(s)
			break
		}
	}
	var out []int64
	t := first / step * step
	if t < first {
		t += step
	}
	for ; len(out) < 2*n+8; t += step {
		if t <= last {
			out = append(out, t)
		}
		if t > last-step { // also keeps t from running over
			break
		}
	}
	return out
}
