package ask

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Limits of one exchange with a witness.
const (
	// DefaultTimeout is how long one request may take.
	DefaultTimeout = 5 * time.Second
	// attempts is how often a witness is asked in one round when it turns out to be at
	// another size than was thought.
	attempts = 3
	// maxAnswer is how many bytes of an answer are read.
	maxAnswer = 16 << 10
)

// Witness is where a witness is asked and by which key it is known.
type Witness struct {
	URL string // without "/add-checkpoint" at its end
	Key string // verifier key of type cosignature/v1
}

// Standing is how the last exchange with a witness went.
type Standing struct {
	Name string
	Size int64     // size of the latest checkpoint that it is known to have cosigned
	At   time.Time // of the last answer or failure; zero before the first
	Err  error     // nil when it cosigned
}

// Asker asks the witnesses of one log. Its methods may be called by several goroutines.
type Asker struct {
	log       note.Verifier
	quorum    proof.Quorum
	client    *http.Client
	timeout   time.Duration
	witnesses []*witness
	asking    sync.WaitGroup
}

// witness is one witness and what is known of it.
type witness struct {
	url    string
	known  *proof.Cosigner
	alone  proof.Quorum  // the quorum of this witness only: what its answer is held against
	turn   chan struct{} // holds one token; who has it may ask
	mu     sync.Mutex    // guards standing
	latest Standing
}

// New makes an asker for a log. k witnesses are enough; client may be nil.
func New(log note.Verifier, witnesses []Witness, k int, client *http.Client, timeout time.Duration) (*Asker, error) {
	a := &Asker{log: log, timeout: timeout, client: &http.Client{}}
	if client != nil {
		*a.client = *client
	}
	// A redirection would send the checkpoint to somebody whom the trust root does not name.
	a.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if a.timeout <= 0 {
		a.timeout = DefaultTimeout
	}
	var keys []string
	for _, w := range witnesses {
		c, err := proof.ParseCosigner(w.Key)
		if err != nil {
			return nil, err
		}
		alone, err := proof.NewQuorum([]string{w.Key}, 1)
		if err != nil {
			return nil, err
		}
		one := &witness{url: strings.TrimSuffix(w.URL, "/") + "/add-checkpoint", known: c, alone: alone, turn: make(chan struct{}, 1)}
		one.latest.Name = c.Name()
		one.turn <- struct{}{}
		a.witnesses, keys = append(a.witnesses, one), append(keys, w.Key)
	}
	var err error
	a.quorum, err = proof.NewQuorum(keys, k)
	return a, err
}

// Quorum is the quorum that a checkpoint must have.
func (a *Asker) Quorum() proof.Quorum { return a.quorum }

// Knows tells the asker of a checkpoint that was published before: the witnesses that
// cosigned it are at its size.
func (a *Asker) Knows(s *proof.Signed) {
	for _, c := range s.Cosignatures {
		for _, w := range a.witnesses {
			if w.known.Name() == c.Witness {
				w.note(s.Size, time.Time{}, nil)
			}
		}
	}
}

// Standing gives how each witness stands.
func (a *Asker) Standing() []Standing {
	var list []Standing
	for _, w := range a.witnesses {
		w.mu.Lock()
		list = append(list, w.latest)
		w.mu.Unlock()
	}
	return list
}

// Wait waits for requests that Cosign left behind with slow witnesses.
func (a *Asker) Wait() { a.asking.Wait() }

// answer is what came of asking one witness.
type answer struct {
	line string
	err  error
}

// Cosign shows a checkpoint, signed by the log, to all witnesses, and gives it with the
// cosignatures of a quorum. tree is the tree under it. Requests to witnesses that are
// slower than the quorum go on until they end or time out; their cosignatures are not
// waited for.
func (a *Asker) Cosign(ctx context.Context, signed []byte, tree *proof.Tree) ([]byte, error) {
	answers := make(chan answer, len(a.witnesses))
	round, end := context.WithCancel(ctx)
	defer end()
	for _, w := range a.witnesses {
		a.asking.Go(func() {
			line, err := a.one(ctx, round, w, signed, tree)
			if err != nil {
				err = fmt.Errorf("witness %s: %w", w.known.Name(), err)
			}
			answers <- answer{line, err}
		})
	}
	var lines []string
	var failed []error
	for range a.witnesses {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case got := <-answers:
			if got.err != nil {
				failed = append(failed, got.err)
				break
			}
			lines = append(lines, got.line)
		}
		if len(lines) == a.quorum.K() {
			return proof.Join(signed, lines...)
		}
	}
	return nil, fmt.Errorf("%w: %w", &proof.FewWitnesses{Origin: tree.Checkpoint().Origin, Size: tree.Checkpoint().Size, Got: len(lines), Want: a.quorum.K()}, errors.Join(failed...))
}

