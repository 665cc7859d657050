package allow

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

func ip(s string) flow.Addr { return flow.AddrFrom(netip.MustParseAddr(s)) }

func load(t *testing.T, text string) (*List, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "allow.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(path)
}

const because = "reason = \"ours\"\nexpires = 2027-03-31\n"

var now = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)

func TestMatch(t *testing.T) {
	f := detect.Finding{Kind: detect.Beacon, Src: ip("192.0.2.10"), Dst: ip("198.51.100.7"), Port: 443, Name: "a.b.example.org"}
	several := detect.Finding{Kind: detect.FanIn, Sources: []flow.Addr{ip("192.0.2.10"), ip("192.0.2.200")}, Dst: ip("2001:db8::1")}
	nameOnly := detect.Finding{Kind: detect.DNSTunnel, Src: ip("192.0.2.10"), Name: "Example.ORG."}
	for _, c := range []struct {
		entry string
		f     detect.Finding
		want  bool
	}{
		{`dst = "198.51.100.7"`, f, true},
		{`dst = "198.51.100.0/24"`, f, true},
		{`dst = "::ffff:198.51.100.7"`, f, true},
		{`dst = "198.51.100.8"`, f, false},
		{`src = "192.0.2.0/24"`, f, true},
		{`src = "192.0.2.11"`, f, false},
		{`name = "a.b.example.org"`, f, true},
		{`name = "A.B.Example.org."`, f, true},
		{`name = "example.org"`, f, false},
		{`name = ".example.org"`, f, true},
		{`name = ".b.example.org"`, f, true},
		{`name = ".xexample.org"`, f, false},
		{`name = ".ple.org"`, f, false},
		{"port = 443", f, true},
		{"port = 80", f, false},
		{`kind = "beacon"`, f, true},
		{`kind = "scan"`, f, false},
		{"port = 443\nkind = \"scan\"", f, false},
		{"dst = \"198.51.100.7\"\nport = 80", f, false},
		{"src = \"192.0.2.10\"\ndst = \"198.51.100.7\"\nname = \".example.org\"\nport = 443\nkind = \"beacon\"", f, true},
		{`src = "192.0.2.0/24"`, several, true},
		{`src = "192.0.2.0/25"`, several, false},
		{`dst = "2001:db8::/32"`, several, true},
		{`name = ".example.org"`, several, false},
		{`name = "example.org"`, nameOnly, true},
		{`dst = "::/1"`, nameOnly, false},
		{"port = 53", nameOnly, false},
	} {
		l, err := load(t, "[[allow]]\n"+c.entry+"\n"+because)
		if err != nil {
			t.Errorf("%s: %v", c.entry, err)
			continue
		}
		if _, got := l.Match(&c.f, now); got != c.want {
			t.Errorf("%s on %s: %v", c.entry, c.f.ID(), got)
		}
	}
}

func TestExpiry(t *testing.T) {
	f := detect.Finding{Kind: detect.Beacon, Port: 443}
	for _, c := range []struct {
		expires string
		at      string
		acts    bool
	}{
		{"2026-12-31", "2026-12-31T23:59:59Z", true},
		{"2026-12-31", "2027-01-01T00:00:00Z", false},
		{`"2026-12-31"`, "2026-12-31T23:59:59Z", true},
		{"2026-12-31T12:00:00+09:00", "2026-12-31T02:59:59Z", true},
		{"2026-12-31T12:00:00+09:00", "2026-12-31T03:00:00Z", false},
		{`"2026-12-31T12:00:00Z"`, "2026-12-31T12:00:00Z", false},
	} {
		l, err := load(t, "[[allow]]\nport = 443\nreason = \"x\"\nexpires = "+c.expires+"\n")
		if err != nil {
			t.Errorf("%s: %v", c.expires, err)
			continue
		}
		at, _ := time.Parse(time.RFC3339, c.at)
		_, got := l.Match(&f, at)
		if got != c.acts || len(l.Expired(at)) == 1 == c.acts {
			t.Errorf("expires %s at %s: acts %v", c.expires, c.at, got)
		}
	}
}

