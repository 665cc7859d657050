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
			Gaps: []detect.GapCount{{From: 0, To: 1.5, Count: 2}}, PastMore: 1,
			Past: []share.Sighting{{Addr: "192.0.2.1", Name: "a.example", From: detect.NameSNI, First: at.UnixNano(), Last: at.UnixNano(), Count: 4}, {Certificate: &detect.Certificate{Subject: "CN=a", NotAfter: at.UnixNano()}, First: at.UnixNano(), Last: at.UnixNano()}},
		}},
		Unused:    &share.Lists{Skipped: 2},
		Exporters: []share.Exporter{{Addr: "192.0.2.9", Protocol: "IPFIX", Messages: 3, Flows: 4, Lost: 1, Units: share.Records}, {Protocol: "sFlow v5", Dropped: 6}},
	}
	var b bytes.Buffer
	if err := document.Write(&b, document.New(r)); err != nil {
		t.Fatal(err)
	}
	const want = `{"schema":"noroshi-analyze/1","inputs":[{"path":"x","format":"pcap","records":7,"skipped":1,"errors":["壊れている"]}],
"records":7,"records_outside_period":2,"directions":{"domestic":0,"inbound":0,"outbound":5,"transit":0,"unknown":2},
"edge":{"examined":5,"dropped_domestic":0,"dropped_unknown":2,"leaving":3},"known_bad":{"indicators":4,"skipped":0,"errors":[]},"unused_entries":{"skipped":2,"errors":[]},
"exporters":[{"address":"192.0.2.9","protocol":"IPFIX","domain":0,"datagrams":3,"flows":4,"unread_sets":0,"lost":1,"lost_unit":"records"},
{"address":"","protocol":"sFlow v5","domain":0,"datagrams":0,"flows":0,"unread_sets":0,"lost":0,"dropped_packets":6}],
"allowed":[{"reason":"ours","expires":"2026-11-20T01:02:03Z","hidden":1}],
"findings":[{"id":"beacon-1","kind":"beacon","level":"high","score":0.877,"direction":"outbound","src":"10.0.0.1","name":"a.example",
"first":"2026-11-20T01:02:03.456Z","last":"2026-11-20T01:02:03.456Z","count":3,"evidence":{"n":1},"why":{"ja":"理由 <&>","en":"why <&>"},"attack":[],
"gaps":[{"from_s":0,"to_s":1.5,"count":2}],"history":[{"address":"192.0.2.1","name":"a.example","shown_by":"tls","first":"2026-11-20T01:02:03.456Z","last":"2026-11-20T01:02:03.456Z","count":4},
{"shown_by":"certificate","certificate":{"subject":"CN=a","not_after":"2026-11-20T01:02:03.456Z"},"first":"2026-11-20T01:02:03.456Z","last":"2026-11-20T01:02:03.456Z","count":0}],"history_more":1}]}`
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
