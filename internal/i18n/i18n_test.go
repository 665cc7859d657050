package i18n

import (
	"math"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestFill(t *testing.T) {
	for _, tt := range []struct {
		name, sentence, want string
		lang                 Lang
		args                 []any
	}{
		{"nothing", "plain", "plain", EN, nil},
		{"count", "{n} records", "12,345 records", EN, []any{"n", 12345}},
		{"port", "port {port}, line {line}", "port 32100, line 1234", EN, []any{"port", 32100, "line", int64(1234)}},
		{"one", "{n} {n|query|queries}", "1 query", EN, []any{"n", 1}},
		{"many", "{n} {n|query|queries}", "0 queries", EN, []any{"n", 0}},
		{"many uint64", "{n} {n|query|queries}", "18,446,744,073,709,551,615 queries", EN, []any{"n", uint64(math.MaxUint64)}},
		{"value that looks like an argument", "{a} to {b}", "{b} to x", EN, []any{"a", "{b}", "b", "x"}},
		{"unknown place", "{a} {b}", "{a} x", EN, []any{"b", "x"}},
		{"open brace", "a { b", "a { b", EN, []any{"b", "x"}},
		{"hostile text", "asked for {name}", `asked for a\x1b[2Jb\u202e`, EN, []any{"name", "a\x1b[2Jb\u202e"}},
		{"both languages", "{t}", "はい", JA, []any{"t", Text{JA: "はい", EN: "yes"}}},
		{"odd arguments", "{n}", "{n}", EN, []any{"n"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, fill(tt.lang, tt.sentence, tt.args)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestSay(t *testing.T) {
	if got := Say(JA, "general.yes"); got != "はい" {
		t.Errorf("Say(JA, general.yes) = %q", got)
	}
	if got := Say(EN, "general.no.such"); got != "general.no.such" {
		t.Errorf("a missing key gives %q, not itself", got)
	}
	if got := Say(Pseudo, "general.yes"); got == "yes" || Width(got) <= len("yes") {
		t.Errorf("the pseudo-language gives %q: not longer than English", got)
	}
	if got := Both("general.no"); got != (Text{JA: "いいえ", EN: "no"}) {
		t.Errorf("Both = %v", got)
	}
}

func TestFormat(t *testing.T) {
	for _, tt := range []struct {
		v      any
		en, ja string
	}{
		{time.Duration(0), "0 s", "0秒"},
		{1500 * time.Nanosecond, "0.0015 ms", "0.0015ミリ秒"},
		{20 * time.Millisecond, "20 ms", "20ミリ秒"},
		{2500 * time.Millisecond, "2.5 s", "2.5秒"},
		{59600 * time.Millisecond, "1 min", "1分"},
		{61 * time.Second, "1 min 1 s", "1分1秒"},
		{time.Hour, "1 h", "1時間"},
		{4*time.Hour + 12*time.Minute + 40*time.Second, "4 h 13 min", "4時間13分"},
		{24*time.Hour - time.Second, "1 d", "1日"},
		{75 * time.Hour, "3 d 3 h", "3日3時間"},
		{-90 * time.Second, "-1 min 30 s", "-1分30秒"},
		{Share(0), "0 %", "0%"},
		{Share(0.0001), "<0.1 %", "<0.1%"},
		{Share(0.123456), "12.3 %", "12.3%"},
		{Share(0.9999), ">99.9 %", ">99.9%"},
		{Share(1), "100 %", "100%"},
		{Share(math.NaN()), "? %", "?%"},
		{1234567, "1,234,567", "1,234,567"},
		{Nominal(32100), "32100", "32100"},
		{uint16(32100), "32100", "32100"},
		{int64(-1234), "-1,234", "-1,234"},
		{0.0, "0", "0"},
		{3.14159, "3.14", "3.14"},
		{0.012345, "0.0123", "0.0123"},
		{98765.4, "98,765", "98,765"},
		{1e20, "1e+20", "1e+20"},
		{time.Unix(1795219200, 5), "2026-11-21 00:00:00 UTC", "2026-11-21 00:00:00 UTC"},
		{"x\ny", `x\x0ay`, `x\x0ay`},
	} {
		if got := format(EN, tt.v); got != tt.en {
			t.Errorf("format(en, %v) = %q, want %q", tt.v, got, tt.en)
		}
		if got := format(JA, tt.v); got != tt.ja {
			t.Errorf("format(ja, %v) = %q, want %q", tt.v, got, tt.ja)
		}
	}
}

// A duration as written never has more than two units, and its first unit is at
// most a unit away from the truth.
func TestDurationProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64().Draw(t, "d"))
		s := Duration(EN, d)
		if n := len(strings.Fields(s)); n != 2 && n != 4 {
			t.Fatalf("Duration(%d) = %q", d, s)
		}
		for _, bad := range []string{"60 s", "60 min", "24 h", " 0 ", "1,000 ms"} {
			if strings.Contains(" "+s, " "+strings.TrimSpace(bad)+" ") && d != 0 {
				t.Fatalf("Duration(%d) = %q holds %q", d, s, bad)
			}
		}
	})
}

func TestWidthCutPad(t *testing.T) {
	for _, tt := range []struct {
		s       string
		width   int
		cut     string // to 5 columns
		pad     string // to 7 columns
		padLeft string
	}{
		{"", 0, "", "       ", "       "},
		{"abc", 3, "abc", "abc    ", "    abc"},
		{"abcdef", 6, "abcd…", "abcdef ", " abcdef"},
		{"検知結果", 8, "検知…", "検知結…", "検知結…"},
		{"ﾊﾝｶｸ", 4, "ﾊﾝｶｸ", "ﾊﾝｶｸ   ", "   ﾊﾝｶｸ"},
		{"がぎ", 4, "がぎ", "がぎ   ", "   がぎ"}, // with combining voiced marks
		{"a検知b", 6, "a検…", "a検知b ", " a検知b"},
		{"x\u200by", 2, "x\u200by", "x\u200by     ", "     x\u200by"},
	} {
		if got := Width(tt.s); got != tt.width {
			t.Errorf("Width(%q) = %d, want %d", tt.s, got, tt.width)
		}
		if got := Cut(tt.s, 5); got != tt.cut {
			t.Errorf("Cut(%q, 5) = %q, want %q", tt.s, got, tt.cut)
		}
		if got := Pad(tt.s, 7); got != tt.pad {
			t.Errorf("Pad(%q, 7) = %q, want %q", tt.s, got, tt.pad)
		}
		if got := PadLeft(tt.s, 7); got != tt.padLeft {
			t.Errorf("PadLeft(%q, 7) = %q, want %q", tt.s, got, tt.padLeft)
		}
	}
}

func TestPadProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, n := rapid.String().Draw(t, "s"), rapid.IntRange(0, 40).Draw(t, "n")
		if got := Width(Pad(s, n)); got != n {
			t.Fatalf("Width(Pad(%q, %d)) = %d", s, n, got)
		}
		if got := Cut(s, n); Width(got) > n {
			t.Fatalf("Cut(%q, %d) = %q is too wide", s, n, got)
		}
	})
}

