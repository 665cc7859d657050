package feed

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/detect/knownbad/indicator"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// basket takes items as lines.
type basket struct {
	lines  []string
	warned string // an address that a warning list holds
	full   error
}

func (b *basket) Begin(string) error { return nil }

func (b *basket) Add(i *indicator.Indicator, line int64) error {
	if b.full != nil {
		return b.full
	}
	what := i.Text
	if i.Kind <= indicator.Prefix {
		what = i.Prefix.String()
	}
	if b.warned != "" && strings.HasPrefix(what, b.warned) {
		i.Warned = "resolvers"
	}
	day := func(ns int64) string {
		if ns == 0 {
			return "-"
		}
		return time.Unix(0, ns).UTC().Format(time.DateOnly)
	}
	v := i.Voice
	b.lines = append(b.lines, fmt.Sprintf("%d %s %s|%s|%s|%s|%s %s..%s", line, what, v.Feed, v.Grade(), v.Licence, v.TLP, i.Source, day(i.Since), day(i.Expires)))
	return nil
}

func write(t testing.TB, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const event = `{"Event":{"Orgc":{"name":"CERT"},"timestamp":"1767312000","Tag":[{"name":"tlp:amber"},{"name":"admiralty-scale:source-reliability=\"a\""}],"Attribute":[
{"type":"ip-dst","value":"198.51.100.30","to_ids":true},{"type":"sha256","value":"x","to_ids":true}]}}`

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "list.txt", "198.51.100.7\n10.0.0.1\n198.51.100.8\n")
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	fmt.Fprint(z, "ip,expires\n198.51.100.9,2026-01-31\n")
	z.Close()
	write(t, dir, "packed", packed.String())
	write(t, dir, "b.json", `{"type":"bundle","objects":[{"type":"indicator","id":"indicator--1","valid_from":"2026-01-02T00:00:00Z","valid_until":"2026-03-01T00:00:00Z","pattern":"[ipv4-addr:value = '198.51.100.20']"}]}`)
	id := "5f0c2b6e-0000-4000-8000-00000000000"
	write(t, dir, "misp/manifest.json", `{"`+id+`1":{},"`+id+`2":{},"../list":{}}`)
	write(t, dir, "misp/"+id+"1.json", event)
	write(t, dir, "misp/unlisted.json", event)
	path := write(t, dir, "feeds.toml", `
[[feed]]
path = "list.txt"
source = "Partner"
reliability = "b"
credibility = 2
licence = "CC0"
tlp = "green"
as_of = 2026-01-10
days = 10
[[feed]]
path = "packed"
expires = "2026-12-31"
[[feed]]
path = "b.json"
days = 30
[[feed]]
path = "misp"
reliability = "C"
`)
	feeds, err := Describe(path)
	if err != nil {
		t.Fatal(err)
	}
	var skips fault.Skips
	b := &basket{warned: "198.51.100.8"}
	reports, err := Load(feeds, b, Options{Now: time.Date(2026, 2, 15, 0, 0, 0, 0, time.UTC), Skips: &skips})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"1 198.51.100.7/32 Partner|B2|CC0|TLP:GREEN| 2026-01-10..2026-01-20",
		"3 198.51.100.8/32 Partner|B2|CC0|TLP:GREEN| 2026-01-10..2026-01-20",
		"2 198.51.100.9/32 packed|||| -..2026-02-01",
		"1 198.51.100.20/32 b.json|||| 2026-01-02..2026-02-01",
		"2 198.51.100.30/32 misp|C-||TLP:AMBER|CERT 2026-01-02..-", // the receiver's grade of the source holds
	}
	if d := cmp.Diff(want, b.lines); d != "" {
		t.Error("-want +got\n", d)
	}
	var got []string
	for i := range reports {
		r := &reports[i]
		got = append(got, fmt.Sprintf("%s %s %d taken %d expired %d warned %v", r.Source, r.Format, r.Taken, r.Expired, r.Warned, r.Refused))
	}
	want = []string{
		"Partner list 2 taken 2 expired 1 warned map[private:1]", "packed list 1 taken 1 expired 0 warned map[]",
		"b.json stix 1 taken 1 expired 0 warned map[]", "misp misp 1 taken 0 expired 0 warned map[file:1 manifest:1 missing:1]",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error("-want +got\n", d)
	}
	if skips.Count != 3 {
		t.Errorf("%d damaged: %v", skips.Count, skips.First)
	}
}

