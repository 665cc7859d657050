package application

import (
	"errors"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
)

// CorrectionRequest is the commission's word that an application is to be mended before
// it can be decided (補正の求め). One member signs it.
type CorrectionRequest struct {
	Application paper.Digest `json:"application"`
	At          paper.Time   `json:"at"`
	Due         paper.Time   `json:"due"`   // from then on the desk closes the application
	Items       []Item       `json:"items"` // at least one
	Member      paper.ID     `json:"member"`
}

// Item is one thing that is to be mended.
type Item struct {
	Condition paper.ID `json:"condition,omitempty"`
	Text      string   `json:"text"`
}

// Withdrawal is the applicant's word that an application is not to be decided. The
// applicant's person signs it.
type Withdrawal struct {
	Applicant   Applicant    `json:"applicant"`
	Application paper.Digest `json:"application"`
	At          paper.Time   `json:"at"`
	Reason      string       `json:"reason"`
}

// MostCorrectionS is how long a correction can be owed at most, s: one member cannot put a
// decision off for ever. LeastCorrectionS is how long the applicant has at the least: a
// correction that is owed at once would be one member's refusal.
const (
	MostCorrectionS  = 90 * 86400
	LeastCorrectionS = 86400
)

// Check says whether r asks for something that can be done.
func (r CorrectionRequest) Check() error {
	switch {
	case r.Due-r.At < LeastCorrectionS || r.Due-r.At > MostCorrectionS:
		return errors.New("a request for correction leaves time to answer: a day at the least, 90 days at most")
	case len(r.Items) == 0 || len(r.Items) > 100:
		return errors.New("a request for correction names 1 to 100 things to be mended")
	}
	return nil
}

// Check refuses an item that says nothing.
func (i Item) Check() error {
	if !paper.Says(i.Text) || len(i.Text) > MaxText {
		return errors.New("what is to be mended must be said")
	}
	return nil
}

// Check refuses a withdrawal without a reason.
func (w Withdrawal) Check() error {
	if !paper.Says(w.Reason) || len(w.Reason) > MaxText {
		return errors.New("a withdrawal gives its reason")
	}
	return nil
}

// Signed says whether the member that the request names has signed e in the role of a
// member at its time.
func (r *CorrectionRequest) Signed(e *paper.Envelope, view *trust.View, role paper.ID) bool {
	return signed(e, view, role, r.At, r.Member, "")
}

// Signed says whether the applicant's person has signed e at its time.
func (w *Withdrawal) Signed(e *paper.Envelope, view *trust.View) bool {
	return signed(e, view, w.Applicant.Role, w.At, w.Applicant.Person, w.Applicant.Body)
}

func signed(e *paper.Envelope, view *trust.View, role paper.ID, at paper.Time, person, body paper.ID) bool {
	for _, h := range view.Signed(e, role, at) {
		if h.Person == person && (body == "" || h.Body == body) {
			return true
		}
	}
	return false
}

// IncompleteType is the payload type of a machine's refusal.
const IncompleteType = paper.TypePrefix + "incomplete" + paper.TypeSuffix

// Incomplete is the desk's word, made by machine, that an application lacks what the
// rules ask for. It lists all, not the first, and is no decision: the applicant may
// come again. Nobody signs it; anyone can judge the application again by the same rules.
type Incomplete struct {
	Application paper.Digest `json:"application"`
	At          paper.Time   `json:"at"`
	Lacks       []Lack       `json:"lacks"`
}

// Lack is one condition that is not met.
type Lack struct {
	Cite  []string    `json:"cite"`
	Code  string      `json:"code"`
	Mark  string      `json:"mark,omitempty"`
	Meet  paper.Words `json:"meet,omitempty"` // what would meet it
	Place string      `json:"place"`
	Says  paper.Words `json:"says"` // what is missing
}

// MostLacks is how many things a machine's refusal lists at most.
const MostLacks = 1000

// Check refuses an incomplete application that lacks nothing.
func (i Incomplete) Check() error {
	if len(i.Lacks) == 0 || len(i.Lacks) > MostLacks {
		return errors.New("an incomplete application lacks 1 to 1000 things")
	}
	return nil
}

// AdmissionType is the payload type of an admission.
const AdmissionType = paper.TypePrefix + "admission" + paper.TypeSuffix

// Admission is the desk's word, made by machine, that an application of the urgent path
// is complete and may have its warrant before the check. Nobody signs it: by the rules
// that it names anyone can judge the application again.
type Admission struct {
	Application paper.Digest `json:"application"`
	At          paper.Time   `json:"at"`
	Profile     paper.Digest `json:"profile"`
	Rules       paper.Digest `json:"rules"`
}

// DismissalType is the payload type of a dismissal.
const DismissalType = paper.TypePrefix + "dismissal" + paper.TypeSuffix

// Why an application is dismissed.
const (
	Uncorrected = "uncorrected" // the correction that was asked for did not come
	Expired     = "expired"     // the time that it asks for was over
)

// Dismissal is the desk's word, made by machine, that an application is closed without
// a judgement on it (却下): it is no refusal, and the same may be asked for again. Nobody
// signs it; the papers before it show that the time was over.
type Dismissal struct {
	Application paper.Digest `json:"application"`
	At          paper.Time   `json:"at"`
	Since       paper.Time   `json:"since"` // from when on nothing else was possible
	Why         string       `json:"why"`
}

// Check refuses a dismissal before its time, or for another reason.
func (d Dismissal) Check() error {
	if d.Why != Uncorrected && d.Why != Expired || d.At < d.Since {
		return errors.New("an application is dismissed as uncorrected or expired, not before its time")
	}
	return nil
}
