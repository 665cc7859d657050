package keep

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// MaxFile is the longest file, in bytes.
const MaxFile = 4 << 20

const (
	halfMark = ".half-" // begins the name of a file that is being written
	lockName = ".lock"
)

// Folder is one folder with one writer. Its methods must not be called at the same time.
type Folder struct {
	dir  string
	lock *os.File

	// Write puts data at a path durably; nil means the disk. Tests put a failing one here.
	Write func(path string, data []byte) error
}

// Open opens or makes the folder and keeps other processes out until Close.
func Open(dir string) (*Folder, error) {
	if dir == "" {
		return nil, wrong(fault.Invalid, "none", "", nil)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, wrong(fault.Internal, "write", dir, err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, wrong(fault.Internal, "write", dir, err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = lock.Close()
		return nil, wrong(fault.Permission, "locked", dir, err)
	}
	f := &Folder{dir: dir, lock: lock}
	names, err := f.names()
	for _, name := range names {
		if err == nil && strings.HasPrefix(name, halfMark) {
			err = os.Remove(filepath.Join(dir, name))
		}
	}
	if err == nil {
		err = syncFolder(filepath.Dir(dir))
	}
	if err != nil {
		_ = lock.Close()
		return nil, wrong(fault.Internal, "write", dir, err)
	}
	return f, nil
}

// Close lets others write.
func (f *Folder) Close() error { return f.lock.Close() }

// Put writes a file. After an error the file is the old one or the new one.
func (f *Folder) Put(name string, data []byte) error {
	path, err := f.path(name)
	if err != nil {
		return err
	}
	if len(data) > MaxFile {
		return wrong(fault.Limit, "long", path, nil, "most", MaxFile)
	}
	write := f.Write
	if write == nil {
		write = replace
	}
	if err := write(path, data); err != nil {
		return wrong(fault.Internal, "write", path, err)
	}
	return nil
}

// Get reads a file; nil without an error when there is none.
func (f *Folder) Get(name string) ([]byte, error) {
	path, err := f.path(name)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, wrong(fault.Internal, "read", path, err)
	}
	data, err := io.ReadAll(io.LimitReader(file, MaxFile+1))
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, wrong(fault.Internal, "read", path, err)
	}
	if len(data) > MaxFile {
		return nil, wrong(fault.Limit, "long", path, nil, "most", MaxFile)
	}
	return data, nil
}

// Remove takes a file away; it is no error when there is none.
func (f *Folder) Remove(name string) error {
	path, err := f.path(name)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return wrong(fault.Internal, "write", path, err)
	}
	if err := syncFolder(f.dir); err != nil {
		return wrong(fault.Internal, "write", path, err)
	}
	return nil
}

// List gives the names that begin with prefix, in order.
func (f *Folder) List(prefix string) ([]string, error) {
	names, err := f.names()
	if err != nil {
		return nil, wrong(fault.Internal, "read", f.dir, err)
	}
	return slices.DeleteFunc(names, func(n string) bool {
		return !strings.HasPrefix(n, prefix) || strings.HasPrefix(n, ".")
	}), nil
}

// Damaged is the error of a file whose content cannot be what was put there.
func (f *Folder) Damaged(name string, cause error) error {
	return wrong(fault.Invalid, "damaged", filepath.Join(f.dir, name), cause)
}

func (f *Folder) names() ([]string, error) {
	list, err := os.ReadDir(f.dir)
	names := make([]string, 0, len(list))
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names, err
}

func (f *Folder) path(name string) (string, error) {
	if name == "" || strings.HasPrefix(name, ".") || strings.ContainsAny(name, "/\\\x00") {
		return "", wrong(fault.Invalid, "name", f.dir, fmt.Errorf("%q", name))
	}
	return filepath.Join(f.dir, name), nil
}

// replace puts data at path so that after a crash the file is the old one or the new
// one, and after the return the new one.
func replace(path string, data []byte) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), halfMark+"*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err = os.Rename(file.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// wrong makes the house's error.
func wrong(kind fault.Kind, key, path string, cause error, args ...any) error {
	return fault.Said(fault.Error{Kind: kind, Place: fault.Place{Path: path, Offset: -1}, Err: cause},
		i18n.Both("live.keep.op"), i18n.Both("live.keep."+key, args...), i18n.Both("live.keep.hint."+key, args...))
}
