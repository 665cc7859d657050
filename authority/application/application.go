package application

import (
	"errors"
	"fmt"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant"
)

// The payload types.
const (
	Type           = paper.TypePrefix + "application" + paper.TypeSuffix
	CorrectionType = paper.TypePrefix + "correction-request" + paper.TypeSuffix
	WithdrawalType = paper.TypePrefix + "withdrawal" + paper.TypeSuffix
)

// MaxText is how many bytes a text of an application has at most.
const MaxText = 64 << 10

// Application is the request for a warrant. Lists stand in the order of their bytes,
// nothing twice.
type Application struct {
	Applicant      Applicant           `json:"applicant"`
	Articles       []string            `json:"articles"`
	At             paper.Time          `json:"at"`
	Case           paper.ID            `json:"case"`
	ChildData      bool                `json:"child_data,omitempty"`
	Consultations  []Consultation      `json:"consultations"`
	CriticalDevice bool                `json:"critical_device,omitempty"`
	DataClass      paper.ID            `json:"data_class,omitempty"`
	Findings       []Finding           `json:"findings"`
	ForeignTarget  bool                `json:"foreign_target,omitempty"`
	From           paper.Time          `json:"from"` // of the warrant that is asked for
	Holder         paper.PublicKey     `json:"holder"`
	ID             paper.ID            `json:"id"`
	Instrument     paper.ID            `json:"instrument"`
	Kind           regime.Kind         `json:"kind"`
	Mode           rules.Mode          `json:"mode,omitempty"` // that is asked for; absent: the instrument's own
	Nonce          string              `json:"nonce"`          // 64 hexadecimal digits of randomness: no two applications are one paper
	OtherUse       *rules.OtherPurpose `json:"other_use,omitempty"`
	OwnSystem      bool                `json:"own_system,omitempty"`
	Path           warrant.Path        `json:"path"`
	People         []warrant.Person    `json:"people"`
	Previous       *Previous           `json:"previous,omitempty"`
	Profile        paper.Digest        `json:"profile"`
	Purpose        paper.ID            `json:"purpose"`
	RetentionS     int64               `json:"retention_s,omitempty"` // asked for, s; absent: the rules' own limit
	Root           paper.ID            `json:"root"`
	RootKind       trust.Kind          `json:"root_kind"`
	Rules          paper.Digest        `json:"rules"`
	Scope          warrant.Scope       `json:"scope"`
	Until          paper.Time          `json:"until"` // the first instant at which it is over
	Urgency        *Urgency            `json:"urgency,omitempty"`
	VolumePermille int64               `json:"volume_permille,omitempty"` // of a link's capacity
	Warrant        paper.Digest        `json:"warrant,omitempty"`         // the urgent one that is to be checked, or the one to be renewed
}

// Applicant is who asks: a person of a body, in a role that the root gives.
type Applicant struct {
	Body   paper.ID `json:"body"`
	Person paper.ID `json:"person"`
	Role   paper.ID `json:"role"`
}

// Consultation is a consultation that was held, with the paper that shows it.
type Consultation struct {
	At      paper.Time    `json:"at"`
	Mode    rules.Asks    `json:"mode"`
	Outcome rules.Outcome `json:"outcome"`
	Paper   paper.Digest  `json:"paper,omitempty"`
	Role    paper.ID      `json:"role"`
}

// Finding is what was found on one condition.
type Finding struct {
	Condition paper.ID       `json:"condition"`
	Evidence  []Evidence     `json:"evidence"`         // in the order of the digests
	Grades    []rules.Graded `json:"grades,omitempty"` // in the order of their risks
	Met       bool           `json:"met,omitempty"`    // the applicant states that it is so
	Number    *int64         `json:"number,omitempty"`
	Text      string         `json:"text"`
}

// Evidence is something that bears a finding out.
type Evidence struct {
	Class  paper.ID     `json:"class"`
	Digest paper.Digest `json:"digest"`
	Name   string       `json:"name"`
}

// Urgency is why there is no time for the ordinary path.
type Urgency struct {
	Facts string     `json:"facts"`
	When  paper.Time `json:"when"` // of the event that left no time
}

// Why an application follows an earlier one.
const (
	Correction   = "correction"   // it stands in the place of the earlier one
	Renewal      = "renewal"      // the warrant is to go on, for reasons of its own
	Resubmission = "resubmission" // the earlier one was refused or withdrawn
)