// Escaped text holds only characters that show, and escaping it again changes
// nothing.
func TestEscapeProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := string(rapid.SliceOfN(rapid.Byte(), 0, 8).Draw(t, "bytes")) + rapid.String().Draw(t, "s")
		e := Escape(a)
		for _, r := range e {
			if !unicode.IsGraphic(r) || r != ' ' && r != '\u3000' && unicode.Is(unicode.Zs, r) {
				t.Fatalf("Escape(%q) = %q holds %U", a, e, r)
			}
		}
		if !utf8.ValidString(e) {
			t.Fatalf("Escape(%q) is not UTF-8", a)
		}
		if again := Escape(e); again != e {
			t.Fatalf("Escape(%q) = %q, again %q", a, e, again)
		}
	})
	for in, want := range map[string]string{
		"example.jp": "example.jp", "日本": "日本", "a\x00b": `a\x00b`, `C:\x00`: `C:\x00`, "\xff": `\xff`,
		"\u202eevil": `\u202eevil`, "a\u00a0b": `a\u00a0b`, "\u0085": `\u0085`, "\U000e0041": `\U000e0041`,
	} {
		if got := Escape(in); got != want {
			t.Errorf("Escape(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestChoose(t *testing.T) {
	for _, tt := range []struct {
		name, asked string
		env         map[string]string
		want        Lang
		ok          bool
	}{
		{"nothing said", "", nil, EN, true},
		{"flag", "ja", map[string]string{"NOROSHI_LANG": "en"}, JA, true},
		{"own variable", "", map[string]string{"NOROSHI_LANG": "ja", "LC_ALL": "en_GB.UTF-8"}, JA, true},
		{"LC_ALL before LANG", "", map[string]string{"LC_ALL": "C", "LANG": "ja_JP.UTF-8"}, EN, true},
		{"LC_MESSAGES before LANG", "", map[string]string{"LC_MESSAGES": "ja_JP.UTF-8", "LANG": "C"}, JA, true},
		{"LANG", "", map[string]string{"LANG": "ja_JP.eucJP"}, JA, true},
		{"foreign locale", "", map[string]string{"LANG": "de_DE.UTF-8"}, EN, true},
		{"tag", "ja-JP", nil, JA, true},
		{"unknown flag", "fr", nil, EN, false},
		{"unknown variable", "", map[string]string{"NOROSHI_LANG": "klingon"}, EN, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := Choose(tt.asked, func(k string) string { return tt.env[k] })
			if got != tt.want || ok != tt.ok {
				t.Errorf("Choose = %v, %v; want %v, %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}

func FuzzFill(f *testing.F) {
	f.Add("{n} {n|one|many}", "n", "1")
	f.Add("{{}}|{", "", "\x00")
	f.Fuzz(func(t *testing.T, s, name, value string) {
		fill(EN, s, []any{name, value})
		Pad(Escape(s), 20)
	})
}
