package store

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Engine is what keeps the data.
type Engine string

// The engines.
const (
	SQLite     Engine = "sqlite"
	PostgreSQL Engine = "postgres"
)

const (
	applicationID = 0x4e6f726f       // in a SQLite file's head: "Noro"
	oldestServer  = 150000           // PostgreSQL 15.0, as the server numbers itself
	busyWait      = 10 * time.Second // for another process's write to a SQLite file
	dialWait      = 10 * time.Second // for a server to answer
	idleTime      = 5 * time.Minute  // after which a connection is given up
	mostReaders   = 16               // connections for reading
	mostWriters   = 8                // connections that change a server's data
)

// DB is an open database. It may be used by many goroutines.
type DB struct {
	engine  Engine
	name    string  // for messages: without a password, since there is none
	writing *sql.DB // SQLite: one connection, whose transactions begin with the lock in hand
	reading *sql.DB // SQLite: connections that cannot write; PostgreSQL: the same as writing
}

// Open opens the database that dsn names: "sqlite:PATH", or "postgres://…" as libpq
// writes it. The password of a server lies in a file (passfile=, or ~/.pgpass), never
// in dsn. It fails with fault.NotFound when there is no such SQLite file, with
// fault.Invalid or fault.Permission when the database cannot serve.
func Open(ctx context.Context, dsn string) (*DB, error) {
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		if about, err := os.Stat(path); err != nil || !about.Mode().IsRegular() {
			return nil, wrong(fault.NotFound, "absent", fault.Place{Path: path}, err)
		}
		return openSQLite(ctx, path)
	}
	return openPostgreSQL(ctx, dsn)
}

// Create makes an empty database and opens it: a new SQLite file, readable by its owner
// alone, in a folder that is there. A file that exists, and a server's schema that holds
// tables, are refused with fault.Permission. The database of a server is made by its
// keeper; Create finds it empty.
func Create(ctx context.Context, dsn string) (*DB, error) {
	path, ok := strings.CutPrefix(dsn, "sqlite:")
	if !ok {
		db, err := openPostgreSQL(ctx, dsn)
		if err != nil {
			return nil, err
		}
		if err := db.empty(ctx); err != nil {
			return nil, errors.Join(err, db.Close())
		}
		return db, nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, wrong(fault.Permission, "exists", fault.Place{Path: path}, nil)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return nil, wrong(fault.Permission, "unmade", fault.Place{Path: path}, err)
	}
	db, err := mark(ctx, path)
	if err != nil {
		return nil, errors.Join(err, os.Remove(path))
	}
	return db, nil
}

// mark makes an empty file ours and opens it.
func mark(ctx context.Context, path string) (*DB, error) {
	pool, err := sqlitePool(path, "immediate", 1)
	if err != nil {
		return nil, wrong(fault.Invalid, "unmade", fault.Place{Path: path}, err)
	}
	_, err = pool.ExecContext(ctx, "PRAGMA application_id = "+strconv.Itoa(applicationID))
	if err = errors.Join(err, pool.Close()); err != nil {
		return nil, wrong(fault.Invalid, "unmade", fault.Place{Path: path}, err)
	}
	return openSQLite(ctx, path)
}

// sqlitePool opens connections to a file. Every commit is on the disk when it returns
// (synchronous FULL), foreign keys hold, text is no name and a name no text.
func sqlitePool(path, lock string, most int, more ...string) (*sql.DB, error) {
	whole, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	q := url.Values{"_txlock": {lock}, "mode": {"rw"}, "_dqs": {"0"}, "_defensive": {"1"}}
	q["_pragma"] = append([]string{
		fmt.Sprintf("busy_timeout(%d)", busyWait.Milliseconds()),
		"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "case_sensitive_like(1)", "trusted_schema(0)",
	}, more...)
	file := url.URL{Scheme: "file", Path: filepath.ToSlash(whole), RawQuery: q.Encode()}
	c, err := sqlite.NewConnector(file.String())
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(c)
	pool.SetMaxOpenConns(most)
	pool.SetMaxIdleConns(most)
	pool.SetConnMaxIdleTime(idleTime)
	return pool, nil
}

func openSQLite(ctx context.Context, path string) (*DB, error) {
	at := fault.Place{Path: path}
	writing, err := sqlitePool(path, "immediate", 1)
	if err != nil {
		return nil, wrong(fault.Invalid, "unopened", at, err)
	}
	reading, err := sqlitePool(path, "deferred", min(2*runtime.NumCPU(), mostReaders), "query_only(1)")
	if err != nil {
		return nil, wrong(fault.Invalid, "unopened", at, errors.Join(err, writing.Close()))
	}
	db := &DB{engine: SQLite, name: path, writing: writing, reading: reading}
	var id int64
	if err := writing.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return nil, wrong(fault.Invalid, "unopened", at, errors.Join(err, db.Close()))
	}
	if id != applicationID {
		return nil, errors.Join(wrong(fault.Invalid, "foreign", at, nil), db.Close())
	}
	return db, nil
}

