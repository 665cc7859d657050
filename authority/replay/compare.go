package replay

import (
	"context"

	"github.com/noroshi-acd/noroshi/authority/docket"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/register"
)

// Reader is a log that is read; *ledger.Log and *folder.Reader are.
type Reader interface {
	Read(index int64) (*proof.Opened, []byte, error)
}

// Entry is an entry of the log, or a paper of the store, that the other lacks or has
// otherwise.
type Entry struct {
	At    paper.Time   `json:"at,omitempty"`
	Class proof.Class  `json:"class,omitempty"`
	Index int64        `json:"index"`
	Paper paper.Digest `json:"paper"`
	Why   string       `json:"why,omitempty"` // it could not be worked out again
}

// Difference is how store and log differ.
type Difference struct {
	Size   int64   `json:"size"`   // entries of the log that were looked at
	Kept   int64   `json:"kept"`   // papers of the store
	Lacks  []Entry `json:"lacks"`  // entries that the store does not have
	Others []Entry `json:"others"` // papers that stand otherwise in the log, or not at all
}

// None says whether store and log say the same.
func (d *Difference) None() bool { return len(d.Lacks)+len(d.Others) == 0 }

// tabled says whether the store keeps entries of a class. What the service and the keeper
// of the log say without the desks stands in the log alone.
func tabled(c proof.Class) bool {
	switch c {
	case proof.Build, proof.Disposal, proof.Trust, proof.Liveness, proof.Books:
		return false
	}
	return true
}

// Compare holds the store against the first size entries of the log, from an index on; from
// the beginning, by the bytes of every paper.
func Compare(ctx context.Context, db *store.DB, log Reader, from, size int64) (*Difference, error) {
	whole := from == 0
	kept, err := places(ctx, db, whole)
	if err != nil {
		return nil, err
	}
	d := &Difference{Size: size, Kept: int64(len(kept)), Lacks: []Entry{}, Others: []Entry{}}
	for index := from; index < size; index++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		o, _, err := log.Read(index)
		if err != nil && o == nil {
			return nil, err
		}
		x := Entry{At: o.Entry.At, Class: o.Entry.Class, Index: index, Paper: o.Entry.Paper}
		have, ok := kept[index]
		delete(kept, index)
		switch {
		case ok && (have.digest != o.Entry.Paper || whole && have.content != o.Entry.Content):
			d.Others = append(d.Others, Entry{Class: x.Class, Index: index, Paper: have.digest})
		case !ok && tabled(x.Class):
			d.Lacks = append(d.Lacks, x)
		}
	}
	for index, have := range kept {
		if index >= size { // the log is older than the store
			d.Others = append(d.Others, Entry{Index: index, Paper: have.digest})
		}
	}
	return d, nil
}

// Behind holds the end of the log against the store: what comes after the last paper that
// it keeps. It is quick, and finds a store that is older than its log.
func Behind(ctx context.Context, db *store.DB, log Reader, size int64) (*Difference, error) {
	kept, err := places(ctx, db, false)
	if err != nil {
		return nil, err
	}
	from := int64(0)
	for index := range kept {
		from = max(from, index+1)
	}
	return Compare(ctx, db, log, min(from, size), size)
}

// held is a paper of the store: its digest, and that of the bytes that are kept.
type held struct{ digest, content paper.Digest }

// places are the papers of the store by their places in the log.
func places(ctx context.Context, db *store.DB, whole bool) (map[int64]held, error) {
	kept := map[int64]held{}
	note := func(place int64, digest, content paper.Digest) error {
		kept[place] = held{digest, content}
		return nil
	}
	err := db.View(ctx, func(t *store.Tx) error {
		clear(kept)
		if err := docket.Kept(t, whole, note); err != nil {
			return err
		}
		return register.Kept(t, whole, note)
	})
	return kept, err
}

// Size is how many entries are in a log, those that are not published yet too.
func Size(log Log) int64 {
	n := int64(0)
	if _, signed, err := log.Tree(); err == nil {
		n = signed.Size
	}
	for {
		if o, _, err := log.Read(n); err != nil && o == nil {
			return n
		}
		n++
	}
}

// Agree refuses a store that lacks what stands at the end of its log, or has more than
// the log: who went on with it would record twice what is on record. A store that is only
// behind is let through with behind.
func Agree(ctx context.Context, db *store.DB, log Log, behind bool) error {
	d, err := Behind(ctx, db, log, Size(log))
	switch {
	case err != nil:
		return err
	case len(d.Others) > 0:
		return wrong(fault.Permission, "ahead", "n", len(d.Others), "index", d.Others[0].Index)
	case len(d.Lacks) > 0 && !behind:
		return wrong(fault.Permission, "behind", "n", len(d.Lacks), "index", d.Lacks[0].Index)
	}
	return nil
}
