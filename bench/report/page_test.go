package report_test

import (
	"bytes"
	"encoding/xml"
	"io"
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/bench/report"
)

// TestHTML: the page holds every figure, verdict and note, escapes what others said,
// and asks nothing of the network.
func TestHTML(t *testing.T) {
	r := example()
	f := &r.Sections[0].Figures[0]
	f.What = `<script>alert("x")</script>`
	f.Chart = &report.Chart{Unit: "M flows/s", Target: 15, Bars: []report.Bar{{Who: "Noroshi", Value: 31.1, Ours: true}, {Who: `"><b>peer`, Value: 1.6, Quoted: true}}}
	r.Sections[0].Note("see `docs/x.md` & more `")
	var b bytes.Buffer
	if err := r.HTML(&b); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, want := range []string{"要約", "seed 7", "▲ not met", "● met", "– not measured", "○ shown", "other 9 s (quoted)", "<code>docs/x.md</code> &amp; more", "broke here", "a|b [31mred",
		`aria-label="Noroshi 31.1 M flows/s, &#34;&gt;&lt;b&gt;peer 1.60 M flows/s (quoted), asked ≥ 15"`, `class="quoted"`, `class="target"`, "the machine was not idle"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in it", want)
		}
	}
	if regexp.MustCompile(`(?i)<script|<link|<img|src=|href="[^#]|@import|url\(`).MatchString(page) {
		t.Error("the page runs or fetches something")
	}
	for _, svg := range regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(page, -1) {
		d := xml.NewDecoder(strings.NewReader(svg))
		for {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%v in %s", err, svg)
			}
		}
	}
}

// TestAbsurdCharts draws nothing rather than nonsense.
func TestAbsurdCharts(t *testing.T) {
	for name, c := range map[string]*report.Chart{
		"none": nil, "empty": {}, "nought": {Bars: []report.Bar{{Who: "a"}}}, "no number": {Bars: []report.Bar{{Value: math.NaN()}}}, "without end": {Bars: []report.Bar{{Value: math.Inf(1)}}},
	} {
		r := example()
		r.Sections[0].Figures[0].Chart = c
		var b bytes.Buffer
		if err := r.HTML(&b); err != nil || strings.Contains(b.String(), "NaN") || strings.Contains(b.String(), "Inf") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
