package fault

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

func TestErrorText(t *testing.T) {
	cause := errors.New("unexpected EOF")
	for _, tt := range []struct {
		err  *Error
		want string
	}{
		{&Error{Op: "reading conn log", Place: Place{Path: "conn.log", Line: 12, Offset: -1, Field: "ts"}, Msg: "no number", Err: cause}, "reading conn log: conn.log:12 (field ts): no number: unexpected EOF"},
		{&Error{Place: Place{Path: "a.pcap", Offset: 24}, Msg: "cut off"}, "a.pcap (byte 24): cut off"},
		{&Error{Place: Place{Path: "a.pcap", Field: "magic"}, Msg: "unknown"}, "a.pcap (byte 0, field magic): unknown"},
		{&Error{Place: Place{Offset: -1, Field: "edge.window"}, Msg: "too small"}, "(field edge.window): too small"},
		{&Error{Place: Place{Path: "x", Line: 3, Offset: 80}, Msg: "bad"}, "x:3 (byte 80): bad"},
		{&Error{Msg: "alone"}, "alone"},
		{&Error{}, ""},
	} {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
	if err := fmt.Errorf("more: %w", &Error{Err: cause}); !errors.Is(err, cause) {
		t.Error("the cause cannot be reached")
	}
}

func TestKindHintStatus(t *testing.T) {
	inner := &Error{Kind: Limit, Hint: "raise the limit"}
	outer := fmt.Errorf("more: %w", &Error{Kind: Invalid, Err: inner})
	if got := KindOf(outer); got != Invalid {
		t.Errorf("KindOf = %d, want that of the outermost", got)
	}
	if got := Hint(outer); got != "raise the limit" {
		t.Errorf("Hint = %q, want the first there is", got)
	}
	if KindOf(context.Canceled) != Internal || KindOf(nil) != Internal || Hint(context.Canceled) != "" || Hint(nil) != "" {
		t.Error("an error of others must be internal and without a hint")
	}
	for _, tt := range []struct {
		kind       Kind
		http, exit int
	}{{Internal, 500, 2}, {Invalid, 400, 2}, {NotFound, 404, 2}, {Permission, 403, 2}, {Limit, 413, 2}, {Canceled, 499, 130}} {
		if got := tt.kind.HTTPStatus(); got != tt.http {
			t.Errorf("HTTP status of %d = %d, want %d", tt.kind, got, tt.http)
		}
		if got := tt.kind.ExitStatus(); got != tt.exit {
			t.Errorf("exit status of %d = %d, want %d", tt.kind, got, tt.exit)
		}
	}
}

func TestSkips(t *testing.T) {
	bad := errors.New("bad")
	lenient := Skips{}
	for range 2 * KeptSkips {
		if err := lenient.Skip(bad); err != nil {
			t.Fatal(err)
		}
	}
	if lenient.Count != 2*KeptSkips || len(lenient.First) != KeptSkips {
		t.Errorf("counted %d, kept %d", lenient.Count, len(lenient.First))
	}
	strict := Skips{Strict: true}
	if err := strict.Skip(bad); err != bad {
		t.Errorf("strict gives %v, want the error", err)
	}
}
