package i18n

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestWrap(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		width      int
		want       []string
	}{
		{"nothing", "", 10, nil},
		{"English", "one machine calls home", 11, []string{"one machine", "calls home"}},
		{"Japanese", "検知結果を示します", 10, []string{"検知結果を", "示します"}},
		{"closing mark", "検知結果です。次", 12, []string{"検知結果で", "す。次"}},
		{"opening mark", "検知結果（例）", 10, []string{"検知結果", "（例）"}},
		{"small letter", "検知結果だった", 10, []string{"検知結果", "だった"}},
		{"katakana word", "検知のサーバー", 10, []string{"検知の", "サーバー"}},
		{"number and what it counts", "検知した145回", 12, []string{"検知した", "145回"}},
		{"Latin in Japanese", "検知 example.org の名前", 16, []string{"検知 example.org", "の名前"}},
		{"a digest stays whole", "x sha256:" + strings.Repeat("0f", 32) + " y", 20, []string{"x", "sha256:" + strings.Repeat("0f", 32), "y"}},
		{"too wide", "abcdefghij kl", 4, []string{"abcd", "efgh", "ij", "kl"}},
	} {
		if diff := cmp.Diff(tt.want, Wrap(tt.text, tt.width)); diff != "" {
			t.Errorf("%s: -want +got\n%s", tt.name, diff)
		}
	}
}

func TestWrapProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("ab 1検知。、（）サーバっ.")), 0, 60, -1).Draw(t, "text")
		width := rapid.IntRange(2, 30).Draw(t, "width")
		lines := Wrap(text, width)
		for _, line := range lines {
			if Width(line) > width {
				t.Fatalf("%q is wider than %d", line, width)
			}
		}
		squeeze := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if got := squeeze(strings.Join(lines, "")); got != squeeze(text) {
			t.Fatalf("%q lost or gained text: %q", lines, got)
		}
	})
}

func FuzzWrap(f *testing.F) {
	f.Add("検知 example.org", 3)
	f.Add("\u0300\u200b", 0)
	f.Fuzz(func(t *testing.T, s string, width int) { Wrap(s, width%200) })
}
