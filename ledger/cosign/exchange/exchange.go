package exchange

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/noroshi-acd/noroshi/internal/obs"
	"github.com/noroshi-acd/noroshi/ledger/cosign"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Peer is another witness.
type Peer struct {
	Key string // verifier key
	URL string // its monitoring prefix
}

// Config is what an exchange is made of.
type Config struct {
	Witness *cosign.Witness
	Peers   []Peer
	LogURLs map[string]string // by origin: where the log serves its tiles; may lack some
	Outer   proof.Quorum      // for a sealed witness: the quorum that anchors; else zero
	Every   time.Duration     // between two rounds
	Client  *http.Client
	Now     func() time.Time
	Log     *slog.Logger
	Count   *obs.Registry
	// Offset, when it is there, is told by how much a peer's clock is ahead of ours, at least
	// and at most.
	Offset func(peer string, least, most time.Duration)
}

// Standing is how a peer stands to us about one log.
type Standing struct {
	Peer, Origin string
	Size         int64     // of its latest checkpoint
	Reached      time.Time // when it last answered
	Open         time.Time // since when nobody showed that its tree and ours are one; zero: they are
	Split        bool
	Fault        string // of the last attempt, for the operator
}

// Exchange compares checkpoints with peers.
type Exchange struct {
	c       Config
	peers   []peer
	mu      sync.Mutex
	table   map[[2]string]*standing // peer, origin
	rounds  *obs.Counter
	failed  *obs.Counter
	splits  *obs.Counter
	wrong   *obs.Counter
	settled *obs.Counter
}

type peer struct {
	cosigner *proof.Cosigner
	url      string
}

// standing is a Standing with the peer's latest checkpoint.
type standing struct {
	Standing
	signed   *proof.Signed
	recalled bool // it was asked for what it last saw of this witness
}

// New makes an exchange, which does nothing before Run.
func New(c Config) (*Exchange, error) {
	e := &Exchange{
		c: c, table: map[[2]string]*standing{},
		rounds:  c.Count.Counter("noroshi_witness_exchange_rounds_total", "Rounds of comparing checkpoints with the other witnesses."),
		failed:  c.Count.Counter("noroshi_witness_exchange_unreached_total", "Times that another witness did not answer."),
		wrong:   c.Count.Counter("noroshi_witness_exchange_wrong_total", "Answers of other witnesses that were not right: bad signatures, or older than before."),
		settled: c.Count.Counter("noroshi_witness_exchange_agreed_total", "Checkpoints of other witnesses that were found to be of one tree with ours."),
		splits:  c.Count.Counter("noroshi_witness_exchange_splits_total", "Checkpoints of other witnesses that contradict ours: the log told two stories."),
	}
	for _, p := range c.Peers {
		cosigner, err := proof.ParseCosigner(p.Key)
		if err != nil {
			return nil, err
		}
		if cosigner.Same(c.Witness.Cosigner()) {
			return nil, fmt.Errorf("the peer %s has this witness's own key", cosigner.Name())
		}
		if slices.ContainsFunc(e.peers, func(o peer) bool { return o.cosigner.Same(cosigner) }) {
			return nil, fmt.Errorf("the peer %s stands twice", cosigner.Name())
		}
		e.peers = append(e.peers, peer{cosigner, trimmed(p.URL)})
	}
	c.Count.Gauge("noroshi_witness_exchange_open", "Checkpoints of other witnesses of which nobody has shown that they are of one tree with ours.", func() float64 {
		n := 0
		for _, s := range e.Standings() {
			if !s.Open.IsZero() {
				n++
			}
		}
		return float64(n)
	})
	return e, nil
}

// Run makes rounds until ctx is done.
func (e *Exchange) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		}
		e.Round(ctx)
		timer.Reset(e.c.Every)
	}
}

// Round asks every peer once for every log. It waits for all of them.
func (e *Exchange) Round(ctx context.Context) {
	e.rounds.Add(1)
	var wg sync.WaitGroup
	for _, p := range e.peers {
		wg.Go(func() {
			for _, origin := range e.c.Witness.Origins() {
				if err := e.ask(ctx, p, origin); err != nil && ctx.Err() == nil {
					e.c.Log.Warn("exchange", "peer", p.cosigner.Name(), "origin", origin, "error", err)
				}
			}
		})
	}
	wg.Wait()
	for _, origin := range e.c.Witness.Origins() {
		e.doubts(ctx, origin)
		e.anchor(ctx, origin)
	}
}

