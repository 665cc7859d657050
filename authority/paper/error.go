package paper

import (
	"fmt"
	"strings"
)

// Code says what is wrong with a paper, in one word that programs can decide by.
type Code string

// The codes of an [Error].
const (
	BadSyntax    Code = "syntax"    // no JSON, or JSON that papers do not have (null, fractions)
	BadForm      Code = "canonical" // JSON with another spelling than the one that is right
	BadOrder     Code = "order"     // members out of order
	Duplicate    Code = "duplicate" // a member stands twice
	Unknown      Code = "unknown"   // a member that the paper does not have
	Missing      Code = "missing"   // a member that the paper must have
	Empty        Code = "empty"     // an optional member that is there and empty
	BadNumber    Code = "number"    // outside ±(2^53−1), or outside what the member holds
	BadText      Code = "text"      // not UTF-8, not NFC, or with characters that papers refuse
	BadValue     Code = "value"     // well written, but no such value (a time, digest, identifier, key)
	BadType      Code = "type"      // another kind of JSON value than the member has
	TooDeep      Code = "depth"     // more than MaxDepth
	TooLarge     Code = "size"      // more than MaxSize
	BadSignature Code = "signature" // a signature that cannot stand in an envelope
)

// Error is a fault in a paper, with its place.
type Error struct {
	Offset int    // bytes from the start; -1 when writing
	Path   string // "scope.links[2]"; "" is the whole paper
	Code   Code
	Msg    string // what is wrong, in English
	cause  error  // of a value that its own type refuses
}

// Unwrap gives why a value was refused by its own type, if that is what is wrong.
func (e *Error) Unwrap() error { return e.cause }

// Error writes "path (byte n): message".
func (e *Error) Error() string {
	place := e.Path
	if place == "" {
		place = "paper"
	}
	if e.Offset >= 0 {
		place += fmt.Sprintf(" (byte %d)", e.Offset)
	}
	return place + ": " + e.Msg
}

// under puts e's path below a member or an index.
func (e *Error) under(part string) *Error {
	switch {
	case e.Path == "":
		e.Path = part
	case strings.HasPrefix(e.Path, "["):
		e.Path = part + e.Path
	default:
		e.Path = part + "." + e.Path
	}
	return e
}

func fault(offset int, code Code, format string, args ...any) *Error {
	e := &Error{Offset: offset, Code: code, Msg: fmt.Sprintf(format, args...)}
	if len(args) == 1 {
		e.cause, _ = args[0].(error)
	}
	return e
}
