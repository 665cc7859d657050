package shelf

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Names in a trust root's folder.
const (
	rootDir     = "root"
	listDir     = "lists"
	profileDir  = "profiles"
	pinFile     = "fingerprint" // one line, written by the owner's hand
	maxProfile  = 1 << 20
	mostEntries = 4096 // files in one of the folders
)

// Trust is a trust root's folder, read.
type Trust struct {
	Dir      string
	Pinned   paper.Digest      // what its owner installed; empty when nobody has
	Roots    []*paper.Envelope // in the order of their versions
	Lists    []*paper.Envelope
	Profiles map[paper.Digest]*regime.Profile
}

// OpenTrust reads a folder. The fingerprint is pinned when it is given, else that of the
// folder's file "fingerprint"; without either it is empty, and View refuses.
func OpenTrust(dir string, pinned paper.Digest) (*Trust, error) {
	t := &Trust{Dir: dir, Pinned: pinned, Profiles: map[paper.Digest]*regime.Profile{}}
	if err := t.pin(); err != nil {
		return nil, err
	}
	err := each(filepath.Join(dir, rootDir), func(path, _ string) error {
		e, err := ReadAs(path, trust.RootType, new(trust.Root))
		t.Roots = append(t.Roots, e)
		return err
	})
	if err == nil && len(t.Roots) == 0 {
		err = wrong(fault.NotFound, "rootless", fault.Place{Path: filepath.Join(dir, rootDir), Offset: -1}, nil)
	}
	if err == nil {
		err = each(filepath.Join(dir, listDir), func(path, _ string) error {
			e, err := ReadAs(path, trust.ListType, new(trust.List))
			t.Lists = append(t.Lists, e)
			return err
		})
	}
	if err == nil {
		err = each(filepath.Join(dir, profileDir), t.profile)
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

func (t *Trust) pin() error {
	path := filepath.Join(t.Dir, pinFile)
	if t.Pinned != "" {
		path = "--root"
	} else {
		text, err := Bytes(path, 1024)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		t.Pinned = paper.Digest(strings.TrimSpace(string(text)))
	}
	if t.Pinned.Check() != nil {
		return wrong(fault.Invalid, "pin", fault.Place{Path: path, Offset: -1}, nil)
	}
	return nil
}

func (t *Trust) profile(path, name string) error {
	p, digest, err := ReadProfile(path)
	if err != nil {
		return err
	}
	if name != profileName(digest) {
		return wrong(fault.Invalid, "profile", fault.Place{Path: path, Offset: -1}, nil, "digest", string(digest))
	}
	t.Profiles[digest] = p
	return nil
}

// ReadProfile reads a profile, and gives the digest that it is called by.
func ReadProfile(path string) (*regime.Profile, paper.Digest, error) {
	text, err := Bytes(path, maxProfile)
	if err != nil {
		return nil, "", err
	}
	p, err := regime.Parse(text)
	if err != nil {
		return nil, "", Faulty(path, err)
	}
	digest, err := p.Digest()
	if err != nil {
		return nil, "", Faulty(path, err)
	}
	return p, digest, nil
}

func profileName(d paper.Digest) string { return strings.TrimPrefix(string(d), "sha256:") + ".json" }

// each calls f for the .json files of a folder, in the order of their names; a folder
// that is not there has none.
func each(dir string, f func(path, name string) error) error {
	entries, err := os.ReadDir(dir)
	if os.IsNotExist(err) {
		return nil
	}
	at := fault.Place{Path: dir, Offset: -1}
	if err != nil {
		return wrong(fault.NotFound, "unread", at, err)
	}
	if len(entries) > mostEntries {
		return wrong(fault.Limit, "many", at, nil, "most", mostEntries)
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".json") && !strings.HasPrefix(e.Name(), ".") {
			if err := f(filepath.Join(dir, e.Name()), e.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}

// View is the trust that holds at an instant, by the fingerprint that is pinned.
func (t *Trust) View(at time.Time) (*trust.View, []unmet.Unmet) {
	roots := t.Roots
	// The owner may have pinned a later version than the first.
	if i := slices.IndexFunc(roots, func(e *paper.Envelope) bool { return e.Digest() == t.Pinned }); i > 0 {
		roots = roots[i:]
	}
	return trust.New(roots, t.Lists, t.Pinned, at)
}

// Profile gives the profile of a digest, nil when it is not at hand.
func (t *Trust) Profile(d paper.Digest) *regime.Profile { return t.Profiles[d] }

// Latest gives the newest version in the folder, whether it counts or not.
func (t *Trust) Latest() (trust.Root, *paper.Envelope, error) {
	var r trust.Root
	e := t.Roots[len(t.Roots)-1]
	return r, e, e.Open(trust.RootType, &r)
}

// RootPath is where a version belongs.
func RootPath(dir string, version int64) string {
	return filepath.Join(dir, rootDir, fmt.Sprintf("%06d.json", version))
}

// ListPath is where a body's list belongs; "/" in the body's id is written "_".
func ListPath(dir string, body paper.ID, version int64) string {
	return filepath.Join(dir, listDir, fmt.Sprintf("%s-%d.json", strings.ReplaceAll(string(body), "/", "_"), version))
}

// ProfilePath is where a profile belongs.
func ProfilePath(dir string, d paper.Digest) string {
	return filepath.Join(dir, profileDir, profileName(d))
}

// Pin installs the fingerprint of a folder. The caller MUST have let a person compare it
// with one published elsewhere.
func Pin(dir string, d paper.Digest) error {
	return CreateBytes(filepath.Join(dir, pinFile), []byte(string(d)+"\n"))
}