// one asks one witness, once it is its turn. round ends when the others were enough:
// then who still waits for its turn does not ask any more.
func (a *Asker) one(ctx, round context.Context, w *witness, signed []byte, tree *proof.Tree) (string, error) {
	select {
	case <-round.Done():
		return "", round.Err()
	case <-w.turn:
	}
	defer func() { w.turn <- struct{}{} }()
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	w.mu.Lock()
	old := w.latest.Size
	w.mu.Unlock()
	line, size, err := a.ask(ctx, w, signed, tree, old)
	w.note(size, time.Now(), err)
	return line, err
}

// note keeps how an exchange ended. The size only matters when it is known.
func (w *witness) note(size int64, at time.Time, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.latest.Size, w.latest.At, w.latest.Err = size, at, err
}

// Ahead is the error of a witness that says it has cosigned a later checkpoint than the
// log has: the log went back, or the witness lies.
type Ahead struct {
	Witness      string
	Size, Theirs int64
}

func (e *Ahead) Error() string {
	return fmt.Sprintf("it says that it has cosigned size %d, and the log is at %d: the log went back, or the witness lies", e.Theirs, e.Size)
}

// ask exchanges messages with one witness until it cosigns or refuses. It gives the
// signature line, found right, and the size at which the witness is believed to be.
func (a *Asker) ask(ctx context.Context, w *witness, signed []byte, tree *proof.Tree, old int64) (string, int64, error) {
	at := tree.Checkpoint().Size
	for range attempts {
		if old > at {
			// Not believed for ever: the next round asks from the beginning.
			return "", 0, &Ahead{Witness: w.known.Name(), Size: at, Theirs: old}
		}
		path, err := tree.Consistency(old)
		if err != nil {
			return "", old, err
		}
		request := &proof.Request{Old: old, Proof: path, Note: signed}
		status, body, err := a.post(ctx, w.url, request.Marshal())
		if err != nil {
			return "", old, err
		}
		switch status {
		case http.StatusOK:
			line, err := a.check(w, signed, body)
			if err != nil {
				return "", old, err
			}
			return line, at, nil
		case http.StatusConflict:
			size, err := strconv.ParseInt(strings.TrimSuffix(string(body), "\n"), 10, 64)
			if err != nil || size < 0 {
				return "", old, fmt.Errorf("its answer to a stale size is no size: %.40q", body)
			}
			if size == old {
				return "", old, fmt.Errorf("it says that size %d is stale and names the same size", old)
			}
			old = size
		default:
			return "", 0, fmt.Errorf("it refused with status %d: %.200q", status, body)
		}
	}
	return "", old, errors.New("it names another size at each request")
}

func (a *Asker) post(ctx context.Context, url string, body []byte) (status int, answer []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Content-Type", "text/plain; charset=utf-8")
	response, err := a.client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err == nil && len(answer) > maxAnswer {
		err = fmt.Errorf("an answer of more than %d bytes", maxAnswer)
	}
	return response.StatusCode, answer, err
}

// check takes from an answer the line that is the witness's own cosignature of this
// very checkpoint, and nothing else of it.
func (a *Asker) check(w *witness, signed, body []byte) (string, error) {
	for line := range strings.SplitAfterSeq(string(body), "\n") {
		if !strings.HasPrefix(line, "— "+w.known.Name()+" ") {
			continue
		}
		joined, err := proof.Join(signed, line)
		if err != nil {
			continue
		}
		if s, err := proof.Open(joined, a.log, w.alone); err == nil && len(s.Cosignatures) == 1 {
			return line, nil
		}
	}
	return "", errors.New("its answer holds no cosignature of its own for this checkpoint")
}
