package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
	"k8s.io/klog/v2"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/ledger/ask"
	"github.com/noroshi-acd/noroshi/ledger/folder"
	"github.com/noroshi-acd/noroshi/ledger/frontier"
	"github.com/noroshi-acd/noroshi/ledger/keyring"
	"github.com/noroshi-acd/noroshi/ledger/payload"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// The names in a ledger's folder.
const (
	lockFile     = "lock"
	disposalFile = "disposal"
)

// Limits of the writer.
const (
	// maxBatch is how many entries are made durable at once.
	maxBatch = 4096
	// maxWaiting is how many entries wait for their turn; who brings more waits too.
	maxWaiting = 2 * maxBatch
	// never is for clocks of Tessera that must not run out: it is told when to write by how
	// many entries it gets, and it does not publish.
	never = 1000 * time.Hour
	// recentLeaves is how many of the last leaves are known by their commitment, so that
	// an entry which is brought again under the same key is not put in twice.
	recentLeaves = 16 * 1024
)

// Log is an open ledger that can be written. It is its folder's only writer.
type Log struct {
	*folder.Reader
	payloads *payload.Store
	acts     *keyring.Ring
	data     *keyring.Ring
	verifier note.Verifier
	config   Config
	signer   note.Signer
	asker    *ask.Asker
	lock     *os.File
	trees    map[int]*tessera.Appender // by how many entries each writes at once; the sequencer's
	size     func(context.Context) (uint64, error)
	queue    chan *Pending
	stop     context.CancelFunc
	workers  sync.WaitGroup
	life     context.Context // of Tessera's own goroutines; disarm ends it
	disarm   func()

	// entering is held for reading by each entry from its sealing until it is durable, and for
	// writing by a disposal: no entry is sealed under a key that dies before it is in.
	entering sync.RWMutex
	// disposing lets one disposal happen at a time.
	disposing sync.Mutex
	// history is held by who writes the history's file.
	history sync.Mutex

	// The sequencer alone uses these.
	recent map[proof.Commitment]int64
	order  []proof.Commitment

	mu     sync.Mutex        // guards what follows
	edge   frontier.Frontier // all that is durable
	grown  chan struct{}     // one token when edge is ahead of what is published
	issued chan struct{}     // closed and renewed at each publication
	last   error             // why the last round of witnesses failed; nil when it did not
	broken error             // why nothing is written any more
	closed bool
}

// quiet sends Tessera's own log to nowhere: what goes wrong in it comes back as an error.
var quiet = sync.OnceFunc(func() { klog.SetSlogLogger(slog.New(slog.DiscardHandler)) })

