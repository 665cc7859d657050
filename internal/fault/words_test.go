package fault

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"
	"testing"

	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// spoken is an error of a paper: it knows its sentence in the catalogue.
type spoken struct{}

func (spoken) Error() string         { return "no right" }
func (spoken) Told() (string, []any) { return "fault.cause.forbidden", nil }

func TestTextInBothLanguages(t *testing.T) {
	missing := &fs.PathError{Op: "open", Path: "/no\x1bwhere", Err: fs.ErrNotExist}
	said := func(e Error) *Error {
		return Said(e, i18n.Text{JA: "読み取り", EN: "reading"}, i18n.Text{JA: "壊れています", EN: "damaged"}, i18n.Text{JA: "直してください", EN: "mend it"})
	}
	for _, tt := range []struct {
		name   string
		err    error
		en, ja string
	}{
		{"line", said(Error{Place: Place{Path: "a.log", Line: 7, Offset: -1, Field: "ts"}}), "reading: a.log:7 (field ts): damaged", "読み取り：a.log:7（項目 ts）：壊れています"},
		{"byte", said(Error{Place: Place{Path: "a.pcap", Offset: 1234567}}), "reading: a.pcap (byte 1234567): damaged", "読み取り：a.pcap（先頭から1234567バイト）：壊れています"},
		{"cause without its path", said(Error{Place: Place{Path: "x", Offset: -1}, Err: missing}), "reading: x: damaged: " + fs.ErrNotExist.Error(), "読み取り：x：壊れています：その名前のファイルやフォルダーはありません"},
		{"quiet cause", said(Error{Err: Quiet(missing)}), "reading: damaged", "読み取り：壊れています"},
		{"cause in the same form", &Error{Msg: "outer", Err: said(Error{})}, "outer: reading: damaged", "outer：読み取り：壊れています"},
		{"English only", &Error{Op: "op", Msg: "msg"}, "op: msg", "op：msg"},
		{"cut off", said(Error{Err: fmt.Errorf("a: %w", io.EOF)}), "reading: damaged: it ends too early", "読み取り：壊れています：途中で終わっています"},
		{"a folder", said(Error{Err: &fs.PathError{Op: "read", Path: "x", Err: syscall.EISDIR}}), "reading: damaged: is a directory", "読み取り：壊れています：ファイルではなくフォルダーです"},
		{"a cause in English", said(Error{Err: errors.New("the member stands twice")}), "reading: damaged: the member stands twice", "読み取り：壊れています：詳細（英語）the member stands twice"},
		{"a cause with a sentence", said(Error{Err: fmt.Errorf("x: %w", spoken{})}), "reading: damaged: you have no right to read it", "読み取り：壊れています：読み取る権限がありません"},
		{"below a folder", Under("law", errors.Join(said(Error{Place: Place{Path: "regimes", Offset: -1}}), errors.New("x"))), "reading: law/regimes: damaged\nx", "読み取り：law/regimes：壊れています\nx"},
		{"joined", errors.Join(said(Error{}), errors.New("x")), "reading: damaged\nx", "読み取り：壊れています\nx"},
		{"of others", errors.New("x"), "x", "x"},
		{"nothing", nil, "", ""},
	} {
		if got := Text(tt.err, i18n.EN); got != tt.en {
			t.Errorf("%s: English %q, want %q", tt.name, got, tt.en)
		}
		if got := Text(tt.err, i18n.JA); got != tt.ja {
			t.Errorf("%s: Japanese %q, want %q", tt.name, got, tt.ja)
		}
	}
	if err := said(Error{Err: Quiet(missing)}); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a quiet cause cannot be reached")
	}
	wrapped := fmt.Errorf("more: %w", said(Error{}))
	if en, ja := HintIn(wrapped, i18n.EN), HintIn(wrapped, i18n.JA); en != "mend it" || ja != "直してください" || en != Hint(wrapped) {
		t.Errorf("hints %q and %q", en, ja)
	}
	if got := HintIn(errors.New("x"), i18n.JA) + HintIn(nil, i18n.JA); got != "" {
		t.Errorf("hint of nothing: %q", got)
	}
}
