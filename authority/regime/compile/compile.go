package compile

import (
	"errors"
	"maps"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/regime/calendar"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Instrument is one power, compiled.
type Instrument struct {
	Rules  *rules.Rules
	Digest paper.Digest // of Rules

	// Profile is what taps, edges and agents check; nil where the instrument permits no
	// act by itself, or too little is known of it. None then says why.
	Profile       *regime.Profile
	ProfileDigest paper.Digest
	None          i18n.Text

	House House       // what this house adds where the law gives no number
	Label paper.Words // what kind of thing it is in its own country: 許可状, order
	Plain paper.Words // the instrument in plain words
	Path  string      // the file it was written in
	tree  *tree
	raw   map[string]any // the members of Rules as a paper has them
}

// House is a limit of the profile that is no law, with its reason.
type House struct {
	LongestS int64       `json:"longest_s"` // s
	Why      paper.Words `json:"why"`
}

// Book is all that was compiled together. It does not change.
type Book struct {
	Instruments []*Instrument // by id
	Calendars   []*calendar.Calendar
	Sources     []Source
}

// Instrument gives the instrument with an id, nil when there is none.
func (b *Book) Instrument(id paper.ID) *Instrument {
	for _, i := range b.Instruments {
		if i.Rules.ID == id {
			return i
		}
	}
	return nil
}

// Calendar gives the calendar with an id, nil when there is none.
func (b *Book) Calendar(id paper.ID) *calendar.Calendar {
	for _, c := range b.Calendars {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// lists are the members of rules that are there even when they are empty.
var lists = []string{"articles", "conditions", "in_force", "kinds", "penalties", "reports", "sharing"}

// instrument compiles a file that is no overlay.
func (t *tree) instrument() (*Instrument, error) {
	whole, err := t.paperOf("", "", "", t.members, 0)
	if err != nil {
		return nil, err
	}
	i := &Instrument{Path: t.path, tree: t, raw: whole.(map[string]any)}
	for _, part := range []struct {
		key string
		to  any
	}{{"house", &i.House}, {"label", &i.Label}, {"plain", &i.Plain}} {
		if err := t.take(i.raw, part.key, part.to); err != nil {
			return nil, err
		}
	}
	if i.Plain.Check() != nil {
		return nil, t.wrong("plain", "plain", nil)
	}
	complete(i.raw)
	return i, i.finish()
}

// take reads a table that is not of the rules, and takes it out of them.
func (t *tree) take(members map[string]any, key string, to any) error {
	v, there := members[key]
	if !there {
		return nil
	}
	delete(members, key)
	data, err := paper.Marshal(v)
	if err == nil {
		err = paper.Unmarshal(data, to)
	}
	return t.paperFault(key, err)
}

// complete gives the lists and tables that a paper has even when they are empty.
func complete(members map[string]any) {
	for _, name := range lists {
		fill(members, name, []any{})
	}
	for _, name := range []string{"purpose", "scope", "time", "roles"} {
		fill(members, name, map[string]any{})
	}
	if roles, ok := members["roles"].(map[string]any); ok {
		fill(roles, "locks", []any{})
		fill(roles, "consult", []any{})
	}
	if reports, ok := members["reports"].([]any); ok {
		for _, r := range reports {
			if r, ok := r.(map[string]any); ok {
				fill(r, "items", []any{})
			}
		}
	}
}

// finish makes rules and profile of the members.
func (i *Instrument) finish() error {
	data, err := paper.Marshal(i.raw)
	if err == nil {
		i.Rules, err = rules.Parse(data)
	}
	if err != nil {
		return i.tree.paperFault("", err)
	}
	if i.Digest, err = i.Rules.Digest(); err != nil {
		return i.tree.paperFault("", err)
	}
	var none string
	if i.Profile, none = profile(i); i.Profile == nil {
		i.None = i18n.Both("compile.none." + none)
		return nil
	}
	if err := i.Profile.Check(); err != nil {
		return i.tree.wrong("", "profile", err)
	}
	i.ProfileDigest, err = i.Profile.Digest()
	return i.tree.paperFault("", err)
}

// paperFault gives an error of a paper the place in the file.
func (t *tree) paperFault(prefix string, err error) error {
	if err == nil {
		return nil
	}
	field := prefix
	var p *paper.Error
	if errors.As(err, &p) {
		short := *p
		short.Offset, short.Path = -1, ""
		if p.Path != "" {
			field = under(prefix, p.Path)
		}
		return t.wrong(field, "paper", errors.New(strings.TrimPrefix(short.Error(), "paper: ")))
	}
	return t.wrong(field, "paper", err)
}

// calendarOf compiles one file of a calendar.
func calendarOf(path string, data []byte) (*calendar.Calendar, error) {
	t, err := parse(path, data)
	if err != nil {
		return nil, err
	}
	whole, err := t.paperOf("", "", "", t.members, 0)
	if err != nil {
		return nil, err
	}
	members := maps.Clone(whole.(map[string]any))
	fill(members, "holidays", []any{})
	text, err := paper.Marshal(members)
	if err != nil {
		return nil, t.paperFault("", err)
	}
	c, err := calendar.Parse(text)
	return c, t.paperFault("", err)
}
