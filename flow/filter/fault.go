package filter

import (
	"strings"
	"unicode/utf8"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Error is what is wrong with a filter, and where. The sentence is the fault's.
type Error struct {
	Text  string // the filter
	At, N int    // the place in it, bytes
	fault *fault.Error
}

// Error gives the sentence in English.
func (e *Error) Error() string { return e.fault.Error() }

// Unwrap gives the fault, of kind Invalid or Limit.
func (e *Error) Unwrap() error { return e.fault }

// wrong makes an error about text[at:at+n].
func wrong(text string, at, n int, key string, args ...any) error {
	return wrongKind(fault.Invalid, text, at, n, key, args...)
}

func wrongKind(kind fault.Kind, text string, at, n int, key string, args ...any) error {
	f := fault.Said(fault.Error{Kind: kind}, i18n.Both("filter.read"), i18n.Both(key, args...), i18n.Both(key+"_hint", args...))
	return &Error{Text: text, At: at, N: n, fault: f}
}

// markWidth is how wide a mark is at most, in columns.
const markWidth = 76

// Mark gives two lines: the filter around the place, and carets under it.
func (e *Error) Mark() string {
	from, end := e.At, min(e.At+e.N, len(e.Text))
	for from > 0 && (e.At-from < 4*markWidth || !utf8.RuneStart(e.Text[from])) {
		from--
	}
	before, bad := i18n.Escape(e.Text[from:e.At]), i18n.Escape(e.Text[e.At:end])
	after := i18n.Escape(e.Text[end:min(end+4*markWidth, len(e.Text))])
	for cut := false; i18n.Width(before) > markWidth/2; cut = true {
		_, n := utf8.DecodeRuneInString(before)
		if cut {
			n = len("…")
			_, m := utf8.DecodeRuneInString(before[n:])
			n += m
		}
		before = "…" + before[n:]
	}
	bad = i18n.Cut(bad, markWidth-i18n.Width(before))
	line := i18n.Cut(before+bad+after, markWidth)
	return "  " + line + "\n  " + strings.Repeat(" ", i18n.Width(before)) + strings.Repeat("^", max(1, i18n.Width(bad))) + "\n"
}
