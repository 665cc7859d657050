package door

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/internal/obs"
	"github.com/noroshi-acd/noroshi/ledger/cosign"
	"github.com/noroshi-acd/noroshi/ledger/cosign/mirror"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Config is what a door is made of.
type Config struct {
	Witness *cosign.Witness
	Mirrors map[string]*mirror.Mirror // by origin
	Limits  Limits
	Now     func() time.Time
	Log     *slog.Logger
	Count   *obs.Registry
}

// Door answers HTTP requests.
type Door struct {
	c        Config
	buckets  *buckets
	slots    *slots
	asked    *obs.Counter
	cosigned *obs.Counter
	refused  *obs.Counter
	refusals map[cosign.Code]*obs.Counter
}

// New makes a door.
func New(c Config) *Door {
	d := &Door{
		c: c, buckets: newBuckets(c.Limits), slots: newSlots(c.Limits),
		asked:    c.Count.Counter("noroshi_witness_requests_total", "Requests to cosign a checkpoint."),
		cosigned: c.Count.Counter("noroshi_witness_cosigned_total", "Checkpoints that were cosigned."),
		refused:  c.Count.Counter("noroshi_witness_connections_refused_total", "Connections that were closed because too many were open."),
		refusals: map[cosign.Code]*obs.Counter{},
	}
	for _, code := range []cosign.Code{
		cosign.Malformed, cosign.TooLarge, cosign.UnknownLog, cosign.BadKey, cosign.Backwards, cosign.Stale, cosign.Unproven,
		cosign.Forked, cosign.Stopped, cosign.NoTime, cosign.Unanchored, cosign.Broken, cosign.Busy,
	} {
		name := "noroshi_witness_refused_" + strings.ReplaceAll(string(code), "-", "_") + "_total"
		d.refusals[code] = c.Count.Counter(name, "Checkpoints that were not cosigned: "+(&cosign.Refusal{Code: code}).Text().EN+".")
	}
	return d
}

// Handler gives the handler of all requests.
func (d *Door) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /add-checkpoint", d.add)
	mux.HandleFunc("GET /{log}/{path...}", d.of(d.read))
	mux.HandleFunc("GET /mirror/{log}/{path...}", d.of(d.mirrored))
	return mux
}

// Server makes the server, with the time that a slow client has.
func (d *Door) Server() *http.Server {
	return &http.Server{
		Handler: d.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: 90 * time.Second, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(d.c.Log.Handler(), slog.LevelDebug),
	}
}

// add is add-checkpoint of tlog-witness.
func (d *Door) add(w http.ResponseWriter, r *http.Request) {
	d.asked.Add(1)
	addr := network(r.RemoteAddr)
	ok, known := d.buckets.take(addr, d.c.Now())
	if !ok {
		d.refuse(w, &cosign.Refusal{Code: cosign.Busy})
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, proof.MaxRequest))
	if err != nil {
		code := cosign.Malformed
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			code = cosign.TooLarge
		}
		d.refuse(w, &cosign.Refusal{Code: code, Err: err})
		return
	}
	leave, ok := d.slots.enter(r.Context(), known)
	if !ok {
		d.refuse(w, &cosign.Refusal{Code: cosign.Busy})
		return
	}
	answer, err := d.c.Witness.Add(body)
	leave()
	if err != nil {
		d.refuse(w, err)
		return
	}
	if answer.Grown {
		d.buckets.know(addr, d.c.Now())
	}
	d.cosigned.Add(1)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Write(answer.Lines)
}

func (d *Door) refuse(w http.ResponseWriter, err error) {
	var r *cosign.Refusal
	if !errors.As(err, &r) {
		r = &cosign.Refusal{Code: cosign.Broken, Err: err}
	}
	d.refusals[r.Code].Add(1)
	switch r.Code {
	case cosign.Stale:
		w.Header().Set("Content-Type", "text/x.tlog.size")
		w.WriteHeader(r.Status())
		fmt.Fprintf(w, "%d\n", r.Size)
		return
	case cosign.Forked, cosign.Broken:
		d.c.Log.Error("not cosigned", "code", string(r.Code), "error", r.Err)
	case cosign.Busy:
		w.Header().Set("Retry-After", "1")
	}
	// The cause is for the operator: a stranger learns the word and the sentence.
	http.Error(w, string(r.Code)+": "+r.Text().EN, r.Status())
}

// of finds the log that a path names, and bounds how often one address asks.
func (d *Door) of(serve func(w http.ResponseWriter, r *http.Request, origin string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if ok, _ := d.buckets.take(network(r.RemoteAddr), d.c.Now()); !ok {
			d.refuse(w, &cosign.Refusal{Code: cosign.Busy})
			return
		}
		origin, ok := d.c.Witness.Named(r.PathValue("log"))
		if !ok {
			http.NotFound(w, r)
			return
		}
		serve(w, r, origin)
	}
}

// give writes a body, or 404 when there is none.
func give(w http.ResponseWriter, r *http.Request, kind string, body []byte) {
	if body == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Write(body)
}

const plain = "text/plain; charset=utf-8"

// read serves what monitors and other witnesses ask.
func (d *Door) read(w http.ResponseWriter, r *http.Request, origin string) {
	path := r.PathValue("path")
	name, seen := strings.CutPrefix(path, "seen/")
	switch {
	case path == "checkpoint":
		give(w, r, plain, d.c.Witness.Latest(origin))
	case path == "testimony":
		d.testimony(w, r, origin)
	case path == "anchor":
		d.anchor(w, r, origin)
	case seen:
		give(w, r, plain, d.c.Witness.Kept(origin, name))
	default:
		http.NotFound(w, r)
	}
}

// mostPapers is how many papers one answer holds.
const mostPapers = 64

func (d *Door) testimony(w http.ResponseWriter, r *http.Request, origin string) {
	papers, err := d.c.Witness.Testimony(origin, mostPapers)
	if err != nil {
		d.refuse(w, err)
		return
	}
	var body []byte
	if len(papers) > 0 {
		body = append(bytes.Join(papers, []byte("\n")), '\n')
	}
	give(w, r, "application/jsonl", body)
}

func (d *Door) anchor(w http.ResponseWriter, r *http.Request, origin string) {
	e, _, err := d.c.Witness.Anchor(origin)
	if errors.Is(err, fs.ErrNotExist) {
		http.NotFound(w, r)
		return
	}
	if err != nil {
		d.refuse(w, err)
		return
	}
	text, err := e.Marshal()
	if err != nil {
		d.refuse(w, err)
		return
	}
	give(w, r, "application/json", text)
}

func (d *Door) mirrored(w http.ResponseWriter, r *http.Request, origin string) {
	m := d.c.Mirrors[origin]
	if m == nil {
		http.NotFound(w, r)
		return
	}
	path := r.PathValue("path")
	if path == "checkpoint" {
		give(w, r, plain, m.Checkpoint())
		return
	}
	data, err := m.Read(path)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	give(w, r, "application/octet-stream", data)
}