func TestLoadFails(t *testing.T) {
	dir := t.TempDir()
	load := func(text string, strict bool, b *basket) ([]Report, error) {
		write(t, dir, "f", text)
		return Load([]Feed{{Path: filepath.Join(dir, "f"), Format: Auto}}, b, Options{Skips: &fault.Skips{Strict: strict}})
	}
	full := errors.New("full")
	for _, text := range []string{"198.51.100.7\n", event} {
		if _, err := load(text, false, &basket{full: full}); !errors.Is(err, full) {
			t.Errorf("%.20s: the taker's error is lost: %v", text, err)
		}
	}
	for _, text := range []string{"nonsense at all\n", `{"Event":[]}`, `{"objects":[{"type":"indicator","pattern":"["}]}`, `{"objects":[`} {
		if _, err := load(text, true, &basket{}); err == nil {
			t.Errorf("%s: strict reading goes on", text)
		}
		if _, err := load(text, false, &basket{}); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := Load([]Feed{{Path: "/nowhere/x"}}, &basket{}, Options{}); fault.KindOf(err) != fault.NotFound || !strings.Contains(err.Error(), "/nowhere/x") {
		t.Error(err)
	}
	r, err := Load([]Feed{{Path: write(t, dir, "g", "198.51.100.7\n"), Format: List, Days: 3}}, &basket{}, Options{})
	if err != nil || r[0].Taken != 0 || r[0].Refused["undated"] != 1 {
		t.Errorf("%+v %v", r, err)
	}
}

func TestDescriptionFaults(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "no feed is described",
		"[[feed]]\n":                         ":1 (field path): the feed has no path",
		"\n\n[[feed]]\npath='a'\ncolour=1\n": ":5 (field feed.colour): this key means nothing",
		"[[feed]]\npath=1\n":                 ":2",
		"[[feed]]\npath='a'\nformat='xml'\n": ":1 (field format)",
		"[[feed]]\npath='a'\n[[feed]]\npath='a'\nreliability='H'\n": ":3 (field reliability)",
		"[[feed]]\npath='a'\ncredibility=7\n":                       "(field credibility)",
		"[[feed]]\npath='a'\ntlp='pink'\n":                          "(field tlp)",
		"[[feed]]\npath='a'\ndays=-1\n":                             "(field days)",
		"[[feed]]\npath='a'\nexpires='soon'\n":                      "(field expires)",
		"[[feed]]\npath='a'\nas_of=7\n":                             "(field as_of)",
		"[[feed]]\npath='a'\nsource=\"\\u001b[2J\"\n":               "(field source)",
		"[[feed": "this is not TOML",
	} {
		_, err := parse("f.toml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) || fault.Hint(err) == "" {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	if _, err := Describe("/nowhere/f.toml"); fault.KindOf(err) != fault.NotFound {
		t.Error(err)
	}
	f, err := parse("/etc/f.toml", []byte("[[feed]]\npath='a'\nas_of='file'\nexpires=2026-01-31\n"))
	if err != nil || f[0].Path != "/etc/a" || !f[0].ByFile || f[0].Expires != time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC).UnixNano() {
		t.Errorf("%+v %v", f, err)
	}
}

func FuzzDescribe(f *testing.F) {
	f.Add([]byte("[[feed]]\npath='a'\nas_of='file'\nexpires=2026-01-31\n"))
	f.Add([]byte("[[feed]]\npath=''\n[[ feed ]]"))
	f.Fuzz(func(t *testing.T, b []byte) {
		feeds, err := parse("f", b)
		if err == nil && len(feeds) == 0 {
			t.Errorf("%q: nothing, and no error", b)
		}
	})
}
