package deliver

import (
	"cmp"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Check says whether files can be written at paths (empty ones are passed over)
// while inputs are read: an error of kind Invalid when one is a folder, an input or
// named twice. A path that is not there is fine.
func Check(inputs []string, paths ...string) error {
	for i, path := range paths {
		if path != "" && slices.ContainsFunc(paths[:i], func(p string) bool { return p != "" && filepath.Clean(p) == filepath.Clean(path) && !device(p) }) {
			return refuse(path, i18n.Both("deliver.twice"), i18n.Both("deliver.same_hint"))
		}
		there, err := os.Stat(path)
		if path == "" || err != nil {
			continue
		}
		if there.IsDir() {
			return refuse(path, i18n.Both("deliver.folder"), i18n.Both("deliver.folder_hint"))
		}
		for _, in := range inputs {
			if read, err := os.Stat(in); err == nil && os.SameFile(there, read) {
				return refuse(path, i18n.Both("deliver.same"), i18n.Both("deliver.same_hint"))
			}
		}
	}
	return nil
}

// device says whether what stands at path is written to as it is.
func device(path string) bool {
	there, err := os.Stat(path)
	return err == nil && !there.Mode().IsRegular()
}

func refuse(path string, msg, hint i18n.Text) error {
	return fault.Said(fault.Error{Kind: fault.Invalid, Place: fault.Place{Path: path}}, i18n.Text{}, msg, hint)
}

// File makes the file at path with what fill writes. A regular file takes its
// place only when all of it is written; a pipe or a device is written to as it is.
func File(path string, fill func(io.Writer) error) error {
	if err := file(path, fill); err != nil {
		return fault.Said(fault.Error{Kind: fault.Invalid, Place: fault.Place{Path: path}, Err: err}, i18n.Both("deliver.writing"), i18n.Text{}, i18n.Both("deliver.writing_hint"))
	}
	return nil
}

func file(path string, fill func(io.Writer) error) error {
	if device(path) {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return cmp.Or(fill(f), f.Close())
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".noroshi-*")
	if err != nil {
		return err
	}
	if err := cmp.Or(fill(f), f.Close()); err != nil {
		os.Remove(f.Name())
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		os.Remove(f.Name())
		return err
	}
	return nil
}
