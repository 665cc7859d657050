package ui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Node is a machine or a place in a tier graph.
type Node struct {
	Label   string
	Column  int    // from 0, left to right
	Role    string // what it is, in words
	Why     string // the reasons, in words; may be empty
	Level   string // identifier of the worst level, empty for none
	Link    string // id of the place in the page that tells more, may be empty
	Dubious bool   // grey zone: neither attacker nor innocent
}

// Edge leads from one node to another, by their places in the list.
type Edge struct {
	From, To int
	Role     string
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
	nodeWide, nodeTall = 204.0, 34.0
	nodeStep, graphTop = 46.0, 34.0
)

// TierGraph shows who turns to whom in tiers, heads[i] naming column i. The picture
// leaves out what does not fit and says so; the table holds all.
func TierGraph(l i18n.Lang, id, title, caption string, heads []string, nodes []Node, edges []Edge) Figure {
	f := Figure{ID: id, Lang: l, Title: title, Caption: caption}
	columns := place(len(heads), nodes, edges)
	at, tall := map[int][2]float64{}, 0
	for _, c := range columns {
		tall = max(tall, len(c.nodes)+min(c.more, 1))
	}
	h := graphTop + nodeStep*float64(tall) + 4
	for _, c := range columns {
		used := len(c.nodes) + min(c.more, 1)
		y := graphTop + nodeStep*float64(tall-used)/2
		for _, n := range c.nodes {
			at[n] = [2]float64{c.x, y}
			y += nodeStep
		}
	}
	d := draw(canvas, h)
	for i, head := range heads {
		d.text("middle strong", columns[i].x+nodeWide/2, 16, head)
		d.line("grid", columns[i].x, 25, columns[i].x+nodeWide, 25)
	}
	for _, e := range edges {
		from, ok1 := at[e.From]
		to, ok2 := at[e.To]
		if ok1 && ok2 {
			connect(d, from, to)
		}
	}
	for _, c := range columns {
		for _, n := range c.nodes {
			box(d, nodes[n], at[n][0], at[n][1])
		}
		if c.more > 0 {
			d.text("middle small", c.x+nodeWide/2, h-nodeStep/2, i18n.Say(l, "ui.more", "n", c.more))
		}
	}
	f.Picture = d.picture(title + " " + caption)
	f.Table = twin(l, heads, nodes, edges)
	return f
}

// place orders the nodes of each column so that edges cross little: each by the
// middle of what it hangs on in the column before, the first as it comes.
func place(n int, nodes []Node, edges []Edge) []column {
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
		if over := len(c.nodes) - maxColumn; over > 0 {
			c.nodes, c.more = c.nodes[:maxColumn], over
		}
		for k, a := range c.nodes {
			rank[a] = float64(k)
		}
		if n > 1 {
			c.x = (canvas - nodeWide) * float64(i) / float64(n-1)
		}
	}
	return columns
}

// connect draws an edge between two boxes, from side to side.
func connect(d *drawing, from, to [2]float64) {
	x1, y1, x2, y2 := from[0]+nodeWide, from[1]+nodeTall/2, to[0], to[1]+nodeTall/2
	if x2 < x1 { // backwards or within a column
		x1, x2 = from[0], to[0]+nodeWide
		if from[0] == to[0] {
			x2 = to[0]
		}
	}
	bend := (x2 - x1) / 2
	if from[0] == to[0] {
		bend = -24
	}
	d.path("edge", fmt.Sprintf("M%s %sC%s %s %s %s %s %s", num(x1), num(y1), num(x1+bend), num(y1), num(x2-bend), num(y2), num(x2), num(y2)))
	d.circle("edge-end", x2, y2, 2.5)
}

func box(d *drawing, n Node, x, y float64) {
	if n.Link != "" {
		d.link(n.Link)
		defer d.end("a")
	}
	class := "node"
	if n.Dubious {
		class = "node dubious"
	}
	d.rect(class, x, y, nodeWide, nodeTall, 4)
	inside, room := x+12, 28
	if n.Level != "" {
		d.mark(n.Level, x+14, y+nodeTall/2, 5)
		inside, room = x+27, 25
	}
	d.text("label", inside, y+nodeTall/2+4.5, i18n.Cut(i18n.Escape(n.Label), room))
}

// twin lists every node with its tier, role and what it turns to.
func twin(l i18n.Lang, heads []string, nodes []Node, edges []Edge) Table {
	t := Table{Head: []string{i18n.Say(l, "ui.node"), i18n.Say(l, "ui.tier"), i18n.Say(l, "ui.role"), i18n.Say(l, "ui.turns_to"), i18n.Say(l, "ui.reasons")}}
	to := map[int][]string{}
	for _, e := range edges {
		if e.From >= 0 && e.From < len(nodes) && e.To >= 0 && e.To < len(nodes) && len(to[e.From]) < 20 {
			to[e.From] = append(to[e.From], nodes[e.To].Label)
		}
	}
	for i, n := range nodes {
		tier := ""
		if n.Column >= 0 && n.Column < len(heads) {
			tier = heads[n.Column]
		}
		t.Rows = append(t.Rows, []string{n.Label, tier, n.Role, strings.Join(to[i], ", "), n.Why})
	}
	return t
}