// ask compares the latest checkpoint of one peer about one log.
func (e *Exchange) ask(ctx context.Context, p peer, origin string) error {
	st := e.standing(p, origin)
	a, err := Get(ctx, e.c.Client, p.url+"/"+cosign.OriginHash(origin)+"/checkpoint", mostNote, e.c.Now)
	if a != nil && !a.Date.IsZero() && e.c.Offset != nil {
		// The header is cut to the second: the peer's clock showed Date to Date+1s.
		e.c.Offset(p.cosigner.Name(), a.Date.Sub(a.Received), a.Date.Add(time.Second).Sub(a.Sent))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return e.note(st, func(s *standing) { s.Reached, s.Fault = e.c.Now(), "" })
	}
	if err != nil {
		e.failed.Add(1)
		return errors.Join(err, e.note(st, func(s *standing) { s.Fault = err.Error() }))
	}
	if err := e.remember(ctx, st, p, origin); err != nil {
		return err
	}
	q, err := proof.NewQuorum([]string{e.keyOf(p)}, 1)
	if err != nil {
		return err
	}
	s, err := proof.Open(a.Body, e.c.Witness.Verifier(origin), q)
	if err == nil {
		err = e.newer(st, s, p, origin, a.Body)
	}
	if err != nil {
		e.wrong.Add(1)
		return errors.Join(err, e.note(st, func(s *standing) { s.Reached, s.Fault = e.c.Now(), err.Error() }))
	}
	return e.compare(ctx, st, p, origin, a.Body)
}

// remember asks a peer once for what it last saw of this witness.
func (e *Exchange) remember(ctx context.Context, st *standing, p peer, origin string) error {
	e.mu.Lock()
	recalled := st.recalled
	e.mu.Unlock()
	if recalled {
		return nil
	}
	reached, err := e.recall(ctx, origin, e.memory(p, origin))
	return errors.Join(err, e.note(st, func(s *standing) { s.recalled = reached }))
}

func (e *Exchange) keyOf(p peer) string {
	i := slices.IndexFunc(e.peers, func(o peer) bool { return o == p })
	return e.c.Peers[i].Key
}

// newer takes s for the peer's latest checkpoint, unless it is older than what the peer
// showed before. A peer that cosigned two roots of one size has told on the log, and on
// itself.
func (e *Exchange) newer(st *standing, s *proof.Signed, p peer, origin string, text []byte) error {
	e.mu.Lock()
	before := st.signed
	e.mu.Unlock()
	if before == nil { // since a restart
		if kept := e.c.Witness.Kept(origin, cosign.OriginHash(p.cosigner.Name())); kept != nil {
			q, err := proof.NewQuorum([]string{e.keyOf(p)}, 1)
			if err == nil {
				before, _ = proof.Open(kept, e.c.Witness.Verifier(origin), q)
			}
		}
	}
	if before != nil {
		switch {
		case s.Size == before.Size && s.Root != before.Root:
			return errors.Join(fmt.Errorf("it cosigned two roots of size %d", s.Size), e.c.Witness.Contradiction(origin, before.Note, s.Note))
		case s.Size < before.Size:
			return fmt.Errorf("it shows size %d and has shown %d before", s.Size, before.Size)
		}
	}
	if before == nil || s.Size > before.Size {
		if err := e.c.Witness.Keep(origin, p.cosigner.Name(), text); err != nil {
			return err
		}
	}
	return e.note(st, func(x *standing) { x.signed, x.Size, x.Reached, x.Fault = s, s.Size, e.c.Now(), "" })
}

// compare looks whether the peer's checkpoint and ours are of one tree.
func (e *Exchange) compare(ctx context.Context, st *standing, p peer, origin string, text []byte) error {
	verdict, _, err := e.c.Witness.Look(origin, text, p.cosigner.Name(), p.cosigner)
	if err == nil && verdict == cosign.Unknown {
		verdict, err = e.reconcile(ctx, origin, text, p.cosigner)
	}
	switch verdict {
	case cosign.Agrees:
		e.settled.Add(1)
		return errors.Join(err, e.note(st, func(s *standing) { s.Open, s.Split = time.Time{}, false }))
	case cosign.Contradicts:
		e.splits.Add(1)
		return errors.Join(fmt.Errorf("the log %s told two stories", origin), err, e.note(st, func(s *standing) { s.Open, s.Split = time.Time{}, true }))
	}
	return errors.Join(err, e.note(st, func(s *standing) {
		if s.Open.IsZero() {
			s.Open = e.c.Now()
		}
	}))
}

