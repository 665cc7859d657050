package source

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// deepest is how far folders may lie in one another.
const deepest = 64

// walker turns paths into files, each once, in the order given; folders by name.
type walker struct {
	o     *Options
	files []*file
	seen  map[string]bool // real paths of files and folders
	met   int             // files met so far, those seen before among them
	full  bool
}

// walk gives the files that paths lead to. A path that leads nowhere gives a
// file with a failure.
func walk(paths []string, o *Options) ([]*file, error) {
	w := &walker{o: o, seen: map[string]bool{}}
	for _, p := range paths {
		w.path(p)
	}
	if w.full {
		return nil, o.fault(fault.Limit, "", "many", nil, "most", o.Files)
	}
	return w.files, nil
}

func (w *walker) add(path string, explicit bool) *file {
	f := &file{path: path, name: i18n.Escape(path), explicit: explicit, o: w.o, size: -1, skips: fault.Skips{Strict: w.o.Strict}}
	if len(w.files) == w.o.Files {
		w.full = true
		return f
	}
	w.files = append(w.files, f)
	return f
}

// path takes up what the caller named.
func (w *walker) path(p string) {
	if p == stdin {
		if !w.seen[stdin] {
			w.seen[stdin] = true
			w.add(stdin, true)
		}
		return
	}
	info, err := os.Stat(p)
	if err == nil {
		w.named(p, info)
		return
	}
	if matches := w.glob(p); len(matches) > 0 && os.IsNotExist(err) {
		for _, m := range matches {
			if info, err := os.Stat(m); err != nil {
				f := w.add(m, true)
				f.fail(f.unopened(err))
			} else {
				w.named(m, info)
			}
		}
		return
	}
	f := w.add(p, true)
	f.fail(f.unopened(err))
}

func (w *walker) glob(p string) []string {
	if !strings.ContainsAny(p, "*?[") {
		return nil
	}
	matches, _ := filepath.Glob(p) // a malformed pattern is a name that is missing
	return matches
}

func (w *walker) named(p string, info os.FileInfo) {
	switch {
	case !w.first(p):
	case info.IsDir():
		before := w.met
		w.folder(p, 0)
		if w.met == before {
			f := w.add(p, true)
			f.fail(w.o.fault(fault.NotFound, f.name, "hollow", nil))
		}
	default:
		w.add(p, true).stat(info)
	}
}

// first says whether no path led here before.
func (w *walker) first(p string) bool {
	real, err := filepath.EvalSymlinks(p)
	if err == nil {
		p = real
	}
	if abs, err := filepath.Abs(p); err == nil {
		p = abs
	}
	again := w.seen[p]
	w.seen[p] = true
	return !again
}

func (w *walker) folder(dir string, depth int) {
	entries, err := os.ReadDir(dir) // sorted by name
	if err != nil {
		w.met++
		f := w.add(dir, false)
		f.fail(f.unopened(err))
	}
	for _, e := range entries {
		if w.full {
			return
		}
		p := filepath.Join(dir, e.Name())
		info, err := os.Stat(p) // follows links
		if err != nil || !info.IsDir() {
			w.met++
		}
		switch {
		case err != nil:
			f := w.add(p, false)
			f.fail(f.unopened(err))
		case !w.first(p):
		case !info.IsDir():
			w.add(p, false).stat(info)
		case depth == deepest:
			f := w.add(p, false)
			f.fail(w.o.fault(fault.Limit, f.name, "deep", nil, "most", deepest))
		default:
			w.folder(p, depth+1)
		}
	}
}

// stat takes the size of a plain file; anything else is read once.
func (f *file) stat(info os.FileInfo) {
	if info.Mode().IsRegular() {
		f.size = info.Size()
	}
}

// regular says whether f can be opened again and again.
func (f *file) regular() bool { return f.size >= 0 }
