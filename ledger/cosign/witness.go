package cosign

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/ledger/cosign/disk"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/testimony"
)

// Clock gives the time, or why it cannot be relied upon.
type Clock func() (time.Time, error)

// Config is what a witness is made of. The caller MUST NOT change it afterwards.
type Config struct {
	Dir   string // made by Create
	Name  string // of the witness, as its verifier key has it
	Key   ed25519.PrivateKey
	Logs  []string // verifier keys; a log's name is its origin
	Clock Clock
	// AnchorWithin makes it a sealed witness: what it cosigned must bear the outer quorum
	// within this time (see Anchored). 0 for every other witness.
	AnchorWithin time.Duration
}

// Witness cosigns checkpoints. Any goroutine may use it.
type Witness struct {
	config Config
	self   *proof.Cosigner
	vkey   string
	lock   *os.File
	logs   map[string]*log // by origin
	byHash map[string]*log
	order  []string
}

// Open takes a state folder into use and checks all of it. It refuses a state that
// cannot be read: to begin again from nothing would be to forget what was cosigned.
func Open(c Config) (_ *Witness, err error) {
	if len(c.Key) != ed25519.PrivateKeySize {
		return nil, errors.New("a witness needs an Ed25519 key")
	}
	self, vkey, err := proof.NewCosigner(c.Name, c.Key.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, err
	}
	w := &Witness{config: c, self: self, vkey: vkey, logs: map[string]*log{}, byHash: map[string]*log{}}
	birth, err := os.ReadFile(filepath.Join(c.Dir, birthFile))
	if err != nil {
		return nil, fmt.Errorf("the state folder: %w", err)
	}
	if strings.TrimSuffix(string(birth), "\n") != vkey {
		return nil, fmt.Errorf("the state in %s is of the witness %q, not of %q", c.Dir, strings.TrimSpace(string(birth)), vkey)
	}
	if w.lock, err = disk.Lock(c.Dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			w.Close()
		}
	}()
	if err := disk.Clear(c.Dir); err != nil {
		return nil, err
	}
	for _, key := range c.Logs {
		if err := w.openLog(key); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// openLog reads the state of one log.
func (w *Witness) openLog(key string) error {
	v, err := proof.ParseLogKey(key)
	if err != nil {
		return err
	}
	if w.logs[v.Name()] != nil {
		return fmt.Errorf("the log %s stands twice", v.Name())
	}
	l := &log{witness: w, verifier: v, key: key, hash: OriginHash(v.Name())}
	l.dir = filepath.Join(w.config.Dir, l.hash)
	if err := l.read(); err != nil {
		return fmt.Errorf("the state of %s: %w", v.Name(), err)
	}
	w.logs[v.Name()], w.byHash[l.hash] = l, l
	w.order = append(w.order, v.Name())
	return nil
}

// Close ends the use of the state folder.
func (w *Witness) Close() error {
	if w.lock == nil {
		return nil
	}
	err := w.lock.Close()
	w.lock = nil
	return err
}

// Key is the witness's verifier key.
func (w *Witness) Key() string { return w.vkey }

// Cosigner checks the witness's cosignatures.
func (w *Witness) Cosigner() *proof.Cosigner { return w.self }

// Origins lists the logs in the order of the configuration.
func (w *Witness) Origins() []string { return slices.Clone(w.order) }

// Named gives the origin of the log that is called by a hash in paths.
func (w *Witness) Named(hash string) (string, bool) {
	if l := w.byHash[hash]; l != nil {
		return l.verifier.Name(), true
	}
	return "", false
}

// Verifier checks the signatures of a log; nil when the witness has no such log.
func (w *Witness) Verifier(origin string) note.Verifier {
	if l := w.logs[origin]; l != nil {
		return l.verifier
	}
	return nil
}

// Status is how a witness stands to one log.
type Status struct {
	Origin  string
	Size    int64     // of the latest cosigned checkpoint
	Time    time.Time // of the cosignature; zero when there is none
	Stopped *Halt     // nil while it cosigns
	Splits  int       // proven, kept
	Doubts  int       // kept
	Sealed  bool
	// Anchor is of a sealed witness.
	Anchor testimony.Anchor
}

// Status gives how the witness stands to a log.
func (w *Witness) Status(origin string) (Status, bool) {
	l := w.logs[origin]
	if l == nil {
		return Status{}, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s := Status{Origin: origin, Stopped: l.stop, Splits: l.splits, Doubts: l.doubts, Sealed: w.config.AnchorWithin > 0}
	if l.held != nil {
		s.Size, s.Time = l.held.Size, time.Unix(l.stamp, 0).UTC()
	}
	if s.Sealed {
		s.Anchor = l.anchorNow(l.now().Time())
	}
	return s, true
}

// Latest gives the latest checkpoint of a log that the witness cosigned, with the log's
// signature and the witness's; nil when there is none.
func (w *Witness) Latest(origin string) []byte {
	l := w.logs[origin]
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held == nil {
		return nil
	}
	return slices.Clone(l.held.Note)
}

// log is the state of one log.
type log struct {
	witness  *Witness
	verifier note.Verifier
	key      string
	hash     string
	dir      string

	mu      sync.Mutex
	held    *proof.Signed // the latest cosigned checkpoint; nil when there is none
	stamp   int64         // of its cosignature
	line    []byte        // the cosignature as it was answered
	past    past
	stop    *Halt
	splits  int
	doubts  int
	told    map[view]bool // checkpoints that stand in a split on record
	doubted map[view]bool // and in a doubt
	anchor  anchorState
}

// view is what somebody says of a log.
type view struct {
	size int64
	root [32]byte
}

func viewOf(c proof.Checkpoint) view { return view{c.Size, c.Root} }

// read takes the log's state from the disk.
func (l *log) read() error {
	l.told, l.doubted = map[view]bool{}, map[view]bool{}
	if _, err := os.Stat(l.dir); errors.Is(err, fs.ErrNotExist) {
		return disk.Make(l.dir) // a log that was never seen: from size 0 on
	}
	if err := disk.Clear(l.dir); err != nil {
		return err
	}
	if err := l.readCheckpoint(); err != nil {
		return err
	}
	if err := l.readTestimony(); err != nil {
		return err
	}
	return l.readAnchor()
}

// readCheckpoint reads the latest cosigned checkpoint, which must bear both signatures.
func (l *log) readCheckpoint() error {
	path := filepath.Join(l.dir, checkpointFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Join(l.dir, begunFile)); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is gone, though this witness has cosigned the log before", path)
		}
		return nil
	}
	if err != nil {
		return err
	}
	s, err := l.own(text)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	l.hold(s)
	return nil
}

// own reads a checkpoint that must bear the log's signature and the witness's own.
func (l *log) own(text []byte) (*proof.Signed, error) {
	q, err := proof.NewQuorum([]string{l.witness.vkey}, 1)
	if err != nil {
		return nil, err
	}
	return proof.Open(text, l.verifier, q)
}

// hold makes s, which bears the own cosignature, the checkpoint that is held.
func (l *log) hold(s *proof.Signed) {
	l.held, l.stamp = s, s.Cosignatures[0].Time
	lines := strings.SplitAfter(string(s.Note), "\n")
	for _, line := range lines {
		if strings.HasPrefix(line, "— "+l.witness.self.Name()+" ") {
			l.line = []byte(line)
		}
	}
	l.past.add(viewOf(s.Checkpoint), l.stamp, s.Note)
}

// signer signs testimonies with the witness's key. DSSE keeps them apart from
// cosignatures: no message is both.
func (w *Witness) signer() paper.Signer { return paper.Ed25519(w.config.Key) }
