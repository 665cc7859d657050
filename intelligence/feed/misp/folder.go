package misp

import (
	"encoding/json"
	"io"
	"regexp"

	"github.com/noroshi-acd/noroshi/intelligence/feed/walk"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Manifest is the name of the file that lists the events of a folder.
const Manifest = "manifest.json"

// maxFiles bounds how many events a manifest may list.
const maxFiles = 1 << 20

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// Events gives the names of the files that the manifest in lists, in its order. What
// is no UUID names no file of a feed and goes to refuse, so that a manifest cannot
// lead out of its folder.
func Events(in io.Reader, path string, refuse func(reason string, at fault.Place) error) ([]string, error) {
	var names []string
	w := walk.New(in, path)
	err := w.Object(func(key string) error {
		if !uuid.MatchString(key) || len(names) == maxFiles {
			if err := refuse("manifest", w.Place()); err != nil {
				return err
			}
		} else {
			names = append(names, key+".json")
		}
		return w.Skip()
	})
	if err == walk.ErrShape {
		return nil, refuse("form", w.Place())
	}
	return names, err
}

// Looks says whether head, the beginning of a JSON document, looks like MISP's rather
// than STIX's.
func Looks(head []byte) bool {
	for _, m := range marks.FindAllSubmatch(head, -1) {
		var key string
		if json.Unmarshal(m[1], &key) != nil {
			continue
		}
		switch key {
		case "Event", "response", "Attribute":
			return true
		case "objects", "spec_version":
			return false
		}
	}
	return false
}

var marks = regexp.MustCompile(`("[A-Za-z_]{1,20}")\s*:`)