func TestRefused(t *testing.T) {
	good := "[[allow]]\nport = 443\n" + because
	for name, c := range map[string]struct {
		text, field string
		line        int
	}{
		"no reason":       {good + "\n[[allow]]\nport = 80\nexpires = 2027-01-01\n", "reason", 6},
		"blank reason":    {"[[allow]]\nport = 80\nreason = \" \"\nexpires = 2027-01-01\n", "reason", 3},
		"no expiry":       {good + "[[allow]]\nport = 80\nreason = \"x\"\n", "expires", 5},
		"odd expiry":      {"[[allow]]\nport = 80\nreason = \"x\"\nexpires = \"never\"\n", "expires", 4},
		"local time":      {"[[allow]]\nport = 80\nreason = \"x\"\nexpires = 2027-01-01T00:00:00\n", "expires", 4},
		"unknown key":     {"[[allow]]\nport = 80\nhost = \"x\"\n" + because, "allow.host", 3},
		"unknown table":   {good + "[[deny]]\nport = 1\n", "deny", 5},
		"no condition":    {"# ours\n[[allow]]\n" + because, "allow", 2},
		"bad address":     {"[[allow]]\ndst = \"198.51.100\"\n" + because, "dst", 2},
		"bits set":        {"[[allow]]\nsrc = \"198.51.100.7/24\"\n" + because, "src", 2},
		"everything":      {"[[allow]]\ndst = \"0.0.0.0/0\"\n" + because, "dst", 2},
		"top-level zone":  {"[[allow]]\nname = \".com\"\n" + because, "name", 2},
		"public suffix":   {"[[allow]]\nname = \".co.jp\"\n" + because, "name", 2},
		"wildcard":        {"[[allow]]\nname = \"*.example.org\"\n" + because, "name", 2},
		"port":            {"[[allow]]\nport = 70000\n" + because, "port", 2},
		"port as text":    {"[[allow]]\nport = \"https\"\n" + because, "allow.port", 2},
		"kind":            {"[[allow]]\nkind = \"beacons\"\n" + because, "kind", 2},
		"not TOML":        {good + "allow allow\n", "", 5},
		"twice":           {"[[allow]]\nport = 1\nport = 2\n" + because, "", 3},
		"inline":          {"allow = [{port = 1, reason = \"x\", expires = 2027-01-01}]\n", "allow", 1},
		"one table alone": {"[allow]\nport = 1\n" + because, "", 1},
	} {
		_, err := load(t, c.text)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		want := fmt.Sprintf("allow.toml:%d", c.line)
		if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), c.field) || fault.KindOf(err) != fault.Invalid || fault.Hint(err) == "" || strings.Contains(err.Error()+fault.Hint(err), "allow.fault") {
			t.Errorf("%s: %v (hint %q), want %s field %s", name, err, fault.Hint(err), want, c.field)
		}
	}
	if _, err := Load("/nowhere"); fault.KindOf(err) != fault.NotFound {
		t.Error(err)
	}
}

func TestFilter(t *testing.T) {
	l, err := load(t, "[[allow]]\nname = \".example.org\"\n"+because+"\n[[allow]]\nkind = \"scan\"\nreason = \"old\"\nexpires = 2020-01-01\n[[allow]]\nport = 22\n"+because)
	if err != nil {
		t.Fatal(err)
	}
	all := []detect.Finding{{Kind: detect.Beacon, Name: "a.example.org"}, {Kind: detect.Scan}, {Kind: detect.DGA, Name: "example.org"}, {Kind: detect.Beacon, Name: "b.example.net"}}
	kept, hidden := l.Filter(all, now)
	if d := cmp.Diff([]detect.Finding{all[1], all[3]}, kept); d != "" {
		t.Error("-want +got\n", d)
	}
	if len(hidden) != 1 || hidden[0].Findings != 2 || hidden[0].Entry.Line != 1 {
		t.Errorf("%+v", hidden)
	}
	for _, s := range []string{hidden[0].Text().EN, hidden[0].Text().JA, l.Expired(now)[0].Warning().EN, l.Expired(now)[0].Warning().JA} {
		if strings.Contains(s, "allow.hidden") || strings.Contains(s, "allow.expired") || strings.ContainsAny(s, "{}") {
			t.Error(s)
		}
	}
	if s := hidden[0].Text().EN; !strings.Contains(s, "2 findings") || !strings.Contains(s, "allow.toml:1") {
		t.Error(s)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("[[allow]]\nport = 443\n" + because)
	f.Add("allow = [{}]")
	f.Add("[[allow]]\nname='''\n[[allow]]\n'''\n" + because)
	f.Fuzz(func(t *testing.T, text string) {
		l, err := parse("x", []byte(text))
		if err != nil {
			return
		}
		for _, e := range l.Entries {
			if e.Reason == "" || e.Expires.IsZero() || e.Line < 1 {
				t.Fatalf("accepted %+v", e)
			}
		}
	})
}

// Reading takes time in proportion to the file.
func TestLargeList(t *testing.T) {
	one := "[[allow]]\nport = 443\n" + because
	began := time.Now()
	l, err := parse("x", []byte(strings.Repeat(one, 20_000)))
	if err != nil || len(l.Entries) != 20_000 || l.Entries[19_999].Line != 19_999*4+1 {
		t.Fatal(err)
	}
	if d := time.Since(began); d > 5*time.Second {
		t.Errorf("20,000 entries took %s", d)
	}
}
