package document_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/share"
	"github.com/noroshi-acd/noroshi/share/document"
)

// TestNew: each thing that is known stands where the schema wants it, errors in the
// language of the one who asked. cli holds whole runs against the schema.
func TestNew(t *testing.T) {
	at := time.Date(2026, 11, 20, 1, 2, 3, 456_000_000, time.UTC)
	r := &share.Result{
		Lang: i18n.JA, Records: 7, Outside: 2, Directions: direction.Counts{direction.Outbound: 5, direction.Unknown: 2},
		Inputs:   []share.Input{{Path: "x", Format: "pcap", Records: 7, Skipped: 1, Errors: []i18n.Text{{JA: "壊れている", EN: "broken"}}}},
		Edge:     &share.Edge{Examined: 5, Domestic: 0, Unknown: 2, Leaving: 3},
		KnownBad: &share.Lists{Indicators: 4},
		Allowed:  []share.Allowed{{Reason: "ours", Expires: at, Hidden: 1}},
		Findings: []share.Finding{{
			ID: "beacon-1", Kind: detect.Beacon, Level: detect.High, Score: 0.87654, Class: direction.Outbound, Src: "10.0.0.1", Name: "a.example",
			First: at.UnixNano(), Last: at.UnixNano(), Count: 3, Evidence: []detect.Fact{{Name: "n", Value: int64(1)}}, Why: i18n.Text{JA: "理由 <&>", EN: "why <&>"},
		}},
	}
	var b bytes.Buffer
	if err := document.Write(&b, document.New(r)); err != nil {
		t.Fatal(err)
	}
	const want = `{"schema":"noroshi-analyze/1","inputs":[{"path":"x","format":"pcap","records":7,"skipped":1,"errors":["壊れている"]}],
"records":7,"records_outside_period":2,"directions":{"domestic":0,"inbound":0,"outbound":5,"transit":0,"unknown":2},
"edge":{"examined":5,"dropped_domestic":0,"dropped_unknown":2,"leaving":3},"known_bad":{"indicators":4,"skipped":0,"errors":[]},
"allowed":[{"reason":"ours","expires":"2026-11-20T01:02:03Z","hidden":1}],
"findings":[{"id":"beacon-1","kind":"beacon","level":"high","score":0.877,"direction":"outbound","src":"10.0.0.1","name":"a.example",
"first":"2026-11-20T01:02:03.456Z","last":"2026-11-20T01:02:03.456Z","count":3,"evidence":{"n":1},"why":{"ja":"理由 <&>","en":"why <&>"},"attack":[]}]}`
	var flat, wanted bytes.Buffer
	if err := json.Compact(&flat, b.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := json.Compact(&wanted, []byte(want)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wanted.String(), flat.String()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// TestWriteShowsNoControlCharacter: whatever a text holds, a terminal is not led.
func TestWriteShowsNoControlCharacter(t *testing.T) {
	r := &share.Result{Inputs: []share.Input{{Path: "\x1b[2J\u202e\u0085"}}}
	var b bytes.Buffer
	if err := document.Write(&b, document.New(r)); err != nil {
		t.Fatal(err)
	}
	for _, c := range b.String() {
		if c < ' ' && c != '\n' || c == '\u202e' || c == '\u0085' {
			t.Errorf("the document holds %U", c)
		}
	}
}
