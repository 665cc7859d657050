package ui_test

import (
	"html"
	"regexp"
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/web/ui"
)

func TestProse(t *testing.T) {
	for text, want := range map[string]string{
		"":                                  "",
		"a <b> & \"c\"":                     "a &lt;b&gt; &amp; &#34;c&#34;",
		"Since 2026-11-02 09:00 UTC, or so": `Since <time datetime="2026-11-02T09:00:00Z">2026-11-02 09:00 UTC</time>, or so`,
		"at 2026-11-02 09:00:07 UTC":        `at <time datetime="2026-11-02T09:00:07Z">2026-11-02 09:00:07 UTC</time>`,
		"9999-99-99 99:99 UTC":              `<span class="nowrap">9999-99-99 99:99 UTC</span>`,
		"score of >99.9 %.":                 `score of <span class="nowrap">&gt;99.9 %</span>.`,
	} {
		if got := string(ui.Prose(text)); got != want {
			t.Errorf("Prose(%q) = %s, want %s", text, got, want)
		}
	}
}

// TestProseSaysTheSame: without its marks the text is the one that was given.
func TestProseSaysTheSame(t *testing.T) {
	marks := regexp.MustCompile(`</?(?:time|span)[^>]*>`)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`([<>&"' %UTC:,.0-9-]|2026-11-02 09:00 UTC|<time>){0,30}`)).Draw(t, "text")
		got := html.UnescapeString(marks.ReplaceAllString(string(ui.Prose(text)), ""))
		if got != i18n.Escape(text) {
			t.Fatalf("%q became %q", text, got)
		}
	})
}
