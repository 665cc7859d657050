package keep

import (
	"context"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/flowstore"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/ledger/keyring"
)

// Expire destroys the keys of all groups whose limit has come; see [flowstore.Engine].
//
// Invariant 7: past its limit no copy of a group opens, because the key that is needed
// was in no copy and is gone. Between the limit and this call Read gives nothing of it.
func (s *Store) Expire(_ context.Context, now paper.Time) ([]flowstore.Disposal, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	for i := range s.account.Gone { // what failed before
		if lost := &s.account.Gone[i]; !lost.Done {
			if err := s.kill(lost); err != nil {
				return nil, wrong("write", s.config.Dir, err)
			}
		}
	}
	var over []*group
	for _, g := range s.groups {
		if g.until != 0 && g.until <= now {
			over = append(over, g)
		}
	}
	slices.SortFunc(over, func(a, b *group) int {
		return strings.Compare(a.Day+string(a.Warrant), b.Day+string(b.Warrant))
	})
	var done []flowstore.Disposal
	for _, g := range over {
		d, err := s.dispose(g, now, true)
		if err != nil {
			return done, err
		}
		done = append(done, d)
	}
	return done, nil
}

// Dispose destroys the key of a group; see [flowstore.Engine].
func (s *Store) Dispose(_ context.Context, id flowstore.Group, now paper.Time) (flowstore.Disposal, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	g := s.groups[id]
	if g == nil {
		return flowstore.Disposal{}, flowstore.Wrong(fault.NotFound, "nothing", fault.Place{}, nil, "warrant", string(id.Warrant), "day", id.Day)
	}
	return s.dispose(g, now, g.until != 0 && g.until <= now)
}

// dispose writes down what is about to be destroyed, then destroys it.
//
// Invariant 8: the proof is on the disk before the key dies; a stop in between can neither
// lose it nor make two.
func (s *Store) dispose(g *group, now paper.Time, expired bool) (flowstore.Disposal, error) {
	d := flowstore.Disposal{Class: flowstore.Class, Group: g.Group, Records: g.totals().Held, At: now, Expired: expired}
	for _, k := range s.ring.Keys(string(g.Warrant), g.Day) {
		d.Key = k.Name
	}
	lost := gone{Disposal: d, Counts: map[paper.ID]flowstore.Counts{}}
	for link, n := range g.counts {
		lost.Counts[link] = *n
	}
	next := s.account
	next.Gone = append(slices.Clone(next.Gone), lost)
	if err := next.save(s.config.Dir); err != nil {
		return d, wrong("write", s.config.Dir, err)
	}
	s.account = next
	s.mu.Lock()
	delete(s.groups, g.Group)
	s.mu.Unlock()
	if err := g.close(); err != nil { // it waits for those who read
		return d, wrong("write", g.dir, err)
	}
	if err := s.kill(&s.account.Gone[len(s.account.Gone)-1]); err != nil {
		return d, wrong("write", g.dir, err)
	}
	return d, nil
}

// kill destroys the key of a group that is written down as gone, and then the folder. It
// may be repeated. Where an attempt fails, the folder stays shut, and Expire or Open tries
// again.
func (s *Store) kill(lost *gone) error {
	if err := s.ring.Dispose(string(lost.Warrant), lost.Day); err != nil {
		return err
	}
	if err := wipe(s.dirOf(lost.Group)); err != nil {
		return err
	}
	lost.Done = true
	return s.account.save(s.config.Dir)
}

// Disposals lists all disposals so far, the oldest first.
func (s *Store) Disposals() []flowstore.Disposal {
	s.writing.Lock()
	defer s.writing.Unlock()
	var list []flowstore.Disposal
	for _, g := range s.account.Gone {
		if g.Done {
			list = append(list, g.Disposal)
		}
	}
	return list
}

// keyOf is what a group's key is kept under in the ring.
func keyOf(id flowstore.Group) keyring.Group {
	return keyring.Group{Class: flowstore.Class, Day: id.Day, Warrant: string(id.Warrant)}
}
