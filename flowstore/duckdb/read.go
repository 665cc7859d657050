//go:build linux && cgo

package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flowstore"
	"github.com/noroshi-acd/noroshi/flowstore/keep"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Read gives the records of a question; see [flowstore.Engine].
func (e *Engine) Read(ctx context.Context, p *flowstore.Pass, yield func(*flow.Batch) error) (bool, error) {
	q, each, err := e.Look(p)
	if err != nil {
		return false, err
	}
	b := boundsOf(q)
	found := newFound(int(q.Limit))
	conn, err := e.db.Conn(ctx)
	if err != nil {
		return false, e.wrong("read", err)
	}
	defer conn.Close()
	err = each(func(g *keep.View) error {
		if b.time.To > found.bound { // later ones would not be given
			b.time.To = found.bound
		}
		return e.read(ctx, conn, g, &b, found)
	})
	if err != nil {
		return false, err
	}
	return found.give(ctx, yield)
}

// Count gives the rows of a question that counts; see [flowstore.Engine].
func (e *Engine) Count(ctx context.Context, p *flowstore.Pass) ([]flowstore.Tally, error) {
	q, each, err := e.Look(p)
	if err != nil {
		return nil, err
	}
	b := boundsOf(q)
	switch q.Kind {
	case flowstore.Talkers:
		return e.talkers(ctx, &b, each)
	case flowstore.Days:
		return e.days(ctx, &b, each)
	}
	return nil, flowstore.Wrong(fault.Invalid, "ask", fault.Place{Field: "query.kind"}, nil)
}

// each is how the store shows the groups of a question.
type each func(do func(*keep.View) error) error

// decipher puts cells into files of memory and gives the SQL that reads them.
func decipher(cells []held) (from string, done func(), err error) {
	var files []memoryFile
	done = func() {
		for _, m := range files {
			_ = m.Close()
		}
	}
	var paths []string
	var buf []byte
	for _, h := range cells {
		buf, err = h.part.Decipher(buf[:0], h.cell)
		if err != nil {
			done()
			return "", nil, err
		}
		m, err := newMemoryFile()
		if err != nil {
			done()
			return "", nil, err
		}
		files = append(files, m)
		if _, err := m.Write(buf); err != nil {
			done()
			return "", nil, err
		}
		paths = append(paths, "'"+m.path()+"'")
	}
	return "read_parquet([" + strings.Join(paths, ", ") + "])", done, nil
}

// sources calls do for all that a group has: deciphered cells, piece by piece, then what
// waits, each with the condition on addresses that makes every record count once.
func (e *Engine) sources(g *keep.View, b *bounds, whole bool, do func(from, meant string) error) error {
	for _, l := range b.loads(g, whole) {
		from, done, err := decipher(l.cells)
		if err != nil {
			return err
		}
		meant := b.meant(l.order)
		if whole {
			meant = b.either()
		}
		err = do(from, meant)
		done()
		if err != nil {
			return err
		}
	}
	if len(g.Waiting) == 0 || b.none {
		return nil
	}
	list, take := e.shelf.put(&waiting{g.Waiting})
	defer take()
	return do(fmt.Sprintf("waiting(%d::UBIGINT)", list), b.either())
}