// reconcile asks for tiles wherever there may be some: at the log, then at the mirrors of
// the peers.
func (e *Exchange) reconcile(ctx context.Context, origin string, text []byte, by ...*proof.Cosigner) (cosign.Verdict, error) {
	var bases []string
	if url := e.c.LogURLs[origin]; url != "" {
		bases = append(bases, trimmed(url))
	}
	for _, p := range e.peers {
		bases = append(bases, p.url+"/mirror/"+cosign.OriginHash(origin))
	}
	var all []error
	for _, base := range bases {
		verdict, err := e.c.Witness.Reconcile(origin, text, e.tiles(ctx, base), by...)
		if verdict != cosign.Unknown {
			return verdict, err
		}
		all = append(all, err)
	}
	return cosign.Unknown, fmt.Errorf("no tiles show whether the two are of one tree: %w", errors.Join(all...))
}

// doubts tries to settle checkpoints that came without a proof.
func (e *Exchange) doubts(ctx context.Context, origin string) {
	for _, text := range e.c.Witness.Doubts(origin) {
		verdict, _, err := e.c.Witness.Look(origin, text, "a doubt")
		if err == nil && verdict == cosign.Unknown {
			verdict, _ = e.reconcile(ctx, origin, text)
		}
		if verdict == cosign.Contradicts {
			e.splits.Add(1)
			e.c.Log.Error("the log told two stories", "origin", origin)
		}
	}
}

// anchor looks, for a sealed witness, whether the log now bears the outer quorum.
func (e *Exchange) anchor(ctx context.Context, origin string) {
	if e.c.Outer.K() == 0 || e.c.LogURLs[origin] == "" {
		return
	}
	base := trimmed(e.c.LogURLs[origin])
	a, err := Get(ctx, e.c.Client, base+"/checkpoint", mostNote, e.c.Now)
	if err == nil {
		err = e.c.Witness.Anchored(origin, a.Body, e.c.Outer, e.tiles(ctx, base))
	}
	if err != nil {
		e.c.Log.Warn("anchor", "origin", origin, "error", err)
	}
}

// Recollect asks everybody for checkpoints with the own cosignature, before the witness
// begins: the peers, which keep the latest that they saw, and the logs. A *cosign.Rollback
// says that the state is older than the witness's word. Who does not answer is counted in
// unreached: then nothing speaks against the state, and nothing for it. A peer that cannot
// be asked now is asked in the first round that reaches it.
func (e *Exchange) Recollect(ctx context.Context) (asked, unreached int, err error) {
	var mu sync.Mutex
	var all []error
	var wg sync.WaitGroup
	ask := func(origin, url string) {
		asked++
		wg.Go(func() {
			reached, err := e.recall(ctx, origin, url)
			mu.Lock()
			defer mu.Unlock()
			if !reached {
				unreached++
			}
			all = append(all, err)
		})
	}
	for _, origin := range e.c.Witness.Origins() {
		for _, p := range e.peers {
			ask(origin, e.memory(p, origin))
		}
		if url := e.c.LogURLs[origin]; url != "" {
			ask(origin, trimmed(url)+"/checkpoint")
		}
	}
	wg.Wait()
	return asked, unreached, errors.Join(all...)
}

// memory is where a peer keeps what it last saw of this witness.
func (e *Exchange) memory(p peer, origin string) string {
	return p.url + "/" + cosign.OriginHash(origin) + "/seen/" + cosign.OriginHash(e.c.Witness.Cosigner().Name())
}

// recall asks for a later word of this witness at one place. Only a *cosign.Rollback is
// an error.
func (e *Exchange) recall(ctx context.Context, origin, url string) (reached bool, err error) {
	a, err := Get(ctx, e.c.Client, url, mostNote, e.c.Now)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, nil
	}
	var back *cosign.Rollback
	if _, _, err := e.c.Witness.Look(origin, a.Body, url); errors.As(err, &back) {
		return true, err
	}
	return true, nil
}

func (e *Exchange) standing(p peer, origin string) *standing {
	e.mu.Lock()
	defer e.mu.Unlock()
	key := [2]string{p.cosigner.Name(), origin}
	if e.table[key] == nil {
		e.table[key] = &standing{Standing: Standing{Peer: key[0], Origin: origin}}
	}
	return e.table[key]
}

func (e *Exchange) note(st *standing, change func(*standing)) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	change(st)
	return nil
}

// Standings lists how all peers stand, in the order of peers and logs.
func (e *Exchange) Standings() []Standing {
	e.mu.Lock()
	defer e.mu.Unlock()
	var list []Standing
	for _, p := range e.peers {
		for _, origin := range e.c.Witness.Origins() {
			if s := e.table[[2]string{p.cosigner.Name(), origin}]; s != nil {
				list = append(list, s.Standing)
			}
		}
	}
	return list
}
