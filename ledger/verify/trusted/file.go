package trusted

import (
	"errors"
	"io"
	"io/fs"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/ledger/verify/flaw"
)

// usual is the size for which room is made when a file does not say its own.
const usual = 4096

// ReadFile reads a file of at most most bytes, and never more than one beyond.
func ReadFile(fsys fs.FS, path string, most int64) ([]byte, error) {
	return ReadInto(nil, fsys, path, most)
}

// ReadInto is ReadFile into room that the caller has, or, where that is too small, into
// new room.
func ReadInto(data []byte, fsys fs.FS, path string, most int64) ([]byte, error) {
	f, err := fsys.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if data = data[:0]; cap(data) == 0 {
		room := int64(usual)
		if is, err := f.Stat(); err == nil && is.Size() > 0 {
			room = is.Size() + 1
		}
		data = make([]byte, 0, min(room, most+1))
	}
	for {
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case errors.Is(err, io.EOF):
			return data, nil
		case err != nil:
			return nil, err
		case int64(len(data)) > most:
			return nil, flaw.Because("large", "n", most)
		case len(data) == cap(data):
			data = append(data, 0)[:len(data)]
		}
	}
}

// maxAgain is the size from which on no paper is read again.
const maxAgain = 2 << 20

// Content reads the papers of a log's folder again, by the digest of their bytes; it gives
// nil where there is none, or another.
func Content(fsys fs.FS) func(paper.Digest) *paper.Envelope {
	return func(d paper.Digest) *paper.Envelope {
		data, err := ReadFile(fsys, "content/"+strings.TrimPrefix(string(d), "sha256:"), maxAgain)
		if err != nil || paper.DigestOf(data) != d {
			return nil
		}
		e, err := paper.ParseEnvelope(data)
		if err != nil {
			return nil
		}
		return e
	}
}
