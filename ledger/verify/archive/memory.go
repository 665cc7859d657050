package archive

import (
	"bytes"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// Memory is files in memory as a file system: path → content. It MUST NOT change while
// somebody reads it.
type Memory struct {
	files map[string][]byte
	dirs  map[string][]child // made when first asked for, and shared by clones
}

// child is one name in a folder.
type child struct {
	name string
	dir  bool
}

// NewMemory takes files by their paths.
func NewMemory(files map[string][]byte) *Memory { return &Memory{files: files} }

// Clone gives a copy that may be changed by itself. The files' bytes are shared.
func (m *Memory) Clone() *Memory {
	return &Memory{files: maps.Clone(m.files), dirs: m.index()}
}

// Get gives a file's bytes, nil when there is none.
func (m *Memory) Get(name string) []byte { return m.files[name] }

// Set puts a file there.
func (m *Memory) Set(name string, data []byte) {
	if _, ok := m.files[name]; !ok {
		m.dirs = nil
	}
	m.files[name] = data
}

// Remove takes a file away.
func (m *Memory) Remove(name string) {
	delete(m.files, name)
	m.dirs = nil
}

// Names lists all paths in order.
func (m *Memory) Names() []string { return slices.Sorted(maps.Keys(m.files)) }

// index lists the folders.
func (m *Memory) index() map[string][]child {
	if m.dirs != nil {
		return m.dirs
	}
	dirs := map[string][]child{".": nil}
	var enter func(dir string)
	enter = func(dir string) {
		if _, ok := dirs[dir]; ok {
			return
		}
		dirs[dir] = nil
		up := path.Dir(dir)
		enter(up)
		dirs[up] = append(dirs[up], child{path.Base(dir), true})
	}
	for name := range m.files {
		dir := path.Dir(name)
		enter(dir)
		dirs[dir] = append(dirs[dir], child{path.Base(name), false})
	}
	for _, list := range dirs {
		slices.SortFunc(list, func(a, b child) int { return strings.Compare(a.name, b.name) })
	}
	m.dirs = dirs
	return dirs
}

// Open opens a file or folder.
func (m *Memory) Open(name string) (fs.File, error) {
	if data, ok := m.files[name]; ok {
		return &file{entry: entry{name: path.Base(name), data: data}, r: *bytes.NewReader(data)}, nil
	}
	if list, err := m.ReadDir(name); err == nil {
		return &folder{entry: entry{name: path.Base(name), dir: true}, list: list}, nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// ReadDir lists a folder.
func (m *Memory) ReadDir(name string) ([]fs.DirEntry, error) {
	if list, ok := m.index()[name]; ok {
		entries := make([]fs.DirEntry, len(list))
		under := name + "/"
		if name == "." {
			under = ""
		}
		for i, c := range list {
			entries[i] = entry{name: c.name, dir: c.dir, data: m.files[under+c.name]}
		}
		return entries, nil
	}
	return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
}

// entry is a file or folder as fs describes it.
type entry struct {
	name string
	data []byte
	dir  bool
}

func (e entry) Name() string               { return e.name }
func (e entry) IsDir() bool                { return e.dir }
func (e entry) Type() fs.FileMode          { return e.Mode().Type() }
func (e entry) Info() (fs.FileInfo, error) { return e, nil }
func (e entry) Size() int64                { return int64(len(e.data)) }
func (e entry) ModTime() time.Time         { return time.Time{} }
func (e entry) Sys() any                   { return nil }
func (e entry) Mode() fs.FileMode {
	if e.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

type file struct {
	entry
	r bytes.Reader
}

func (f *file) Stat() (fs.FileInfo, error)         { return f.entry, nil }
func (f *file) Read(p []byte) (int, error)         { return f.r.Read(p) }
func (f *file) WriteTo(w io.Writer) (int64, error) { return f.r.WriteTo(w) }
func (f *file) Close() error                       { return nil }

type folder struct {
	entry
	list []fs.DirEntry
	next int
}

func (f *folder) Stat() (fs.FileInfo, error) { return f.entry, nil }
func (f *folder) Close() error               { return nil }
func (f *folder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.name, Err: fs.ErrInvalid}
}

// ReadDir gives the next n entries, or all that are left.
func (f *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	rest := f.list[f.next:]
	if n > 0 && len(rest) == 0 {
		return nil, io.EOF
	}
	if n > 0 && n < len(rest) {
		rest = rest[:n]
	}
	f.next += len(rest)
	return rest, nil
}
