package flaw

import (
	"errors"
	"io"
	"io/fs"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Reason is an error that has its words in both languages.
type Reason struct{ text i18n.Text }

// Error is in English.
func (r *Reason) Error() string { return r.text.EN }

// Because makes a reason of the sentence verify.why.KEY.
func Because(key string, args ...any) error { return &Reason{i18n.Both("verify.why."+key, args...)} }

// As is the reason verify.why.KEY for an error of others, whose words stay in English.
func As(key string, err error) error {
	return &Reason{i18n.Text{JA: i18n.Say(i18n.JA, "verify.why."+key), EN: i18n.Escape(err.Error())}}
}

// Why says in both languages why something cannot be read. Errors of others have English
// words alone: their Japanese is of their kind.
func Why(err error) i18n.Text {
	var own *Reason
	var p *paper.Error
	switch {
	case err == nil:
		return i18n.Both("verify.why.form")
	case errors.As(err, &own):
		return own.text
	case errors.As(err, &p):
		ja := i18n.Say(i18n.JA, "verify.why.paper."+string(p.Code))
		if p.Path != "" {
			ja = i18n.Say(i18n.JA, "verify.why.member", "member", p.Path, "what", ja)
		}
		return i18n.Text{JA: ja, EN: i18n.Escape(err.Error())}
	}
	for _, c := range []struct {
		err error
		key string
	}{{fs.ErrNotExist, "verify.why.missing"}, {fs.ErrPermission, "verify.why.forbidden"}, {io.ErrUnexpectedEOF, "verify.why.short"}} {
		if errors.Is(err, c.err) {
			return i18n.Both(c.key)
		}
	}
	var file *fs.PathError
	if errors.As(err, &file) {
		return i18n.Text{JA: i18n.Say(i18n.JA, "verify.why.device"), EN: i18n.Escape(err.Error())}
	}
	return i18n.Text{JA: i18n.Say(i18n.JA, "verify.why.form"), EN: i18n.Escape(err.Error())}
}

// Cause is err as the cause of another error, in both languages.
func Cause(err error) error {
	var said *fault.Error
	if err == nil || errors.As(err, &said) {
		return err
	}
	return fault.Said(fault.Error{Err: fault.Quiet(err)}, i18n.Text{}, Why(err), i18n.Text{})
}

// Unread is the error that a file of the export cannot be read, so that nothing more can
// be said.
func Unread(file string, err error) error {
	return fault.Said(fault.Error{Kind: fault.Internal, Place: fault.Place{Path: file, Offset: -1}, Err: Cause(err)}, i18n.Text{}, i18n.Both("verify.why.unread"), i18n.Both("verify.why.unread_hint"))
}

// Condition says a condition that is not met, in both languages.
func Condition(u unmet.Unmet) i18n.Text { return i18n.Both(u.Key(), words(u.Args)...) }

// words puts those arguments into both languages of which the other side gives a name:
// a member, a party, a sheet. What has no word stays the name that it is.
func words(args []any) []any {
	list := append([]any(nil), args...)
	for i := 0; i+1 < len(list); i += 2 {
		switch v := list[i+1].(type) {
		case error:
			list[i+1] = Why(v)
		case string:
			list[i+1] = word(list[i], v)
		case nil:
			list[i+1] = Why(nil)
		}
	}
	return list
}

// word is the word for a name as the argument of that name.
func word(argument any, name string) any {
	if argument == "why" { // of others, in English
		return Why(errors.New(name))
	}
	keys := map[any]string{
		"class": "verify.class.", "duty": "verify.duty.", "equation": "verify.equation.", "kind": "verify.kind.",
		"name": "verify.counter.", "party": "verify.party.", "sheet": "verify.sheet.", "what": "verify.member.",
	}
	key := keys[argument] + name
	if t := i18n.Both(key); keys[argument] != "" && t.EN != key {
		return t
	}
	return name
}