func (e *Engine) read(ctx context.Context, conn *sql.Conn, g *keep.View, b *bounds, found *found) error {
	where, args := b.where(b.via(g))
	return e.sources(g, b, false, func(from, meant string) error {
		rows, err := conn.QueryContext(ctx, fmt.Sprintf("SELECT %s FROM %s WHERE %s AND %s ORDER BY first, seq LIMIT %d",
			list(), from, meant, where, found.limit+1), args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := found.scan(rows, g); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

// talkers sums by address in a table of DuckDB's memory, so that any number of addresses
// either fits or is an error.
func (e *Engine) talkers(ctx context.Context, b *bounds, each each) ([]flowstore.Tally, error) {
	var out []flowstore.Tally
	table := fmt.Sprintf("talkers_%d", time.Now().UnixNano())
	conn, err := e.db.Conn(ctx)
	if err != nil {
		return nil, e.wrong("read", err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "CREATE TABLE "+table+" (hi UBIGINT, lo UBIGINT, pseudonym BOOLEAN, records HUGEINT, packets HUGEINT, bytes HUGEINT)"); err != nil {
		return nil, e.wrong("read", err)
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), "DROP TABLE "+table)
	err = each(func(g *keep.View) error {
		where, args := b.where(b.via(g))
		return e.sources(g, b, true, func(from, meant string) error {
			_, err := conn.ExecContext(ctx, fmt.Sprintf(`INSERT INTO %s
				WITH one AS (SELECT src_hi, src_lo, dst_hi, dst_lo, pseudonyms & %d <> 0 AS src_p, pseudonyms & %d <> 0 AS dst_p, src_packets::HUGEINT + dst_packets AS packets, src_bytes::HUGEINT + dst_bytes AS bytes FROM %s WHERE %s AND %s)
				SELECT hi, lo, p, count(*), sum(packets), sum(bytes) FROM (
					SELECT src_hi AS hi, src_lo AS lo, src_p AS p, packets, bytes FROM one
					UNION ALL SELECT dst_hi, dst_lo, dst_p, packets, bytes FROM one WHERE dst_hi <> src_hi OR dst_lo <> src_lo OR dst_p <> src_p)
				GROUP BY hi, lo, p`, table, flow.PseudonymSrc, flow.PseudonymDst, from, meant, where), args...)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	rows, err := conn.QueryContext(ctx, fmt.Sprintf(`SELECT hi, lo, pseudonym, sum(records)::BIGINT, %s, %s FROM %s
		GROUP BY hi, lo, pseudonym ORDER BY sum(bytes) DESC, hi, lo, pseudonym LIMIT %d`, most("packets"), most("bytes"), table, b.Limit))
	if err != nil {
		return nil, e.wrong("read", err)
	}
	defer rows.Close()
	for rows.Next() {
		var t flowstore.Tally
		var hi, lo uint64
		if err := rows.Scan(&hi, &lo, &t.Pseudonym, &t.Records, &t.Packets, &t.Bytes); err != nil {
			return nil, e.wrong("read", err)
		}
		t.Address = whole(hi, lo)
		out = append(out, t)
	}
	if err := rows.Err(); err != nil {
		return nil, e.wrong("read", err)
	}
	return out, nil
}

// most is a sum that ends at the largest number of 64 bits: counters come from strangers.
func most(column string) string {
	return fmt.Sprintf("least(sum(%s), 18446744073709551615)::UBIGINT", column)
}

func (e *Engine) days(ctx context.Context, b *bounds, each each) ([]flowstore.Tally, error) {
	sums := map[int64]*flowstore.Tally{}
	conn, err := e.db.Conn(ctx)
	if err != nil {
		return nil, e.wrong("read", err)
	}
	defer conn.Close()
	err = each(func(g *keep.View) error {
		where, args := b.where(b.via(g))
		return e.sources(g, b, false, func(from, meant string) error {
			rows, err := conn.QueryContext(ctx, fmt.Sprintf(
				`SELECT first // %d, count(*), %s, %s FROM (SELECT first, src_packets::HUGEINT + dst_packets AS packets, src_bytes::HUGEINT + dst_bytes AS bytes FROM %s WHERE %s AND %s) GROUP BY 1`,
				day, most("packets"), most("bytes"), from, meant, where), args...)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var d int64
				var t flowstore.Tally
				if err := rows.Scan(&d, &t.Records, &t.Packets, &t.Bytes); err != nil {
					return err
				}
				sum(sums, d, t)
			}
			return rows.Err()
		})
	})
	if err != nil {
		return nil, err
	}
	var out []flowstore.Tally
	for d, t := range sums {
		t.Day = time.Unix(0, d*day).UTC().Format(time.DateOnly)
		out = append(out, *t)
	}
	slices.SortFunc(out, func(a, b flowstore.Tally) int { return strings.Compare(a.Day, b.Day) })
	return out[:min(len(out), int(b.Limit))], nil
}

func sum(sums map[int64]*flowstore.Tally, d int64, t flowstore.Tally) {
	if sums[d] == nil {
		sums[d] = &flowstore.Tally{}
	}
	s := sums[d]
	s.Records += t.Records
	s.Packets = saturated(s.Packets, t.Packets)
	s.Bytes = saturated(s.Bytes, t.Bytes)
}

func saturated(a, b uint64) uint64 {
	if a+b < a {
		return 1<<64 - 1
	}
	return a + b
}

// day is a UTC day in ns.
const day = int64(24 * time.Hour)
