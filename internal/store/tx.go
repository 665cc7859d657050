package store

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

// How often a transaction that met another is run again, and how long it waits between:
// from firstWait, doubled each time up to longestWait, half of it by chance.
const (
	mostRuns    = 30
	firstWait   = 2 * time.Millisecond
	longestWait = 500 * time.Millisecond
)

// Tx is one transaction. It is for the one goroutine that runs its function, and only
// while that runs.
type Tx struct {
	ctx    context.Context // of this transaction alone
	tx     *sql.Tx
	failed error // the first statement's that failed; after it there is no other
}

// Tx runs f in a serialisable transaction and commits what it did. f MUST have no effect
// but through its Tx: it is run again when another transaction came between. Nothing is
// kept when f gives an error, which Tx then returns as it is. When Tx returns nil, what f
// did is on the disk; for [ErrUncertain] see there.
func (d *DB) Tx(ctx context.Context, f func(*Tx) error) error {
	return d.repeat(ctx, d.writing, &sql.TxOptions{Isolation: d.isolation()}, f)
}

// View runs f on one snapshot, in which it cannot change anything. f may be run again.
func (d *DB) View(ctx context.Context, f func(*Tx) error) error {
	return d.repeat(ctx, d.reading, d.snapshot(), f)
}

// snapshot is how a transaction sees one instant. A connection to SQLite that reads
// cannot write anyway.
func (d *DB) snapshot() *sql.TxOptions {
	if d.engine == PostgreSQL {
		return &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}
	}
	return &sql.TxOptions{}
}

// isolation: a SQLite transaction that begins with the lock in hand is serial.
func (d *DB) isolation() sql.IsolationLevel {
	if d.engine == PostgreSQL {
		return sql.LevelSerializable
	}
	return sql.LevelDefault
}

func (d *DB) repeat(ctx context.Context, pool *sql.DB, o *sql.TxOptions, f func(*Tx) error) error {
	wait := firstWait
	for run := 1; ; run++ {
		err := d.once(ctx, pool, o, f)
		if err == nil || !again(err) || errors.Is(err, ErrUncertain) {
			return err
		}
		if run == mostRuns {
			return wrong(fault.Limit, "busy", fault.Place{Path: d.name}, err, "runs", run)
		}
		select {
		case <-ctx.Done():
			return wrong(fault.Canceled, "stopped", fault.Place{Path: d.name}, errors.Join(ctx.Err(), err))
		case <-time.After(wait/2 + rand.N(wait/2)):
		}
		wait = min(2*wait, longestWait)
	}
}

// once runs f once.
func (d *DB) once(ctx context.Context, pool *sql.DB, o *sql.TxOptions, f func(*Tx) error) error {
	tx, err := pool.BeginTx(ctx, o)
	if err != nil {
		return wrong(kindOf(ctx, err), "unbegun", fault.Place{Path: d.name}, err)
	}
	t := &Tx{ctx: ctx, tx: tx}
	over := false
	defer func() {
		if !over { // f failed or panicked
			_ = tx.Rollback() // a line that is lost undoes it as well
		}
	}()
	if err := f(t); err != nil {
		return err
	}
	if t.failed != nil { // f hid it; what it did is not whole
		return t.failed
	}
	if ctx.Err() != nil {
		return wrong(fault.Canceled, "stopped", fault.Place{Path: d.name}, ctx.Err())
	}
	err = tx.Commit()
	switch {
	case err == nil:
		over = true
		return nil
	case again(err):
		return err
	case uncertain(err):
		return wrong(fault.Internal, "uncertain", fault.Place{Path: d.name}, errors.Join(ErrUncertain, err))
	}
	err = classified(err)
	return wrong(kindOf(ctx, err), "statement", fault.Place{Path: d.name}, err)
}

