package keep

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flowstore"
	"github.com/noroshi-acd/noroshi/flowstore/sealed"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/ledger/keyring"
)

// origin names the ring of keys; firstSlot is that of its first key.
const (
	origin    = "flow-store"
	firstSlot = 1
)

// Config is where a store lies.
type Config struct {
	Dir     string // of the sealed records
	Keys    string // of the keys: outside Dir, and in no backup
	Pending int    // how many records wait in journals before they are sorted into a part
}

// Store keeps groups on the disk.
type Store struct {
	config Config
	sort   Sorter
	ring   *keyring.Ring
	locked *os.File

	writing sync.Mutex // held by Put, Seal, Expire, Dispose and Close; guards what follows
	account account
	scratch flow.Batch
	untidy  bool // sorting failed: more waits than should

	mu     sync.RWMutex // guards what follows; a change of it also holds writing
	groups map[flowstore.Group]*group
	closed bool
}

// Open opens a store; a new one is begun where both folders are empty. Records whose
// folder is there without a key are errors but for those that were disposed of.
func Open(c Config, sort Sorter) (_ *Store, err error) {
	s := &Store{config: c, sort: sort, groups: map[flowstore.Group]*group{}}
	defer func() {
		if err != nil {
			err = wrong("open", c.Dir, errors.Join(err, s.Close()))
		}
	}()
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, err
	}
	if s.locked, err = lock(filepath.Join(c.Dir, "lock")); err != nil {
		return nil, err
	}
	if s.account, err = loadAccount(c.Dir); err != nil {
		return nil, err
	}
	if err := s.openRing(); err != nil {
		return nil, err
	}
	return s, s.openGroups()
}

// lock keeps other processes from writing the same folder.
func lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("another process works with the store: %w", err), f.Close())
	}
	return f, nil
}

func wrong(key, dir string, err error) error {
	return flowstore.Wrong(fault.Internal, key, fault.Place{Path: dir}, err)
}

// openRing opens the keys, and begins them only where there are no records yet.
func (s *Store) openRing() (err error) {
	s.ring, err = keyring.Open(s.config.Keys, origin, firstSlot, true)
	if !errors.Is(err, keyring.ErrNone) {
		return err
	}
	found, bad := filepath.Glob(filepath.Join(s.config.Dir, "*", "*", keyFile))
	if bad != nil || len(found) > 0 || len(s.account.Gone) > 0 {
		return errors.Join(err, bad)
	}
	if err := keyring.Create(s.config.Keys, origin, firstSlot); err != nil {
		return err
	}
	s.ring, err = keyring.Open(s.config.Keys, origin, firstSlot, true)
	return err
}

// openGroups takes in what the folder holds, and ends disposals that a stop interrupted.
func (s *Store) openGroups() error {
	for i := range s.account.Gone {
		if !s.account.Gone[i].Done {
			if err := s.kill(&s.account.Gone[i]); err != nil {
				return err
			}
		}
	}
	dirs, err := filepath.Glob(filepath.Join(s.config.Dir, "*", "*-*-*"))
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		id := flowstore.Group{Warrant: paper.Digest("sha256:" + filepath.Base(filepath.Dir(dir))), Day: filepath.Base(dir)}
		key, err := s.unwrap(dir, id)
		if errors.Is(err, keyring.ErrDisposed) || errors.Is(err, fs.ErrNotExist) {
			// Destroyed, or begun without getting as far as a key: nothing can be read.
			if err := wipe(dir); err != nil {
				return err
			}
			continue
		} else if err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
		g := newGroup(id, dir, key)
		s.groups[id] = g
		if err := g.load(); err != nil {
			return err
		}
	}
	return nil
}

// Close closes the store. What was acknowledged is durable already.
func (s *Store) Close() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	groups := s.groups
	s.groups, s.closed = map[flowstore.Group]*group{}, true
	s.mu.Unlock()
	var err error
	for _, g := range groups {
		err = errors.Join(err, g.close()) // it waits for those who read
	}
	if s.locked != nil {
		err = errors.Join(err, s.locked.Close())
		s.locked = nil
	}
	return err
}

func (s *Store) dirOf(g flowstore.Group) string {
	return filepath.Join(s.config.Dir, strings.TrimPrefix(string(g.Warrant), "sha256:"), g.Day)
}

// bound is what the wrapped key of a group is bound to.
func bound(g flowstore.Group) []byte { return []byte(string(g.Warrant) + "\n" + g.Day) }

func (s *Store) unwrap(dir string, g flowstore.Group) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(dir, keyFile))
	if err != nil {
		return nil, err
	}
	if len(text) < 4 {
		return nil, keyring.ErrWrong
	}
	slot := uint32(text[0])<<24 | uint32(text[1])<<16 | uint32(text[2])<<8 | uint32(text[3])
	return s.ring.Open(slot, bound(g), text[4:])
}

// group gives a group, and begins it when it is not there. keyring.ErrDisposed says that
// it was there.
func (s *Store) group(id flowstore.Group) (*group, error) {
	if g := s.groups[id]; g != nil {
		return g, nil
	}
	if slices.ContainsFunc(s.account.Gone, func(x gone) bool { return x.Group == id }) {
		return nil, keyring.ErrDisposed // also when its key is still to be destroyed
	}
	var key [sealed.KeySize]byte
	_, _ = rand.Read(key[:]) // never fails (crypto/rand)
	slot, wrapped, err := s.ring.Seal(keyOf(id), bound(id), key[:])
	if err != nil {
		return nil, err
	}
	dir := s.dirOf(id)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	text := append([]byte{byte(slot >> 24), byte(slot >> 16), byte(slot >> 8), byte(slot)}, wrapped...)
	if err := replace(filepath.Join(dir, keyFile), text); err != nil {
		return nil, err
	}
	if err := errors.Join(sealed.SyncDir(filepath.Dir(dir)), sealed.SyncDir(s.config.Dir)); err != nil {
		return nil, err
	}
	g := newGroup(id, dir, key[:])
	s.mu.Lock()
	defer s.mu.Unlock()
	s.groups[id] = g
	return g, nil
}

