package conf

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

type limits struct {
	Records int           `toml:"records" say:"general.yes"`
	Idle    time.Duration `toml:"idle" say:"general.no"`
}

type config struct {
	Window time.Duration `toml:"window" say:"general.yes"`
	Listen string        `toml:"listen"`
	Links  []string      `toml:"links"`
	Share  float64       `toml:"share"`
	On     bool          `toml:"on"`
	// Wait is written as text too.
	Wait   time.Duration `toml:"wait"`
	hidden int
	Unset  int
	Limits limits `toml:"limits" say:"general.no"`
}

func defaults() config {
	return config{Window: time.Duration(time.Minute), Listen: "127.0.0.1:0", Links: []string{"a", "b"}, Share: 0.5, Wait: time.Second, hidden: 1, Unset: 2, Limits: limits{Records: 10, Idle: time.Duration(time.Hour)}}
}

func (c *config) Validate() []Problem {
	var list []Problem
	if c.Window < time.Duration(time.Second) {
		list = append(list, Problem{"window", i18n.Text{EN: "must be at least 1 s; it is " + time.Duration(c.Window).String(), JA: "は1秒以上"}})
	}
	list = append(list, AtLeast("wait", c.Wait, time.Second)...)
	if c.Limits.Records < 1 {
		list = append(list, Problem{"limits.records", i18n.Text{EN: "must be at least 1", JA: "は1以上"}})
	}
	return list
}

// all makes cmp look at fields that no key names, too.
var all = cmp.AllowUnexported(config{})

func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "noroshi.toml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestLoad(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		change     func(*config)
	}{
		{"empty", "", func(*config) {}},
		{"some", "[edge]\nwindow = \"5s\"\non = true\n", func(c *config) { c.Window, c.On = time.Duration(5*time.Second), true }},
		{"list replaces the default", "[edge]\nlinks = [\"c\"]\n", func(c *config) { c.Links = []string{"c"} }},
		{"plain duration", "[edge]\nwait = \"1h30m\"\n", func(c *config) { c.Wait = 90 * time.Minute }},
		{"dotted", "edge.wait = \"2s\"\n", func(c *config) { c.Wait = 2 * time.Second }},
		{"table", "[edge.limits]\nrecords = 3\n", func(c *config) { c.Limits.Records = 3 }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want, got, hub := defaults(), defaults(), defaults()
			tt.change(&want)
			if err := Load(i18n.EN, file(t, tt.text), Section{Name: "edge", Value: &got}, Section{Name: "hub", Value: &hub}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, all); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if diff := cmp.Diff(defaults(), hub, all); diff != "" {
				t.Errorf("the other section changed: -want +got\n%s", diff)
			}
		})
	}
}

func TestLoadRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		kind       fault.Kind
		want       []string // line: message; hint
	}{
		{"unknown keys", "[edge]\nwindow = \"5s\"\nwindw = \"5s\"\n[edge.limits]\nrecord = 2\nzzzzzzzzzzzz = 1\n", fault.Invalid, []string{
			"3: there is no key edge.windw; did you mean edge.window?",
			"5: there is no key edge.limits.record; did you mean edge.limits.records?",
			"6: there is no key edge.limits.zzzzzzzzzzzz; the keys here are: edge.limits, edge.limits.idle, edge.limits.records, edge.links, edge.listen, edge.on, edge.share, edge.wait, edge.window",
		}},
		{"unknown section", "[egde]\nwindow = \"5s\"\n", fault.Invalid, []string{"1: there is no key egde; did you mean edge?"}},
		{"wrong type", "[edge]\n\nshare = \"much\"\n", fault.Invalid, []string{"3: edge.share must be a number; "}},
		{"bad duration", "[edge]\nwindow = \"soon\"\n", fault.Invalid, []string{"2: edge.window must be a length of time in quotation marks, such as \"90s\" or \"6h\"; "}},
		{"bare duration", "[edge]\nwindow = 5\n", fault.Invalid, []string{"2: edge.window must be a length of time"}},
		{"section that is none", "edge = 5\n", fault.Invalid, []string{"1: edge must be a table"}},
		{"all kinds together", "[edge]\nwindow = 5\non = 1\nlinkz = []\nwait = \"5ms\"\n[edge.limits]\nrecords = 1.5\n", fault.Invalid, []string{
			"2: edge.window must be a length of time", "3: edge.on must be true or false", "4: there is no key edge.linkz; did you mean edge.links?",
			"5: edge.wait must be at least 1s; it is 5ms", "7: edge.limits.records must be a whole number",
		}},
		{"value over lines", "[edge]\nshare = [\n1,\n]\non = 1\n", fault.Invalid, []string{"2: edge.share must be a number"}},
		{"syntax", "[edge]\nwindow = \n", fault.Invalid, []string{"2: "}},
		{"out of range", "[edge]\nwindow = \"5ms\"\n[edge.limits]\nrecords = 0\n", fault.Invalid, []string{
			"2: edge.window must be at least 1 s; it is 5ms; ",
			"4: edge.limits.records must be at least 1; ",
		}},
		{"too large", strings.Repeat("#", maxSize+1), fault.Limit, []string{"0: the file is larger than 1,048,576 bytes"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := defaults()
			err := Load(i18n.EN, file(t, tt.text), Section{Name: "edge", Value: &c})
			if err == nil {
				t.Fatal("accepted")
			}
			var got []string
			for _, e := range split(err) {
				var f *fault.Error
				if !errors.As(e, &f) || f.Kind != tt.kind {
					t.Fatalf("error %v is no fault of kind %d", e, tt.kind)
				}
				got = append(got, strings.TrimSpace(i18n.Count(f.Place.Line)+": "+f.Msg+"; "+f.Hint))
			}
			if len(got) != len(tt.want) {
				t.Fatalf("got %q, want %q", got, tt.want)
			}
			for i := range got {
				if !strings.HasPrefix(got[i], strings.TrimSpace(tt.want[i])) {
					t.Errorf("got %q, want %q", got[i], tt.want[i])
				}
			}
		})
	}
}

