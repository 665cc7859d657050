package ui

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Node is a machine or a place in a tier graph.
type Node struct {
	Label  string
	Notes  []string // further lines, in words
	Column int      // from 0, left to right
	Role   string   // what it is, in words
	Why    string   // the reasons, in words; may be empty
	Level  string   // identifier of the worst level, empty for none
	Grey   string   // identifier of its class of the grey zone, empty for none: its sign
	Link   string   // id of the place in the page that tells more, may be empty
	// Sure is how sure its place is, 0..1, and fills its box by that much; below 0
	// the box is not filled.
	Sure  float64
	Named string   // in the table in place of Label, when that is not enough
	Cells []string // its further cells of the table
}

// Edge leads from one node to another, by their places in the list.
type Edge struct {
	From, To int
	Faint    float64 // 0 drawn in full .. 1 hardly
}

// Tiers is what a tier graph shows.
type Tiers struct {
	Heads []string // one a column, from left to right
	Nodes []Node
	Edges []Edge
	More  []string // heads of the further columns of the table
}

// column is one tier as it is drawn.
type column struct {
	nodes []int // places in the list
	more  int   // left out
	x     float64
}

// maxColumn is how many nodes of one tier are drawn.
const maxColumn = 14

// sizes of a tier graph in user units.
const (
	lineTall, nodeGap, graphTop = 15.0, 11.0, 34.0
	broad                       = 940 // width of a graph of more than two tiers
)

// plot is a tier graph on its way to the page.
type plot struct {
	Tiers
	l       i18n.Lang
	d       *drawing
	wide    float64 // of a box
	tall    float64
	columns []column
	at      map[int][2]float64 // where a node's box begins
}

// TierGraph shows who turns to whom in tiers. The picture leaves out what does not
// fit and says so; the table holds all.
func TierGraph(l i18n.Lang, id, title, caption string, t Tiers) Figure {
	f := Figure{ID: id, Lang: l, Title: title, Caption: caption}
	width := float64(canvas)
	if len(t.Heads) > 2 {
		width = broad
	}
	n := float64(max(len(t.Heads), 1))
	p := &plot{Tiers: t, l: l, wide: min(290, (width-46*(n-1))/n), tall: 30, at: map[int][2]float64{}}
	for _, x := range t.Nodes {
		p.tall = max(p.tall, 26+lineTall*float64(len(x.Notes)))
	}
	step := p.tall + nodeGap
	p.columns = place(width-p.wide, len(t.Heads), t.Nodes, t.Edges)
	tall := 0
	for _, c := range p.columns {
		tall = max(tall, len(c.nodes)+min(c.more, 1))
	}
	for _, c := range p.columns {
		y := graphTop + step*float64(tall-len(c.nodes)-min(c.more, 1))/2
		for _, n := range c.nodes {
			p.at[n] = [2]float64{c.x, y}
			y += step
		}
	}
	p.d = draw(width, graphTop+step*float64(tall)+4)
	p.draw()
	f.Picture = p.d.picture(title + " " + caption)
	f.Narrow = p.list()
	f.Table = t.twin(l)
	return f
}

// draw draws heads, edges and boxes, and says what is left out.
func (p *plot) draw() {
	for i, c := range p.columns {
		p.d.text("middle strong", c.x+p.wide/2, 16, p.Heads[i])
		p.d.line("grid", c.x, 25, c.x+p.wide, 25)
	}
	for _, e := range p.Edges {
		from, ok1 := p.at[e.From]
		to, ok2 := p.at[e.To]
		if ok1 && ok2 {
			p.connect(from, to, e.Faint)
		}
	}
	for _, c := range p.columns {
		for _, n := range c.nodes {
			p.box(p.Nodes[n], p.at[n][0], p.at[n][1])
		}
		if c.more > 0 {
			p.d.text("middle small", c.x+p.wide/2, p.d.h-p.tall/2, i18n.Say(p.l, "ui.more", "n", c.more))
		}
	}
}

// place orders the nodes of each column so that edges cross little: each by the
// middle of what it hangs on, the last as it comes. Of a long column the first in the
// list are drawn. The first begins at 0, the last
// at width.
func place(width float64, n int, nodes []Node, edges []Edge) []column {
	columns := make([]column, n)
	for i, x := range nodes {
		if x.Column >= 0 && x.Column < n {
			columns[x.Column].nodes = append(columns[x.Column].nodes, i)
		}
	}
	neighbours := map[int][]int{}
	for _, e := range edges {
		neighbours[e.To] = append(neighbours[e.To], e.From)
		neighbours[e.From] = append(neighbours[e.From], e.To)
	}
	rank := map[int]float64{}
	for i := n - 1; i >= 0; i-- { // from the servers to the machines
		c := &columns[i]
		if over := len(c.nodes) - maxColumn; over > 0 {
			c.nodes, c.more = c.nodes[:maxColumn], over
		}
		middle := func(a int) float64 {
			sum, k := 0.0, 0
			for _, b := range neighbours[a] {
				if r, ok := rank[b]; ok {
					sum, k = sum+r, k+1
				}
			}
			if k == 0 {
				return float64(len(c.nodes))
			}
			return sum / float64(k)
		}
		if i < n-1 {
			slices.SortStableFunc(c.nodes, func(a, b int) int { return cmp.Compare(middle(a), middle(b)) })
		}
		for k, a := range c.nodes {
			rank[a] = float64(k)
		}
		if n > 1 {
			c.x = width * float64(i) / float64(n-1)
		}
	}
	return columns
}

