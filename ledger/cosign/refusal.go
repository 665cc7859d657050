package cosign

import (
	"fmt"
	"net/http"

	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Code says in one word why a witness does not cosign; docs/spec/witness.md lists them.
type Code string

// The codes.
const (
	Malformed  Code = "malformed"  // the request cannot be read
	TooLarge   Code = "too-large"  // more bytes than a request has
	UnknownLog Code = "unknown"    // no log of this origin
	BadKey     Code = "signature"  // not signed by the log's key
	Backwards  Code = "backwards"  // the old size is above the checkpoint's
	Stale      Code = "stale"      // the old size is not the witness's
	Unproven   Code = "unproven"   // the proof does not lead from the witness's checkpoint to this one
	Forked     Code = "forked"     // it contradicts another checkpoint of the same log
	Stopped    Code = "stopped"    // a person has to decide first
	NoTime     Code = "time"       // the witness does not know the time
	Unanchored Code = "unanchored" // a sealed witness was alone for too long
	Broken     Code = "broken"     // the state cannot be written
	Busy       Code = "busy"       // too many requests
)

// Refusal is the error of a checkpoint that is not cosigned.
type Refusal struct {
	Code Code
	Size int64 // of the witness's latest checkpoint, when Code is Stale
	Err  error // what exactly, for the operator
}

func refuse(code Code, err error) *Refusal { return &Refusal{Code: code, Err: err} }

// Error says why, in English.
func (r *Refusal) Error() string {
	text := r.Text().EN
	if r.Err != nil {
		text += ": " + r.Err.Error()
	}
	return text
}

// Unwrap gives the cause.
func (r *Refusal) Unwrap() error { return r.Err }

// Text says why, to a person.
func (r *Refusal) Text() i18n.Text { return i18n.Both("witness.refusal." + string(r.Code)) }

// Status is the HTTP status of the refusal, as tlog-witness has it; what it does not
// provide for is 503, after which a log may ask again.
func (r *Refusal) Status() int {
	switch r.Code {
	case Malformed, Backwards:
		return http.StatusBadRequest
	case TooLarge:
		return http.StatusRequestEntityTooLarge
	case UnknownLog:
		return http.StatusNotFound
	case BadKey:
		return http.StatusForbidden
	case Stale:
		return http.StatusConflict
	case Unproven, Forked:
		return http.StatusUnprocessableEntity
	case Busy:
		return http.StatusTooManyRequests
	}
	return http.StatusServiceUnavailable
}

// Rollback is the error of a state that is older than what the witness itself has
// cosigned: a backup was restored, or the state was changed by hand.
type Rollback struct {
	Origin      string
	Have, Found int64 // sizes
	Place       string
	Note        []byte // the signed checkpoint with the own cosignature
}

// Error says where the later checkpoint was found.
func (r *Rollback) Error() string {
	return fmt.Sprintf("%s: the state is at size %d, and %s holds a checkpoint of size %d that this witness has cosigned and that does not fit", r.Origin, r.Have, r.Place, r.Found)
}