func split(err error) []error {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		return many.Unwrap()
	}
	return []error{err}
}

func TestLoadMissingFileAndNone(t *testing.T) {
	c := defaults()
	err := Load(i18n.JA, filepath.Join(t.TempDir(), "none.toml"), Section{Name: "edge", Value: &c})
	if fault.KindOf(err) != fault.NotFound || fault.Hint(err) == "" {
		t.Errorf("a missing file gives %v (hint %q)", err, fault.Hint(err))
	}
	if err := Load(i18n.EN, "", Section{Name: "edge", Value: &c}); err != nil {
		t.Errorf("the defaults are refused: %v", err)
	}
	c.Window = 0
	if err := Load(i18n.EN, "", Section{Name: "edge", Value: &c}); err == nil {
		t.Error("a bad value without a file is accepted")
	}
}

// What Show writes, Load reads back to the same values.
func TestShowRoundTrip(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		c := config{
			Window: time.Duration(rapid.Int64Range(int64(time.Second), 1<<60).Draw(t, "window")),
			Listen: rapid.StringMatching(`[ -~\n\t日本]*`).Draw(t, "listen"),
			Links:  rapid.SliceOfN(rapid.StringMatching(`[ -~]*`), 1, 3).Draw(t, "links"),
			Share:  rapid.Float64Range(-1e9, 1e9).Draw(t, "share"),
			On:     rapid.Bool().Draw(t, "on"),
			Wait:   time.Duration(rapid.Int64Range(int64(time.Second), 1<<60).Draw(t, "wait")),
			hidden: 1, Unset: 2,
			Limits: limits{Records: rapid.IntRange(1, 1e9).Draw(t, "records"), Idle: time.Duration(rapid.Int64().Draw(t, "idle"))},
		}
		var b bytes.Buffer
		if err := Show(&b, i18n.JA, Section{Name: "edge", Value: &c, Say: "general.yes"}); err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, "shown.toml")
		if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		got := defaults()
		if err := Load(i18n.EN, name, Section{Name: "edge", Value: &got}); err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
		if diff := cmp.Diff(c, got, all); diff != "" {
			t.Fatalf("-shown +read\n%s", diff)
		}
	})
}

func TestShow(t *testing.T) {
	c := defaults()
	var b bytes.Buffer
	if err := Show(&b, i18n.EN, Section{Name: "edge", Value: &c, Say: "general.yes"}); err != nil {
		t.Fatal(err)
	}
	want := `# yes
[edge]
# yes
window = '1m'
listen = '127.0.0.1:0'
links = ['a', 'b']
share = 0.5
on = false
wait = '1s'

# no
[edge.limits]
# yes
records = 10
# no
idle = '1h'
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte("[edge]\nwindow = \"5s\"\n"))
	f.Add([]byte("[edge]\nlimits = {records = 1}\n\x00"))
	f.Add([]byte("edge = 1\n[[edge]]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c := defaults()
		err := parse(i18n.EN, "x.toml", text, []Section{{Name: "edge", Value: &c}})
		if err == nil && len(c.Validate()) > 0 {
			t.Fatalf("accepted %q with %v", text, c.Validate())
		}
	})
}

func TestLimits(t *testing.T) {
	for name, tt := range map[string]struct {
		got  []Problem
		want string
	}{
		"inside":    {Between("k", 3, 3, 3), ""},
		"below":     {Between("k", 2, 3, 5000), "must be from 3 to 5,000; it is 2"},
		"above":     {Between("k", 1.5, 0, 1), "must be from 0 to 1; it is 1.5"},
		"no number": {Between("k", math.NaN(), 0, 1), "must be from 0 to 1; it is NaN"},
		"long":      {Between("k", 49*time.Hour, time.Minute, 48*time.Hour), "must be from 1m to 48h; it is 49h"},
		"least":     {AtLeast("k", uint64(7), 7), ""},
		"less":      {AtLeast("k", uint64(6), 7), "must be at least 7; it is 6"},
		"no least":  {AtLeast("k", math.NaN(), 7), "must be at least 7; it is NaN"},
	} {
		is := ""
		for _, p := range tt.got {
			is += p.What.EN
			if p.Key != "k" || p.What.JA == "" {
				t.Errorf("%s: %+v", name, p)
			}
		}
		if is != tt.want {
			t.Errorf("%s: %q, want %q", name, is, tt.want)
		}
	}
}
