package document

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/noroshi-acd/noroshi/actor"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// maxDocument bounds a register as text, in bytes.
const maxDocument = 16 << 20

// The document's form in TOML. Times are TOML's own (2026-04-01T00:00:00Z); an end that
// is left out is not set.
type (
	fileWords struct {
		EN string `toml:"en"`
		JA string `toml:"ja"`
	}
	fileBody struct {
		ID           string     `toml:"id"`
		Jurisdiction string     `toml:"jurisdiction"`
		Name         fileWords  `toml:"name"`
		From         *time.Time `toml:"from"`
		Until        *time.Time `toml:"until,omitempty"`
	}
	filePerson struct {
		ID   string    `toml:"id"`
		Name fileWords `toml:"name"`
	}
	fileDuty struct {
		Body   string     `toml:"body"`
		Person string     `toml:"person"`
		Role   string     `toml:"role"`
		From   *time.Time `toml:"from"`
		Until  *time.Time `toml:"until,omitempty"`
		Act    string     `toml:"act"`
	}
	fileTraining struct {
		Person string     `toml:"person"`
		Name   string     `toml:"name"`
		From   *time.Time `toml:"from"`
		Until  *time.Time `toml:"until,omitempty"`
		Act    string     `toml:"act"`
	}
	fileNeed struct {
		Role     string `toml:"role"`
		Training string `toml:"training"`
	}
	fileLocks struct {
		Instrument string   `toml:"instrument"`
		Roles      []string `toml:"roles"`
	}
	file struct {
		Bodies    []fileBody     `toml:"body"`
		People    []filePerson   `toml:"person"`
		Duties    []fileDuty     `toml:"duty"`
		Trainings []fileTraining `toml:"training"`
		Needs     []fileNeed     `toml:"need"`
		Locks     []fileLocks    `toml:"lock"`
	}
)

// Read reads a register as TOML; path is for messages. Unknown members, times that are
// no instants, and whatever the register itself would refuse are refused, with line or
// member.
func Read(path string, text []byte) (*actor.Document, error) {
	at := fault.Place{Path: path, Offset: -1}
	if len(text) > maxDocument {
		return nil, wrong(fault.Limit, "large", at, nil, "limit", maxDocument)
	}
	var f file
	if err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(&f); err != nil {
		var unknown *toml.StrictMissingError
		var bad *toml.DecodeError
		switch {
		case errors.As(err, &unknown) && len(unknown.Errors) > 0:
			bad = &unknown.Errors[0]
			at.Line, at.Field = line(bad), strings.Join(bad.Key(), ".")
			return nil, wrong(fault.Invalid, "member", at, nil)
		case errors.As(err, &bad):
			at.Line, at.Field = line(bad), strings.Join(bad.Key(), ".")
		}
		return nil, wrong(fault.Invalid, "toml", at, errors.New(i18n.Escape(strings.TrimPrefix(err.Error(), "toml: "))))
	}
	d := f.document()
	if err := d.Check(); err != nil {
		var e *fault.Error
		if errors.As(err, &e) {
			e.Place.Path = path
		}
		return nil, err
	}
	return d, nil
}

func line(e *toml.DecodeError) int64 {
	n, _ := e.Position()
	return int64(n)
}

// wrong is the package's one form of error.
func wrong(kind fault.Kind, key string, at fault.Place, cause error, args ...any) error {
	return fault.Said(fault.Error{Kind: kind, Place: at, Err: cause},
		i18n.Both("actor.op"), i18n.Both("actor.wrong."+key, args...), i18n.Both("actor.hint."+key, args...))
}

func (f *file) document() *actor.Document {
	d := &actor.Document{}
	for _, b := range f.Bodies {
		d.Bodies = append(d.Bodies, actor.Body{ID: paper.ID(b.ID), Jurisdiction: paper.ID(b.Jurisdiction), Name: paper.Words(b.Name), From: instantOf(b.From), Until: endOf(b.Until)})
	}
	for _, p := range f.People {
		d.People = append(d.People, actor.Person{ID: paper.ID(p.ID), Name: paper.Words(p.Name)})
	}
	for i, u := range f.Duties {
		d.Duties = append(d.Duties, actor.Duty{Number: int64(i + 1), Body: paper.ID(u.Body), Person: paper.ID(u.Person), Role: paper.ID(u.Role), From: instantOf(u.From), Until: endOf(u.Until), Act: u.Act})
	}
	for i, t := range f.Trainings {
		d.Trainings = append(d.Trainings, actor.Training{Number: int64(i + 1), Person: paper.ID(t.Person), Name: paper.ID(t.Name), From: instantOf(t.From), Until: endOf(t.Until), Act: t.Act})
	}
	for _, n := range f.Needs {
		d.Needs = append(d.Needs, actor.Need{Role: paper.ID(n.Role), Training: paper.ID(n.Training)})
	}
	for _, l := range f.Locks {
		roles := make([]paper.ID, len(l.Roles))
		for i, r := range l.Roles {
			roles[i] = paper.ID(r)
		}
		d.Locks = append(d.Locks, actor.Locks{Instrument: paper.ID(l.Instrument), Roles: roles})
	}
	return d
}

func instantOf(t *time.Time) paper.Time {
	if t == nil {
		return 0
	}
	return paper.TimeOf(*t)
}

func endOf(t *time.Time) paper.Time {
	if t == nil {
		return actor.Forever
	}
	return paper.TimeOf(*t)
}

// Text writes a register as TOML that [Read] reads back to the same.
func Text(d *actor.Document) ([]byte, error) {
	var f file
	for _, b := range d.Bodies {
		f.Bodies = append(f.Bodies, fileBody{string(b.ID), string(b.Jurisdiction), fileWords(b.Name), timeOf(b.From), untilOf(b.Until)})
	}
	for _, p := range d.People {
		f.People = append(f.People, filePerson{string(p.ID), fileWords(p.Name)})
	}
	for _, u := range slices.SortedStableFunc(slices.Values(d.Duties), func(a, b actor.Duty) int { return cmp.Compare(a.Number, b.Number) }) {
		f.Duties = append(f.Duties, fileDuty{string(u.Body), string(u.Person), string(u.Role), timeOf(u.From), untilOf(u.Until), u.Act})
	}
	for _, t := range slices.SortedStableFunc(slices.Values(d.Trainings), func(a, b actor.Training) int { return cmp.Compare(a.Number, b.Number) }) {
		f.Trainings = append(f.Trainings, fileTraining{string(t.Person), string(t.Name), timeOf(t.From), untilOf(t.Until), t.Act})
	}
	for _, n := range d.Needs {
		f.Needs = append(f.Needs, fileNeed{string(n.Role), string(n.Training)})
	}
	for _, l := range d.Locks {
		roles := make([]string, len(l.Roles))
		for i, r := range l.Roles {
			roles[i] = string(r)
		}
		f.Locks = append(f.Locks, fileLocks{string(l.Instrument), roles})
	}
	var out bytes.Buffer
	err := toml.NewEncoder(&out).Encode(f)
	return out.Bytes(), err
}

func timeOf(t paper.Time) *time.Time {
	at := t.Time()
	return &at
}

func untilOf(t paper.Time) *time.Time {
	if t == actor.Forever {
		return nil
	}
	return timeOf(t)
}