// Previous is the application that this one follows.
type Previous struct {
	Digest paper.Digest `json:"digest"`
	Reason string       `json:"reason"`
}

// Check says whether a can be asked at all.
func (a Application) Check() error {
	switch {
	case a.Until <= a.From:
		return errors.New("the warrant that is asked for ends after it begins")
	case paper.KeyID(a.Nonce).Check() != nil:
		return errors.New("the nonce must be 64 hexadecimal digits")
	case a.Path != warrant.Ordinary && a.Path != warrant.Urgent:
		return errors.New("the path is ordinary or urgent")
	case (a.Path == warrant.Urgent) != (a.Urgency != nil):
		return errors.New("the urgent path needs the facts of urgency, and the ordinary path has none")
	case a.VolumePermille < 0 || a.VolumePermille > 1000 || a.RetentionS < 0:
		return errors.New("a share lies between 0 and 1000 permille, and a time is not below 0")
	case len(a.Articles) == 0:
		return errors.New("an application names an article")
	}
	return a.checkLists()
}

func (a Application) checkLists() error {
	longest := max(len(a.Articles), len(a.Consultations), len(a.Findings), len(a.People),
		len(a.Scope.Links), len(a.Scope.Directions), len(a.Scope.Effects), len(a.Scope.Targets))
	switch {
	case longest > warrant.MaxList:
		return fmt.Errorf("a list of an application has at most %d entries, this one %d", warrant.MaxList, longest)
	case !rising(a.Articles, func(s string) string { return s }),
		!rising(a.Consultations, Consultation.key),
		!rising(a.People, func(p warrant.Person) string { return string(p.Person) + " " + string(p.Duty) }),
		!rising(a.Findings, func(f Finding) string { return string(f.Condition) }):
		return errors.New("lists stand in order, nothing twice")
	}
	return nil
}

func (c Consultation) key() string {
	return string(c.Role) + " " + string(c.Mode) + " " + c.At.String()
}

// Check says whether f can stand.
func (f Finding) Check() error {
	switch {
	case len(f.Text) > MaxText:
		return fmt.Errorf("the text of a finding has at most %d bytes", MaxText)
	case len(f.Evidence) > warrant.MaxList || !rising(f.Evidence, func(e Evidence) string { return string(e.Digest) }):
		return errors.New("evidence stands in the order of its digests, nothing twice")
	case !rising(f.Grades, func(g rules.Graded) string { return string(g.Risk) }):
		return errors.New("grades stand in the order of their risks, none twice")
	}
	return nil
}

// Check refuses an urgency without facts.
//
// Invariant 11: the urgent path needs facts of urgency.
func (u Urgency) Check() error {
	if !paper.Says(u.Facts) || len(u.Facts) > MaxText {
		return errors.New("urgency needs its facts")
	}
	return nil
}

// Check says whether p names a reason.
func (p Previous) Check() error {
	if p.Reason != Correction && p.Reason != Renewal && p.Reason != Resubmission {
		return fmt.Errorf("%q is no reason to follow another application: correction, renewal or resubmission", p.Reason)
	}
	return nil
}

// Finding gives the finding on a condition, nil when there is none.
func (a *Application) Finding(condition paper.ID) *Finding {
	i := slices.IndexFunc(a.Findings, func(f Finding) bool { return f.Condition == condition })
	if i < 0 {
		return nil
	}
	return &a.Findings[i]
}

// Signed says whether the applicant's own person has signed e in the role that the
// application names, at its time, and gives the holder.
func (a *Application) Signed(e *paper.Envelope, view *trust.View) (trust.Holder, bool) {
	for _, h := range view.Signed(e, a.Applicant.Role, a.At) {
		if h.Person == a.Applicant.Person && h.Body == a.Applicant.Body {
			return h, true
		}
	}
	return trust.Holder{}, false
}

// Parse reads an envelope with an application. Errors are *paper.Error.
func Parse(e *paper.Envelope) (*Application, error) {
	a := new(Application)
	if err := e.Open(Type, a); err != nil {
		return nil, err
	}
	return a, nil
}

func rising[T any](list []T, key func(T) string) bool {
	for i := 1; i < len(list); i++ {
		if key(list[i-1]) >= key(list[i]) {
			return false
		}
	}
	return true
}
