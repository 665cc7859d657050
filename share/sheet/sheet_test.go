package sheet_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/share"
	"github.com/noroshi-acd/noroshi/share/sheet"
)

func written(t interface{ Fatal(...any) }, r *share.Result) string {
	var b bytes.Buffer
	if err := sheet.Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWrite(t *testing.T) {
	text := written(t, &share.Result{Marking: share.Green, Findings: []share.Finding{
		{
			Rank: 1, ID: "beacon-1", Kind: detect.Beacon, Level: detect.High, Score: 0.87654, Class: direction.Outbound, Src: "10.0.0.1", Dst: "198.51.100.7", Port: 443, Proto: "tcp",
			Name: "=cmd|' /C calc'!A0", First: 0, Last: 1500e6, Count: 30, Attack: []string{"T1071", "T1573"}, Why: i18n.Text{JA: "「理由」, \"はい\"", EN: "why,\r\nreally"},
			Evidence: []detect.Fact{{Name: "period_s", Value: 60.5}, {Name: "bad", Value: math.NaN()}, {Name: "list", Value: `a "quoted" <b>`}},
		},
		{Rank: 2, Kind: detect.FanIn, Sources: []string{"10.0.0.1", "10.0.0.2"}, Class: direction.Outbound},
	}})
	text, marked := strings.CutPrefix(text, "\ufeff")
	if !marked || strings.Count(text, "\r\n") != 3 || strings.Count(text, "\n") != 3 {
		t.Errorf("no byte order mark, or line ends that are not CRLF: %q", text)
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		sheet.Header(),
		{"1", "beacon-1", "beacon", "high", "0.877", "outbound", "10.0.0.1", "", "198.51.100.7", "443", "tcp", `'=cmd|' /C calc'!A0`, "1970-01-01T00:00:00.000Z", "1970-01-01T00:00:01.500Z", "30", "T1071 T1573", "「理由」, \"はい\"", `why,\x0d\x0areally`, `{"period_s":60.5,"bad":null,"list":"a \"quoted\" \u003cb\u003e"}`, "TLP:GREEN"},
		{"2", "", "fan-in", "low", "0", "outbound", "", "10.0.0.1 10.0.0.2", "", "", "", "", "1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00.000Z", "0", "", "", "", "{}", "TLP:GREEN"},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if !json.Valid([]byte(rows[1][18])) {
		t.Errorf("the evidence is no JSON: %s", rows[1][18])
	}
}

// TestHeaderIsDocumented: the columns stand in the specification in their order.
func TestHeaderIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/spec/findings-csv.md")
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for _, h := range sheet.Header() {
		i := strings.Index(string(text)[at:], "\n| `"+h+"` |")
		if i < 0 {
			t.Fatalf("docs/spec/findings-csv.md does not have the column %s in its place", h)
		}
		at += i + 1
	}
}

// TestSafe: no cell is a formula to a spreadsheet, whatever it is made of, and what
// is harmless stays as it is.
func TestSafe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		got := sheet.Safe(s)
		first := strings.TrimLeftFunc(got, unicode.IsSpace)
		if first != "" && strings.ContainsAny(first[:1], "=+-@") || strings.ContainsAny(got, "\t\r\n\x00") {
			t.Fatalf("Safe(%q) = %q", s, got)
		}
	})
	for s, want := range map[string]string{
		"plain": "plain", "=1": "'=1", "+1": "'+1", "-1": "'-1", "@x": "'@x", " =1": "' =1", "＝1": "'＝1", "a=b": "a=b", "": "", "\t=1": `\x09=1`, "192.0.2.1": "192.0.2.1",
	} {
		if got := sheet.Safe(s); got != want {
			t.Errorf("Safe(%q) = %q, want %q", s, got, want)
		}
	}
}
