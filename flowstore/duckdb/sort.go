//go:build linux && cgo

package duckdb

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flowstore/keep"
	"github.com/noroshi-acd/noroshi/flowstore/sealed"
)

// sorted is what is being sorted: all records, deciphered, in memory.
type sorted struct {
	pending []keep.Pending
	batches []flow.Batch
	refs    []ref
}

// sort is the [keep.Sorter] of the engine: each cell is a piece of Parquet. Sorting is
// done here, because DuckDB would carry all columns along; writing the columns is DuckDB's.
func (e *Engine) sort(ctx context.Context, pending []keep.Pending, w *sealed.Writer) ([]keep.Cell, error) {
	s := sorted{pending: pending, batches: make([]flow.Batch, len(pending))}
	for i := range pending {
		if err := flow.DecodeBatch(pending[i].Content, &s.batches[i]); err != nil {
			return nil, err
		}
		for j := range s.batches[i].Records {
			s.refs = append(s.refs, ref{first: s.batches[i].Records[j].First, batch: int32(i), at: int32(j)})
		}
	}
	var all []keep.Cell
	for _, o := range []keep.Order{keep.BySource, keep.ByDestination} {
		s.by(o)
		cells, err := e.cells(ctx, &s, w, o)
		if err != nil {
			return nil, err
		}
		all = append(all, cells...)
	}
	return all, nil
}

// by sorts by an end's address, and by time for each.
func (s *sorted) by(o keep.Order) {
	for i := range s.refs {
		r := &s.refs[i]
		x := &s.batches[r.batch].Records[r.at]
		if r.hi, r.lo = halves(x.Src); o == keep.ByDestination {
			r.hi, r.lo = halves(x.Dst)
		}
	}
	slices.SortFunc(s.refs, func(a, b ref) int {
		if c := cmp.Compare(a.hi, b.hi); c != 0 {
			return c
		}
		if c := cmp.Compare(a.lo, b.lo); c != 0 {
			return c
		}
		return cmp.Compare(a.first, b.first)
	})
}

// outline says what is in a cell.
func outline(o keep.Order, refs []ref) keep.Cell {
	a, z := refs[0], refs[len(refs)-1]
	c := keep.Cell{
		Order: o, Records: int64(len(refs)), First: keep.Span{From: a.first, To: a.first},
		Hi: keep.Reach{From: a.hi, To: z.hi}, Lo: keep.Reach{From: a.lo, To: a.lo},
	}
	for _, r := range refs {
		c.First.From, c.First.To = min(c.First.From, r.first), max(c.First.To, r.first)
		c.Lo.From, c.Lo.To = min(c.Lo.From, r.lo), max(c.Lo.To, r.lo)
	}
	return c
}

// cells writes a sorted list, cell by cell, several at a time.
func (e *Engine) cells(ctx context.Context, s *sorted, w *sealed.Writer, o keep.Order) ([]keep.Cell, error) {
	pieces := slices.Collect(slices.Chunk(s.refs, e.config.Cell))
	cells := make([]keep.Cell, len(pieces))
	var mu sync.Mutex // guards next, bad and the writer
	next, bad := 0, error(nil)
	work := func(conn *sql.Conn) {
		for {
			mu.Lock()
			i := next
			next++
			stop := bad != nil || i >= len(pieces)
			mu.Unlock()
			if stop {
				return
			}
			cells[i] = outline(o, pieces[i])
			data, err := e.encode(ctx, conn, &picked{sorted: s, refs: pieces[i]})
			mu.Lock()
			if err == nil {
				cells[i].Frame, err = w.Append(data)
			}
			bad = errors.Join(bad, err)
			mu.Unlock()
		}
	}
	var wg sync.WaitGroup
	for range e.config.Threads {
		conn, err := e.db.Conn(ctx)
		if err != nil {
			mu.Lock()
			bad = errors.Join(bad, err)
			mu.Unlock()
			break
		}
		defer conn.Close()
		wg.Go(func() { work(conn) })
	}
	wg.Wait()
	return cells, bad
}

// encode makes a piece of Parquet of records.
func (e *Engine) encode(ctx context.Context, conn *sql.Conn, from *picked) ([]byte, error) {
	list, take := e.shelf.put(from)
	defer take()
	m, err := newMemoryFile()
	if err != nil {
		return nil, err
	}
	defer m.Close()
	_, err = conn.ExecContext(ctx, fmt.Sprintf(
		"COPY (SELECT * FROM waiting(%d::UBIGINT)) TO '%s' (FORMAT parquet, COMPRESSION snappy, PARQUET_VERSION v2, ROW_GROUP_SIZE %d, USE_TMP_FILE false)",
		list, m.path(), max(len(from.refs), 2048)))
	if err != nil {
		return nil, err
	}
	return m.content()
}

// picked is a source of some records of a sorted list, in its order. A reading uses it up.
type picked struct {
	*sorted
	refs []ref
	done int
}

// next gives records that follow one another in one batch; in a sorted list that is most
// often one.
func (p *picked) next(*flow.Batch) (piece, bool, error) {
	if p.done == len(p.refs) {
		return piece{}, false, nil
	}
	from := p.done
	batch := p.refs[from].batch
	for p.done < len(p.refs) && p.refs[p.done].batch == batch {
		p.done++
	}
	of := &p.pending[batch]
	return piece{batch: &p.batches[batch], at: p.refs[from:p.done], seq: of.Seq, via: of.Via}, true, nil
}

func (p *picked) size() int { return len(p.refs) }
