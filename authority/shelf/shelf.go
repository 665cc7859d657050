package shelf

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// maxFile bounds a file that holds an envelope, in bytes: a paper in base64, signatures.
const maxFile = 2 << 20

// Read gives the envelope in a file. One line end after it is passed over.
func Read(path string) (*paper.Envelope, error) {
	text, err := Bytes(path, maxFile)
	if err != nil {
		return nil, err
	}
	e, err := paper.ParseEnvelope(text)
	if err != nil {
		return nil, Faulty(path, err)
	}
	return e, nil
}

// ReadAs gives the paper of a type in a file, and its envelope.
func ReadAs(path, payloadType string, v any) (*paper.Envelope, error) {
	e, err := Read(path)
	if err != nil {
		return nil, err
	}
	if err := e.Open(payloadType, v); err != nil {
		return nil, Faulty(path, err)
	}
	return e, nil
}

// Bytes gives a file of at most limit bytes, without one line end after it.
func Bytes(path string, limit int64) ([]byte, error) {
	text, err := Whole(path, limit)
	return bytes.TrimSuffix(text, []byte("\n")), err
}

// Whole gives a file of at most limit bytes as it is.
func Whole(path string, limit int64) ([]byte, error) {
	at := fault.Place{Path: path, Offset: -1}
	f, err := os.Open(path)
	if err != nil {
		return nil, wrong(fault.NotFound, "unread", at, errors.Unwrap(err))
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	switch {
	case err != nil:
		return nil, wrong(fault.NotFound, "unread", at, errors.Unwrap(err))
	case int64(len(text)) > limit:
		return nil, wrong(fault.Limit, "large", at, nil, "limit", limit)
	}
	return text, nil
}

// Faulty says in both languages what is wrong with a paper, with its place in the file.
func Faulty(path string, err error) error {
	at := fault.Place{Path: path, Offset: -1}
	var p *paper.Error
	if !errors.As(err, &p) {
		return wrong(fault.Invalid, "paper.said", at, err)
	}
	at.Offset, at.Field = int64(p.Offset), p.Path
	return wrong(fault.Invalid, "paper."+string(p.Code), at, placed{err, p.Msg})
}

// placed is a fault in a paper whose place is told beside it, and not once more within.
type placed struct {
	error
	msg string
}

func (p placed) Error() string { return p.msg }
func (p placed) Unwrap() error { return p.error }

// Create writes an envelope into a new file; one that is there is never replaced.
func Create(path string, e *paper.Envelope) error {
	text, err := e.Marshal()
	if err != nil {
		return Faulty(path, err)
	}
	return CreateBytes(path, text)
}

// CreateBytes writes a new file and the folders that lead to it.
func CreateBytes(path string, text []byte) error {
	at := fault.Place{Path: path, Offset: -1}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return wrong(fault.Invalid, "unwritten", at, errors.Unwrap(err))
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	switch {
	case errors.Is(err, fs.ErrExist):
		return wrong(fault.Permission, "exists", at, fault.Quiet(err))
	case err != nil:
		return wrong(fault.Invalid, "unwritten", at, errors.Unwrap(err))
	}
	err = finish(f, text)
	if err == nil {
		err = keep(filepath.Dir(path))
	}
	if err != nil {
		os.Remove(path)
		return wrong(fault.Invalid, "unwritten", at, err)
	}
	return nil
}

// finish writes text to f, brings it to the disk and closes f.
func finish(f *os.File, text []byte) error {
	_, err := f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// Replace puts an envelope in the place of the one in a file, whole or not at all.
func Replace(path string, e *paper.Envelope) error {
	text, err := e.Marshal()
	if err != nil {
		return Faulty(path, err)
	}
	return replace(path, text)
}

func replace(path string, text []byte) error {
	at := fault.Place{Path: path, Offset: -1}
	f, err := os.CreateTemp(filepath.Dir(path), ".noroshi-*")
	if err != nil {
		return wrong(fault.Invalid, "unwritten", at, errors.Unwrap(err))
	}
	err = finish(f, text)
	if err == nil {
		err = os.Chmod(f.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return wrong(fault.Invalid, "unwritten", at, err)
	}
	if err := keep(filepath.Dir(path)); err != nil {
		return wrong(fault.Invalid, "unwritten", at, err)
	}
	return nil
}

// keep brings a folder's names to the disk: without it a file that was written whole can
// be gone, or be the one before, after the power was.
func keep(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	return errors.Join(err, d.Close())
}

func wrong(kind fault.Kind, key string, at fault.Place, cause error, args ...any) error {
	key = "shelf.wrong." + key
	hint := i18n.Text{}
	if k := key + "-hint"; i18n.Say(i18n.EN, k) != k {
		hint = i18n.Both(k)
	}
	return fault.Said(fault.Error{Kind: kind, Place: at, Err: cause}, i18n.Both("shelf.op"), i18n.Both(key, args...), hint)
}
