package ui

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strconv"
	"strings"

	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// drawing is an SVG picture in the making. Classes and ids are ours, text is
// anybody's.
type drawing struct {
	b    strings.Builder
	w, h float64
	open bool // holds links: a group of things, not one image
}

// canvas is the width of a picture in user units, and strait that of its form for
// narrow screens; a page scales them.
const canvas, strait = 720, 360

func draw(w, h float64) *drawing { return &drawing{w: w, h: h} }

// picture closes the drawing; label says in words what it shows.
func (d *drawing) picture(label string) template.HTML {
	role := "img"
	if d.open {
		role = "group"
	}
	head := fmt.Sprintf(`<svg viewBox="0 0 %s %s" role="%s" aria-label="%s" xmlns="http://www.w3.org/2000/svg">`, num(d.w), num(d.h), role, clean(label))
	return template.HTML(head + d.b.String() + "</svg>")
}

// clean makes text from outside safe in HTML text and attributes, and plain to read.
func clean(s string) string { return html.EscapeString(i18n.Escape(s)) }

// num writes a coordinate with at most one decimal.
func num(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return "0"
	}
	return strconv.FormatFloat(math.Round(x*10)/10, 'f', -1, 64)
}

func (d *drawing) rect(class string, x, y, w, h, round float64) {
	fmt.Fprintf(&d.b, `<rect class="%s" x="%s" y="%s" width="%s" height="%s"`, class, num(x), num(y), num(w), num(h))
	if round > 0 {
		fmt.Fprintf(&d.b, ` rx="%s"`, num(round))
	}
	d.b.WriteString("/>")
}

// hatched is a rectangle filled with the pattern that id names.
func (d *drawing) hatched(id string, x, y, w, h float64) {
	fmt.Fprintf(&d.b, `<rect x="%s" y="%s" width="%s" height="%s" fill="url(#%s)"/>`, num(x), num(y), num(w), num(h), id)
}

func (d *drawing) line(class string, x1, y1, x2, y2 float64) {
	fmt.Fprintf(&d.b, `<line class="%s" x1="%s" y1="%s" x2="%s" y2="%s"/>`, class, num(x1), num(y1), num(x2), num(y2))
}

func (d *drawing) path(class, data string) {
	fmt.Fprintf(&d.b, `<path class="%s" d="%s"/>`, class, data)
}

func (d *drawing) circle(class string, x, y, r float64) {
	fmt.Fprintf(&d.b, `<circle class="%s" cx="%s" cy="%s" r="%s"/>`, class, num(x), num(y), num(r))
}

// text writes s; class "end" and "middle" anchor it there.
func (d *drawing) text(class string, x, y float64, s string) {
	fmt.Fprintf(&d.b, `<text class="%s" x="%s" y="%s">%s</text>`, class, num(x), num(y), clean(s))
}

// link opens a link to a place in the page; end closes it.
func (d *drawing) link(id string) {
	d.open = true
	fmt.Fprintf(&d.b, `<a href="#%s">`, clean(id))
}

func (d *drawing) group(class string) { fmt.Fprintf(&d.b, `<g class="%s">`, class) }

// faint opens a group that shows to the given share, 0..1.
func (d *drawing) faint(share float64) {
	fmt.Fprintf(&d.b, `<g opacity="%s">`, strconv.FormatFloat(math.Round(share*100)/100, 'f', -1, 64))
}

func (d *drawing) end(what string) { d.b.WriteString("</" + what + ">") }

// mark draws the sign of a level: each has a shape of its own.
func (d *drawing) mark(level string, x, y, r float64) {
	class := "mark severity-" + level
	at := func(dx, dy float64) string { return num(x+dx*r) + " " + num(y+dy*r) }
	switch level {
	case "critical":
		d.path(class, "M"+at(0, -1.25)+"L"+at(1.25, 0)+"L"+at(0, 1.25)+"L"+at(-1.25, 0)+"Z")
	case "high":
		d.path(class, "M"+at(0, -1.15)+"L"+at(1.1, 0.9)+"L"+at(-1.1, 0.9)+"Z")
	case "medium":
		d.rect(class, x-r*0.85, y-r*0.85, r*1.7, r*1.7, 0)
	default:
		d.circle(class, x, y, r*0.8)
	}
}

// greySign draws the sign of a class of the grey zone: each has a shape of its own.
func (d *drawing) greySign(class string, x, y float64) {
	at := func(dx, dy float64) string { return num(x+dx) + " " + num(y+dy) }
	switch class {
	case "abused-service": // a cloud
		d.path("grey", "M"+at(-5, 4)+"a3.5 3.5 0 0 1 0.5 -7a4.5 4.5 0 0 1 8.5 0.5a3.3 3.3 0 0 1 1 6.5Z")
	case "fraudulent-contract": // a sheet with a folded corner
		d.path("grey", "M"+at(-5, -7)+"L"+at(2, -7)+"L"+at(5, -4)+"L"+at(5, 7)+"L"+at(-5, 7)+"ZM"+at(-2, 0)+"L"+at(2, 0)+"M"+at(-2, 3)+"L"+at(2, 3))
	case "negligent": // a bin without a lid
		d.path("grey", "M"+at(-6, -5)+"L"+at(-4, 6)+"L"+at(4, 6)+"L"+at(6, -5))
	case "residential-proxy": // a house
		d.path("grey", "M"+at(-6, 0)+"L"+at(0, -7)+"L"+at(6, 0)+"M"+at(-4, -1)+"L"+at(-4, 6)+"L"+at(4, 6)+"L"+at(4, -1))
	default: // a question
		d.text("middle strong", x, y+4.5, "?")
	}
}

// Mark gives the sign of a level as a small picture for the running text, where a
// word stands beside it.
func Mark(level string) template.HTML {
	d := draw(16, 16)
	d.mark(level, 8, 8, 5.5)
	return template.HTML(`<svg class="sign" viewBox="0 0 16 16" aria-hidden="true" xmlns="http://www.w3.org/2000/svg">` + d.b.String() + `</svg>`)
}
