package ui_test

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/web/ui"
)

// hostile is what a name from the network may try.
const hostile = "</script><script>alert(1)</script>\"'><img src=x onerror=y>\x1b[2J\u202egnp.exe\u2066&amp;"

// figures draws one of each with hostile text wherever text goes.
func figures(l i18n.Lang) []ui.Figure {
	return []ui.Figure{
		ui.Strip(l, "strip", 0, 3600e9, []uint16{1, 0, 65535}),
		ui.Histogram(l, "histogram", []ui.Bin{{From: 0, To: 10, Count: 3}, {From: 10, To: 20}, {From: 20, To: 1e9, Count: 1}}),
		ui.Histogram(l, "empty", nil),
		ui.StackedBar(l, "bar", hostile, hostile, []ui.Part{{Name: hostile, Meaning: hostile, Count: 1}, {Name: "b", Count: math.MaxUint64 / 2}, {Name: "c"}}),
		ui.Timeline(l, "timeline", hostile, hostile, 0, 86400e9, []ui.Span{{Rank: 1, Who: hostile, Whom: hostile, Level: "critical", LevelName: hostile, First: 0, Last: 86400e9, Counts: []uint16{1, 2}, Link: hostile}}),
		ui.TierGraph(l, "tiers", hostile, hostile, ui.Tiers{Heads: []string{hostile, "b"}, Nodes: []ui.Node{{Label: hostile, Notes: []string{hostile}, Named: hostile, Cells: []string{hostile}, Role: hostile, Why: hostile, Level: "high", Link: hostile}, {Label: "b", Column: 1, Grey: hostile, Sure: 2}}, Edges: []ui.Edge{{From: 0, To: 1, Faint: 9}, {From: 0, To: 0}, {From: 7, To: -1}}, More: []string{hostile}}),
	}
}

var risky = regexp.MustCompile(`(?i)<script|<img|<foreignobject|<iframe|javascript:|\sstyle=|\son[a-z]+="|url\([^#]|xlink:href|href="[^#]`)

// TestFiguresAreWellFormedAndSafe: each figure is XML, shows hostile text as text,
// fetches nothing, and has a table twin unless it is empty.
func TestFiguresAreWellFormedAndSafe(t *testing.T) {
	for _, l := range []i18n.Lang{i18n.EN, i18n.JA, i18n.Pseudo} {
		for _, f := range figures(l) {
			text := string(f.HTML())
			d := xml.NewDecoder(strings.NewReader(text))
			d.Entity = xml.HTMLEntity
			for {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatalf("%s in %s: %v\n%s", f.ID, l, err, text)
				}
			}
			if m := risky.FindString(text); m != "" {
				t.Errorf("%s in %s holds %q", f.ID, l, m)
			}
			for _, r := range text {
				if unicode.In(r, unicode.Cc, unicode.Cf) && r != '\n' {
					t.Errorf("%s in %s holds %q as it is", f.ID, l, r)
				}
			}
			if f.ID != "empty" && len(f.Table.Rows) == 0 {
				t.Errorf("%s has no table twin", f.ID)
			}
			if !strings.Contains(text, "<figcaption>") || !strings.Contains(text, `aria-label="`) {
				t.Errorf("%s has no caption or no name", f.ID)
			}
		}
	}
}

var bars = regexp.MustCompile(`<rect class="bar[^"]*" x="[^"]*" y="[^"]*" width="[^"]*" height="([0-9.]+)"`)

