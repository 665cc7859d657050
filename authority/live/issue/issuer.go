package issue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/noroshi-acd/noroshi/authority/live"
	"github.com/noroshi-acd/noroshi/authority/live/keep"
	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/books"
)

// Config is what an issuer needs.
type Config struct {
	// Dir is the folder of what stands and of the last number. It must be this process's.
	Dir string
	// Key has the role liveness in the trust root.
	Key paper.Signer
	// Interval is the time between two statements; 0 means 5 s.
	Interval time.Duration
	// Clock knows the time from receipts.
	Clock *live.Clock
	// Profiles finds the profiles of warrants.
	Profiles live.Profiles
	// Missing gives the first minute without its pages for a warrant and link; see
	// [Received.Missing].
	Missing func(warrant paper.Digest, link paper.ID) paper.Time
	// Stands says whether an admitted warrant still stands: false leaves it out of each
	// statement. nil lets all stand that nobody has stopped. It is asked under the
	// issuer's lock and must not call it.
	Stands func(warrant paper.Digest) bool
	// Logger is told what keeps a statement from being signed; nil discards it.
	Logger *slog.Logger
}

// DefaultInterval is between two statements.
const DefaultInterval = 5 * time.Second

// maxStanding is how many warrants stand at once: a statement must stay a paper.
const maxStanding = 2048

// Issuer says which warrants stand.
type Issuer struct {
	config Config
	now    chan struct{} // holds a token when a statement is due at once

	mu      sync.Mutex // guards the rest
	folder  *keep.Folder
	view    *trust.View
	state   state
	latest  *paper.Envelope
	changed chan struct{} // closed with the next statement
}

// state is what is kept.
type state struct {
	Number   int64      // of the last statement that may have been seen
	Said     paper.Time // its time
	Standing []standing
}

// standing is a warrant that was admitted.
type standing struct {
	Admitted       paper.Time   `json:"admitted"`
	DirectionTable paper.Digest `json:"direction_table,omitempty"`
	LeastSet       int64        `json:"least_set"`
	Links          []paper.ID   `json:"links"`
	NotAfter       paper.Time   `json:"not_after"`
	NotBefore      paper.Time   `json:"not_before"`
	Profile        paper.Digest `json:"profile"`
	Revoked        bool         `json:"revoked"`
	Suspended      paper.Time   `json:"suspended,omitempty"` // until
	Warrant        paper.Digest `json:"warrant"`
}

const stateName = "standing.json"

// Open opens the folder of an issuer.
func Open(c Config, view *trust.View) (*Issuer, error) {
	if c.Key == nil || c.Clock == nil || c.Profiles == nil || c.Missing == nil || c.Interval < 0 {
		return nil, errors.New("an issuer needs a key, a clock, profiles and books")
	}
	if c.Interval == 0 {
		c.Interval = DefaultInterval
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	folder, err := keep.Open(c.Dir)
	if err != nil {
		return nil, err
	}
	i := &Issuer{config: c, folder: folder, view: view, now: make(chan struct{}, 1), changed: make(chan struct{})}
	data, err := folder.Get(stateName)
	if err == nil && data != nil {
		if bad := unmarshal(data, &i.state); bad != nil {
			err = folder.Damaged(stateName, bad)
		}
	}
	if err != nil {
		_ = folder.Close()
		return nil, err
	}
	return i, nil
}

// Close gives the folder free.
func (i *Issuer) Close() error { return i.folder.Close() }

// Trust goes over to another view of the trust root, and says so at once.
func (i *Issuer) Trust(view *trust.View) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.view = view
	i.nudge()
}

// Admit lets a first warrant stand, once it is right by all rules but that of liveness.
// It may be admitted before it begins.
func (i *Issuer) Admit(e *paper.Envelope, urgents *warrant.UrgentCount) ([]unmet.Unmet, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	var w warrant.Warrant
	if err := e.Open(warrant.Type, &w); err != nil {
		return []unmet.Unmet{{Place: "chain[0]", Code: "paper", Args: []any{"why", err.Error()}}}, nil
	}
	now := i.config.Clock.Now().Paper()
	_, list := warrant.Check(warrant.Input{
		Chain: []*paper.Envelope{e}, View: i.view, Profiles: i.config.Profiles, Use: w.Sample(), Clock: now, Start: true, Urgents: urgents,
	})
	list = slices.DeleteFunc(list, func(u unmet.Unmet) bool { return u.Code == "liveness-none" || u.Code == "not-yet" })
	if len(list) > 0 {
		return list, nil
	}
	next := i.state
	next.Standing = slices.DeleteFunc(slices.Clone(next.Standing), func(s standing) bool { return s.NotAfter <= now.Earliest })
	if slices.ContainsFunc(next.Standing, func(s standing) bool { return s.Warrant == e.Digest() }) {
		return nil, nil // also one that was revoked: it stays so
	}
	if len(next.Standing) >= maxStanding {
		return nil, fmt.Errorf("more than %d warrants stand", maxStanding)
	}
	s := standing{
		Admitted: now.Latest, DirectionTable: w.Scope.DirectionTable, Links: []paper.ID{}, NotAfter: w.NotAfter, NotBefore: w.NotBefore,
		Profile: w.Profile, Warrant: e.Digest(),
	}
	for _, k := range w.Scope.Links {
		s.Links = append(s.Links, k.ID)
	}
	next.Standing = append(next.Standing, s)
	return nil, i.put(next)
}

