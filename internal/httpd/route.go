package httpd

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/pki"
)

// Route is one way in.
type Route struct {
	Pattern string  // as in [http.ServeMux], with its method: "POST /v1/applications"
	Who     pki.Who // who may take it; there is no route for everybody
	MaxBody int     // bytes of the request's body; 0: it must have none
	Do      Handler
}

// Handler answers a request. What it reads of the body ends at the route's limit; the
// request's context ends with the time that a request has. An error that it returns is
// written as the answer ([WriteError]) unless it has begun to write one.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Serve makes a Handler of an http.Handler.
func Serve(h http.Handler) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		h.ServeHTTP(w, r)
		return nil
	}
}

type peerKey struct{}

// Peer is who calls, by the certificate. It is for handlers of routes; elsewhere it is
// the zero Name, which nobody has.
func Peer(ctx context.Context) pki.Name {
	n, _ := ctx.Value(peerKey{}).(pki.Name)
	return n
}

// Body reads the whole body of a request. It fails with fault.Limit when the body is
// larger than the route allows, and with fault.Canceled when it does not come in time.
func Body(r *http.Request) ([]byte, error) {
	text, err := io.ReadAll(r.Body)
	return text, bodyError(err)
}

func bodyError(err error) error {
	var large *http.MaxBytesError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &large):
		return wrong(fault.Limit, "body", err, "limit", large.Limit)
	}
	return wrong(fault.Canceled, "cut", err)
}

// Answer writes a value as JSON. The value must be one that can be.
func Answer(w http.ResponseWriter, status int, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, err = w.Write(text)
	return err
}

// Refusal is an answer that says no, as JSON.
type Refusal struct {
	Message i18n.Text `json:"message"`
	Hint    i18n.Text `json:"hint,omitzero"`
	Field   string    `json:"field,omitempty"` // which member of what was sent
	Request string    `json:"request"`         // to be named to those who run the service
}

// WriteError writes err as a refusal; the status is that of its kind. Faults of our own
// are not told to others: they stand in our log under the request's id.
func WriteError(w http.ResponseWriter, id string, err error) {
	kind := fault.KindOf(err)
	var limit *statusError
	status := kind.HTTPStatus()
	r := Refusal{Request: id}
	var e *fault.Error
	switch {
	case kind == fault.Internal:
		r.Message, r.Hint = i18n.Both("httpd.wrong.internal"), i18n.Both("httpd.hint.internal")
	case errors.As(err, &e):
		r.Message = i18n.Text{JA: fault.Text(said(e), i18n.JA), EN: fault.Text(said(e), i18n.EN)}
		r.Hint = i18n.Text{JA: fault.HintIn(err, i18n.JA), EN: fault.HintIn(err, i18n.EN)}
		r.Field = e.Place.Field
	}
	if errors.As(err, &limit) {
		status = limit.status
		if limit.after > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(limit.after))
		}
	}
	_ = Answer(w, status, r) // who does not read it hears nothing
}

// said is e without what is for the operator: its cause, and our paths.
func said(e *fault.Error) *fault.Error {
	plain := *e
	plain.Err, plain.Place.Path = nil, ""
	return &plain
}

// statusError gives an error a status of its own.
type statusError struct {
	error
	status, after int // seconds until it is worth trying again, 0: not said
}

func (e *statusError) Unwrap() error { return e.error }

// wrong is the package's one form of error.
func wrong(kind fault.Kind, key string, cause error, args ...any) error {
	return fault.Said(fault.Error{Kind: kind, Place: fault.Place{Offset: -1}, Err: cause},
		i18n.Both("httpd.op"), i18n.Both("httpd.wrong."+key, args...), i18n.Both("httpd.hint."+key, args...))
}

// method is the method of a pattern, "" when it has none.
func method(pattern string) string {
	m, _, ok := strings.Cut(pattern, " ")
	if !ok {
		return ""
	}
	return m
}