// TestStripTwin: the picture has a bar for each row of its table, as tall as the
// row says.
func TestStripTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		counts := rapid.SliceOfN(rapid.Uint16(), 1, 64).Draw(t, "counts")
		f := ui.Strip(i18n.EN, "x", 0, rapid.Int64Range(0, math.MaxInt64).Draw(t, "last"), counts)
		got := bars.FindAllStringSubmatch(string(f.Picture), -1)
		if len(got) != len(f.Table.Rows) {
			t.Fatalf("%d bars, %d rows", len(got), len(f.Table.Rows))
		}
		var most, tallest float64
		for i, m := range got {
			n, _ := strconv.ParseFloat(strings.ReplaceAll(f.Table.Rows[i][1], ",", ""), 64)
			tall, _ := strconv.ParseFloat(m[1], 64)
			if n > most {
				most = n
			}
			tallest = max(tallest, tall)
		}
		for i, m := range got {
			n, _ := strconv.ParseFloat(strings.ReplaceAll(f.Table.Rows[i][1], ",", ""), 64)
			tall, _ := strconv.ParseFloat(m[1], 64)
			if want := max(2, tallest*n/most); math.Abs(tall-want) > 0.11 {
				t.Fatalf("bar %d is %v tall for %v, want %v", i, tall, n, want)
			}
		}
	})
}

var patterned = regexp.MustCompile(`<rect x="([0-9.]+)" y="0" width="([0-9.]+)"`)

// TestStackedBarWidths: the parts fill the bar in proportion, and none that exists
// vanishes.
func TestStackedBarWidths(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var parts []ui.Part
		some := 0
		for range rapid.IntRange(1, 5).Draw(t, "parts") {
			n := rapid.Uint64Max(1<<40).Draw(t, "count")
			if n > 0 {
				some++
			}
			parts = append(parts, ui.Part{Name: "p", Count: n})
		}
		f := ui.StackedBar(i18n.EN, "x", "t", "c", parts)
		got := patterned.FindAllStringSubmatch(string(f.Picture), -1)
		if len(got) != some {
			t.Fatalf("%d parts show, %d are there", len(got), some)
		}
		for _, m := range got {
			x, _ := strconv.ParseFloat(m[1], 64)
			w, _ := strconv.ParseFloat(m[2], 64)
			if w < 1.4 || x+w > 720.2 {
				t.Fatalf("a part goes from %v to %v", x, x+w)
			}
		}
	})
}

// TestTimelineStaysInside: whatever the times, what is drawn lies in the picture
// and drawing ends.
func TestTimelineStaysInside(t *testing.T) {
	number := regexp.MustCompile(`(?:x|x1|x2)="([-0-9.]+)"`)
	rapid.Check(t, func(t *rapid.T) {
		first, last := rapid.Int64().Draw(t, "first"), rapid.Int64().Draw(t, "last")
		if first > last {
			first, last = last, first
		}
		f := ui.Timeline(i18n.JA, "x", "t", "c", first, last, []ui.Span{{Rank: 1, Who: "a", Level: "low", First: rapid.Int64().Draw(t, "a"), Last: rapid.Int64().Draw(t, "b"), Counts: []uint16{1}}})
		for _, m := range number.FindAllStringSubmatch(string(f.Picture), -1) {
			if x, err := strconv.ParseFloat(m[1], 64); err != nil || x < 0 || x > 720 {
				t.Fatalf("something is drawn at %s", m[1])
			}
		}
	})
}

// TestTierGraphSaysWhatItLeavesOut: a picture holds at most fourteen of a tier and
// counts the rest; the table holds all.
func TestTierGraphSaysWhatItLeavesOut(t *testing.T) {
	var nodes []ui.Node
	var edges []ui.Edge
	for i := range 40 {
		nodes = append(nodes, ui.Node{Label: "host-" + strconv.Itoa(i)})
		edges = append(edges, ui.Edge{From: i, To: 40})
	}
	nodes = append(nodes, ui.Node{Label: "server", Column: 1})
	f := ui.TierGraph(i18n.EN, "x", "t", "c", ui.Tiers{Heads: []string{"machines", "servers"}, Nodes: nodes, Edges: edges})
	if n := strings.Count(string(f.Picture), `class="node"`); n != 15 {
		t.Errorf("%d nodes are drawn, want 15", n)
	}
	if !strings.Contains(string(f.Picture), "and 26 more") {
		t.Error("the picture does not say what it leaves out")
	}
	if len(f.Table.Rows) != 41 || f.Table.Rows[3][3] != "server" {
		t.Errorf("the table has %d rows; row 3 is %q", len(f.Table.Rows), f.Table.Rows[3])
	}
}
