package fault

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"syscall"

	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Words is what an error says in one language.
type Words struct{ Op, Msg, Hint string }

// Said gives e with what it says in both languages.
func Said(e Error, op, msg, hint i18n.Text) *Error {
	e.Op, e.Msg, e.Hint = op.EN, msg.EN, hint.EN
	e.JA = Words{Op: op.JA, Msg: msg.JA, Hint: hint.JA}
	return &e
}

// Quiet keeps a cause that errors.Is and errors.As can reach, and that the
// message above it says already.
func Quiet(err error) error { return quiet{err} }

type quiet struct{ cause error }

func (quiet) Error() string   { return "" }
func (q quiet) Unwrap() error { return q.cause }

// Text says err in a language: like Error, with its place, operation and message as
// far as they are known in that language. Joined errors stand a line each.
func Text(err error, l i18n.Lang) string {
	if err == nil {
		return ""
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var lines []string
		for _, one := range many.Unwrap() {
			lines = append(lines, Text(one, l))
		}
		return strings.Join(lines, "\n")
	}
	e, ok := err.(*Error)
	if !ok || l != i18n.JA {
		return err.Error()
	}
	var parts []string
	for _, s := range []string{cmp.Or(e.JA.Op, e.Op), e.Place.text(l), cmp.Or(e.JA.Msg, e.Msg), cause(e.Err, l)} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, "：")
}

// HintIn gives the first hint in err's chain, in a language.
func HintIn(err error, l i18n.Lang) string {
	for err != nil {
		var e *Error
		if !errors.As(err, &e) {
			return ""
		}
		if l == i18n.JA && e.JA.Hint != "" {
			return e.JA.Hint
		}
		if e.Hint != "" {
			return e.Hint
		}
		err = e.Err
	}
	return ""
}

// text writes p as a language does: "path:line (byte n, field f)".
func (p Place) text(l i18n.Lang) string {
	if l != i18n.JA {
		return p.String()
	}
	whole := Place{Path: p.Path, Line: p.Line, Offset: -1}.String()
	var in []string
	if p.hasOffset() {
		in = append(in, i18n.Say(l, "fault.place.byte", "n", i18n.Nominal(p.Offset)))
	}
	if p.Field != "" {
		in = append(in, i18n.Say(l, "fault.place.field", "field", p.Field))
	}
	if len(in) > 0 {
		whole += "（" + strings.Join(in, "、") + "）"
	}
	return whole
}

// causes are causes that have a sentence of their own.
func causes() []struct {
	err error
	key string
} {
	return []struct {
		err error
		key string
	}{
		{fs.ErrNotExist, "fault.cause.missing"},
		{fs.ErrPermission, "fault.cause.forbidden"},
		{io.ErrUnexpectedEOF, "fault.cause.short"},
		{io.EOF, "fault.cause.short"},
		{syscall.EISDIR, "fault.cause.folder"},
		{syscall.ENOTDIR, "fault.cause.file"},
		{syscall.ENOSPC, "fault.cause.full"},
		{syscall.ECONNREFUSED, "fault.cause.refused"},
		{context.DeadlineExceeded, "fault.cause.late"},
	}
}

// cause says err as the cause of another: without the path that the place names
// already.
func cause(err error, l i18n.Lang) string {
	if err == nil {
		return ""
	}
	if _, ok := err.(*Error); ok {
		return Text(err, l)
	}
	if text := err.Error(); text == "" {
		return ""
	}
	for _, c := range causes() {
		if errors.Is(err, c.err) && (l == i18n.JA || c.err == io.EOF) {
			return i18n.Say(l, c.key)
		}
	}
	var told interface {
		Told() (key string, args []any)
	}
	if errors.As(err, &told) {
		key, args := told.Told()
		return i18n.Say(l, key, args...)
	}
	text := err.Error()
	var p *fs.PathError
	if errors.As(err, &p) && p.Err != nil {
		text = p.Err.Error()
	}
	if l == i18n.JA && english(text) {
		return i18n.Say(l, "fault.cause.english", "text", text)
	}
	return text
}

// english says whether a text is a sentence that only readers of English understand.
func english(text string) bool {
	blanks := strings.Count(text, " ") > 0
	return blanks && strings.IndexFunc(text, func(r rune) bool { return r >= 0x3040 }) < 0
}
