package ledgertest

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/noroshi-acd/noroshi/ledger/ask"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Manner is how a witness behaves.
type Manner int32

// The manners.
const (
	Honest  Manner = iota
	Absent         // answers with status 503
	Silent         // never answers
	Forging        // signs something else
	Ahead          // says that it knows a later checkpoint
	Endless        // answers without an end
)

// Witness is a witness in this process.
type Witness struct {
	ask.Witness
	manner atomic.Int32
	delay  atomic.Int64
	clock  func() time.Time
	server *httptest.Server
	self   *proof.Cosigner
	key    ed25519.PrivateKey
	logs   []note.Verifier
	gone   chan struct{}

	mu     sync.Mutex // guards latest
	latest map[string]proof.Checkpoint
}

// NewWitness starts a witness of some logs; Close ends it. clock may be nil.
func NewWitness(name string, clock func() time.Time, logs ...note.Verifier) (*Witness, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	self, vkey, err := proof.NewCosigner(name, public)
	if err != nil {
		return nil, err
	}
	if clock == nil {
		clock = time.Now
	}
	w := &Witness{self: self, key: private, clock: clock, logs: logs, latest: map[string]proof.Checkpoint{}, gone: make(chan struct{})}
	w.server = httptest.NewServer(http.HandlerFunc(w.serve))
	w.Witness = ask.Witness{URL: w.server.URL, Key: vkey}
	return w, nil
}

// Be changes its manner.
func (w *Witness) Be(m Manner) { w.manner.Store(int32(m)) }

// Wait lets it take so long for each answer.
func (w *Witness) Wait(d time.Duration) { w.delay.Store(int64(d)) }

// Forget makes it begin anew.
func (w *Witness) Forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.latest)
}

// Close ends it.
func (w *Witness) Close() {
	close(w.gone)
	w.server.Close()
}

// Size is that of the latest checkpoint of a log that it cosigned.
func (w *Witness) Size(origin string) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.latest[origin].Size
}

func (w *Witness) serve(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, proof.MaxRequest+1))
	if err != nil || r.URL.Path != "/add-checkpoint" {
		rw.WriteHeader(http.StatusBadRequest)
		return
	}
	if d := time.Duration(w.delay.Load()); d > 0 {
		select {
		case <-time.After(d):
		case <-w.gone:
		}
	}
	switch Manner(w.manner.Load()) {
	case Absent:
		rw.WriteHeader(http.StatusServiceUnavailable)
	case Silent:
		select {
		case <-w.gone:
		case <-r.Context().Done():
		}
	case Forging:
		fmt.Fprint(rw, proof.SignatureLine(w.self, proof.Cosign(w.key, []byte("something else\n"), w.clock().Unix())))
	case Ahead:
		rw.WriteHeader(http.StatusConflict)
		fmt.Fprint(rw, "123456789\n")
	case Endless:
		for r.Context().Err() == nil {
			if _, err := io.WriteString(rw, strings.Repeat("x", 4096)); err != nil {
				return
			}
		}
	default:
		w.honest(rw, body)
	}
}

func (w *Witness) honest(rw http.ResponseWriter, body []byte) {
	request, err := proof.ParseRequest(body)
	if err != nil {
		rw.WriteHeader(http.StatusBadRequest)
		return
	}
	for _, log := range w.logs {
		s, err := proof.OpenLog(request.Note, log, proof.Quorum{})
		if err != nil {
			continue
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		old, known := w.latest[s.Origin]
		if !known {
			old = proof.Checkpoint{Origin: s.Origin, Root: proof.EmptyRoot()}
		}
		if request.Old != old.Size {
			rw.WriteHeader(http.StatusConflict)
			fmt.Fprintf(rw, "%d\n", old.Size)
			return
		}
		if err := proof.CheckConsistency(old, s.Checkpoint, request.Proof); err != nil {
			http.Error(rw, err.Error(), http.StatusUnprocessableEntity)
			return
		}
		w.latest[s.Origin] = s.Checkpoint
		fmt.Fprint(rw, proof.SignatureLine(w.self, proof.Cosign(w.key, []byte(s.Text()), w.clock().Unix())))
		return
	}
	rw.WriteHeader(http.StatusNotFound)
}
