package compile

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/calendar"
)

// The folders of law, and the file with the names of laws.
const (
	Regimes   = "regimes"
	Calendars = "calendars"
	sources   = "sources.toml"
)

// maxFiles bounds a folder.
const maxFiles = 1000

// Load compiles everything in the folders [Regimes] and [Calendars] of fsys. Errors are
// of kind Invalid or Limit with file, line and key; those of several files are joined,
// and then there is no book.
func Load(fsys fs.FS) (*Book, error) {
	b := &Book{}
	var faults []error
	note := func(err error) {
		if err != nil {
			faults = append(faults, err)
		}
	}
	note(folderOf(fsys, Calendars, func(name string, data []byte) {
		c, err := calendarOf(name, data)
		if note(err); err == nil {
			b.Calendars = append(b.Calendars, c)
		}
	}))
	var overlays []*overlay
	note(folderOf(fsys, Regimes, func(name string, data []byte) {
		if path.Base(name) == sources {
			var err error
			b.Sources, err = sourcesOf(name, data)
			note(err)
			return
		}
		i, o, err := one(name, data)
		switch {
		case err != nil:
			note(err)
		case o != nil:
			overlays = append(overlays, o)
		default:
			b.Instruments = append(b.Instruments, i)
		}
	}))
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	for _, o := range overlays {
		made, err := o.over(b)
		note(err)
		b.Instruments = append(b.Instruments, made...)
	}
	slices.SortFunc(b.Instruments, func(x, y *Instrument) int { return cmp.Compare(x.Rules.ID, y.Rules.ID) })
	slices.SortFunc(b.Calendars, func(x, y *calendar.Calendar) int { return cmp.Compare(x.ID, y.ID) })
	note(b.check())
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return b, nil
}

// one compiles a file, which is an instrument or an overlay.
func one(name string, data []byte) (*Instrument, *overlay, error) {
	t, err := parse(name, data)
	if err != nil {
		return nil, nil, err
	}
	if o, err := overlayOf(t); o != nil || err != nil {
		return nil, o, err
	}
	i, err := t.instrument()
	return i, nil, err
}

// folderOf gives each file of TOML in a folder to take, in the order of names.
func folderOf(fsys fs.FS, folder string, take func(name string, data []byte)) error {
	entries, err := fs.ReadDir(fsys, folder)
	t := &tree{path: folder}
	if err != nil || len(entries) > maxFiles {
		return t.wrong("", "folder", err)
	}
	for _, e := range entries {
		if e.IsDir() || !strings.HasSuffix(e.Name(), ".toml") {
			continue
		}
		name := path.Join(folder, e.Name())
		data, err := bytesOf(fsys, name)
		if err != nil {
			return t.wrong("", "folder", err)
		}
		take(name, data)
	}
	return nil
}

// bytesOf reads a regular file, and of one that is too large enough to tell.
func bytesOf(fsys fs.FS, name string) ([]byte, error) {
	if info, err := fs.Stat(fsys, name); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, fs.ErrInvalid)
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile+1))
}

// check refuses ids that stand twice and calendars that are not there.
func (b *Book) check() error {
	seen := map[paper.ID]bool{}
	for _, i := range b.Instruments {
		if seen[i.Rules.ID] {
			return i.tree.wrong("id", "twice", nil, "id", string(i.Rules.ID))
		}
		seen[i.Rules.ID] = true
		if c := i.Rules.Calendar; c != "" && b.Calendar(c) == nil {
			return i.tree.wrong("calendar", "calendar", nil, "id", string(c))
		}
	}
	return nil
}
