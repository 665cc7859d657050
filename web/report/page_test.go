package report_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/net/html/atom"

	xhtml "golang.org/x/net/html"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/share"
	"github.com/noroshi-acd/noroshi/web/report"
)

// hostile is what a name from the network may try.
const hostile = "</style></script><script>alert(1)</script>\"'><img src=http://192.0.2.1/x onerror=y>\x1b[2J\u202egnp.exe\u2066"

const hour = int64(time.Hour)

// sample is an analysis with one finding of every kind.
func sample(l i18n.Lang) *share.Result {
	r := &share.Result{
		Program: "noroshi test", Made: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC), Lang: l, Marking: share.Amber, MinLevel: detect.Medium,
		Inputs:  []share.Input{{Path: "a.pcap", Format: "pcap", Records: 1000}, {Path: hostile, Format: "zeek conn", Skipped: 2, Errors: []i18n.Text{{JA: "壊れた行 " + hostile, EN: "bad line " + hostile}}}},
		Records: 1000, First: hour, Last: 25 * hour, Hosts: 30, KnownBad: &share.Lists{Indicators: 3, Skipped: 1},
		Allowed: []share.Allowed{{Hidden: 1, Text: i18n.Text{JA: "許可しました", EN: "allowed"}}},
	}
	r.Exporters = []share.Exporter{{Addr: "192.0.2.9", Protocol: "IPFIX", Messages: 3, Flows: 40}, {Addr: "192.0.2.10", Protocol: "NetFlow v9", Domain: 7, Messages: 9, Lost: 2, Unread: 1, Units: share.Datagrams}}
	r.Unused = &share.Lists{Skipped: 2, Errors: []i18n.Text{{JA: "使えない " + hostile, EN: "unusable " + hostile}}}
	r.Directions[direction.Outbound], r.Directions[direction.Domestic] = 600, 400
	for i, k := range []detect.Kind{detect.Beacon, detect.LongLived, detect.DNSTunnel, detect.DGA, detect.Scan, detect.Spread, detect.KnownBad, detect.FanIn} {
		f := share.Finding{
			Rank: i + 1, ID: fmt.Sprintf("%s-%d", k, i), Kind: k, Score: 0.97 - 0.06*float64(i), Class: direction.Outbound, Src: fmt.Sprintf("10.0.0.%d", i+1),
			Dst: "198.51.100.7", Port: 443, Proto: "tcp", Name: "c2.example", First: int64(i+1) * hour, Last: 20 * hour, Count: 300,
			Evidence: []detect.Fact{{Name: "period_s", Value: 120.0}, {Name: "samples", Value: hostile}, {Name: "established", Value: true}},
			Why:      i18n.Text{JA: "理由 " + hostile, EN: "reason " + hostile}, Attack: []string{"T1071.001", "T9999"}, Strip: []uint16{1, 0, 3},
			Gaps: []detect.GapCount{{From: 0, To: 100}, {From: 100, To: 200, Count: 299}},
			Past: []share.Sighting{{Addr: "198.51.100.7", Name: hostile, From: detect.NameSNI, First: hour, Last: 2 * hour, Count: 4}, {Addr: "198.51.100.7", Certificate: &detect.Certificate{Digest: "ab", Subject: hostile, NotAfter: 5 * hour}}},
		}
		f.Level = detect.LevelOf(f.Score)
		if k == detect.FanIn {
			f.Src, f.Sources = "", []string{"10.0.0.1", "10.0.1.1", "10.0.1.2", "10.0.1.3", "10.0.1.4"}
		}
		r.Findings = append(r.Findings, f)
	}
	return r
}

func write(t *testing.T, r *share.Result) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// elements walks the page as a browser parses it.
func elements(t *testing.T, page string) []*xhtml.Node {
	t.Helper()
	root, err := xhtml.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var all []*xhtml.Node
	for n := range root.Descendants() {
		if n.Type == xhtml.ElementNode {
			all = append(all, n)
		}
	}
	return all
}

