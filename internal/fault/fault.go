package fault

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Kind is what a caller may decide by.
type Kind uint8

// The kinds of fault.
const (
	Internal   Kind = iota // our mistake
	Invalid                // the input or the request is wrong
	NotFound               // the named thing does not exist
	Permission             // not allowed
	Limit                  // a size, depth, rate or time limit was reached
	Canceled               // the caller gave up
)

// Error is one fault. Its own text is English; Text gives it in another language.
type Error struct {
	Op    string // what was being done: "reading conn log"
	Kind  Kind
	Place Place  // where in the input, zero when there is none
	Msg   string // what is wrong, for the person
	Hint  string // what to do about it
	JA    Words  // Op, Msg and Hint in Japanese; what is empty is said as above
	Err   error  // the cause, for the operator
}

// Place is a position in an input.
type Place struct {
	Path   string
	Line   int64  // from 1, 0 when the input has no lines
	Offset int64  // bytes from the start of the (decompressed) input; -1 when unknown
	Field  string // field, column or key
}

// String writes p as "path:line (byte n, field f)".
func (p Place) String() string {
	var b strings.Builder
	b.WriteString(p.Path)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	var in []string
	if p.hasOffset() {
		in = append(in, fmt.Sprintf("byte %d", p.Offset))
	}
	if p.Field != "" {
		in = append(in, "field "+p.Field)
	}
	if len(in) > 0 {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString("(" + strings.Join(in, ", ") + ")")
	}
	return b.String()
}

// hasOffset says whether the offset tells something.
func (p Place) hasOffset() bool {
	return p.Offset > 0 || p.Offset == 0 && p.Line == 0 && p.Field != ""
}

// Error writes "op: place: message: cause", leaving out what is empty.
func (e *Error) Error() string {
	parts := make([]string, 0, 4)
	for _, s := range []string{e.Op, e.Place.String(), e.Msg, cause(e.Err, i18n.EN)} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ": ")
}

// Under gives err with the paths of its places below a folder: what reads a folder's files
// knows them only by their names in it.
func Under(dir string, err error) error {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, one := range many.Unwrap() {
			all = append(all, Under(dir, one))
		}
		return errors.Join(all...)
	}
	e, ok := err.(*Error)
	if !ok {
		return err
	}
	below := *e
	below.Place.Path = filepath.Join(dir, e.Place.Path)
	return &below
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf gives the kind of the outermost *Error in err's chain, Internal when
// there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Hint gives the first hint in err's chain.
func Hint(err error) string {
	for err != nil {
		var e *Error
		if !errors.As(err, &e) {
			return ""
		}
		if e.Hint != "" {
			return e.Hint
		}
		err = e.Err
	}
	return ""
}

// HTTPStatus is the status that a fault of this kind has on the web.
func (k Kind) HTTPStatus() int {
	switch k {
	case Invalid:
		return 400
	case NotFound:
		return 404
	case Permission:
		return 403
	case Limit:
		return 413
	case Canceled:
		return 499
	}
	return 500
}

// ExitStatus is the exit status of a command that ends with a fault. It is 2 for
// all kinds but cancellation (130): 1 means "findings" to analyze's callers.
func (k Kind) ExitStatus() int {
	if k == Canceled {
		return 130
	}
	return 2
}