// Put stores deliveries, each exactly once; see [flowstore.Engine].
func (s *Store) Put(ctx context.Context, now paper.Time, deliveries ...flowstore.Delivery) ([]flowstore.Outcome, error) {
	for _, d := range deliveries {
		if err := d.Header.Check(); err != nil {
			return nil, flowstore.Wrong(fault.Invalid, "header", fault.Place{}, err)
		}
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.untidy {
		if err := s.tidy(ctx); err != nil {
			return nil, wrong("write", s.config.Dir, err)
		}
		s.untidy = false
	}
	outcomes := make([]flowstore.Outcome, 0, len(deliveries))
	var touched []*group
	late := false
	for _, d := range deliveries {
		id := flowstore.Group{Warrant: d.Header.Warrant, Day: d.Header.Minute.Day()}
		g, err := s.group(id)
		if errors.Is(err, keyring.ErrDisposed) {
			s.account.refuse(flowstore.Account{Warrant: id.Warrant, Link: d.Header.Link}, d.Header.Records)
			outcomes, late = append(outcomes, flowstore.Refused), true
			continue
		} else if err != nil {
			return nil, wrong("write", s.config.Dir, err)
		}
		is := g.judge(d, now, &s.scratch)
		if err := g.write(d, is); err != nil {
			return nil, wrong("write", g.dir, err)
		}
		outcomes = append(outcomes, is)
		if !slices.Contains(touched, g) {
			touched = append(touched, g)
		}
	}
	for _, g := range touched {
		if err := g.sync(); err != nil {
			return nil, wrong("write", g.dir, err)
		}
	}
	if late {
		if err := s.account.save(s.config.Dir); err != nil {
			return nil, wrong("write", s.config.Dir, err)
		}
	}
	// What comes now is tidying: the deliveries are durable, and acknowledged whatever
	// becomes of it. The next call tries again first, and takes nothing before it succeeds.
	s.untidy = s.tidy(ctx) != nil
	return outcomes, nil
}

// tidy seals the fullest groups until few enough records wait.
func (s *Store) tidy(ctx context.Context) error {
	for {
		waiting, fullest := 0, (*group)(nil)
		for _, g := range s.groups {
			waiting += g.records
			if g.broken == nil && (fullest == nil || g.records > fullest.records) {
				fullest = g
			}
		}
		if waiting < s.config.Pending || fullest == nil || fullest.records == 0 {
			return nil
		}
		if err := s.seal(ctx, fullest); err != nil {
			return err
		}
	}
}

// Seal sorts what waits of all groups into parts: at the end of a day, or before a long
// question.
func (s *Store) Seal(ctx context.Context) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	for _, g := range s.groups {
		if err := s.seal(ctx, g); err != nil {
			return wrong("write", g.dir, err)
		}
	}
	return nil
}

// Counts gives the counters for the books.
func (s *Store) Counts() map[flowstore.Account]flowstore.Counts {
	s.writing.Lock()
	defer s.writing.Unlock()
	sums := map[flowstore.Account]*flowstore.Counts{}
	s.account.counts(sums)
	for id, g := range s.groups {
		for link, n := range g.counts {
			add(of(sums, flowstore.Account{Warrant: id.Warrant, Link: link}), *n)
		}
	}
	out := map[flowstore.Account]flowstore.Counts{}
	for who, n := range sums {
		out[who] = *n
	}
	return out
}

// View is what a group holds, for as long as the call that shows it.
type View struct {
	flowstore.Group
	Links   []paper.ID // by the numbers that records have
	Parts   []*Part
	Waiting []Pending
}

// Look uses a pass up and gives its question, and the way to the groups that it is about:
// the oldest day first, one after another, none of which is destroyed meanwhile.
//
// Invariant 7: a group whose limit has come is passed over, destroyed or not.
// Invariant 15: what the disk holds is shown for a pass alone.
func (s *Store) Look(p *flowstore.Pass) (flowstore.Query, func(do func(*View) error) error, error) {
	q, now, err := p.Take()
	if err != nil {
		return q, nil, err
	}
	begun := time.Now()
	return q, func(do func(*View) error) error {
		s.mu.RLock()
		var list []*group
		for id, g := range s.groups {
			if slices.Contains(q.Data, id.Warrant) {
				list = append(list, g)
			}
		}
		s.mu.RUnlock()
		slices.SortFunc(list, func(a, b *group) int {
			return strings.Compare(a.Day+string(a.Warrant), b.Day+string(b.Warrant))
		})
		for _, g := range list {
			at := now + paper.Time(time.Since(begun)/time.Second) // a long answer does not outlast a limit
			if err := s.show(g, at, do); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

func (s *Store) show(g *group, now paper.Time, do func(*View) error) error {
	g.life.RLock()
	defer g.life.RUnlock()
	s.mu.RLock()
	gone, closed := s.groups[g.Group] != g, s.closed
	s.mu.RUnlock()
	if closed {
		return flowstore.Wrong(fault.Canceled, "closed", fault.Place{}, nil)
	}
	g.mu.RLock()
	until, v := g.until, View{Group: g.Group, Links: g.links, Parts: g.parts, Waiting: g.waiting}
	g.mu.RUnlock()
	if gone || until <= now {
		return nil
	}
	if err := do(&v); err != nil {
		return wrong("read", g.dir, err)
	}
	return nil
}