// connect draws an edge between two boxes, from side to side.
func (p *plot) connect(from, to [2]float64, faint float64) {
	x1, y1, x2, y2 := from[0]+p.wide, from[1]+p.tall/2, to[0], to[1]+p.tall/2
	bend := (x2 - x1) / 2
	switch {
	case from[0] == to[0] && from[0] == 0: // within the first column, round its right
		x2, bend = x1, 28
	case from[0] == to[0]:
		x1, bend = from[0], -28
	case x2 < x1: // backwards
		x1, x2 = from[0], to[0]+p.wide
		bend = (x2 - x1) / 2
	}
	back := x2 - bend
	if from[0] == to[0] {
		back = x2 + bend
	}
	p.d.faint(1 - 0.75*min(max(faint, 0), 1))
	p.d.path("edge", fmt.Sprintf("M%s %sC%s %s %s %s %s %s", num(x1), num(y1), num(x1+bend), num(y1), num(back), num(y2), num(x2), num(y2)))
	p.d.circle("edge-end", x2, y2, 2.5)
	p.d.end("g")
}

func (p *plot) box(n Node, x, y float64) {
	d := p.d
	if n.Link != "" {
		d.link(n.Link)
		defer d.end("a")
	}
	class, round := "node", 4.0
	if n.Grey != "" {
		class, round = "node dubious", 14
	}
	if n.Sure > 0 {
		d.rect("node-ground", x, y, p.wide, p.tall, round)
		d.faint(min(n.Sure, 1))
		d.rect("node-sure", x, y, p.wide, p.tall, round)
		d.end("g")
		class += " over-sure"
	}
	d.rect(class, x, y, p.wide, p.tall, round)
	inside := x + 12
	switch {
	case n.Grey != "":
		d.greySign(n.Grey, x+16, y+p.tall/2)
		inside = x + 31
	case n.Level != "":
		d.mark(n.Level, x+16, y+p.tall/2, 5)
		inside = x + 31
	}
	room := int((x + p.wide - 6 - inside) / 7)
	line := y + p.tall/2 + 4.5
	line -= lineTall / 2 * float64(len(n.Notes))
	d.text("label", inside, line, i18n.Cut(i18n.Escape(n.Label), room))
	for _, note := range n.Notes {
		line += lineTall
		d.text("small", inside, line, i18n.Cut(i18n.Escape(note), room+5))
	}
}

// turns lists by node what it turns to, at most n of them.
func (t *Tiers) turns(n int) map[int][]string {
	to := map[int][]string{}
	for _, e := range t.Edges {
		if e.From >= 0 && e.From < len(t.Nodes) && e.To >= 0 && e.To < len(t.Nodes) && len(to[e.From]) < n {
			to[e.From] = append(to[e.From], t.Nodes[e.To].Label)
		}
	}
	return to
}

// twin lists every node with its tier, role and what it turns to.
func (t *Tiers) twin(l i18n.Lang) Table {
	out := Table{Head: append([]string{i18n.Say(l, "ui.node"), i18n.Say(l, "ui.tier"), i18n.Say(l, "ui.role"), i18n.Say(l, "ui.turns_to"), i18n.Say(l, "ui.reasons")}, t.More...), Text: true}
	to := t.turns(20)
	for i, n := range t.Nodes {
		tier := ""
		if n.Column >= 0 && n.Column < len(t.Heads) {
			tier = t.Heads[n.Column]
		}
		name := n.Named
		if name == "" {
			name = n.Label
		}
		row := append([]string{name, tier, n.Role, strings.Join(to[i], ", "), n.Why}, n.Cells...)
		out.Rows = append(out.Rows, append(row, make([]string, max(0, len(out.Head)-len(row)))...)[:len(out.Head)])
	}
	return out
}

// list is the graph where there is no room for one: tier by tier, in words.
func (p *plot) list() template.HTML {
	var b strings.Builder
	to := p.turns(3)
	for i := len(p.columns) - 1; i >= 0; i-- {
		c := p.columns[i]
		b.WriteString(`<p class="tier">` + clean(p.Heads[i]) + `</p><ul class="tier">`)
		for _, n := range c.nodes {
			x := p.Nodes[n]
			b.WriteString(`<li><span class="mono">` + clean(x.Label) + `</span>`)
			for _, note := range x.Notes {
				b.WriteString(` <span class="quiet">` + clean(note) + `</span>`)
			}
			if len(to[n]) > 0 {
				b.WriteString(`<br/><span class="quiet">→ <span class="mono">` + clean(strings.Join(to[n], ", ")) + `</span></span>`)
			}
			b.WriteString(`</li>`)
		}
		if c.more > 0 {
			b.WriteString(`<li class="quiet">` + clean(i18n.Say(p.l, "ui.more", "n", c.more)) + `</li>`)
		}
		b.WriteString(`</ul>`)
	}
	return template.HTML(b.String())
}
