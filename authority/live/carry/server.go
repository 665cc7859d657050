package carry

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/unmet"
)

// Limits of the server.
const (
	MaxBody    = 1 << 20          // bytes of one statement
	MaxWaiting = 4096             // requests that wait for a newer statement
	LongestAsk = 25 * time.Second // how long one of them waits
	maxPushed  = 8                // statements that are verified at once
)

// Path is where statements are.
const Path = "/liveness"

// Source has the newest statement.
type Source interface {
	// Latest gives it; nil when there is none.
	Latest() *paper.Envelope
	// Changed is closed when there is another one. It is asked for before Latest.
	Changed() <-chan struct{}
}

// Sink takes statements from anybody, and verifies them.
type Sink interface {
	Offer(e *paper.Envelope) (liveness.Order, []unmet.Unmet, error)
}

// Handler serves statements of source on [Path], and takes pushed ones for sink when it
// is not nil. GET gives the newest; GET ?after=N waits until its number is above N, at
// most [LongestAsk], and answers 204 when none came.
func Handler(source Source, sink Sink) http.Handler {
	s := &server{source: source, sink: sink, waiting: make(chan struct{}, MaxWaiting), pushed: make(chan struct{}, maxPushed)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Path, s.get)
	if sink != nil {
		mux.HandleFunc("POST "+Path, s.post)
	}
	return mux
}

type server struct {
	source          Source
	sink            Sink
	waiting, pushed chan struct{} // places
}

func (s *server) get(w http.ResponseWriter, r *http.Request) {
	after := int64(-1)
	if text := r.URL.Query().Get("after"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			http.Error(w, "after must be a number", http.StatusBadRequest)
			return
		}
		after = n
	}
	select {
	case s.waiting <- struct{}{}:
		defer func() { <-s.waiting }()
	default:
		w.Header().Set("Retry-After", "1")
		http.Error(w, "too many are waiting", http.StatusServiceUnavailable)
		return
	}
	timer := time.NewTimer(LongestAsk)
	defer timer.Stop()
	for {
		changed := s.source.Changed()
		if e := s.source.Latest(); e != nil && numberOf(e) > after {
			s.send(w, e)
			return
		}
		select {
		case <-changed:
		case <-timer.C:
			w.WriteHeader(http.StatusNoContent)
			return
		case <-r.Context().Done():
			return
		}
	}
}

func (s *server) send(w http.ResponseWriter, e *paper.Envelope) {
	data, err := e.Marshal()
	if err != nil {
		http.Error(w, "the statement cannot be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(data) // who has gone away asks again
}

// numberOf is the number that a statement says of itself; 0 when it says none.
func numberOf(e *paper.Envelope) int64 {
	var s liveness.Statement
	if e.Open(liveness.Type, &s) != nil {
		return 0
	}
	return s.Number
}

// answer is what a push is answered with.
type answer struct {
	Order string   `json:"order,omitempty"` // newer, same, stale, fork
	Unmet []string `json:"unmet,omitempty"` // codes
}

var orders = [...]string{liveness.Newer: "newer", liveness.Same: "same", liveness.Stale: "stale", liveness.Fork: "fork"}

func (s *server) post(w http.ResponseWriter, r *http.Request) {
	select {
	case s.pushed <- struct{}{}:
		defer func() { <-s.pushed }()
	default:
		w.Header().Set("Retry-After", "1")
		http.Error(w, "too many at once", http.StatusServiceUnavailable)
		return
	}
	e, err := read(http.MaxBytesReader(w, r.Body, MaxBody))
	if err != nil {
		http.Error(w, "this is no statement", http.StatusBadRequest)
		return
	}
	order, list, err := s.sink.Offer(e)
	var a answer
	status := http.StatusOK
	switch {
	case err != nil:
		http.Error(w, "it could not be kept", http.StatusInternalServerError)
		return
	case len(list) > 0:
		status = http.StatusForbidden
		for _, u := range list {
			a.Unmet = append(a.Unmet, u.Code)
		}
	default:
		a.Order = orders[order]
	}
	data, err := json.Marshal(a)
	if err != nil {
		http.Error(w, "no answer", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(data)
}

func read(r io.Reader) (*paper.Envelope, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBody+1))
	if err != nil {
		return nil, err
	}
	if len(data) > MaxBody {
		return nil, errors.New("too long")
	}
	return paper.ParseEnvelope(data)
}
