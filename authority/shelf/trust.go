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
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Names in a trust root's folder.
const (
	rootDir     = "root"
	listDir     = "lists"
	profileDir  = "profiles"
	pinFile     = "fingerprint" // one line, written by the owner's hand
	recordFile  = "recorded"    // when the owner took each paper over, or a log recorded it
	maxProfile  = 1 << 20
	maxRecords  = 1 << 20
	mostEntries = 4096 // files in one of the folders
)

// Trust is a trust root's folder, read.
type Trust struct {
	Dir      string
	Pinned   paper.Digest      // what its owner installed; empty when nobody has
	Roots    []*paper.Envelope // in the order of their files' names
	Lists    []*paper.Envelope
	Profiles map[paper.Digest]*regime.Profile
	Recorded map[paper.Digest]paper.Time // when papers were recorded, where that is known
	Clock    paper.Time                  // the latest that it can be now; 0: the instant that is asked for

	files  map[string]string // of the papers, by their places in a history
	strays []Left
}

// Left is a file that was left out, because it holds no paper or one that nobody entitled
// has signed.
type Left struct {
	File string
	Why  i18n.Text
}

// OpenTrust reads a folder. The fingerprint is pinned when it is given, else that of the
// folder's file "fingerprint"; without either it is empty, and View refuses. A file that
// holds no paper of its kind is left out: see [Trust.LeftOut].
func OpenTrust(dir string, pinned paper.Digest) (*Trust, error) {
	t := &Trust{Dir: dir, Pinned: pinned, Profiles: map[paper.Digest]*regime.Profile{}, Recorded: map[paper.Digest]paper.Time{}, files: map[string]string{}}
	if err := t.pin(); err != nil {
		return nil, err
	}
	if err := t.records(); err != nil {
		return nil, err
	}
	err := each(filepath.Join(dir, rootDir), t.paper(trust.RootType, func() any { return new(trust.Root) }, "roots", &t.Roots))
	if err == nil && len(t.Roots) == 0 {
		at := fault.Place{Path: filepath.Join(dir, rootDir), Offset: -1}
		if len(t.strays) > 0 {
			at.Path = t.strays[0].File
		}
		err = wrong(fault.NotFound, "rootless", at, nil)
	}
	if err == nil {
		err = each(filepath.Join(dir, listDir), t.paper(trust.ListType, func() any { return new(trust.List) }, "lists", &t.Lists))
	}
	if err == nil {
		err = each(filepath.Join(dir, profileDir), t.profile)
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

// paper gives what takes a file's paper into a list.
func (t *Trust) paper(payloadType string, empty func() any, kind string, to *[]*paper.Envelope) func(path, name string) error {
	return func(path, _ string) error {
		e, err := ReadAs(path, payloadType, empty())
		if err != nil {
			t.stray(path, err)
			return nil
		}
		t.files[fmt.Sprintf("%s[%d]", kind, len(*to))] = path
		*to = append(*to, e)
		return nil
	}
}

// stray notes a file that is left out.
func (t *Trust) stray(path string, err error) {
	why := i18n.Text{EN: err.Error(), JA: err.Error()}
	var f *fault.Error
	if errors.As(err, &f) {
		why = i18n.Text{EN: f.Msg, JA: f.JA.Msg}
	}
	t.strays = append(t.strays, Left{path, why})
}

// Add takes a paper along that lies in no file yet, as one that was recorded at an
// instant (0: that is not known), and gives its place in the history.
func (t *Trust) Add(e *paper.Envelope, recorded paper.Time) (place string) {
	if e.PayloadType == trust.RootType {
		place = fmt.Sprintf("roots[%d]", len(t.Roots))
		t.Roots = append(t.Roots, e)
	} else {
		place = fmt.Sprintf("lists[%d]", len(t.Lists))
		t.Lists = append(t.Lists, e)
	}
	if recorded != 0 {
		t.Recorded[e.Digest()] = recorded
	}
	return place
}

// LeftOut gives what was left out: files that hold no paper, and papers that the view
// passed over, with the reason.
func (t *Trust) LeftOut(v *trust.View) []Left {
	list := slices.Clone(t.strays)
	if v == nil {
		return list
	}
	for _, u := range v.LeftOut() {
		place, _, _ := strings.Cut(u.Place, "]")
		if file := t.files[place+"]"]; file != "" {
			list = append(list, Left{file, i18n.Both(u.Key(), u.Args...)})
		}
	}
	return list
}

// records reads when papers were recorded: one line each, digest and instant.
func (t *Trust) records() error {
	path := filepath.Join(t.Dir, recordFile)
	text, err := Bytes(path, maxRecords)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for i, line := range strings.Split(string(text), "\n") {
		digest, when, _ := strings.Cut(line, " ")
		at, err := paper.ParseTime(when)
		if err == nil {
			err = paper.Digest(digest).Check()
		}
		if err != nil {
			return wrong(fault.Invalid, "record", fault.Place{Path: path, Line: int64(i + 1), Offset: -1}, nil)
		}
		if old, ok := t.Recorded[paper.Digest(digest)]; !ok || at < old {
			t.Recorded[paper.Digest(digest)] = at
		}
	}
	return nil
}

// Record writes down when a paper was recorded: by the log's receipt, or by the clock of
// the owner who takes it over now. Whoever can write this file can have an old key's
// signatures count again, as can who writes the fingerprint.
func Record(dir string, d paper.Digest, at paper.Time) error {
	path := filepath.Join(dir, recordFile)
	before, err := Bytes(path, maxRecords)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(before) > 0 {
		before = append(before, '\n')
	}
	return replace(path, append(before, string(d)+" "+at.String()+"\n"...))
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
	if err == nil && name != profileName(digest) {
		err = wrong(fault.Invalid, "profile", fault.Place{Path: path, Offset: -1}, nil, "digest", string(digest))
	}
	if err != nil {
		t.stray(path, err)
		return nil
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

// View is the trust that holds at an instant, by the fingerprint that is pinned, as far
// as it is known now.
func (t *Trust) View(at time.Time) (*trust.View, []unmet.Unmet) {
	return trust.Follow(trust.History{
		Roots: t.Roots, Lists: t.Lists, Pinned: t.Pinned, Now: max(t.Clock, paper.TimeOf(at)),
		Recorded: func(d paper.Digest) (paper.Time, bool) { at, ok := t.Recorded[d]; return at, ok },
	}, at)
}

// Profile gives the profile of a digest, nil when it is not at hand.
func (t *Trust) Profile(d paper.Digest) *regime.Profile { return t.Profiles[d] }

// Latest gives the version of the highest number in the folder, whether it counts or not.
func (t *Trust) Latest() (trust.Root, *paper.Envelope, error) {
	var latest trust.Root
	var found *paper.Envelope
	for _, e := range t.Roots {
		var r trust.Root
		if err := e.Open(trust.RootType, &r); err != nil {
			return latest, nil, err
		}
		if found == nil || r.Version > latest.Version {
			latest, found = r, e
		}
	}
	return latest, found, nil
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

// Free gives a path that no file has: the one given, or that with a number before its
// ending. Versions and lists count by what they say, not by their names.
func Free(path string) string {
	for i, stem := 2, strings.TrimSuffix(path, ".json"); ; i++ {
		if _, err := os.Lstat(path); err != nil {
			return path
		}
		path = fmt.Sprintf("%s-%d.json", stem, i)
	}
}

// Pin installs the fingerprint of a folder. The caller MUST have let a person compare it
// with one published elsewhere.
func Pin(dir string, d paper.Digest) error {
	return CreateBytes(filepath.Join(dir, pinFile), []byte(string(d)+"\n"))
}
