package backup

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
)

// Writer writes a backup. Its methods are called in this order: for each table
// [Writer.Table], [Writer.Row] for each row in the order of the key, [Writer.End]; at
// the end [Writer.Close].
type Writer struct {
	z     *gzip.Writer
	whole hash.Hash
	rows  hash.Hash
	n     int64
	sum   Summary
}

// NewWriter begins a backup.
func NewWriter(w io.Writer, h Head) (*Writer, error) {
	b := &Writer{z: gzip.NewWriter(w), whole: sha256.New(), rows: sha256.New()}
	h.Form = number
	return b, b.put(h)
}

func (w *Writer) put(value any, more ...hash.Hash) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return err
	}
	for _, h := range append(more, w.whole) {
		h.Write(b.Bytes())
	}
	_, err := w.z.Write(b.Bytes())
	return err
}

// Table begins a table.
func (w *Writer) Table(t Table) error {
	w.rows.Reset()
	w.n = 0
	w.sum.Tables++
	return w.put(t)
}

// Row writes a row of values that [Written] gave.
func (w *Writer) Row(values []any) error {
	w.n++
	w.sum.Rows++
	return w.put(values, w.rows)
}

// End ends a table and gives how many rows it has and the digest of their lines.
func (w *Writer) End() (int64, string, error) {
	e := tableEnd{w.n, hex.EncodeToString(w.rows.Sum(nil))}
	return e.Rows, e.Digest, w.put(e)
}

// Close ends the backup and says what it holds. It does not close what is written to.
func (w *Writer) Close() (Summary, error) {
	w.sum.Digest = hex.EncodeToString(w.whole.Sum(nil))
	return w.sum, errors.Join(w.put(w.sum), w.z.Close())
}