// Exec runs a statement and gives how many rows it changed. [ErrDuplicate] and
// [ErrBroken] can be told from its error; both end the transaction. To write what may
// be there already, say ON CONFLICT.
func (t *Tx) Exec(query string, args ...any) (int64, error) {
	args, err := t.ready(query, args)
	if err != nil {
		return 0, err
	}
	r, err := t.tx.ExecContext(t.ctx, query, args...)
	if err != nil {
		return 0, t.fail(query, err)
	}
	n, err := r.RowsAffected()
	return n, t.fail(query, err)
}

// Query runs a query. The caller MUST read its rows to the end or close them before the
// next statement of this transaction.
func (t *Tx) Query(query string, args ...any) (*Rows, error) {
	args, err := t.ready(query, args)
	if err != nil {
		return nil, err
	}
	r, err := t.tx.QueryContext(t.ctx, query, args...)
	if err != nil {
		return nil, t.fail(query, err)
	}
	return &Rows{t: t, query: query, rows: r}, nil
}

// Row runs a query for one row; Scan tells of errors, [Missing] of no row.
func (t *Tx) Row(query string, args ...any) *Row {
	r, err := t.Query(query, args...)
	return &Row{rows: r, err: err}
}

// fail remembers a statement's error, so that both engines go on alike: not at all.
func (t *Tx) fail(query string, err error) error {
	if err == nil {
		return nil
	}
	err = classified(err)
	t.failed = wrong(kindOf(t.ctx, err), "statement", fault.Place{Field: short(query)}, err)
	return t.failed
}

// ready refuses a statement after one that failed, and arguments that the engines
// would keep differently.
func (t *Tx) ready(query string, args []any) ([]any, error) {
	if t.failed != nil {
		return nil, t.failed
	}
	plain := make([]any, len(args))
	for i, a := range args {
		v, err := portable(a)
		if err != nil {
			t.failed = wrong(fault.Invalid, "argument", fault.Place{Field: short(query)}, err, "number", i+1)
			return nil, t.failed
		}
		plain[i] = v
	}
	return plain, nil
}

// portable gives a as one of int64, float64, bool, string, []byte, nil.
func portable(a any) (any, error) {
	v, err := driver.DefaultParameterConverter.ConvertValue(a)
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case string:
		if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
			return nil, errors.New("text must be UTF-8 without NUL")
		}
	case float64:
		if v != v {
			return nil, errors.New("not a number")
		}
	case time.Time:
		return nil, errors.New("give times as whole seconds")
	case []byte:
		if v == nil { // NULL; no bytes are []byte{}
			return nil, nil
		}
	case nil, int64, bool:
	default:
		return nil, fmt.Errorf("values of type %T have no column", v)
	}
	return v, nil
}

// short gives the beginning of a statement, for a message.
func short(query string) string {
	text := []rune(strings.Join(strings.Fields(query), " "))
	if len(text) > 60 {
		return string(text[:60]) + "…"
	}
	return string(text)
}

// Rows are the rows of a query.
type Rows struct {
	t     *Tx
	query string
	rows  *sql.Rows
}

// Next goes to the next row; false at the end and after an error (see Err).
func (r *Rows) Next() bool { return r.rows.Next() }

// Scan gives the columns of the row.
func (r *Rows) Scan(to ...any) error { return r.t.fail(r.query, r.rows.Scan(to...)) }

// Err tells why the rows ended early; nil when they did not.
func (r *Rows) Err() error { return r.t.fail(r.query, r.rows.Err()) }

// Close leaves the rest of the rows. It may be called twice.
func (r *Rows) Close() error { return r.rows.Close() }

// Row is the one row of a query.
type Row struct {
	rows *Rows
	err  error
}

// Scan gives the columns of the row; of several rows, the first's.
func (r *Row) Scan(to ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		return cmp.Or(r.rows.Err(), sql.ErrNoRows)
	}
	return r.rows.Scan(to...)
}

// Each runs a query and gives each row to f, which scans it. It ends at the first error.
func (t *Tx) Each(f func(scan func(to ...any) error) error, query string, args ...any) error {
	r, err := t.Query(query, args...)
	if err != nil {
		return err
	}
	defer r.Close()
	for r.Next() {
		if err := f(r.Scan); err != nil {
			return err
		}
	}
	return r.Err()
}
