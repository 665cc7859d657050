package row

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/flow/lines"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

const head = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"

// scan gives the raw values of fields of each row, and each fault as
// "line:offset field: message".
func scan(in io.Reader, l Log, fields ...Field) (rows, faults []string) {
	s := NewScanner(in, "x.log", l, 16)
	for {
		r, err := s.Next()
		if err == nil {
			var cells []string
			for _, f := range fields {
				cells = append(cells, string(r.Text(f)))
			}
			rows = append(rows, strings.Join(cells, "|"))
			continue
		}
		var e *fault.Error
		if !errors.As(err, &e) {
			return rows, faults
		}
		faults = append(faults, fmt.Sprintf("%d:%d %s", e.Place.Line, e.Place.Offset, e.Msg))
		if e.Kind == fault.Internal {
			return rows, faults
		}
	}
}

func TestRecognise(t *testing.T) {
	for _, tt := range []struct {
		name, in, want string
		ok             bool
	}{
		{"conn", head + "#path\tconn\n#fields\tts\tuid\n", "conn", true},
		{"open", head + "#path\topen_ssl\n#fields\tts\tuid\n", "open_ssl", true},
		{"unused", head + "#path\tweird\n#fields\tts\tuid\n", "other", true},
		{"unused with conn's columns", head + "#path\tconn_long\n#fields\tts\tid.orig_h\tconn_state\n", "other", true},
		{"no path", head + "#fields\tts\tuid\tid.orig_h\tid.resp_h\tproto\tconn_state\n", "conn", true},
		{"no path, ssl", "#fields\tts\tuid\tid.orig_h\tcipher\tserver_name\n", "ssl", true},
		{"no path, http", "#fields\tts\tuid\tid.orig_h\ttrans_depth\tmethod\thost\turi\n", "http", true},
		{"no path, sip", "#fields\tts\tuid\tid.orig_h\ttrans_depth\tmethod\turi\n", "other", true},
		{"comma", "#separator \\x2c\n#set_separator,|\n#path,dns\n#fields,ts,uid,query\n", "dns", true},
		{"byte order mark", "\xef\xbb\xbf" + head + "#path\thttp\n#fields\tts\n", "http", true},
		{"windows", strings.ReplaceAll(head+"#path\tx509\n#fields\tts\n", "\n", "\r\n"), "x509", true},
		{"100 bytes", (head + "#path\tconn\n#open")[:75], "other", true},
		{"first line only", "#separator \\x09", "other", true},
		{"after a closed log", "#close\t2020-01-01-00-00-00\n" + head + "#path\tdns\n#fields\tts\n", "dns", true},
		{"comment of another program", "#!/bin/sh\n", "other", false},
		{"yaml", "# fields\n", "other", false},
		{"JSON conn", `{"ts":1.5,"uid":"C1","id.orig_h":"1.2.3.4","conn_state":"SF"}`, "conn (JSON)", true},
		{"JSON nested", `{"ts":1.5,"uid":"C1","id":{"orig_h":"1.2.3.4"},"conn_state":"SF"}`, "conn (JSON)", true},
		{"JSON dns", `{"ts":1.5,"uid":"C1","id.orig_h":"1.2.3.4","query":"a.b"}`, "dns (JSON)", true},
		{"JSON x509", `{"ts":"2022-01-01T00:00:00Z","fingerprint":"ab","certificate.subject":"CN=x"}`, "x509 (JSON)", true},
		{"JSON x509 nested", `{"ts":1,"id":"F1","certificate":{"subject":"CN=x"}}`, "x509 (JSON)", true},
		{"JSON ssl", `{"ts":1.5,"uid":"C1","id.orig_h":"1.2.3.4","established":false}`, "ssl (JSON)", true},
		{"JSON quic", `{"ts":1.5,"uid":"C1","id.orig_h":"1.2.3.4","version":"1","server_name":"x","history":"ISis"}`, "other (JSON)", true},
		{"JSON named", `{"_path":"open_conn","ts":1.5,"uid":"C1"}`, "open_conn (JSON)", true},
		{"JSON told by its second line", "{\"ts\":1,\"uid\":\"C1\",\"id.orig_h\":\"1.2.3.4\",\"trans_depth\":1}\n{\"ts\":1,\"uid\":\"C1\",\"host\":\"x\",\"trans_depth\":1}\n", "http (JSON)", true},
		{"JSON cut off", `{"ts":1.5,"uid":"C1","id.orig_h":"1.2.3.4","conn_state":"SF","hist`, "conn (JSON)", true},
		{"JSON unused", `{"ts":1.5,"host":"1.2.3.4"}`, "other (JSON)", true},
		{"JSON of another program", `{"timestamp":"2022-01-01T00:00:00Z","event_type":"dns","flow_id":1}`, "other", false},
		{"JSON without time", `{"uid":"C1"}`, "other", false},
		{"broken JSON", `{]`, "other", false},
		{"empty", "", "other", false}, {"blank", "\n\n", "other", false}, {"binary", "\xd4\xc3\xb2\xa1", "other", false},
		{"csv", "ts,uid\n1,2\n", "other", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, ok := Recognise([]byte(tt.in))
			if ok != tt.ok || l.String() != tt.want {
				t.Errorf("Recognise = %v, %v; want %v, %v", l, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestTSV(t *testing.T) {
	const fields = "#path\tconn\n#fields\tts\tuid\tservice\n"
	for _, tt := range []struct {
		name, in     string
		rows, faults []string
	}{
		{"plain", head + fields + "1\tC1\tdns\n2\tC2\tssl\n#close\tx\n", []string{"1|C1|dns", "2|C2|ssl"}, nil},
		{"no last newline", head + fields + "1\tC1\tdns", []string{"1|C1|dns"}, nil},
		{"windows", strings.ReplaceAll(head+fields+"1\tC1\tdns\n", "\n", "\r\n"), []string{"1|C1|dns"}, nil},
		{"unset and empty", head + fields + "1\t-\t(empty)\n", []string{"1||"}, nil},
		{"escapes", head + fields + `1` + "\t" + `a\x09b\\c\xZZ` + "\tdns\n", []string{"1|a\tb\\c\\xZZ|dns"}, nil},
		{"other words", "#separator \\x09\n#unset_field\tNA\n#empty_field\tnone\n" + fields + "1\tNA\tnone\n2\t-\tx\n", []string{"1||", "2|-|x"}, nil},
		{"other separator", "#separator \\x2c\n#set_separator,|\n#path,conn\n#fields,service,x,ts\ndns,?,1\n", []string{"1||dns"}, nil},
		{"other order", head + "#path\tconn\n#fields\tx\tservice\tuid\ty\tts\tz\n?\tdns\tC1\t?\t1\t?\n", []string{"1|C1|dns"}, nil},
		{"missing columns", head + "#path\tconn\n#fields\tts\n1\n", []string{"1||"}, nil},
		{"second header", head + fields + "1\tC1\tdns\n" + head + "#path\tconn\n#fields\tservice\tts\nssl\t2\n", []string{"1|C1|dns", "2||ssl"}, nil},
		{"unused log between", head + fields + "1\tC1\tdns\n#path\tweird\n#fields\tts\tname\n9\tx\n" + fields + "2\tC2\t-\n", []string{"1|C1|dns", "2|C2|"}, nil},
		{"labels in columns", head + "#path\tconn\n#fields\tts\tuid\tservice\tlabel\tdetailedlabel\n1\tC1\tdns\tBenign\tx y\n", []string{"1|C1|dns"}, nil},
		{"labels after spaces", head + "#path\tconn\n#fields\tts\tuid\tservice   label   detailed-label\n1\tC1\tdns   Malicious   C&C\n2\tC2\t-   Benign   -\n", []string{"1|C1|dns", "2|C2|"}, nil},
		{"labels without header", head + fields + "1\tC1\tdns\tBenign\tx\n", []string{"1|C1|dns"}, nil},
		{"truncated last line", head + fields + "1\tC1\tdns\n2\tC", []string{"1|C1|dns"}, []string{"8:112 the line has 2 columns, but its header names 3"}},
		{"too many columns", head + fields + "1\t2\t3\t4\t5\t6\t7\t8\n", nil, []string{"7:103 the line has 8 columns, but its header names 3"}},
		{"garbage between", head + fields + "1\tC1\tdns\nwhat is this\n\x00\x01\n\n2\tC2\tssl\n", []string{"1|C1|dns", "2|C2|ssl"},
			[]string{"8:112 the line has 1 column, but its header names 3", "9:125 the line holds a zero byte"}},
		{"JSON between", head + fields + "{\"ts\":1}\n2\tC2\tssl\n", []string{"2|C2|ssl"}, []string{"7:103 a JSON line stands in a TSV log"}},
		{"no header", "1\tC1\tdns\n", nil, []string{"1:0 a line of values stands before any #fields header"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, in := range []io.Reader{strings.NewReader(tt.in), iotest.OneByteReader(strings.NewReader(tt.in))} {
				rows, faults := scan(in, Log{Kind: Conn}, TS, UID, Service)
				if diff := cmp.Diff(tt.rows, rows); diff != "" {
					t.Errorf("rows: -want +got\n%s", diff)
				}
				if diff := cmp.Diff(tt.faults, faults); diff != "" {
					t.Errorf("faults: -want +got\n%s", diff)
				}
			}
		})
	}
}

func TestJSON(t *testing.T) {
	for _, tt := range []struct {
		name, in     string
		rows, faults []string
	}{
		{"dotted", `{"ts":1.5,"uid":"C1","id.orig_h":"1.2.3.4"}`, []string{"1.5|C1|1.2.3.4|"}, nil},
		{"nested", `{"uid":"C1","id":{"resp_p":53,"orig_h":"1.2.3.4"},"ts":1.5}`, []string{"1.5|C1|1.2.3.4|"}, nil},
		{"underlined", `{"ts":1.5,"uid":"C1","id_orig_h":"1.2.3.4"}`, []string{"1.5|C1|1.2.3.4|"}, nil},
		{"spaces", ` { "ts" : 1.5 , "uid" : "C1" , "x":[1,{"a":"]"},"\"" ] , "y" : { } } `, []string{"1.5|C1||"}, nil},
		{"unset", `{"ts":1,"uid":null,"id.orig_h":"","query":"-"}`, []string{"1|||"}, nil},
		{"escapes", `{"ts":1,"query":"a\u0041\"\\\/\n\\xffb\ud83d\ude00\ud83d"}`, []string{"1|||aA\"\\/\n\xffb😀\ufffd"}, nil},
		{"inner members are others", `{"ts":1,"x":{"ts":2,"uid":"no"}}`, []string{"1|||"}, nil},
		{"nothing carried over", "{\"ts\":1,\"uid\":\"C1\"}\n{\"ts\":2}\n", []string{"1|C1||", "2|||"}, nil},
		{"truncated", "{\"ts\":1,\"uid\":\"C1\"}\n{\"ts\":2,\"uid", []string{"1|C1||"}, []string{"2:20 the line is not one whole JSON object"}},
		{"two in a line", `{"ts":1}{"ts":2}`, nil, []string{"1:0 the line is not one whole JSON object"}},
		{"not an object", `[1]`, nil, []string{"1:0 the line is not one whole JSON object"}},
		{"crossed brackets", `{"ts":1,"x":[{]}}`, nil, []string{"1:0 the line is not one whole JSON object"}},
		{"zero byte", "{\"ts\":1,\"x\":\"\x00\"}", nil, []string{"1:0 the line holds a zero byte"}},
		{"TSV between", "{\"ts\":1}\n#fields\tts\n1\tC1\n{\"ts\":2}", []string{"1|||", "2|||"}, []string{"2:9 a TSV line stands in a JSON log", "3:20 a TSV line stands in a JSON log"}},
		{"deep", `{"ts":1,"x":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, nil, []string{"1:0 the line is not one whole JSON object"}},
		{"named lines", "{\"_path\":\"weird\",\"ts\":1}\n{\"_path\":\"dns\",\"ts\":2}", []string{"2|||"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rows, faults := scan(strings.NewReader(tt.in), Log{Kind: DNS, JSON: true}, TS, UID, OrigH, Query)
			if diff := cmp.Diff(tt.rows, rows); diff != "" {
				t.Errorf("rows: -want +got\n%s", diff)
			}
			if diff := cmp.Diff(tt.faults, faults); diff != "" {
				t.Errorf("faults: -want +got\n%s", diff)
			}
		})
	}
}

func TestList(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		l        Log
		want     string
	}{
		{"TSV", head + "#path\tdns\n#fields\tanswers\na,b\\x2cc,-,d\n", Log{}, "[a] [b,c] [] [d]"},
		{"other separator", "#separator \\x09\n#set_separator\t|\n#path\tdns\n#fields\tanswers\na,b|c\n", Log{}, "[a,b] [c]"},
		{"unset", head + "#path\tdns\n#fields\tanswers\n-\n", Log{}, ""},
		{"empty", head + "#path\tdns\n#fields\tanswers\n(empty)\n", Log{}, ""},
		{"JSON", `{"answers":["a","b,c",null,"d\u0041",60.0]}`, Log{Kind: DNS, JSON: true}, "[a] [b,c] [] [dA] [60.0]"},
		{"JSON empty", `{"answers":[]}`, Log{Kind: DNS, JSON: true}, ""},
		{"JSON as text", `{"answers":"a,b"}`, Log{Kind: DNS, JSON: true}, "[a] [b]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := NewScanner(strings.NewReader(tt.in), "", tt.l, 64).Next()
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for l := r.List(Answers); l.Next(); {
				got = append(got, fmt.Sprintf("[%s]", l.Value))
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestLongLines(t *testing.T) {
	long := strings.Repeat("x", 3*lines.MaxLine)
	in := head + "#path\tconn\n#fields\tts\tuid\tservice\n1\tC1\tdns\n" + long + "\n2\tC2\tssl\n" + long
	s := NewScanner(strings.NewReader(in), "x.log", Log{}, 16)
	var got []string
	for {
		r, err := s.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			got = append(got, fmt.Sprintf("%v at line %d", fault.KindOf(err) == fault.Limit, s.lines.Number()))
			continue
		}
		got = append(got, string(r.Text(UID)))
	}
	want := []string{"C1", "true at line 8", "C2", "true at line 10"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if s.lines.Buffered() > lines.MaxLine+1 {
		t.Errorf("the buffer grew to %d bytes", s.lines.Buffered())
	}
}

func TestBreakOff(t *testing.T) {
	in := io.MultiReader(strings.NewReader(head+"#path\tconn\n#fields\tts\tuid\tservice\n1\tC1\tdns\n2\tC2\tss"), iotest.ErrReader(io.ErrUnexpectedEOF))
	rows, faults := scan(in, Log{}, TS, UID)
	if diff := cmp.Diff([]string{"1|C1"}, rows); diff != "" {
		t.Errorf("rows: -want +got\n%s", diff)
	}
	if diff := cmp.Diff([]string{"8:112 the file breaks off here; what came before was used"}, faults); diff != "" {
		t.Errorf("faults: -want +got\n%s", diff)
	}
}

// TestSplitAgainstStrings compares the fast splitting with strings.Split.
func TestSplitAgainstStrings(t *testing.T) {
	all := names()
	rapid.Check(t, func(t *rapid.T) {
		columns := rapid.SliceOfNDistinct(rapid.SampledFrom(append(all[1:cipher:cipher], "x", "y", "label", "user_agent")), 1, 30, rapid.ID[string]).Draw(t, "columns")
		var in bytes.Buffer
		fmt.Fprintf(&in, "%s#path\tconn\n#fields\t%s\n", head, strings.Join(columns, "\t"))
		var want []map[string]string
		for range rapid.IntRange(0, 5).Draw(t, "rows") {
			cells := rapid.SliceOfN(rapid.StringMatching(`[ -\[\]-~]{0,20}`), len(columns), len(columns)).Draw(t, "cells")
			line := strings.Join(cells, "\t")
			if line == "" || line[0] == '#' || line[0] == '{' {
				continue
			}
			in.WriteString(line + "\n")
			m := map[string]string{}
			for i, c := range strings.Split(line, "\t") {
				if c != "-" && c != "(empty)" {
					m[columns[i]] = c
				}
			}
			want = append(want, m)
		}
		s := NewScanner(&in, "", Log{}, rapid.IntRange(1, 300).Draw(t, "buffer"))
		for i := 0; ; i++ {
			r, err := s.Next()
			if err == io.EOF {
				if i != len(want) {
					t.Fatalf("%d rows, want %d", i, len(want))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for f := TS; f < cipher; f++ {
				if got := string(r.Text(f)); got != want[i][f.String()] {
					t.Fatalf("row %d, %v = %q, want %q", i, f, got, want[i][f.String()])
				}
			}
		}
	})
}

// TestSentences checks that each fault has its sentence and hint in both
// languages.
func TestSentences(t *testing.T) {
	for _, key := range []string{
		"file.open", "file.read", "line.columns", "line.header", "line.json-in-tsv", "line.long", "line.nul", "line.object", "line.tsv-in-json",
		"value.address", "value.count", "value.interval", "value.missing", "value.name", "value.port", "value.time",
	} {
		for _, l := range []i18n.Lang{i18n.EN, i18n.JA} {
			for _, k := range []string{"zeek." + key, "zeek." + key + "-hint"} {
				if got := i18n.Say(l, k); got == k {
					t.Errorf("%s: %s is missing", l, k)
				}
			}
		}
	}
}

func fuzz(t *testing.T, in []byte, l Log) {
	Recognise(in)
	s := NewScanner(bytes.NewReader(in), "x", l, 32)
	for range len(in) + 2 {
		r, err := s.Next()
		if err != nil {
			if fault.KindOf(err) == fault.Internal {
				return
			}
			continue
		}
		for f := TS; f < numFields; f++ {
			if v := r.Text(f); len(v) > len(in) {
				t.Fatalf("%v has %d bytes of %d", f, len(v), len(in))
			}
			n := 0
			for list := r.List(f); list.Next(); n++ {
				if n > len(in) {
					t.Fatalf("the list %v does not end", f)
				}
			}
		}
		r.Time(TS)
		r.Addr(OrigH)
		r.Port(OrigP)
		r.Interval(Duration)
	}
	t.Fatal("more rows than bytes")
}

func FuzzTSV(f *testing.F) {
	f.Add([]byte(head + "#path\tconn\n#fields\tts\tuid\tid.orig_h\tservice\n1\tC1\t1.2.3.4\tdns,ssl\n2\tC\\x4\t::1%\t-\n"))
	f.Add([]byte("#separator \\x2c\n#set_separator,\n#fields,ts,answers label\n1,a b\n"))
	f.Add([]byte("#separator \\\n#unset_field\n#fields\t\n\t\n"))
	f.Fuzz(func(t *testing.T, in []byte) { fuzz(t, in, Log{}) })
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"ts":1.5,"id":{"orig_h":"1.2.3.4"},"answers":["a\u0041",{"x":[]},null],"query":"\ud83d\\xff"}`))
	f.Add([]byte(`{"_path":"dns","ts":"2022-01-01T00:00:00Z","a":"\\"}{`))
	f.Fuzz(func(t *testing.T, in []byte) { fuzz(t, in, Log{Kind: DNS, JSON: true}) })
}
