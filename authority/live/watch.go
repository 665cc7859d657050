package live

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/noroshi-acd/noroshi/authority/live/keep"
	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
)

// How much evidence is kept. Only the holder of a liveness or member key can fill it.
const (
	maxForks = 32
	maxStops = 4096
)

// The names in the folder.
const (
	latestName = "liveness.json"
	forkPrefix = "fork-"
	stopPrefix = "stop-"
)

// Watch holds the commission's latest word. It keeps the statement with the highest
// number on disk before anybody can rely on it, so that a restart cannot bring back an
// older one. Two statements with one number, or a later number with an earlier time,
// are kept as evidence, and nothing stands until a higher number comes.
//
// Who can write into its folder can make it forget: then an older statement could be
// replayed for as long as a lease lasts, and no longer.
type Watch struct {
	clock *Clock
	word  atomic.Pointer[word] // what is relied on; replaced, never changed

	mu      sync.Mutex // held by all that changes: the folder and the fields below
	folder  *keep.Folder
	latest  *paper.Envelope // the statement with the highest number
	number  int64           // its number and time, whatever root it is of
	time    paper.Time
	held    *liveness.Verified
	doubted *paper.Envelope // a later one that came when nothing was known of the time; not on disk
	forked  int64           // the highest number of which there is evidence of a fork
	forks   int
	stops   map[paper.Digest]stopped // by the paper's digest
	changed chan struct{}            // closed when word is replaced
}

// Profiles finds a profile by its digest; nil when it is not at hand.
type Profiles func(paper.Digest) *regime.Profile

// OpenWatch opens the folder of a watch and reads what was said before. profiles is
// for the stops that are kept there; they are signed by the locks of a profile.
func OpenWatch(dir string, view *trust.View, clock *Clock, profiles Profiles) (*Watch, error) {
	folder, err := keep.Open(dir)
	if err != nil {
		return nil, err
	}
	w := &Watch{clock: clock, folder: folder, stops: map[paper.Digest]stopped{}, changed: make(chan struct{})}
	if err := w.load(view, profiles); err != nil {
		_ = folder.Close()
		return nil, err
	}
	return w, nil
}

// Close gives the folder free.
func (w *Watch) Close() error { return w.folder.Close() }

func (w *Watch) load(view *trust.View, profiles Profiles) error {
	e, s, err := w.statement(latestName)
	if err != nil {
		return err
	}
	if e != nil {
		w.latest, w.number, w.time = e, s.Number, s.Time
		w.held, _ = liveness.Verify(e, view) // of another root: the number still counts
	}
	names, err := w.folder.List(forkPrefix)
	if err != nil {
		return err
	}
	for _, n := range names {
		_, s, err := w.statement(n)
		if err != nil {
			return err
		}
		w.forked, w.forks = max(w.forked, s.Number), w.forks+1
	}
	if err := w.loadStops(view, profiles); err != nil {
		return err
	}
	w.publish(view)
	return nil
}

// statement reads a statement that was put there; nil when there is none.
func (w *Watch) statement(name string) (*paper.Envelope, *liveness.Statement, error) {
	data, err := w.folder.Get(name)
	if err != nil || data == nil {
		return nil, nil, err
	}
	s := new(liveness.Statement)
	e, err := paper.ParseEnvelope(data)
	if err == nil {
		err = e.Open(liveness.Type, s)
	}
	if err != nil {
		return nil, nil, w.folder.Damaged(name, err)
	}
	return e, s, nil
}

// publish replaces the word. The lock is held, or nobody else is there yet.
func (w *Watch) publish(view *trust.View) {
	next := &word{view: view, live: w.held, contested: w.forked > 0 && w.forked >= w.number}
	if w.doubted != nil {
		next.doubted, _ = liveness.Verify(w.doubted, view)
	}
	for _, d := range sortedKeys(w.stops) {
		s := w.stops[d]
		if next.bars = append(next.bars, s.bar); s.stop != nil {
			next.stops = append(next.stops, s.stop)
		}
	}
	w.word.Store(next)
	close(w.changed)
	w.changed = make(chan struct{})
}

