package archive

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/verify/flaw"
)

// MostMemory is how many bytes of an archive are kept in memory at most.
const MostMemory = 2 << 30

// bad says in both languages why an export cannot be opened.
func bad(kind fault.Kind, path, key string, err error) error {
	return fault.Said(fault.Error{Kind: kind, Place: fault.Place{Path: path}, Err: flaw.Cause(err)}, i18n.Text{}, i18n.Both("archive."+key), i18n.Both("archive."+key+"_hint"))
}

// Open opens a folder, a zip, a tar or a tar.gz by what it is and not by its name. The
// caller closes it.
func Open(path string) (fs.FS, io.Closer, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, bad(fault.NotFound, path, "unreadable", err)
	}
	is, err := f.Stat()
	if err != nil {
		return nil, nil, errors.Join(bad(fault.NotFound, path, "unreadable", err), f.Close())
	}
	if is.IsDir() {
		return Inside(os.DirFS(path)), f, nil
	}
	if fsys, err := Zip(f, is.Size()); err == nil {
		return fsys, f, nil
	}
	_, err = f.Seek(0, io.SeekStart)
	var fsys fs.FS
	if err == nil {
		fsys, err = Tar(f, MostMemory)
	}
	if err != nil {
		return nil, nil, errors.Join(bad(fault.Invalid, path, "unknown", err), f.Close())
	}
	return fsys, f, nil
}

// Zip opens a zip of size bytes.
func Zip(r io.ReaderAt, size int64) (fs.FS, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, err
	}
	return Inside(z), nil
}

// Tar reads a tar, compressed by gzip or not, into memory; at most most bytes.
func Tar(r io.Reader, most int64) (fs.FS, error) {
	b := bufio.NewReader(r)
	r = b
	if head, _ := b.Peek(2); len(head) == 2 && head[0] == 0x1f && head[1] == 0x8b {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, err
		}
		r = z
	}
	files, left := map[string][]byte{}, most
	for t := tar.NewReader(r); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if h.Typeflag == tar.TypeDir || h.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		if left, err = keep(files, h, t, left); err != nil {
			return nil, err
		}
	}
	if len(files) == 0 {
		return nil, bad(fault.Invalid, "", "unknown", nil)
	}
	return Inside(NewMemory(files)), nil
}

// keep reads one file of a tar; left is how many bytes there is still room for.
func keep(files map[string][]byte, h *tar.Header, r io.Reader, left int64) (int64, error) {
	name := strings.TrimPrefix(h.Name, "./")
	if _, twice := files[name]; twice || h.Typeflag != tar.TypeReg || !fs.ValidPath(name) {
		return left, bad(fault.Invalid, name, "hostile", nil)
	}
	data, err := io.ReadAll(io.LimitReader(r, left+1))
	if err != nil {
		return left, err
	}
	// A name costs memory too, and an archive may hold millions of empty files.
	if left -= int64(len(data)+len(name)) + 64; left < 0 {
		return left, bad(fault.Limit, name, "large", nil)
	}
	files[name] = data
	return left, nil
}

// known are the names at the top of an export.
func known() []string { return []string{"checkpoint", "lists", "logs", "profiles", "root"} }

// Inside gives the folder that holds the export: fsys, or its one folder when there is
// nothing else at the top, as archives often have it.
func Inside(fsys fs.FS) fs.FS {
	top, err := fs.ReadDir(fsys, ".")
	if err != nil || len(top) != 1 || !top[0].IsDir() || slices.Contains(known(), top[0].Name()) {
		return fsys
	}
	sub, err := fs.Sub(fsys, top[0].Name())
	if err != nil {
		return fsys
	}
	return sub
}
