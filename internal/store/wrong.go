package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Errors that callers decide by.
var (
	// ErrDuplicate: a row with this key, or this unique value, is there already.
	ErrDuplicate = errors.New("the row is there already")
	// ErrBroken: the change would break a rule of the table: a reference to nothing, a
	// value that must be there, a check.
	ErrBroken = errors.New("a rule of the table would be broken")
	// ErrUncertain: the line was lost while the change was committed. It is there, or it
	// is not; only looking tells. Callers make what they write recognisable.
	ErrUncertain = errors.New("whether the change was kept is not known")
)

// Missing says whether err means that there is no such row.
func Missing(err error) bool { return errors.Is(err, sql.ErrNoRows) }

// wrong is the package's one form of error.
func wrong(kind fault.Kind, key string, at fault.Place, cause error, args ...any) error {
	if at.Offset == 0 {
		at.Offset = -1
	}
	return fault.Said(fault.Error{Kind: kind, Place: at, Err: cause},
		i18n.Both("store.op"), i18n.Both("store.wrong."+key, args...), i18n.Both("store.hint."+key, args...))
}

// classified joins a statement's error to what a caller can decide by.
func classified(err error) error {
	var server *pgconn.PgError
	if errors.As(err, &server) {
		switch {
		case server.Code == "23505":
			return errors.Join(ErrDuplicate, err)
		case strings.HasPrefix(server.Code, "23"):
			return errors.Join(ErrBroken, err)
		}
	}
	var file *sqlite.Error
	if errors.As(err, &file) {
		switch code := file.Code(); {
		case code == sqlite3.SQLITE_CONSTRAINT_UNIQUE || code == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
			return errors.Join(ErrDuplicate, err)
		case code&0xff == sqlite3.SQLITE_CONSTRAINT:
			return errors.Join(ErrBroken, err)
		}
	}
	return err
}

// again says whether a transaction that failed so was undone for no fault of its own,
// and may be run anew.
func again(err error) bool {
	var server *pgconn.PgError
	if errors.As(err, &server) {
		return server.Code == "40001" || server.Code == "40P01" // serialisation failure, deadlock
	}
	var file *sqlite.Error
	if errors.As(err, &file) {
		code := file.Code() & 0xff
		return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED
	}
	return false
}

// uncertain says whether a commit that failed so may have been kept: the engine did not
// say that it undid it.
func uncertain(err error) bool {
	var server *pgconn.PgError
	if errors.As(err, &server) {
		return server.Severity == "FATAL" || server.Severity == "PANIC" // the line ends with it
	}
	var file *sqlite.Error
	if errors.As(err, &file) {
		return file.Code()&0xff == sqlite3.SQLITE_IOERR
	}
	return !errors.Is(err, sql.ErrTxDone)
}

// kindOf gives what a failure is to the person: what it says itself, else what caused it.
func kindOf(ctx context.Context, err error) fault.Kind {
	var e *fault.Error
	switch {
	case errors.As(err, &e):
		return e.Kind
	case ctx.Err() != nil:
		return fault.Canceled
	case errors.Is(err, ErrDuplicate) || errors.Is(err, ErrBroken):
		return fault.Invalid
	}
	return fault.Internal
}