// Offer takes a statement from anybody. It is [liveness.Newer] when it now is the
// latest, and then it is on disk; [liveness.Fork] when it is evidence, which is kept
// too. What cannot be relied on is refused with all that is not met. An error is of the
// disk: the statement was not taken.
//
// A statement of the future is refused. While nothing is known of the time, each one
// later than the latest is: then it can take away, and permits nothing. It is judged
// again with the next statement that comes once the time is known.
func (w *Watch) Offer(e *paper.Envelope) (liveness.Order, []unmet.Unmet, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	latest, doubted, forked := w.latest, w.doubted, w.forked
	if doubted != nil && w.clock.Now().Latest > 0 {
		w.doubted = nil
		if _, _, err := w.take(doubted); err != nil {
			w.doubted = doubted
			return liveness.Stale, nil, err
		}
	}
	order, list, err := w.take(e)
	if w.latest != latest || w.doubted != doubted || w.forked != forked { // who repeats what is known wakes nobody
		w.publish(w.word.Load().view)
	}
	return order, list, err
}

// take is Offer without telling anybody.
func (w *Watch) take(e *paper.Envelope) (liveness.Order, []unmet.Unmet, error) {
	next, list := liveness.Verify(e, w.word.Load().view)
	if len(list) > 0 {
		return liveness.Stale, list, nil
	}
	order := w.order(next)
	switch order {
	case liveness.Newer:
		if list := w.early(e, next); len(list) > 0 {
			return liveness.Stale, list, nil
		}
		data, err := e.Marshal()
		if err != nil {
			return order, nil, err
		}
		if err := w.folder.Put(latestName, data); err != nil {
			return order, nil, err
		}
		w.latest, w.number, w.time, w.held = e, next.Number(), next.Time(), next
		return order, nil, nil
	case liveness.Fork:
		return order, nil, w.keepFork(e, next)
	}
	return order, nil, nil
}

// early says why a statement cannot be taken yet, by what is known of the time. Numbers
// are bounded by times: what is taken too early would be newer than all that follows.
//
// Invariant 1: what nobody can place in time permits nothing, whether the clock is sure
// or not.
func (w *Watch) early(e *paper.Envelope, next *liveness.Verified) []unmet.Unmet {
	now := w.clock.Now()
	var l unmet.List
	switch {
	case next.Time() <= w.time: // as late as one that was taken
	case now.Latest <= 0:
		l.Add("clock", "clock-unsure")
		if w.doubted == nil || numberOf(w.doubted) < next.Number() {
			w.doubted = e
		}
	case next.Time() > ceil(now.Latest):
		l.Add("liveness.time", "liveness-future")
	}
	return l
}

// numberOf is the number of a statement that was verified.
func numberOf(e *paper.Envelope) int64 {
	var s liveness.Statement
	_ = e.Open(liveness.Type, &s) // it was opened before
	return s.Number
}

// order is how next stands to what is held, also when that is of another root.
func (w *Watch) order(next *liveness.Verified) liveness.Order {
	switch {
	case w.held != nil:
		return liveness.Compare(w.held, next)
	case next.Number() <= w.number:
		return liveness.Stale
	}
	return liveness.Newer
}

// keepFork puts both statements on disk. When there is enough evidence, the fork counts
// all the same.
func (w *Watch) keepFork(e *paper.Envelope, next *liveness.Verified) error {
	for _, x := range []*paper.Envelope{w.latest, e} {
		name := forkPrefix + strings.TrimPrefix(string(x.Digest()), "sha256:") + ".json"
		if known, err := w.folder.Get(name); err != nil || known != nil {
			if err != nil {
				return err
			}
			continue
		}
		if w.forks >= maxForks {
			continue
		}
		data, err := x.Marshal()
		if err != nil {
			return err
		}
		if err := w.folder.Put(name, data); err != nil {
			return err
		}
		w.forks++
	}
	w.forked = max(w.forked, w.number, next.Number())
	return nil
}

// Trust goes over to another view of the trust root. A statement of the old state of
// trust no longer counts; its number still does.
func (w *Watch) Trust(view *trust.View) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.doubted = nil
	if w.held = nil; w.latest != nil {
		w.held, _ = liveness.Verify(w.latest, view)
	}
	w.publish(view)
}

// View is the view of the trust root that is relied on.
func (w *Watch) View() *trust.View { return w.word.Load().view }

// Live is the latest statement, nil when there is none of this state of trust. A
// contested one is not given, and none while a later one cannot be placed in time.
func (w *Watch) Live() *liveness.Verified { return w.word.Load().relied() }

// Latest gives the statement with the highest number to whoever carries it on, also
// one that is not relied on here; nil when there is none.
func (w *Watch) Latest() *paper.Envelope {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.doubted != nil {
		return w.doubted
	}
	return w.latest
}

