package rules

import (
	"errors"
	"fmt"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
)

// RequestType is the payload type of a request.
const RequestType = "application/vnd.noroshi.request+json"

// Request is what is judged: an application reduced to what the rules ask for. Lists of
// words stand in the order of their bytes, nothing twice; findings in the order of their
// conditions.
type Request struct {
	AfterRefusal   bool               `json:"after_refusal,omitempty"` // the same was refused before
	Applicant      paper.ID           `json:"applicant"`               // role
	Articles       []string           `json:"articles"`
	At             paper.Time         `json:"at"` // when it is asked
	ChildData      bool               `json:"child_data,omitempty"`
	Consultations  []Consultation     `json:"consultations"`
	CriticalDevice bool               `json:"critical_device,omitempty"`
	DataClass      paper.ID           `json:"data_class,omitempty"`
	Directions     []regime.Direction `json:"directions"`
	Effects        []paper.ID         `json:"effects"`
	Findings       []Finding          `json:"findings"`
	ForeignTarget  bool               `json:"foreign_target,omitempty"`
	From           paper.Time         `json:"from"`
	Instrument     paper.ID           `json:"instrument"` // the id of the rules
	Kind           regime.Kind        `json:"kind"`
	Links          int64              `json:"links,omitempty"`
	Mode           Mode               `json:"mode,omitempty"` // that is asked for; absent: the instrument's own
	NamedPeople    int64              `json:"named_people,omitempty"`
	OtherUse       *OtherPurpose      `json:"other_use,omitempty"`
	OwnSystem      bool               `json:"own_system,omitempty"`
	Path           Path               `json:"path"`
	Purpose        paper.ID           `json:"purpose"`
	Renewal        *Renewal           `json:"renewal,omitempty"`
	RetentionS     int64              `json:"retention_s,omitempty"` // asked for; 0: the rules' own limit
	Until          paper.Time         `json:"until"`                 // the first instant at which it is over
	Urgency        *Urgency           `json:"urgency,omitempty"`
	VolumePermille int64              `json:"volume_permille,omitempty"` // of a link's capacity
}

// OtherPurpose is a use of what was obtained for another purpose.
type OtherPurpose struct {
	Approved     bool     `json:"approved,omitempty"`  // an approval of this use is on record
	Consented    bool     `json:"consented,omitempty"` // consent to this use is on record
	ObtainedFor  paper.ID `json:"obtained_for"`
	ObtainedFrom paper.ID `json:"obtained_from,omitempty"` // the instrument
}

// Renewal is what a request goes on from.
type Renewal struct {
	Count    int64      `json:"count"`    // this one is the countth
	Previous paper.Time `json:"previous"` // the first instant at which the one before is over
}

// Urgency is why there is no time. When is the instant of the event that left none.
type Urgency struct {
	When  paper.Time `json:"when"`
	Words int64      `json:"words"` // of the facts that are set out
}

// Consultation is one on record.
type Consultation struct {
	At      paper.Time `json:"at"`
	Mode    Asks       `json:"mode"`
	Outcome Outcome    `json:"outcome"`
	Role    paper.ID   `json:"role"`
}

// Finding is what was found about one condition, reduced to what the rules ask for.
type Finding struct {
	Condition paper.ID   `json:"condition"`
	Evidence  []paper.ID `json:"evidence"` // classes
	Grades    []Graded   `json:"grades,omitempty"`
	Met       bool       `json:"met,omitempty"` // the applicant states that it is so
	Number    *int64     `json:"number,omitempty"`
	Words     int64      `json:"words"` // of its text; see CountWords
}

// Graded is the grade of one risk.
type Graded struct {
	Grade Grade    `json:"grade"`
	Risk  paper.ID `json:"risk"`
}

// History is what has happened; a zero instant has not, as far as is known.
type History struct {
	Asked     paper.Time `json:"asked,omitempty"`
	Decided   paper.Time `json:"decided,omitempty"`
	Began     paper.Time `json:"began,omitempty"` // of an urgent permission: when it was given
	Noticed   paper.Time `json:"noticed,omitempty"`
	Confirmed paper.Time `json:"confirmed,omitempty"`
	Refused   paper.Time `json:"refused,omitempty"` // confirmation, or the check after a notice
	Ended     paper.Time `json:"ended,omitempty"`
	Obtained  paper.Time `json:"obtained,omitempty"`
	Selected  paper.Time `json:"selected,omitempty"`
	Acted     paper.Time `json:"acted,omitempty"`
	Breached  paper.Time `json:"breached,omitempty"`
	OnCall    bool       `json:"on_call,omitempty"`         // those on call decided, and the whole body has not yet
	Changed   paper.Time `json:"changed,omitempty"`         // a permission that stands, without time
	Approved  paper.Time `json:"change_approved,omitempty"` // that change
	Rejected  paper.Time `json:"change_refused,omitempty"`  // that change
	YearEnded paper.Time `json:"year_ended,omitempty"`
	Given     []paper.ID `json:"given,omitempty"` // reports that were given
}

// At gives the instant of an event; 0 when it has not happened.
func (h *History) At(e Event) paper.Time {
	switch e {
	case Asked:
		return h.Asked
	case Decided:
		return h.Decided
	case Began:
		return h.Began
	case Obtained:
		return h.Obtained
	case Selected:
		return h.Selected
	case Refused:
		return h.Refused
	case Ended:
		return h.Ended
	case Acted:
		return h.Acted
	case Breached:
		return h.Breached
	}
	return h.YearEnded
}

// MaxFindings is how many findings, consultations and other entries a request has.
const MaxFindings = 1000

// Check says whether q can be judged: lists in order, numbers that can be.
func (q Request) Check() error {
	switch {
	case max(len(q.Articles), len(q.Directions), len(q.Effects), len(q.Findings), len(q.Consultations)) > MaxFindings:
		return fmt.Errorf("a list of a request has at most %d entries", MaxFindings)
	case !rising(q.Articles) || !rising(q.Directions) || !rising(q.Effects):
		return errors.New("lists of a request stand in order, nothing twice")
	case min(q.Links, q.NamedPeople, q.RetentionS, q.VolumePermille) < 0:
		return errors.New("a number of a request is not below 0")
	case q.Renewal != nil && q.Renewal.Count < 1:
		return errors.New("renewals are counted from 1")
	case q.Urgency != nil && q.Urgency.Words < 0:
		return errors.New("words are counted from 0")
	}
	for i := 1; i < len(q.Findings); i++ {
		if q.Findings[i-1].Condition >= q.Findings[i].Condition {
			return errors.New("findings stand in the order of their conditions, one for each")
		}
	}
	return nil
}

// Check says whether f can be judged.
func (f Finding) Check() error {
	if f.Words < 0 || len(f.Evidence) > MaxFindings || !rising(f.Evidence) || len(f.Grades) > MaxFindings {
		return errors.New("a finding's evidence stands in order, nothing twice, and its words are counted from 0")
	}
	for i := 1; i < len(f.Grades); i++ {
		if f.Grades[i-1].Risk >= f.Grades[i].Risk {
			return errors.New("grades stand in the order of their risks, one for each")
		}
	}
	return nil
}
