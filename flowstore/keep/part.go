package keep

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/flowstore"
	"github.com/noroshi-acd/noroshi/flowstore/sealed"
)

// Order is by which addresses the records of a cell were sorted.
type Order string

// The orders: a part has all its records in each.
const (
	BySource      Order = "src"
	ByDestination Order = "dst"
)

// Cell is one sealed piece of a part, and what can be in it.
type Cell struct {
	Order   Order        `json:"order"`
	Frame   sealed.Frame `json:"frame"`
	Records int64        `json:"records"`
	First   Span         `json:"first"` // of the records' beginnings
	Hi      Reach        `json:"hi"`    // of the halves of the addresses that it is sorted by
	Lo      Reach        `json:"lo"`
}

// Span is from an instant to another, both inside, in ns since 1970.
type Span struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// Reach is from a number to another, both inside.
type Reach struct {
	From uint64 `json:"from"`
	To   uint64 `json:"to"`
}

// stored is a batch that a part has taken in.
type stored struct {
	batchID
	Content paper.Digest `json:"content"`
}

// contents is the last frame of a part: all that is known of it.
type contents struct {
	Journals int                           `json:"journals"` // all up to this one are in this part or an earlier one
	Seq      int64                         `json:"seq"`      // of the next record
	Until    paper.Time                    `json:"until"`
	Links    []paper.ID                    `json:"links"`   // of the group
	Counts   map[paper.ID]flowstore.Counts `json:"counts"`  // of what this part's journals held
	Batches  []stored                      `json:"batches"` // of this part
	Cells    []Cell                        `json:"cells"`
}

// Part is the records of one or more journals, sorted. It does not change.
type Part struct {
	contents
	file *sealed.Reader
}

// Decipher appends the content of a cell to dst.
func (p *Part) Decipher(dst []byte, c *Cell) ([]byte, error) { return p.file.At(dst, c.Frame) }

// Sorter sorts batches into cells, in each order, and appends them to w.
type Sorter func(ctx context.Context, list []Pending, w *sealed.Writer) ([]Cell, error)

// trailer is the length of what follows the last frame: its place. It is not sealed; the
// frame itself is, and is bound to its number.
const trailer = 24

func openPart(path string, number int, key *[sealed.KeySize]byte) (p *Part, err error) {
	r, err := sealed.Open(path, key, numbered(partFile, number))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("%s: %w", path, err), r.Close())
		}
	}()
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	end := make([]byte, trailer)
	if _, err := f.ReadAt(end, info.Size()-trailer); err != nil {
		return nil, sealed.ErrTorn
	}
	at := sealed.Frame{
		Number: int64(binary.BigEndian.Uint64(end)), Offset: int64(binary.BigEndian.Uint64(end[8:])), Size: int64(binary.BigEndian.Uint64(end[16:])),
	}
	text, err := r.At(nil, at)
	if err != nil {
		return nil, err
	}
	p = &Part{file: r}
	return p, json.Unmarshal(text, &p.contents)
}

// seal sorts what waits in a group into a part, and forgets its journals.
func (s *Store) seal(ctx context.Context, g *group) error {
	if g.broken != nil || len(g.waiting) == 0 {
		return g.broken
	}
	n := g.newest + 1
	path := filepath.Join(g.dir, numbered(partFile, n))
	c := contents{Journals: g.last, Seq: g.seq, Until: g.until, Links: g.links, Counts: map[paper.ID]flowstore.Counts{}, Batches: g.batches}
	for link, counts := range g.since {
		c.Counts[link] = *counts
	}
	if err := s.writePart(ctx, path, n, g, &c); err != nil {
		return errors.Join(err, os.Remove(path+unfinished))
	}
	if err := os.Rename(path+unfinished, path); err != nil {
		return err
	}
	if err := sealed.SyncDir(g.dir); err != nil {
		g.broken = err // it is not known which of the two a stop would leave
		return err
	}
	p, err := openPart(path, n, &g.key)
	if err != nil {
		g.broken = err
		return err
	}
	g.mu.Lock()
	g.parts, g.newest = append(g.parts, p), n
	g.waiting, g.records, g.batches = nil, 0, nil
	clear(g.since)
	g.mu.Unlock()
	if g.journal != nil {
		err = g.journal.Close()
		g.journal = nil
	}
	old, bad := g.numbers(journalFile)
	for _, j := range old {
		if j <= c.Journals {
			bad = errors.Join(bad, os.Remove(filepath.Join(g.dir, numbered(journalFile, j))))
		}
	}
	return errors.Join(err, bad)
}

// writePart writes the file of a part under an unfinished name, durable.
func (s *Store) writePart(ctx context.Context, path string, number int, g *group, c *contents) error {
	w, err := sealed.Create(path+unfinished, &g.key, numbered(partFile, number))
	if err != nil {
		return err
	}
	defer w.Close()
	if c.Cells, err = s.sort(ctx, g.waiting, w); err != nil {
		return err
	}
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	at, err := w.Append(text)
	if err != nil {
		return err
	}
	end := binary.BigEndian.AppendUint64(nil, uint64(at.Number))
	end = binary.BigEndian.AppendUint64(end, uint64(at.Offset))
	return w.Finish(binary.BigEndian.AppendUint64(end, uint64(at.Size)))
}
