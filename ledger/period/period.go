package period

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/ledger/folder"
	"github.com/noroshi-acd/noroshi/ledger/keyring"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Unknown is the role under which disposed entries are counted: what was destroyed with
// them nobody can tell any more.
const Unknown paper.ID = "unknown"

// Log is the log that is counted; a [folder.Reader] is one.
type Log interface {
	Origin() string
	// Read opens an entry; its error matches [keyring.ErrDisposed] when its key is dead.
	Read(index int64) (*proof.Opened, []byte, error)
	// IsOpen says whether the entry was opened to everyone.
	IsOpen(index int64) bool
}

// Reason is why entries stay sealed, and the day (2006-01-02) on which they are to be
// looked at again.
type Reason struct {
	Reason paper.ID
	Until  string
}

// Next is the index at which the next period of the log begins: where the last report of
// it that stands before size ended, 0 when there is none.
func Next(ctx context.Context, l Log, size int64) (first int64, err error) {
	for i := size - 1; i >= 0; i-- {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		o, payload, err := l.Read(i)
		if errors.Is(err, keyring.ErrDisposed) {
			continue
		}
		if err != nil {
			return 0, err
		}
		if o.Entry.Class != proof.Period {
			continue
		}
		var r proof.PeriodReport
		if err := read(payload, proof.PeriodType, &r); err != nil {
			return 0, folder.Wrong(fault.Invalid, "entry", fault.Place{}, err, "index", i)
		}
		if r.Origin == l.Origin() {
			return r.Last, nil
		}
	}
	return 0, nil
}

// read opens the signed paper that is a payload.
func read(payload []byte, payloadType string, v any) error {
	e, err := paper.ParseEnvelope(payload)
	if err != nil {
		return err
	}
	return e.Open(payloadType, v)
}

// count is what a period has so far.
type count struct {
	kinds    map[proof.PeriodCount]int64
	dead     int64
	sealed   int64
	disposed map[proof.Class]int64 // by the proofs among the entries
}

// Report counts the entries from first to before last, which must be published. why is
// the reason of those that are readable and not opened to everyone; nil when there must
// be none.
//
// Invariant 27: the figure is one that anyone can count again.
func Report(ctx context.Context, l Log, first, last int64, why *Reason) (*proof.PeriodReport, error) {
	c := count{kinds: map[proof.PeriodCount]int64{}, disposed: map[proof.Class]int64{}}
	for i := first; i < last; i++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := c.add(l, i); err != nil {
			return nil, err
		}
	}
	r := &proof.PeriodReport{Counts: []proof.PeriodCount{}, Disposed: c.dead, First: first, Last: last, Origin: l.Origin(), Sealed: []proof.Sealed{}}
	if c.sealed > 0 {
		if why == nil {
			return nil, folder.Wrong(fault.Invalid, "sealed", fault.Place{}, nil, "n", c.sealed)
		}
		if _, err := time.Parse(time.DateOnly, why.Until); err != nil || why.Reason.Check() != nil {
			return nil, folder.Wrong(fault.Invalid, "reason", fault.Place{}, nil)
		}
		r.Sealed = append(r.Sealed, proof.Sealed{N: c.sealed, Reason: why.Reason, Until: why.Until})
	}
	if err := c.bury(); err != nil {
		return nil, err
	}
	for k := range maps.Keys(c.kinds) {
		n := c.kinds[k]
		k.N = n
		r.Counts = append(r.Counts, k)
	}
	slices.SortFunc(r.Counts, func(a, b proof.PeriodCount) int {
		return cmp.Or(cmp.Compare(a.Class, b.Class), cmp.Compare(a.Role, b.Role), cmp.Compare(a.Instrument, b.Instrument))
	})
	return r, r.Check()
}

// add counts one entry.
func (c *count) add(l Log, index int64) error {
	o, payload, err := l.Read(index)
	if errors.Is(err, keyring.ErrDisposed) {
		c.dead++
		return nil
	}
	if err != nil {
		return err
	}
	e := &o.Entry
	c.kinds[proof.PeriodCount{Class: e.Class, Instrument: e.Instrument, Role: e.Role}]++
	if !l.IsOpen(index) {
		c.sealed++
	}
	if e.Class != proof.Disposal {
		return nil
	}
	var d proof.KeyDeath
	if err := read(payload, proof.DisposalType, &d); err != nil {
		return folder.Wrong(fault.Invalid, "entry", fault.Place{}, err, "index", index)
	}
	for _, k := range d.Keys {
		c.disposed[k.Class] += k.N
	}
	return nil
}

// bury counts the disposed entries by the classes that the proofs give. Where a proof is
// of another period's entries too, or stands in a later one, nobody can tell which are
// whose.
func (c *count) bury() error {
	var told int64
	for class, n := range c.disposed {
		if told += n; n > 0 && c.dead > 0 {
			c.kinds[proof.PeriodCount{Class: class, Role: Unknown}] += n
		}
	}
	if c.dead > 0 && told != c.dead {
		return folder.Wrong(fault.Invalid, "untold", fault.Place{}, nil, "n", c.dead, "told", told)
	}
	return nil
}
