package draft

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/shelf"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/keyfile"
)

// Limits of what a draft names.
const (
	maxDraft    = 1 << 20
	maxEvidence = 1 << 30
	deepest     = 16
)

// Draft is a draft as it was written.
type Draft struct {
	path    string
	now     paper.Time
	members map[string]any
	recover bool
}

// Recover lets a version give bodies other keys than they have: it is for the recovery
// keys to sign, because a body has lost its own.
func (d *Draft) Recover() { d.recover = true }

// Read reads a draft; now is what "now" stands for in it.
func Read(path string, now time.Time) (*Draft, error) {
	text, err := shelf.Bytes(path, maxDraft)
	if err != nil {
		return nil, err
	}
	d := &Draft{path: path, now: paper.TimeOf(now), members: map[string]any{}}
	if err := toml.Unmarshal(text, &d.members); err != nil {
		at := fault.Place{Path: path, Offset: -1}
		var bad *toml.DecodeError
		if errors.As(err, &bad) {
			line, _ := bad.Position()
			at.Line = int64(line)
		}
		return nil, wrong("toml", at, err)
	}
	for k, v := range d.members {
		if d.members[k], err = d.value(k, v, 0); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// at is the place of a member.
func (d *Draft) at(field string) fault.Place {
	return fault.Place{Path: d.path, Offset: -1, Field: field}
}

// value turns a value of TOML into one that a paper can hold.
func (d *Draft) value(field string, v any, depth int) (any, error) {
	if depth > deepest {
		return nil, wrong("deep", d.at(field), nil)
	}
	var err error
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			if v[k] == false { // a paper says no by not saying yes
				delete(v, k)
				continue
			}
			if v[k], err = d.value(field+"."+k, v[k], depth+1); err != nil {
				return nil, err
			}
		}
		return v, nil
	case []any:
		for i := range v {
			if v[i], err = d.value(field+"[]", v[i], depth+1); err != nil {
				return nil, err
			}
		}
		return v, nil
	case string:
		return d.text(field, v)
	case int64, bool:
		return v, nil
	case time.Time:
		return paper.TimeOf(v).String(), nil
	case toml.LocalDate:
		return paper.TimeOf(v.AsTime(time.UTC)).String(), nil
	}
	return nil, wrong("value", d.at(field), nil)
}

// instant is how a time is written that follows from the clock.
var instant = regexp.MustCompile(`^now(?:([+-])([0-9hms]+))?$`)

// text replaces what stands for something else.
func (d *Draft) text(field, s string) (any, error) {
	if m := instant.FindStringSubmatch(s); m != nil {
		after, err := time.ParseDuration("0s")
		if m[1] != "" {
			after, err = time.ParseDuration(m[1] + m[2])
		}
		if err != nil {
			return nil, wrong("instant", d.at(field), nil, "text", s)
		}
		return d.now.Add(after).String(), nil
	}
	what, name, ok := strings.Cut(s, ":")
	if !ok || strings.Contains(name, "://") {
		return s, nil
	}
	switch what {
	case "key", "keyid":
		k, err := d.key(name)
		switch {
		case err != nil:
			return nil, err
		case what == "keyid":
			return string(k.ID()), nil
		}
		return map[string]any{"key": k.Key, "kind": k.Kind}, nil
	case "file", "cert":
		return d.digest(field, what, name)
	}
	return s, nil
}

// beside is the path of a file that the draft names.
func (d *Draft) beside(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(d.path), name)
}

func (d *Draft) key(name string) (paper.PublicKey, error) {
	k, err := keyfile.LoadPublic(d.beside(name))
	return paper.PublicKey{Kind: paper.KindEd25519, Key: k.Key}, err
}

func (d *Draft) digest(field, what, name string) (any, error) {
	text, err := shelf.Whole(d.beside(name), maxEvidence)
	if err != nil {
		return nil, err
	}
	if what == "cert" {
		b, _ := pem.Decode(text)
		if b == nil || b.Type != "CERTIFICATE" {
			return nil, wrong("cert", d.at(field), nil, "file", name)
		}
		if _, err := x509.ParseCertificate(b.Bytes); err != nil {
			return nil, wrong("cert", d.at(field), err, "file", name)
		}
		text = b.Bytes
	}
	return string(paper.DigestOf(text)), nil
}

// fill gives a member that was not written.
func (d *Draft) fill(members map[string]any, name string, v any) {
	if _, ok := members[name]; !ok {
		members[name] = v
	}
}

// lasts takes the member "lasts", a length of time, out of a table.
func (d *Draft) lasts(members map[string]any, field string) (time.Duration, bool, error) {
	v, ok := members["lasts"]
	if !ok {
		return 0, false, nil
	}
	delete(members, "lasts")
	text, _ := v.(string)
	long, err := time.ParseDuration(text)
	if err != nil || long <= 0 {
		return 0, false, wrong("lasts", d.at(field), nil)
	}
	return long, true, nil
}

// paper reads the members as the paper that v points to.
func (d *Draft) paper(v any) error {
	text, err := paper.Marshal(d.members)
	if err == nil {
		err = paper.Unmarshal(text, v)
	}
	var p *paper.Error
	if errors.As(err, &p) {
		p.Offset = -1 // of a text that nobody has seen
	}
	if err != nil {
		return shelf.Faulty(d.path, err)
	}
	return nil
}

func wrong(key string, at fault.Place, cause error, args ...any) error {
	key = "draft.wrong." + key
	return fault.Said(fault.Error{Kind: fault.Invalid, Place: at, Err: cause}, i18n.Both("draft.op"), i18n.Both(key, args...), i18n.Both(key+"-hint"))
}
