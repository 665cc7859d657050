package ui

import (
	"html/template"
	"regexp"
	"strings"
	"time"
)

// together finds what a line should not part: moments and shares.
var together = regexp.MustCompile(`\d{4}-\d\d-\d\d(?: \d\d:\d\d(?::\d\d)?(?: UTC)?)?|[<>]?\d[\d.,]*[ \x{a0}]?%`)

// Prose writes running text from anywhere so that it is safe and breaks well:
// moments and shares stay whole, and a moment is marked as one for machines.
func Prose(s string) template.HTML {
	var b strings.Builder
	from := 0
	for _, at := range together.FindAllStringIndex(s, -1) {
		b.WriteString(clean(s[from:at[0]]) + whole(s[at[0]:at[1]]))
		from = at[1]
	}
	return template.HTML(b.String() + clean(s[from:]))
}

func whole(s string) string {
	for _, layout := range []string{"2006-01-02 15:04 UTC", "2006-01-02 15:04:05 UTC"} {
		if t, err := time.Parse(layout, s); err == nil {
			return `<time datetime="` + t.Format("2006-01-02T15:04:05Z") + `">` + s + `</time>`
		}
	}
	return `<span class="nowrap">` + clean(s) + `</span>`
}
