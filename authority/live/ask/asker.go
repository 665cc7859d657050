package ask

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/noroshi-acd/noroshi/authority/grant"
	"github.com/noroshi-acd/noroshi/authority/live"
	"github.com/noroshi-acd/noroshi/authority/live/keep"
	"github.com/noroshi-acd/noroshi/authority/live/window"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Plan is one link under one warrant for which windows are asked.
type Plan struct {
	Chain       []*paper.Envelope // the first warrant, then its children
	Link        paper.ID
	Tap, Edge   paper.PublicKey
	SelectorSet int64
	MaxRecords  int64 // of each window
	MaxBytes    int64 // of each window
	Person      paper.ID
	Duty        paper.ID
}

// Taker is a tap or an edge, near or far.
type Taker interface {
	// Accept is [window.Book.Accept], wherever that runs. It may be called again with
	// what it has taken already.
	Accept(ctx context.Context, o window.Offer) ([]unmet.Unmet, error)
}

// Config is what an asker needs.
type Config struct {
	Dir      string // of what was asked for; this process's alone
	Holder   paper.Signer
	Recorder live.Recorder
	Clock    *live.Clock
	Takers   func(link paper.ID) []Taker // the tap and the edge of a link
	Logger   *slog.Logger                // nil discards
}

// Asker asks for windows.
type Asker struct {
	config Config

	mu     sync.Mutex // guards the rest
	folder *keep.Folder
	plans  map[string]Plan
	asked  map[string]int64 // the last minute that was asked for
}

// file is the last minute as it is kept.
type file struct {
	Link    paper.ID     `json:"link"`
	Minute  int64        `json:"minute"`
	Warrant paper.Digest `json:"warrant"`
}

// Open opens the folder of an asker and reads for which minutes it has asked.
func Open(c Config) (*Asker, error) {
	if c.Holder == nil || c.Recorder == nil || c.Clock == nil || c.Takers == nil {
		return nil, errors.New("an asker needs the holder's key, a recorder, a clock and takers")
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	folder, err := keep.Open(c.Dir)
	if err != nil {
		return nil, err
	}
	a := &Asker{config: c, folder: folder, plans: map[string]Plan{}, asked: map[string]int64{}}
	names, err := folder.List("")
	for _, n := range names {
		var f file
		var data []byte
		if data, err = folder.Get(n); err != nil {
			break
		}
		if bad := paper.Unmarshal(data, &f); bad != nil {
			err = folder.Damaged(n, bad)
			break
		}
		a.asked[key(f.Warrant, f.Link)] = f.Minute
	}
	if err != nil {
		_ = folder.Close()
		return nil, err
	}
	return a, nil
}

// Close gives the folder free.
func (a *Asker) Close() error { return a.folder.Close() }

func key(warrant paper.Digest, link paper.ID) string { return string(warrant) + " " + string(link) }

// Begin asks for windows of a link from now on.
func (a *Asker) Begin(p Plan) error {
	if len(p.Chain) == 0 {
		return errors.New("a plan needs a warrant")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.plans[key(p.Chain[len(p.Chain)-1].Digest(), p.Link)] = p
	return nil
}

// End asks for no more windows of a link.
func (a *Asker) End(warrant paper.Digest, link paper.ID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.plans, key(warrant, link))
}

// round is how often Run looks whether a window is to be asked for.
const round = 5 * time.Second

// Run asks two windows ahead until ctx ends.
func (a *Asker) Run(ctx context.Context) error {
	ticker := time.NewTicker(round)
	defer ticker.Stop()
	for {
		if err := a.Ask(ctx); err != nil && ctx.Err() == nil {
			a.config.Logger.Error("a window could not be asked for", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// Ask asks for what is to be asked now: of each plan the windows of the next two
// minutes. What fails for one link does not keep others waiting.
func (a *Asker) Ask(ctx context.Context) error {
	now := a.config.Clock.Now()
	if !now.Sure {
		return errors.New("the clock cannot prove the time to within 30 seconds")
	}
	minute := int64(now.Paper().Earliest) / 60
	var wait sync.WaitGroup
	var mu sync.Mutex // guards failed
	var failed error
	for _, p := range a.list() {
		wait.Go(func() {
			for m := minute + 1; m <= minute+grant.Ahead; m++ {
				if err := a.one(ctx, p, m); err != nil {
					mu.Lock()
					failed = errors.Join(failed, fmt.Errorf("link %s, minute %s: %w", p.Link, paper.Time(m*60), err))
					mu.Unlock()
					return
				}
			}
		})
	}
	wait.Wait()
	return failed
}

func (a *Asker) list() []Plan {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := make([]Plan, 0, len(a.plans))
	for _, p := range a.plans {
		list = append(list, p)
	}
	return list
}

// one asks for one window, if nobody has. That it was asked for is on disk first: a
// crash costs a window, and never opens two.
func (a *Asker) one(ctx context.Context, p Plan, minute int64) error {
	warrant := p.Chain[len(p.Chain)-1].Digest()
	fresh, err := a.reserve(warrant, p.Link, minute)
	if err != nil || !fresh {
		return err
	}
	var nonce [32]byte
	if _, err := rand.Read(nonce[:]); err != nil {
		return err
	}
	e, err := paper.Seal(grant.OpenType, grant.Open{
		Edge: p.Edge, From: paper.Time(minute * 60), Link: p.Link, MaxBytes: p.MaxBytes, MaxRecords: p.MaxRecords,
		Nonce: hex.EncodeToString(nonce[:]), SelectorSet: p.SelectorSet, Tap: p.Tap, To: paper.Time(minute*60 + 60), Warrant: warrant,
	}, a.config.Holder)
	if err != nil {
		return err
	}
	r, err := a.config.Recorder.Record(ctx, proof.GrantOpen, e, warrant)
	if err != nil {
		return err
	}
	for _, t := range a.config.Takers(p.Link) {
		list, err := t.Accept(ctx, window.Offer{Chain: p.Chain, Open: e, Record: r, Person: p.Person, Duty: p.Duty})
		if err == nil && len(list) > 0 {
			err = fmt.Errorf("it is refused: %s", list[0])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// reserve notes that a minute is asked for; false when it was before, or a later one.
func (a *Asker) reserve(warrant paper.Digest, link paper.ID, minute int64) (bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	k := key(warrant, link)
	if minute <= a.asked[k] {
		return false, nil
	}
	data, err := paper.Marshal(file{Link: link, Minute: minute, Warrant: warrant})
	if err != nil {
		return false, err
	}
	name := strings.TrimPrefix(string(paper.DigestOf([]byte(k))), "sha256:") + ".json"
	if err := a.folder.Put(name, data); err != nil {
		return false, err
	}
	a.asked[k] = minute
	return true, nil
}