// Open opens a ledger for writing, and begins it when this is its stated birthday. It
// ends what a stop left half done. The caller MUST call Close. ctx bounds only Open.
func Open(ctx context.Context, c Config) (*Log, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c = c.withDefaults()
	quiet()
	sign, verifier, vkey, err := c.logKey()
	if err != nil {
		return nil, err
	}
	asker, err := ask.New(verifier, c.Witnesses, c.Quorum, c.Client, c.Timeout)
	if err != nil {
		return nil, folder.Wrong(fault.Invalid, "config.witnesses", fault.Place{}, err)
	}
	l := &Log{config: c, signer: sign, asker: asker, queue: make(chan *Pending, maxWaiting),
		recent: map[proof.Commitment]int64{}, trees: map[int]*tessera.Appender{}, grown: make(chan struct{}, 1), issued: make(chan struct{})}
	fresh, err := l.born()
	if err != nil {
		return nil, err
	}
	if fresh {
		if err := os.MkdirAll(c.Dir, 0o755); err != nil {
			return nil, err
		}
	}
	if l.lock, err = folder.Hold(filepath.Join(c.Dir, lockFile)); err != nil {
		return nil, err
	}
	if fresh {
		if err := l.make(vkey); err != nil {
			return nil, errors.Join(err, l.release())
		}
	}
	if err := l.open(ctx, verifier, vkey); err != nil {
		return nil, errors.Join(err, l.release())
	}
	work, stop := context.WithCancel(context.Background())
	l.stop = stop
	l.workers.Go(func() { l.sequence(work) })
	l.workers.Go(func() { l.publish(work) })
	if err := l.finishDisposal(ctx); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// born says whether a new ledger is to be begun: when there is none and today is its
// stated birthday. Otherwise there must be one.
func (l *Log) born() (bool, error) {
	dir, today := l.config.Dir, l.config.Clock().UTC().Format(time.DateOnly)
	_, err := os.Stat(filepath.Join(dir, folder.AboutName))
	switch {
	case err == nil:
		return false, nil
	case !errors.Is(err, fs.ErrNotExist):
		return false, err
	case l.config.Birthday == "":
		return false, folder.Wrong(fault.NotFound, "none", fault.Place{Path: dir}, nil)
	case l.config.Birthday != today:
		return false, folder.Wrong(fault.NotFound, "birthday", fault.Place{Path: dir}, nil, "birthday", l.config.Birthday, "today", today)
	}
	return true, l.untouched()
}

// untouched demands that a folder holds nothing but what the beginning of a ledger
// leaves that was interrupted.
func (l *Log) untouched() error {
	files, err := os.ReadDir(l.config.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	refuse := func(name string) error {
		return folder.Wrong(fault.Invalid, "notEmpty", fault.Place{Path: l.config.Dir}, nil, "name", name)
	}
	for _, f := range files {
		switch f.Name() {
		case lockFile, folder.TreeDir, folder.PayloadsDir, folder.ActsDir, folder.Opened, folder.AboutName + ".new":
		default:
			return refuse(f.Name())
		}
	}
	for _, name := range []string{filepath.Join(folder.TreeDir, "tile"), filepath.Join(folder.PayloadsDir, "rows")} {
		if info, err := os.Stat(filepath.Join(l.config.Dir, name)); err == nil && (info.IsDir() || info.Size() > 0) {
			return refuse(name)
		}
	}
	return nil
}

// make makes the folder of a new ledger; what an interrupted beginning left is used
// again. The file that says what the ledger is comes last.
func (l *Log) make(vkey string) error {
	dir := l.config.Dir
	for _, d := range []string{dir, filepath.Join(dir, folder.TreeDir), filepath.Join(dir, folder.Opened)} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	if err := payload.Create(filepath.Join(dir, folder.PayloadsDir)); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	for _, ring := range []struct {
		dir   string
		first uint32
	}{{filepath.Join(dir, folder.ActsDir), 1}, {l.config.Keys, folder.FirstData}} {
		_, err := keyring.Open(ring.dir, l.config.Origin, ring.first, true)
		if errors.Is(err, keyring.ErrNone) || errors.Is(err, keyring.ErrWrong) {
			err = keyring.Create(ring.dir, l.config.Origin, ring.first)
		}
		if err != nil {
			return folder.Wrong(fault.Invalid, "keys.wrong", fault.Place{Path: ring.dir}, err)
		}
	}
	text, err := json.MarshalIndent(folder.About{Format: 1, Origin: l.config.Origin, Key: vkey, Birthday: l.config.Birthday}, "", "  ")
	if err != nil {
		return err
	}
	return folder.Replace(filepath.Join(dir, folder.AboutName), append(text, '\n'))
}

// open reads what the folder holds, holds it against itself, and makes it whole.
func (l *Log) open(ctx context.Context, verifier note.Verifier, vkey string) error {
	r, err := folder.Public(l.config.Dir, verifier, l.asker.Quorum())
	if err != nil {
		return err
	}
	l.Reader, l.verifier = r, verifier
	if r.Origin() != l.config.Origin || r.Key() != vkey {
		return folder.Wrong(fault.Permission, "otherLog", fault.Place{Path: l.config.Dir}, nil, "origin", r.Origin())
	}
	if err := l.openTree(ctx); err != nil {
		return err
	}
	size, err := l.size(ctx)
	if err != nil {
		return l.damaged(err)
	}
	at := proof.Checkpoint{Origin: l.config.Origin, Root: proof.EmptyRoot()}
	if s := r.Signed(); s != nil {
		at = s.Checkpoint
		l.asker.Knows(s)
	}
	if int64(size) < at.Size {
		return folder.Wrong(fault.Invalid, "wentBack", fault.Place{Path: l.config.Dir}, nil, "size", int64(size), "published", at.Size)
	}
	if s := r.Signed(); s != nil {
		if err := folder.MendHistory(filepath.Join(l.config.Dir, folder.HistoryName), s.Note); err != nil {
			return l.damaged(err)
		}
	}
	if err := l.edge.Load(at, int64(size), r.File, recentLeaves, l.remember); err != nil {
		return l.damaged(err)
	}
	if l.edge.Size() > at.Size {
		l.grown <- struct{}{}
	}
	if l.payloads, err = payload.Open(filepath.Join(l.config.Dir, folder.PayloadsDir), int64(size), true); err != nil {
		return l.damaged(err)
	}
	if err := l.openKeys(); err != nil {
		return err
	}
	r.Equip(l.payloads, l.acts, l.data)
	return nil
}

func (l *Log) openKeys() (err error) {
	if l.acts, err = keyring.Open(filepath.Join(l.config.Dir, folder.ActsDir), l.config.Origin, 1, true); err != nil {
		return folder.Wrong(fault.Invalid, "keys.acts", fault.Place{Path: l.config.Dir}, err)
	}
	l.data, err = keyring.Open(l.config.Keys, l.config.Origin, folder.FirstData, true)
	if errors.Is(err, keyring.ErrNone) && l.config.KeysLost {
		var counts map[uint32]int64
		if counts, err = l.payloads.Slots(); err != nil {
			return l.damaged(err)
		}
		next := uint32(folder.FirstData)
		for slot := range counts {
			next = max(next, slot+1)
		}
		if err = keyring.Create(l.config.Keys, l.config.Origin, next); err == nil {
			l.data, err = keyring.Open(l.config.Keys, l.config.Origin, folder.FirstData, true)
		}
	}
	switch {
	case errors.Is(err, keyring.ErrNone):
		return folder.Wrong(fault.NotFound, "keys.none", fault.Place{Path: l.config.Keys}, err)
	case errors.Is(err, keyring.ErrWrong):
		return folder.Wrong(fault.Invalid, "keys.wrong", fault.Place{Path: l.config.Keys}, err)
	}
	return err
}

// openTree starts Tessera.
func (l *Log) openTree(ctx context.Context) error {
	l.life, l.disarm = context.WithCancel(context.Background())
	if _, err := l.tree(1); err != nil {
		return l.damaged(err)
	}
	return ctx.Err()
}

// tree gives a Tessera that writes whenever it has got n entries, and at no other time.
// Tessera's own batches are cut by a clock too, and two that follow close upon one
// another may change places; then an entry would stand elsewhere than its payload. So
// there is one for each size, over the same folder, and only one is used at a time.
// Its checkpoint is signed with a key that nobody has: what counts is what the publisher
// publishes.
func (l *Log) tree(n int) (*tessera.Appender, error) {
	if known := l.trees[n]; known != nil {
		return known, nil
	}
	driver, err := posix.New(l.life, posix.Config{Path: filepath.Join(l.config.Dir, folder.TreeDir)})
	if err != nil {
		return nil, err
	}
	private, err := throwaway(l.config.Origin)
	if err != nil {
		return nil, err
	}
	options := tessera.NewAppendOptions().WithCheckpointSigner(private).
		WithBatching(uint(n), never).WithGarbageCollectionInterval(0).
		WithCheckpointInterval(never).WithCheckpointRepublishInterval(0)
	appender, _, reader, err := tessera.NewAppender(l.life, driver, options)
	if err != nil {
		return nil, err
	}
	l.trees[n], l.size = appender, reader.IntegratedSize
	return appender, nil
}

// damaged is the error of a folder whose parts do not fit together.
func (l *Log) damaged(err error) error {
	return folder.Wrong(fault.Invalid, "damaged", fault.Place{Path: l.config.Dir}, err)
}

// Close ends the writing: entries that were brought are made durable; a checkpoint that
// is not cosigned yet is left for the next time.
func (l *Log) Close() error {
	l.mu.Lock()
	was := l.closed
	l.closed = true
	l.mu.Unlock()
	if was {
		return nil
	}
	l.entering.Lock() // until all entries that were taken in are durable
	l.stop()
	l.entering.Unlock()
	l.workers.Wait()
	l.asker.Wait()
	l.mu.Lock() // who still waits for a checkpoint hears that none comes
	close(l.issued)
	l.issued = make(chan struct{})
	l.mu.Unlock()
	return l.release()
}

func (l *Log) release() error {
	var err error
	if l.disarm != nil {
		l.disarm()
	}
	if l.payloads != nil {
		err = l.payloads.Close()
	}
	if l.lock != nil {
		err = errors.Join(err, l.lock.Close())
	}
	return err
}
