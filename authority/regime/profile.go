package regime

import (
	"errors"
	"fmt"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// Type is the payload type of a profile.
const Type = "application/vnd.noroshi.profile+json"

// Kind is what a warrant permits.
type Kind string

// The kinds, each a permission of its own.
const (
	Collection Kind = "collection"
	Query      Kind = "query"
	Reidentify Kind = "reidentify"
	Share      Kind = "share"
	Access     Kind = "access"
	Neutralise Kind = "neutralise"
)

// Kinds lists all kinds.
func Kinds() []Kind { return []Kind{Collection, Query, Reidentify, Share, Access, Neutralise} }

// Check says whether k is a kind.
func (k Kind) Check() error {
	if !slices.Contains(Kinds(), k) {
		return fmt.Errorf("%q is no kind of warrant", string(k))
	}
	return nil
}

// Direction is a direction class that a warrant may name. "domestic" and "unknown"
// are none: nothing can permit them.
type Direction string

// Check says whether d can be permitted.
func (d Direction) Check() error {
	if d != "transit" && d != "inbound" && d != "outbound" {
		return directionError(d)
	}
	return nil
}

// directionError is a direction that no warrant can name.
type directionError string

func (d directionError) Error() string {
	return fmt.Sprintf("%q is no direction that a warrant can name: transit, inbound or outbound", string(d))
}

// Told is the sentence in the catalogue.
func (d directionError) Told() (key string, args []any) {
	return "warrant.cause.direction", []any{"direction", string(d)}
}

// What follows an urgent warrant.
const (
	PromptNotice = "prompt-notice" // tell the commission at once; it checks
	Confirm      = "confirm"       // confirmed by an instant, or over
)

// What a refusal after the fact does.
const (
	Stop         = "stop"
	StopAndErase = "stop-erase"
)

// Profile is one instrument. Lists stand in the order of their bytes, none twice.
type Profile struct {
	Articles    []string     `json:"articles"`
	Conditions  []paper.ID   `json:"conditions"` // each needs a finding in the warrant
	Directions  []Direction  `json:"directions"`
	Effects     []paper.ID   `json:"effects"` // all that a warrant may name
	From        paper.Time   `json:"from"`
	HolderSigns bool         `json:"holder_signs,omitempty"` // who holds a warrant may be among those who open its locks
	Instrument  paper.ID     `json:"instrument"`
	Kinds       []Kind       `json:"kinds"`
	Locks       []Lock       `json:"locks"`
	LongestS    int64        `json:"longest_s"` // the longest time of a warrant, s
	Mode        string       `json:"mode"`      // order, approval or immediate
	NamedPeople bool         `json:"named_people"`
	Paths       Paths        `json:"paths"`
	Purposes    []paper.ID   `json:"purposes"`
	Regime      paper.ID     `json:"regime"`
	Rules       paper.Digest `json:"rules,omitempty"` // of the law behind it: the profile's hash covers every rule and word
	Until       paper.Time   `json:"until,omitempty"`
}

// Lock is K keys of one role, by the standard that its holders decide by.
type Lock struct {
	K        int         `json:"k"`
	Role     paper.ID    `json:"role"`
	Standard paper.Words `json:"standard"`
}

// Paths says how a warrant can come about.
type Paths struct {
	Ordinary bool    `json:"ordinary"`
	Urgent   *Urgent `json:"urgent,omitempty"`
}

// Urgent is the path for cases without time.
type Urgent struct {
	After          string   `json:"after"`                      // PromptNotice or Confirm
	ConfirmWithinS int64    `json:"confirm_within_s,omitempty"` // with Confirm, s
	K              int      `json:"k"`                          // keys of Role
	NoticeWithinS  int64    `json:"notice_within_s,omitempty"`  // with PromptNotice, s; 0 where the law gives no number
	OnRefusal      string   `json:"on_refusal"`                 // Stop or StopAndErase
	Role           paper.ID `json:"role"`
}

// maxTime is the longest that any warrant lasts: a year and a day, s.
const maxTime = 366 * 86400

// Check says whether p can be followed.
func (p Profile) Check() error {
	switch {
	case !p.Paths.Ordinary && p.Paths.Urgent == nil:
		return errors.New("a profile needs a path")
	case len(p.Kinds) == 0 || !ordered(p.Kinds) || !ordered(p.Directions) || !ordered(p.Effects) || !ordered(p.Purposes) || !ordered(p.Conditions) || !ordered(p.Articles):
		return errors.New("a profile's lists stand in order, nothing twice, and it has a kind")
	case p.LongestS <= 0 || p.LongestS > maxTime:
		return fmt.Errorf("the longest time lies between 1 and %d seconds", maxTime)
	case p.Until != 0 && p.Until <= p.From:
		return errors.New("a profile ends after it begins")
	case !slices.Contains([]string{"order", "approval", "immediate"}, p.Mode):
		return errors.New("the mode is order, approval or immediate")
	}
	return p.checkLocks()
}

func (p Profile) checkLocks() error {
	if len(p.Locks) == 0 || len(p.Locks) > 8 {
		return errors.New("a profile has 1 to 8 locks")
	}
	seen := map[paper.ID]bool{}
	for _, l := range p.Locks {
		if l.K < 1 || l.K > 32 || seen[l.Role] {
			return errors.New("each lock has another role and 1 to 32 keys")
		}
		seen[l.Role] = true
	}
	if p.Paths.Urgent == nil {
		return nil
	}
	return p.Paths.Urgent.check(p.LongestS)
}

func (u *Urgent) check(longest int64) error {
	switch {
	case u.K < 1 || u.K > 32:
		return errors.New("the urgent path has 1 to 32 keys")
	case u.OnRefusal != Stop && u.OnRefusal != StopAndErase:
		return errors.New("a refusal stops, or stops and erases")
	case u.After == Confirm && u.ConfirmWithinS > 0 && u.ConfirmWithinS <= longest && u.NoticeWithinS == 0:
		return nil
	case u.After == PromptNotice && u.ConfirmWithinS == 0 && u.NoticeWithinS >= 0:
		return nil
	}
	return errors.New("what follows the urgent path is a prompt notice, or a confirmation within its time")
}

// ordered says whether list stands in strictly rising order.
func ordered[T ~string](list []T) bool {
	for i := 1; i < len(list); i++ {
		if list[i-1] >= list[i] {
			return false
		}
	}
	return true
}

// Digest is what the profile is called by.
func (p Profile) Digest() (paper.Digest, error) { return paper.DigestAs(Type, p) }

// Parse reads a profile's bytes.
func Parse(data []byte) (*Profile, error) {
	p := new(Profile)
	if err := paper.Unmarshal(data, p); err != nil {
		return nil, err
	}
	return p, nil
}