func attribute(n *xhtml.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// TestNothingFromOutside: whatever names say, the page holds no element that runs,
// embeds or fetches, no handler, and refers only into itself.
func TestNothingFromOutside(t *testing.T) {
	page := write(t, sample(i18n.JA))
	for _, n := range elements(t, page) {
		if slices.Contains([]string{"script", "img", "iframe", "object", "embed", "link", "form", "base", "audio", "video", "foreignobject", "use", "image"}, strings.ToLower(n.Data)) {
			t.Errorf("the page holds <%s>", n.Data)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src" || a.Key == "srcset" || a.Key == "href" && !strings.HasPrefix(a.Val, "#") {
				t.Errorf("<%s> has %s=%q", n.Data, a.Key, a.Val)
			}
		}
	}
	for _, r := range page {
		if r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf) {
			t.Errorf("the page holds %q as it is", r)
		}
	}
}

// TestPolicy: the page's own policy forbids everything but its one style sheet,
// whose hash it names.
func TestPolicy(t *testing.T) {
	page := write(t, sample(i18n.EN))
	_, rest, _ := strings.Cut(page, "<style>")
	style, _, ok := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
	policy := regexp.MustCompile(`http-equiv="Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(page)
	if !ok || policy == nil || html.UnescapeString(policy[1]) != want {
		t.Errorf("the policy is %q, want %q", policy, want)
	}
	if i, j := strings.Index(page, "Content-Security-Policy"), strings.Index(page, "<style>"); i > j {
		t.Error("the policy stands behind the style that it must judge")
	}
}

// TestReferences: ids are unique, and what refers to one finds it.
func TestReferences(t *testing.T) {
	ids := map[string]int{}
	all := elements(t, write(t, sample(i18n.JA)))
	for _, n := range all {
		if id := attribute(n, "id"); id != "" {
			ids[id]++
		}
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("the id %s stands %d times", id, n)
		}
	}
	for _, n := range all {
		for _, name := range []string{"for", "aria-labelledby"} {
			if to := attribute(n, name); to != "" && ids[to] == 0 {
				t.Errorf("<%s %s=%q> leads nowhere", n.Data, name, to)
			}
		}
		if to, ok := strings.CutPrefix(attribute(n, "href"), "#"); ok && ids[to] == 0 {
			t.Errorf("a link to #%s leads nowhere", to)
		}
		if fill := attribute(n, "fill"); fill != "" && ids[strings.TrimSuffix(strings.TrimPrefix(fill, "url(#"), ")")] == 0 {
			t.Errorf("the pattern %s is not there", fill)
		}
	}
}

// TestEveryFigureHasATwin, a caption, and a name for those who cannot see it.
func TestEveryFigureHasATwin(t *testing.T) {
	figures := 0
	for _, n := range elements(t, write(t, sample(i18n.EN))) {
		if n.DataAtom != atom.Figure {
			continue
		}
		figures++
		has := map[string]bool{}
		for m := range n.Descendants() {
			has[m.Data] = true
			if m.Data == "svg" && (!slices.Contains([]string{"img", "group"}, attribute(m, "role")) || attribute(m, "aria-label") == "") {
				t.Error("a picture has no name")
			}
		}
		for _, want := range []string{"figcaption", "svg", "details", "table"} {
			if !has[want] {
				t.Errorf("figure %s has no <%s>", attribute(n, "id"), want)
			}
		}
	}
	if want := 2 * (3 + 2*8); figures != want {
		t.Errorf("%d figures, want %d", figures, want)
	}
}

// TestTwoLanguages: both parts are whole, each says its language, the reader's shows
// first.
func TestTwoLanguages(t *testing.T) {
	for _, l := range []i18n.Lang{i18n.JA, i18n.EN} {
		page := write(t, sample(l))
		if !strings.Contains(page, fmt.Sprintf(`<html lang="%s" data-mark="TLP:AMBER">`, l)) || !strings.Contains(page, fmt.Sprintf(`id="say-%s" checked`, l)) {
			t.Errorf("%s does not show first", l)
		}
		sections := map[string]int{}
		for _, n := range elements(t, page) {
			if n.DataAtom != atom.Article {
				continue
			}
			for m := range n.Descendants() {
				if m.DataAtom == atom.H2 || m.DataAtom == atom.H3 || m.DataAtom == atom.Figure {
					sections[attribute(n, "lang")]++
				}
			}
		}
		if len(sections) != 2 || sections["ja"] != sections["en"] || sections["ja"] < 20 {
			t.Errorf("headings and figures by language: %v", sections)
		}
	}
}

// TestSummary: the first screen says what the findings say.
func TestSummary(t *testing.T) {
	quiet := sample(i18n.EN)
	quiet.Findings = nil
	none := &share.Result{Lang: i18n.EN, MinLevel: detect.Medium, Inputs: []share.Input{{Path: "x"}}}
	abroad := sample(i18n.EN)
	for i := range abroad.Findings {
		abroad.Findings[i].Class = direction.Inbound
	}
	late := sample(i18n.EN)
	late.First = -1000 * hour
	unsure := sample(i18n.EN)
	for i := range unsure.Findings {
		unsure.Findings[i].Level = detect.Medium
	}
	for _, tt := range []struct {
		name string
		r    *share.Result
		want []string
		not  []string
	}{
		{"findings", sample(i18n.EN), []string{"4 of our own machines very probably take orders", "The same is possible for 7 more", "Look at 10.0.0.1.", "9 of our own machines seem to take orders", "2 of our own machines seem to attack", "critical: 1, high: 3, medium: 4", "From the very beginning", "1,000 flow records from 2 files", "No content of any communication"}, []string{"abroad."}},
		{"quiet", quiet, []string{"Nothing stands out at level medium or above", "1,000 flow records"}, []string{"What to do first", "All findings"}},
		{"unread", none, []string{"Nothing could be read"}, []string{"NaN"}},
		{"abroad", abroad, []string{"No machine of our own stands out"}, []string{"very probably"}},
		{"late", late, []string{"at the latest"}, []string{"From the very beginning"}},
		{"unsure", unsure, []string{"may take orders from somebody outside", "None of it is certain"}, []string{"very probably"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, page, _ := strings.Cut(write(t, tt.r), `<article class="language" lang="en">`)
			for _, w := range tt.want {
				if !strings.Contains(page, w) {
					t.Errorf("the page does not say %q", w)
				}
			}
			for _, w := range tt.not {
				if strings.Contains(page, w) {
					t.Errorf("the page says %q", w)
				}
			}
		})
	}
}

// TestManyFindings: a flood of findings is told in part, and the page says so.
func TestManyFindings(t *testing.T) {
	r := sample(i18n.EN)
	f := r.Findings[0]
	r.Findings = nil
	for i := range 3000 {
		f.Rank, f.Src = i+1, fmt.Sprintf("10.%d.%d.1", i/250, i%250)
		r.Findings = append(r.Findings, f)
	}
	page := write(t, r)
	if len(page) > 8<<20 {
		t.Errorf("the page has %d octets", len(page))
	}
	for _, want := range []string{"2,500 more findings are not listed", "The last 440 of the list are not told at length"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// TestTemplateKeys: what the template says stands in both catalogues.
func TestTemplateKeys(t *testing.T) {
	text, err := os.ReadFile("page.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	keys := regexp.MustCompile(`\.T "([^"]+)"`).FindAllStringSubmatch(string(text), -1)
	if len(keys) < 20 {
		t.Fatalf("found only %d keys", len(keys))
	}
	for _, m := range keys {
		for _, l := range []i18n.Lang{i18n.JA, i18n.EN} {
			if k := "report." + m[1]; i18n.Say(l, k) == k {
				t.Errorf("%s is not in the catalogue of %s", k, l)
			}
		}
	}
	page := write(t, sample(i18n.EN))
	if m := regexp.MustCompile(`(report|ui|cli|detectors|evidence)\.[a-z_]+(\.[a-z_-]+)?[<" ]|\{[a-z]+\}|%!|&lt;nil`).FindString(regexp.MustCompile(`(?s)<style>.*</style>`).ReplaceAllString(page, "")); m != "" {
		t.Errorf("the page shows %q", m)
	}
}