func openPostgreSQL(ctx context.Context, dsn string) (*DB, error) {
	c, err := serverConfig(dsn)
	if err != nil {
		return nil, err
	}
	pool := stdlib.OpenDB(*c)
	pool.SetMaxOpenConns(mostReaders + mostWriters)
	pool.SetMaxIdleConns(mostWriters)
	pool.SetConnMaxIdleTime(idleTime)
	db := &DB{engine: PostgreSQL, name: c.Host + "/" + c.Database, writing: pool, reading: pool}
	if err := db.suits(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// serverConfig reads a server's name, and refuses what would be unsafe.
func serverConfig(dsn string) (*pgx.ConnConfig, error) {
	u, err := url.Parse(dsn)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return nil, wrong(fault.Invalid, "name", fault.Place{Field: "dsn"}, nil) // the cause would quote it
	}
	if _, has := u.User.Password(); has || u.Query().Has("password") || u.Query().Has("sslpassword") {
		return nil, wrong(fault.Permission, "password", fault.Place{Field: "dsn"}, nil)
	}
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, wrong(fault.Invalid, "name", fault.Place{Field: "dsn"}, nil)
	}
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = dialWait
	}
	if !verified(c, u.Query().Get("sslmode")) {
		return nil, wrong(fault.Permission, "unverified", fault.Place{Field: "sslmode"}, nil, "host", c.Host)
	}
	c.RuntimeParams["application_name"] = "noroshi"
	c.RuntimeParams["timezone"] = "UTC"
	c.RuntimeParams["idle_in_transaction_session_timeout"] = "60000" // ms: a dead program's locks end
	return c, nil
}

// verified says whether every line that c may try stays on this machine, or is TLS with
// the server's name checked.
func verified(c *pgx.ConnConfig, mode string) bool {
	fits := func(host string, t *tls.Config) bool {
		ip := net.ParseIP(host)
		local := strings.HasPrefix(host, "/") || strings.HasPrefix(host, "@") || ip != nil && ip.IsLoopback()
		return local || mode == "verify-full" && t != nil && t.ServerName != ""
	}
	return fits(c.Host, c.TLSConfig) && !slices.ContainsFunc(c.Fallbacks, func(f *pgconn.FallbackConfig) bool { return !fits(f.Host, f.TLSConfig) })
}

// suits refuses a server on which the same SQL would mean something else.
func (d *DB) suits(ctx context.Context) error {
	var version int
	var encoding, order string
	err := d.reading.QueryRowContext(ctx, "SELECT current_setting('server_version_num')::int, pg_encoding_to_char(encoding), datcollate FROM pg_database WHERE datname = current_database()").Scan(&version, &encoding, &order)
	at := fault.Place{Path: d.name}
	switch {
	case err != nil:
		return wrong(fault.NotFound, "unopened", at, err)
	case version < oldestServer:
		return wrong(fault.Invalid, "old", at, nil, "version", fmt.Sprintf("%d.%d", version/10000, version%10000))
	case encoding != "UTF8" || order != "C" && order != "POSIX" && order != "C.UTF-8" && order != "C.utf8":
		return wrong(fault.Invalid, "order", at, nil, "encoding", encoding, "order", order)
	}
	return nil
}

// empty refuses a schema with tables in it.
func (d *DB) empty(ctx context.Context) error {
	var n int64
	if err := d.reading.QueryRowContext(ctx, "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()").Scan(&n); err != nil {
		return wrong(fault.Invalid, "unopened", fault.Place{Path: d.name}, err)
	}
	if n > 0 {
		return wrong(fault.Permission, "exists", fault.Place{Path: d.name}, nil)
	}
	return nil
}

// Engine says what keeps the data.
func (d *DB) Engine() Engine { return d.engine }

// String names the database for a log line.
func (d *DB) String() string { return string(d.engine) + ":" + d.name }

// Healthy says whether the database answers; nil when it does.
func (d *DB) Healthy(ctx context.Context) error {
	if err := d.reading.PingContext(ctx); err != nil {
		return wrong(fault.Internal, "unopened", fault.Place{Path: d.name}, err)
	}
	return nil
}

// Close ends all connections. Transactions that run are undone.
func (d *DB) Close() error {
	if d.reading == d.writing {
		return d.writing.Close()
	}
	return errors.Join(d.reading.Close(), d.writing.Close())
}