// Stop follows a suspension or revocation, and the next statement, at once, leaves the
// warrant out. A stop of a warrant that never stood is refused.
func (i *Issuer) Stop(e *paper.Envelope) ([]unmet.Unmet, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	next := i.state
	next.Standing = slices.Clone(next.Standing)
	var list []unmet.Unmet
	for n := range next.Standing {
		s := &next.Standing[n]
		profile := i.config.Profiles(s.Profile)
		if profile == nil {
			continue
		}
		stop, unmet := warrant.VerifyStop(e, i.view, profile)
		if len(unmet) > 0 {
			list = unmet
			continue
		}
		if stop.Warrant() != s.Warrant {
			continue
		}
		if stop.Until() == 0 {
			s.Revoked = true
		} else {
			s.Suspended = max(s.Suspended, stop.Until())
		}
		return nil, i.put(next)
	}
	if list == nil {
		list = []unmet.Unmet{{Place: "stop.warrant", Code: "not-live"}}
	}
	return list, nil
}

// Least says which selector sets of a warrant may still be used, and which direction
// table is in force. The number never falls.
func (i *Issuer) Least(w paper.Digest, set int64, table paper.Digest) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	next := i.state
	next.Standing = slices.Clone(next.Standing)
	n := slices.IndexFunc(next.Standing, func(s standing) bool { return s.Warrant == w })
	if n < 0 {
		return fmt.Errorf("the warrant %s does not stand", w)
	}
	s := &next.Standing[n]
	s.LeastSet, s.DirectionTable = max(s.LeastSet, set), table
	return i.put(next)
}

// put keeps a state and asks for a statement. The lock is held.
func (i *Issuer) put(next state) error {
	if err := i.write(next); err != nil {
		return err
	}
	i.nudge()
	return nil
}

func (i *Issuer) write(next state) error {
	data, err := marshal(next)
	if err != nil {
		return err
	}
	if err := i.folder.Put(stateName, data); err != nil {
		return err
	}
	i.state = next
	return nil
}

func (i *Issuer) nudge() {
	select {
	case i.now <- struct{}{}:
	default:
	}
}

// ErrUnsure is the reason why nothing is signed while the time is not known.
var ErrUnsure = errors.New("the issuer's clock cannot prove the time to within 30 seconds, or that it is after the last statement")

// Say signs what stands now. Its number is on disk before anybody can see it.
func (i *Issuer) Say() (*paper.Envelope, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	now := i.config.Clock.Now()
	clock := now.Paper()
	at := max(clock.Earliest, i.state.Said, paper.Time(i.state.Number+1)) // no number is above its time
	if !clock.Sure() || at > clock.Latest {
		return nil, ErrUnsure
	}
	s := liveness.Statement{
		Number: i.state.Number + 1, Root: i.view.Name(), RootHash: i.view.Digest(), RootVersion: i.view.Version(), Time: at,
		Warrants: []liveness.Standing{},
	}
	for n := range i.state.Standing {
		if w := &i.state.Standing[n]; w.stands(clock) && (i.config.Stands == nil || i.config.Stands(w.Warrant)) {
			s.Warrants = append(s.Warrants, liveness.Standing{
				Blind: liveness.Blind(w.Warrant, at.Day()), DirectionTable: w.DirectionTable, LeastSet: w.LeastSet, Links: i.good(w, clock),
			})
		}
	}
	slices.SortFunc(s.Warrants, func(a, b liveness.Standing) int { return cmp.Compare(a.Blind, b.Blind) })
	e, err := paper.Seal(liveness.Type, s, i.config.Key)
	if err != nil {
		return nil, err
	}
	next := i.state
	next.Number, next.Said = s.Number, at
	if err := i.write(next); err != nil {
		return nil, err
	}
	i.latest = e
	close(i.changed)
	i.changed = make(chan struct{})
	return e, nil
}

// stands says whether a warrant is in force by every time that the clock allows.
func (s *standing) stands(c liveness.Clock) bool {
	return !s.Revoked && s.Suspended <= c.Earliest && s.NotBefore <= c.Earliest && c.Latest < s.NotAfter
}

// good gives the links whose books are not late, in order.
//
// Invariant 4: who does not account for a link does not go on with it.
func (i *Issuer) good(s *standing, c liveness.Clock) []paper.ID {
	links := []paper.ID{}
	for _, link := range s.Links {
		begun := max(s.NotBefore, s.Admitted)
		missing := max(i.config.Missing(s.Warrant, link), begun-begun%60)
		if c.Latest <= missing+60+paper.Time(books.Patience/time.Second) {
			links = append(links, link)
		}
	}
	slices.Sort(links)
	return links
}

// Latest gives the last statement; nil before the first one of this process.
func (i *Issuer) Latest() *paper.Envelope {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.latest
}

// Changed is closed when another statement has been made.
func (i *Issuer) Changed() <-chan struct{} {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.changed
}

// Run signs a statement each interval, and at once when something was stopped or
// admitted, until ctx ends. What keeps it from signing is logged, and it tries again:
// nobody can rely on what is not said.
func (i *Issuer) Run(ctx context.Context) error {
	ticker := time.NewTicker(i.config.Interval)
	defer ticker.Stop()
	for {
		if _, err := i.Say(); err != nil {
			i.config.Logger.Error("no liveness was signed", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		case <-i.now:
		}
	}
}
