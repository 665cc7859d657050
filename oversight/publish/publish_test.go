package publish_test

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/fact"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/figures"
	"github.com/noroshi-acd/noroshi/oversight/publish"
)

func year() *figures.Figures {
	return &figures.Figures{
		Disposed: 3, First: 0, Last: 12345, From: 1795309200, Until: 1795309200 + 365*86400, Origin: "log.example/decisions",
		Items: []figures.Item{
			{ID: "1", Cite: fact.Cites{"Act 42 art. 61"}, Mark: fact.Remembered, Name: paper.Words{EN: "transit collection", JA: "外外通信目的送信措置"}, Rules: "jp-gg", Says: paper.Words{EN: "requests & approvals", JA: "承認の求め及び承認の件数"}, Counts: []figures.Count{{Class: proof.Application, Instrument: "jp-gg", N: 41}, {Class: proof.Approval, Instrument: "jp-gg", N: 1377}}},
			{ID: "4", Rules: "jp-gg", Says: paper.Words{EN: "inspections", JA: "検査の概要"}, Counts: []figures.Count{{Class: proof.Inspection, N: 0}}},
			{ID: "4", Rules: "jp-ig", Says: paper.Words{EN: "inspections", JA: "検査の概要"}, Counts: []figures.Count{{Class: proof.Inspection, N: 0}}},
		},
		Outlines: []figures.Outline{{Class: proof.Inspection, Index: 77, Text: "<script>alert(1)</script> =1+1"}},
		Periods:  []paper.Digest{paper.DigestOf(nil)}, Shut: []figures.Span{},
		Repeats:  []figures.Repeats{{Instrument: "jp-gg", N: 5, Of: 37}},
		Withheld: []figures.Withheld{{Class: proof.Demand, N: 2, Reason: "investigation"}},
		Sealed:   []proof.Sealed{{N: 9, Reason: "investigation", Until: "2027-01-01"}},
	}
}

// TestEveryNumberIsThere: page and CSV say each number of the paper in both languages,
// and no other; what others wrote stays text.
func TestEveryNumberIsThere(t *testing.T) {
	for _, l := range []i18n.Lang{i18n.EN, i18n.JA} {
		var page, table bytes.Buffer
		if err := publish.HTML(&page, year(), l, nil); err != nil {
			t.Fatal(err)
		}
		if err := publish.CSV(&table, year(), l); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&table).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		sum := int64(0)
		for _, r := range rows[1:] {
			n, err := strconv.ParseInt(r[4], 10, 64)
			if err != nil {
				t.Errorf("%q is no number", r[4])
			}
			sum += n
		}
		if want := int64(41 + 1377 + 0 + 0 + 5 + 37 + 2 + 9 + 3); sum != want || len(rows) != 10 {
			t.Errorf("%s: the numbers come to %d in %d rows, want %d", l, sum, len(rows), want)
		}
		cells := numbers(t, page.Bytes())
		if got := strings.Join(cells, " "); got != "41 1,377 0" { // what two instruments ask for stands once
			t.Errorf("%s: the page's cells: %s", l, got)
		}
		for _, want := range []string{`<svg`, `lang="` + string(l) + `"`, "12344", "&lt;script&gt;", "[R]", "jp-ig", i18n.Say(l, "publish.mark.R"), i18n.Say(l, "publish.reason.investigation"), `<td class="of">37</td><td class="of">5</td>`} {
			if !strings.Contains(page.String(), want) {
				t.Errorf("%s: the page does not have %s", l, want)
			}
		}
		if strings.Contains(page.String(), "<script") || strings.Contains(page.String(), "http://") || strings.Contains(page.String(), "publish.") {
			t.Errorf("%s: script, something from elsewhere, or a sentence without words", l)
		}
	}
}

// numbers gives the cells of class n in the body of the page's tables.
func numbers(t *testing.T, page []byte) (cells []string) {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode && n.Data == "td" && len(n.Attr) == 1 && n.Attr[0].Val == "n" {
			cells = append(cells, n.FirstChild.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(doc)
	return cells
}

// TestDoubtsComeFirst: a page of figures that are not final says so before any number, and
// one that has no doubts says nothing of the kind.
func TestDoubtsComeFirst(t *testing.T) {
	for _, l := range []i18n.Lang{i18n.EN, i18n.JA} {
		var page, sure bytes.Buffer
		if err := publish.HTML(&page, year(), l, nil, i18n.Text{EN: "<not over>", JA: "<not over>"}); err != nil {
			t.Fatal(err)
		}
		if err := publish.HTML(&sure, year(), l, nil); err != nil {
			t.Fatal(err)
		}
		says, doubt, first := i18n.Say(l, "publish.unready"), strings.Index(page.String(), "&lt;not over&gt;"), strings.Index(page.String(), "<table")
		if !strings.Contains(page.String(), says) || doubt < 0 || doubt > first || strings.Contains(sure.String(), says) {
			t.Errorf("%s: the doubt stands at %d, the first table at %d", l, doubt, first)
		}
	}
}
