package warning

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/detect/knownbad/indicator"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

func folder(t testing.TB, lists map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range lists {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name, "list.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestJudge(t *testing.T) {
	digest := strings.Repeat("ab", 20)
	var skips fault.Skips
	l, err := Load(folder(t, map[string]string{
		"resolvers": `{"list":["192.0.2.53","2001:db8::53","192.0.2.53/32"],"type":"cidr","matching_attributes":["ip-dst"]}`,
		"cloud":     `{"type":"cidr","list":["203.0.113.0/24","nonsense"]}`,
		"popular":   `{"type":"string","list":["Popular.example.org",".zone.example.org"],"matching_attributes":["domain","hostname"]}`,
		"hosts":     `{"type":"hostname","list":["hosting.example.net"],"matching_attributes":["domain|ip"]}`,
		"pieces":    `{"type":"substring","list":["sandbox","ab"],"matching_attributes":["url"]}`,
		"patterns":  `{"type":"regex","list":["/^cdn[0-9]+\\./i","(?!x)"],"matching_attributes":["hostname"]}`,
		"digests":   `{"type":"string","list":["` + strings.ToUpper(digest) + `"],"matching_attributes":["x509-fingerprint-sha1","md5"]}`,
		"mail":      `{"type":"string","list":["mail.example.org"],"matching_attributes":["email-src"]}`,
		"other":     `{"values":[]}`,
		"broken":    `{"type":"cidr","list":["192.0.2.54",`,
	}), &skips)
	if err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]string{
		"192.0.2.53": "resolvers true", "2001:db8::53": "resolvers true", "192.0.2.54": " false", "192.0.2.0/24": "resolvers false",
		"203.0.113.9": "cloud false", "203.0.113.0/24": "cloud true", "203.0.113.0/25": "cloud false", "203.0.112.0/20": "cloud false", "198.51.100.0/24": " false",
		"popular.example.org": "popular true", "x.popular.example.org": " false", "zone.example.org": "popular true", "x.zone.example.org": "popular false",
		"hosting.example.net": "hosts true", "evil.hosting.example.net": "hosts false", "my-sandbox.example.com": "pieces false", "xaby.example.com": "pieces false",
		"cdn7.example.com": "patterns false", "mail.example.org": " false", digest: "digests true", strings.Repeat("cd", 20): " false",
	} {
		in, reason := indicator.Parse(value, true)
		if reason != "" {
			t.Fatal(value, reason)
		}
		list, whole := l.Judge(&in)
		if got := fmt.Sprint(list, " ", whole); got != want {
			t.Errorf("%s: %q, want %q", value, got, want)
		}
	}
	if skips.Count != 4 {
		t.Errorf("%d skipped: %v", skips.Count, skips.First)
	}
	if list, _ := (*Lists)(nil).Judge(&indicator.Indicator{}); list != "" {
		t.Error(list)
	}
}

func TestLoadFails(t *testing.T) {
	if _, err := Load("/nowhere/x", nil); fault.KindOf(err) != fault.NotFound || fault.Hint(err) == "" {
		t.Error(err)
	}
	if _, err := Load(t.TempDir(), nil); fault.KindOf(err) != fault.Invalid {
		t.Error(err)
	}
	if _, err := Load(folder(t, map[string]string{"a": `{"type":"cidr","list":["x"]}`}), &fault.Skips{Strict: true}); err == nil {
		t.Error("strict reading goes on")
	}
}

// A piece is found exactly where looking at each in turn finds one.
func TestPieces(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var p pieces
		texts := rapid.SliceOfN(rapid.StringMatching(`[ab.]{1,7}`), 0, 8).Draw(rt, "pieces")
		for i, s := range texts {
			p.add(s, uint32(i))
		}
		text := rapid.StringMatching(`[ab.]{0,20}`).Draw(rt, "text")
		want := false
		for _, s := range texts {
			want = want || strings.Contains(text, s)
		}
		at, got := p.in(text)
		if got != want || got && !strings.Contains(text, texts[at]) {
			rt.Fatalf("%q in %q: %v, want %v", texts, text, got, want)
		}
	})
}

func TestShared(t *testing.T) {
	root := os.Getenv("NOROSHI_DATA")
	if root == "" {
		if os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
			t.Fatal("NOROSHI_DATA is not set")
		}
		t.Skip("NOROSHI_DATA is not set")
	}
	var skips fault.Skips
	l, err := Load(filepath.Join(root, "sharing/misp-warninglists/lists"), &skips)
	if err != nil {
		t.Fatal(err)
	}
	lists, entries := l.Len()
	if lists < 100 || entries < 400_000 || skips.Count > 20 {
		t.Errorf("%d lists, %d entries, %d skipped: %v", lists, entries, skips.Count, skips.First)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(`{"type":"cidr","list":["192.0.2.0/24",7]}`, "a.example.org")
	f.Add(`{"type":"regex","list":["/x/i","/"]}`, "x")
	f.Add(`{"type":"substring","list":["","é"],"matching_attributes":["url"]}`, "b")
	f.Fuzz(func(t *testing.T, text, name string) {
		l, err := Load(folder(t, map[string]string{"a": text}), nil)
		if err != nil {
			return
		}
		l.Judge(&indicator.Indicator{Kind: indicator.Name, Text: name})
	})
}

func TestBare(t *testing.T) {
	for in, out := range map[string]string{"/a/i": "(?i)a", "/": "(?i)/", "a/b": "(?i)a/b", "/a/b": "(?i)/a/b"} {
		if got := bare(in); got != out {
			t.Errorf("%s: %s", in, got)
		}
		regexp.MustCompile(bare(in))
	}
}
