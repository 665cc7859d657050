package issue

import (
	"errors"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/unmet"
)

// foreignPrefix begins the names of statements of another hand with our key; maxForeign
// is how many are kept. Only who has the key can fill it.
const (
	foreignPrefix = "foreign-"
	maxForeign    = 32
)

// Offer hears a statement that somebody brings, as a watch does. One with a number that
// this issuer never gave, or gave to other words, was signed by another hand with the
// commission's key: it is kept as evidence, it is logged, and the next statement, at
// once, has a higher number. For one above ours the answer is [liveness.Newer], for one
// beside ours [liveness.Fork]. An error is of the disk, or says that the time is not known.
//
// It makes an issuer the sink of those who carry statements, so that the commission
// hears what is said in its name.
func (i *Issuer) Offer(e *paper.Envelope) (liveness.Order, []unmet.Unmet, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	heard, list := liveness.Verify(e, i.view)
	if len(list) > 0 {
		return liveness.Stale, list, nil
	}
	ours := i.latest != nil && i.latest.Digest() == e.Digest()
	switch n := heard.Number(); {
	case ours:
		return liveness.Same, nil, nil
	case n < i.state.Number, n == i.state.Number && i.latest == nil: // of before; what it was is in the log
		return liveness.Stale, nil, nil
	}
	now := i.config.Clock.Now().Paper()
	if !now.Sure() {
		return liveness.Stale, nil, ErrUnsure
	}
	if heard.Time() > now.Latest {
		return liveness.Stale, []unmet.Unmet{{Place: "liveness.time", Code: "liveness-future"}}, nil
	}
	order := liveness.Fork
	next := i.state
	if heard.Number() > next.Number {
		order = liveness.Newer
		next.Number, next.Said = heard.Number(), max(next.Said, heard.Time())
	}
	if err := i.keepForeign(e); err != nil {
		return order, nil, err
	}
	i.config.Logger.Error("somebody else has signed with the key of liveness", "number", heard.Number(), "digest", string(e.Digest()))
	return order, nil, i.put(next)
}

// keepForeign puts a statement of another hand on disk, while there is room for evidence.
func (i *Issuer) keepForeign(e *paper.Envelope) error {
	names, err := i.folder.List(foreignPrefix)
	if err != nil || len(names) >= maxForeign {
		return err
	}
	data, err := e.Marshal()
	if err != nil {
		return err
	}
	return i.folder.Put(foreignPrefix+strings.TrimPrefix(string(e.Digest()), "sha256:")+".json", data)
}

// Foreign gives the evidence that somebody else has signed with the commission's key.
func (i *Issuer) Foreign() ([]*paper.Envelope, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	names, err := i.folder.List(foreignPrefix)
	var list []*paper.Envelope
	for _, n := range names {
		data, bad := i.folder.Get(n)
		if bad != nil {
			return nil, bad
		}
		e, bad := paper.ParseEnvelope(data)
		if bad != nil {
			return nil, i.folder.Damaged(n, bad)
		}
		list = append(list, e)
	}
	return list, err
}

// Leap gives the next statement the highest number that its time allows, and asks for
// it at once. It is for the day on which a key was stolen: a statement that the thief
// brought to others only may have had any number up to that of its time. The caller
// SHOULD wait until the stolen key is no longer listed, and then for two minutes: twice the
// 60 seconds that a clock may be unsure of. An outsider sees the gap.
func (i *Issuer) Leap() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	now := i.config.Clock.Now().Paper()
	if !now.Sure() {
		return ErrUnsure
	}
	next := i.state
	if next.Number = max(next.Number, int64(now.Earliest)-1); next.Number == i.state.Number {
		return errors.New("the number is already that of the time")
	}
	return i.put(next)
}
