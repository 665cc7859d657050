package sheet

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/share"
)

// Header gives the columns. New ones are only added at the end.
func Header() []string {
	return []string{
		"rank", "id", "kind", "level", "score", "direction", "src", "sources", "dst", "port", "proto", "name",
		"first", "last", "count", "attack", "why_ja", "why_en", "evidence", "tlp",
	}
}

// Write writes the findings of r: a byte order mark, without which spreadsheets
// take Japanese for something else, the header, and a row for each. An error is
// w's.
func Write(w io.Writer, r *share.Result) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	c.UseCRLF = true
	if err := c.Write(Header()); err != nil {
		return err
	}
	for i := range r.Findings {
		row := cells(&r.Findings[i], r.Marking)
		for j := range row {
			row[j] = Safe(row[j])
		}
		if err := c.Write(row); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

func cells(f *share.Finding, m share.Marking) []string {
	port := ""
	if f.Port != 0 {
		port = strconv.Itoa(int(f.Port))
	}
	return []string{
		strconv.Itoa(f.Rank), f.ID, string(f.Kind), f.Level.String(), strconv.FormatFloat(detect.Round3(f.Score), 'g', -1, 64), f.Class.String(),
		f.Src, strings.Join(f.Sources, " "), f.Dst, port, f.Proto, f.Name,
		stamp(f.First), stamp(f.Last), strconv.FormatInt(f.Count, 10), strings.Join(f.Attack, " "), f.Why.JA, f.Why.EN, evidence(f.Evidence), m.String(),
	}
}

// evidence writes the figures as one JSON object, in the detector's order.
func evidence(facts []detect.Fact) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, e := range facts {
		if i > 0 {
			b.WriteByte(',')
		}
		if x, ok := e.Value.(float64); ok && (math.IsNaN(x) || math.IsInf(x, 0)) {
			e.Value = nil
		}
		value, err := json.Marshal(e.Value)
		if err != nil {
			value, _ = json.Marshal(fmt.Sprint(e.Value)) // a string always can
		}
		fmt.Fprintf(&b, "%q:%s", e.Name, value)
	}
	b.WriteByte('}')
	return b.String()
}

// Safe makes s harmless in a spreadsheet: control characters are escaped, and what
// begins as a formula gets an apostrophe in front.
func Safe(s string) string {
	s = i18n.Escape(s)
	if strings.IndexAny(strings.TrimLeft(s, " \u3000"), "=+-@＝＋－＠") == 0 {
		return "'" + s
	}
	return s
}

func stamp(ns int64) string { return time.Unix(0, ns).UTC().Format("2006-01-02T15:04:05.000Z") }
