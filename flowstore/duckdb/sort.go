package duckdb

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/noroshi-acd/noroshi/flowstore/keep"
	"github.com/noroshi-acd/noroshi/flowstore/sealed"
)

// sort is the [keep.Sorter] of the engine: each cell is a piece of Parquet.
func (e *Engine) sort(ctx context.Context, batches []keep.Pending, w *sealed.Writer) ([]keep.Cell, error) {
	list, take := e.shelf.put(batches)
	defer take()
	conn, err := e.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	var all []keep.Cell
	for _, o := range []keep.Order{keep.BySource, keep.ByDestination} {
		cells, err := e.cells(ctx, conn, w, o, list)
		if err != nil {
			return nil, err
		}
		all = append(all, cells...)
	}
	return all, nil
}

// cells sorts a list in one order and writes it, cell by cell.
func (e *Engine) cells(ctx context.Context, conn *sql.Conn, w *sealed.Writer, o keep.Order, list uint64) ([]keep.Cell, error) {
	_, err := conn.ExecContext(ctx, fmt.Sprintf(
		"CREATE OR REPLACE TEMP TABLE sorted AS SELECT * FROM waiting(%d::UBIGINT) ORDER BY %s_hi, %s_lo, first, seq", list, o, o))
	if err != nil {
		return nil, err
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), "DROP TABLE IF EXISTS sorted")
	cells, err := e.outline(ctx, conn, o)
	if err != nil {
		return nil, err
	}
	for i := range cells {
		if cells[i].Frame, err = e.writeCell(ctx, conn, w, i); err != nil {
			return nil, err
		}
	}
	return cells, nil
}

// outline says how the sorted records fall into cells, and what is in each.
func (e *Engine) outline(ctx context.Context, conn *sql.Conn, o keep.Order) (cells []keep.Cell, err error) {
	rows, err := conn.QueryContext(ctx, fmt.Sprintf(
		"SELECT count(*), min(first), max(first), min(%[1]s_hi), max(%[1]s_hi), min(%[1]s_lo), max(%[1]s_lo) FROM sorted GROUP BY rowid // %[2]d ORDER BY rowid // %[2]d", o, e.config.Cell))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		c := keep.Cell{Order: o}
		if err := rows.Scan(&c.Records, &c.First.From, &c.First.To, &c.Hi.From, &c.Hi.To, &c.Lo.From, &c.Lo.To); err != nil {
			return nil, err
		}
		cells = append(cells, c)
	}
	return cells, rows.Err()
}

func (e *Engine) writeCell(ctx context.Context, conn *sql.Conn, w *sealed.Writer, i int) (sealed.Frame, error) {
	m, err := newMemoryFile()
	if err != nil {
		return sealed.Frame{}, err
	}
	defer m.Close()
	_, err = conn.ExecContext(ctx, fmt.Sprintf(
		"COPY (SELECT * FROM sorted WHERE rowid >= %d AND rowid < %d) TO '%s' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE %d, USE_TMP_FILE false)",
		i*e.config.Cell, (i+1)*e.config.Cell, m.path(), e.config.Cell))
	if err != nil {
		return sealed.Frame{}, err
	}
	data, err := m.content()
	if err != nil {
		return sealed.Frame{}, err
	}
	return w.Append(data)
}
