package history

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

func file(t *testing.T, text string) []string {
	t.Helper()
	path := t.TempDir() + "/export"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{path}
}

func at(s string) int64 {
	t, err := time.Parse("2006-01-02T15:04:05", s)
	if err != nil {
		panic(err)
	}
	return t.UnixNano()
}

const ctJSON = `[{"issuer_ca_id":1,"common_name":"Example.com","name_value":"example.com\nwww.example.com\n*.cdn.example.com","id":7,"entry_timestamp":"2024-03-02T03:04:05.678","not_before":"2024-03-02T02:04:05","not_after":"2024-05-31T02:04:04"},
 {"common_name":"example.com","name_value":"example.com","entry_timestamp":"2020-01-01T00:00:00","not_before":"2020-01-01T01:00:00"},
 {"common_name":"","name_value":"","not_before":"2024-01-01T00:00:00"}]`

func TestCertificates(t *testing.T) {
	forms := map[string]string{
		"array": ctJSON,
		"lines": strings.Trim(strings.ReplaceAll(ctJSON, "},\n {", "}\n{"), "[]"),
		"csv":   "common_name,name_value,entry_timestamp,not_before\nExample.com,\"example.com\nwww.example.com\n*.cdn.example.com\",2024-03-02T03:04:05.678,2024-03-02T02:04:05\nexample.com,example.com,2020-01-01T00:00:00,2020-01-01T01:00:00\n,,,2024-01-01\n",
		"page":  "crt.sh ID,Logged At,Not Before,Not After,Common Name,Matching Identities,Issuer Name\n7,2024-03-02T03:04:05,2024-03-02T02:04:05,x,Example.com,example.com<BR>www.example.com<BR>*.cdn.example.com,CA\n8,2020-01-01,2020-01-01T01:00:00,x,example.com,example.com,CA\n9,,,,,,\n",
	}
	for name, text := range forms {
		t.Run(name, func(t *testing.T) {
			var skips fault.Skips
			b, err := Load(file(t, text), nil, &skips)
			if err != nil {
				t.Fatal(err)
			}
			e, _ := b.Of("www.example.com")
			if e.Certified != at("2024-03-02T02:04:05") || e.Certificates != 1 {
				t.Errorf("www.example.com: %+v", e)
			}
			if e, ok := b.Of("x.cdn.example.com"); !ok || e.Certified == 0 {
				t.Error("a certificate for all names of a parent is not found")
			}
			if first, ok := b.FirstSeen("new.example.com"); !ok || first != at("2020-01-01T00:00:00") {
				t.Errorf("example.com first seen %v %v", time.Unix(0, first).UTC(), ok)
			}
			if _, ok := b.FirstSeen("other.example"); ok {
				t.Error("an unknown name is known")
			}
			if skips.Count != 1 || !strings.Contains(skips.First[0].Error(), "export:") {
				t.Errorf("skipped %d: %v", skips.Count, skips.First)
			}
		})
	}
}

func TestPassive(t *testing.T) {
	text := `{"cond":"begin"}
{"rrname":"a.example.","rrtype":"A","rdata":"192.0.2.1","time_first":1600000000,"time_last":1700000000,"count":4}
{"obj":{"rrname":"b.example.","rrtype":"NS","rdata":["x","y"],"zone_time_first":1500000000,"zone_time_last":1600000000}}
{"rrname":"a.example","time_first":"2019-01-01T00:00:00","time_last":"2019-02-01T00:00:00"}
{"rrname":"c.example"}
not json
{"rrname":5,"time_first":1}
{"cond":"succeeded"}
{"rrname":"cut.example","time_first":16`
	var skips fault.Skips
	b, err := Load(nil, file(t, text), &skips)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := b.Of("a.example")
	want := Entry{Resolved: at("2019-01-01T00:00:00"), LastSeen: 1700000000e9, Records: 2}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if e, _ := b.Of("b.example"); e.Resolved != 1500000000e9 {
		t.Errorf("b.example: %+v", e)
	}
	if b.Len() != 2 || skips.Count != 4 {
		t.Errorf("%d names, %d skipped: %v", b.Len(), skips.Count, skips.First)
	}
	for i, line := range []string{":5", ":6", ":7", ":9"} {
		if i < len(skips.First) && !strings.Contains(skips.First[i].Error(), "export"+line) {
			t.Errorf("skip %d: %v, want line %s", i, skips.First[i], line)
		}
	}
	strict := fault.Skips{Strict: true}
	if _, err := Load(nil, file(t, text), &strict); err == nil {
		t.Error("strict reading goes on")
	}
}

func TestLoadFails(t *testing.T) {
	if _, err := Load([]string{"/nowhere/x"}, nil, nil); fault.KindOf(err) != fault.NotFound {
		t.Errorf("missing file: %v", err)
	}
	if _, err := Load(file(t, "a,b,c\n1,2,3\n"), nil, nil); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a table of something else: %v", err)
	}
	if _, err := Load(file(t, "common_name,not_before\n\""+strings.Repeat("x\n", maxObject)), nil, nil); fault.KindOf(err) != fault.Limit {
		t.Errorf("a quote without an end: %v", err)
	}
	var skips fault.Skips
	b, err := Load(file(t, `[{"common_name":"`+strings.Repeat("x", 2*maxObject)+`"},{"common_name":"a.example","not_before":"2024-01-01"}]`), nil, &skips)
	if err != nil || b.Len() != 1 || skips.Count != 1 {
		t.Errorf("a large object: %v, %d names, %d skipped", err, b.Len(), skips.Count)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{ctJSON, "a,b\n", "{\"obj\":{\"rrname\":\"a\"}}", "[{]}", "{\"a\":\"\\", "common_name,not_before\n\"x", "\xef\xbb\xbf[{}]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, read := range []func(*Book, *reader) error{(*Book).certificates, (*Book).passive} {
			b := &Book{names: map[string]Entry{}}
			_ = read(b, newReader(strings.NewReader(s), "x", nil))
			for n, e := range b.names {
				if n == "" || e.Certificates+e.Records == 0 {
					t.Errorf("%q: %+v", n, e)
				}
			}
		}
	})
}