// Contested says whether there are two statements with the highest number.
func (w *Watch) Contested() bool { return w.word.Load().contested }

// Changed is closed when something else is said.
func (w *Watch) Changed() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.changed
}

// Forks gives the evidence against the commission's signer: statements that cannot both
// be true.
func (w *Watch) Forks() ([]*paper.Envelope, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	names, err := w.folder.List(forkPrefix)
	var list []*paper.Envelope
	for _, n := range names {
		e, _, bad := w.statement(n)
		if bad != nil {
			return nil, bad
		}
		list = append(list, e)
	}
	return list, err
}

// Fill puts what is known into a check of a warrant: trust, liveness, stops and clock.
func (w *Watch) Fill(in *warrant.Input) {
	k := w.word.Load()
	in.View, in.Stops, in.Clock, in.Liveness = k.view, k.stops, w.clock.Now().Paper(), k.relied()
}

func sortedKeys[V any](m map[paper.Digest]V) []paper.Digest {
	keys := make([]paper.Digest, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// stopped is one stop. stop is nil when its signers are no longer listed: it was right
// when it came, and who would forget it would let the warrant live again.
type stopped struct {
	stop *warrant.Stop
	bar  bar
}

// stopFile is a stop as it is kept: with the profile whose locks signed it.
type stopFile struct {
	Paper   paper.Envelope `json:"paper"`
	Profile paper.Digest   `json:"profile"`
}

// Stop takes a suspension or revocation from anybody. It counts from now on, and is on
// disk; known ones are taken again without a word. profile is that of the warrant.
func (w *Watch) Stop(e *paper.Envelope, profile *regime.Profile) ([]unmet.Unmet, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	view := w.word.Load().view
	stop, list := warrant.VerifyStop(e, view, profile)
	if len(list) > 0 {
		return list, nil
	}
	digest := e.Digest()
	if _, known := w.stops[digest]; known {
		return nil, nil
	}
	if err := w.forgetOver(); err != nil {
		return nil, err
	}
	if len(w.stops) >= maxStops {
		return nil, fmt.Errorf("more than %d stops are in force", maxStops)
	}
	of, err := profile.Digest()
	if err != nil {
		return nil, err
	}
	data, err := paper.Marshal(stopFile{Paper: *e, Profile: of})
	if err != nil {
		return nil, err
	}
	if err := w.folder.Put(stopName(digest), data); err != nil {
		return nil, err
	}
	w.stops[digest] = stopped{stop, bar{stop.Warrant(), stop.Until()}}
	w.publish(view)
	return nil, nil
}

func stopName(d paper.Digest) string {
	return stopPrefix + strings.TrimPrefix(string(d), "sha256:") + ".json"
}

// forgetOver drops suspensions that are surely over, so that they make no heap.
func (w *Watch) forgetOver() error {
	now := w.clock.Now()
	for d, s := range w.stops {
		if !now.Sure || s.bar.until == 0 || s.bar.until > now.Paper().Earliest {
			continue
		}
		if err := w.folder.Remove(stopName(d)); err != nil {
			return err
		}
		delete(w.stops, d)
	}
	return nil
}

func (w *Watch) loadStops(view *trust.View, profiles Profiles) error {
	names, err := w.folder.List(stopPrefix)
	if err != nil {
		return err
	}
	for _, n := range names {
		data, err := w.folder.Get(n)
		if err != nil {
			return err
		}
		var f stopFile
		if err := paper.Unmarshal(data, &f); err != nil {
			return w.folder.Damaged(n, err)
		}
		s, err := f.read(view, profiles)
		if err != nil {
			return w.folder.Damaged(n, err)
		}
		w.stops[f.Paper.Digest()] = s
	}
	return nil
}

// read verifies a kept stop once more, or takes its bare words: they were verified when
// it was put there.
func (f *stopFile) read(view *trust.View, profiles Profiles) (stopped, error) {
	if p := profiles(f.Profile); p != nil {
		if s, list := warrant.VerifyStop(&f.Paper, view, p); len(list) == 0 {
			return stopped{s, bar{s.Warrant(), s.Until()}}, nil
		}
	}
	var suspension warrant.Suspension
	if f.Paper.Open(warrant.SuspensionType, &suspension) == nil {
		return stopped{nil, bar{suspension.Warrant, suspension.Until}}, nil
	}
	var revocation warrant.Revocation
	err := f.Paper.Open(warrant.RevocationType, &revocation)
	return stopped{nil, bar{revocation.Warrant, 0}}, err
}
