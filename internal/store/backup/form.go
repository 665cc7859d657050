package backup

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// number is the number of the form.
const number = 1

// Head is what a backup begins with.
type Head struct {
	Form   int       `json:"noroshi_store"`
	At     string    `json:"at"`     // RFC 3339
	Engine string    `json:"engine"` // where it comes from
	Nouns  []Version `json:"nouns"`
}

// Version is how far the tables of a noun were.
type Version struct {
	Name    string `json:"name"`
	Version int64  `json:"version"`
}

// Table is what a table looks like.
type Table struct {
	Name    string   `json:"table"`
	Columns []Column `json:"columns"` // in the order of their names, as its rows are
}

// Column is one column of a table.
type Column struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
}

// Kind is what a column holds.
type Kind string

// The kinds.
const (
	Text    Kind = "text"
	Integer Kind = "integer"
	Bytes   Kind = "bytes"
	Boolean Kind = "boolean"
	Real    Kind = "real"
)

// tableEnd stands behind the rows of a table.
type tableEnd struct {
	Rows   int64  `json:"rows"`
	Digest string `json:"digest"` // SHA-256 of the lines of the rows, in hexadecimal
}

// Summary is what a backup holds, and its last line.
type Summary struct {
	Tables int64  `json:"tables"`
	Rows   int64  `json:"rows"`
	Digest string `json:"digest"` // SHA-256 of all lines before the last, in hexadecimal
}

// Written gives a value of an engine as it stands in a backup; false when it is not of
// the kind.
func Written(k Kind, value any) (any, bool) {
	switch v := value.(type) {
	case nil:
		return nil, true
	case string:
		return v, k == Text && plain(v)
	case int64:
		if k == Boolean { // SQLite has no other
			return v == 1, v == 0 || v == 1
		}
		return v, k == Integer
	case []byte:
		return append([]byte{}, v...), k == Bytes // as base64; SQLite gives no bytes as nil
	case bool:
		return v, k == Boolean
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), k == Real && v == v
	}
	return nil, false
}

// plain says whether both engines can keep a text.
func plain(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// value gives a value of a backup as engines take it.
func value(k Kind, raw any) (any, error) {
	switch v := raw.(type) {
	case nil:
		return nil, nil
	case json.Number:
		if k == Integer {
			return strconv.ParseInt(v.String(), 10, 64)
		}
	case bool:
		if k == Boolean {
			return v, nil
		}
	case string:
		switch {
		case k == Text && plain(v):
			return v, nil
		case k == Bytes:
			return base64.StdEncoding.DecodeString(v)
		case k == Real:
			return strconv.ParseFloat(v, 64)
		}
	}
	return nil, fmt.Errorf("a value is not of kind %q", string(k))
}

// wrong is the package's one form of error.
func wrong(kind fault.Kind, key string, at fault.Place, cause error, args ...any) error {
	at.Offset = -1
	return fault.Said(fault.Error{Kind: kind, Place: at, Err: cause},
		i18n.Both("backup.op"), i18n.Both("backup.wrong."+key, args...), i18n.Both("backup.hint."+key, args...))
}
