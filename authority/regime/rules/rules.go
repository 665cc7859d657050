package rules

import (
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/regime/fact"
)

// Type is the payload type of rules.
const Type = "application/vnd.noroshi.rules+json"

// Rules is one instrument: one power in one body of law. An absent member is not known.
// Lists of words stand in the order of their bytes, nothing twice; conditions, locks
// and reports stand in the law's own order.
type Rules struct {
	Articles     []string        `json:"articles"`           // that an application may rely on
	Calendar     paper.ID        `json:"calendar,omitempty"` // of package calendar
	Conditions   []Condition     `json:"conditions"`
	Data         *Data           `json:"data,omitempty"`
	ID           paper.ID        `json:"id"` // jp-gg
	InForce      []Period        `json:"in_force"`
	Jurisdiction paper.ID        `json:"jurisdiction"` // jp
	Kinds        []regime.Kind   `json:"kinds"`        // of warrant; none: the instrument permits nothing by itself
	Mode         fact.Of[Mode]   `json:"mode,omitempty"`
	Name         paper.Words     `json:"name"`
	OverlayOf    paper.ID        `json:"overlay_of,omitempty"` // the instrument that these rules make stricter
	Penalties    []Penalty       `json:"penalties"`
	Purpose      Purpose         `json:"purpose"`
	Regime       paper.ID        `json:"regime"` // jp-act42
	Reports      []Report        `json:"reports"`
	Roles        Roles           `json:"roles"`
	Scope        Scope           `json:"scope"`
	Sharing      []Share         `json:"sharing"`
	Status       fact.Of[Status] `json:"status"`
	Time         Time            `json:"time"`
}

// Period is when some articles are in force: [From, To). An absent From is "before
// anything that is asked", an absent To "still"; no articles means all.
type Period struct {
	Articles []string    `json:"articles,omitempty"`
	Cite     fact.Cites  `json:"cite"`
	From     paper.Time  `json:"from,omitempty"`
	Mark     fact.Mark   `json:"mark"`
	Note     paper.Words `json:"note,omitempty"`
	To       paper.Time  `json:"to,omitempty"`
}

// Roles is who has a part.
type Roles struct {
	Applicants       fact.Of[[]paper.ID] `json:"applicants,omitempty"`
	Consult          []Consultee         `json:"consult"`
	HolderSigns      fact.Of[bool]       `json:"holder_signs,omitempty"` // who holds the permission may open a lock
	Locks            []Lock              `json:"locks"`                  // in the order in which they decide
	Monitor          fact.Of[paper.ID]   `json:"monitor,omitempty"`      // public-interest monitor
	NamedPeople      fact.Of[bool]       `json:"named_people,omitempty"` // those who act are named
	Reviewers        fact.Of[[]paper.ID] `json:"reviewers,omitempty"`    // who looks afterwards
	TechnicalAdviser fact.Of[paper.ID]   `json:"technical_adviser,omitempty"`
}

// Lock is K persons of one role, of Of that there are, who decide by a standard.
type Lock struct {
	CastingVote bool        `json:"casting_vote,omitempty"` // at a tie the chair decides
	Cite        fact.Cites  `json:"cite"`
	K           int64       `json:"k"`
	Mark        fact.Mark   `json:"mark"`
	Note        paper.Words `json:"note,omitempty"`
	Of          int64       `json:"of,omitempty"`      // 0: not known
	OnCall      *OnCall     `json:"on_call,omitempty"` // only where the rules have it
	Quorum      int64       `json:"quorum,omitempty"`  // who must take part; 0: K
	Role        paper.ID    `json:"role"`
	Standard    Standard    `json:"standard"`
	Says        paper.Words `json:"says"` // what they sign to
	// Within is by when they decide, from the asking; absent: the law gives no number.
	Within fact.Of[Span] `json:"within,omitempty"`
}

// OnCall is a smaller number that may decide without delay, on the urgent path and before
// WholeAfter is over from the asking; the whole body takes it up within the same span from
// their decision.
type OnCall struct {
	Cite       fact.Cites `json:"cite"`
	K          int64      `json:"k"`
	Mark       fact.Mark  `json:"mark"`
	WholeAfter Span       `json:"whole_after"`
}

// Consultee is another body that is asked before the decision.
type Consultee struct {
	Cite fact.Cites  `json:"cite"`
	Mark fact.Mark   `json:"mark"`
	Mode Asks        `json:"mode"`
	Note paper.Words `json:"note,omitempty"`
	Role paper.ID    `json:"role"`
	When []Predicate `json:"when,omitempty"` // all hold; none: always
}

// Span is a length of time.
type Span struct {
	N    int64 `json:"n"`
	Unit Unit  `json:"unit"`
}

// Time is how long, how again, and how at once.
type Time struct {
	Change         *Change        `json:"change,omitempty"`
	MaxS           fact.Of[int64] `json:"max_s,omitempty"`            // the longest time of a permission, s
	MaxWorkingDays fact.Of[int64] `json:"max_working_days,omitempty"` // the longest time, working days
	Renew          *Renew         `json:"renew,omitempty"`
	Urgent         *Urgent        `json:"urgent,omitempty"`
}

// Renew is how a permission goes on.
type Renew struct {
	Allowed  fact.Of[bool]  `json:"allowed"`
	MaxCount fact.Of[int64] `json:"max_count,omitempty"` // how often
	WindowS  fact.Of[int64] `json:"window_s,omitempty"`  // asked for within this time before the end, s
}

// Urgent is the path for cases without time.
type Urgent struct {
	After         fact.Of[After]      `json:"after,omitempty"`
	Allowed       fact.Of[bool]       `json:"allowed"`
	ConfirmWithin fact.Of[Span]       `json:"confirm_within,omitempty"` // with Confirm, from Began
	K             int64               `json:"k,omitempty"`              // persons of one of Who; 0 where it is not allowed
	Lasts         fact.Of[Span]       `json:"lasts,omitempty"`          // the longest time of an urgent permission, where it is shorter
	NoticeWithin  fact.Of[Span]       `json:"notice_within,omitempty"`  // with PromptNotice, from Began; absent: the law gives no number
	OnRefusal     fact.Of[OnRefusal]  `json:"on_refusal,omitempty"`
	Who           fact.Of[[]paper.ID] `json:"who,omitempty"` // roles
}

// Change is how a permission that stands is changed without time, and by when whoever
// must approve the change has done so.
type Change struct {
	Allowed       fact.Of[bool]     `json:"allowed"`
	ApproveWithin fact.Of[Span]     `json:"approve_within,omitempty"` // from the change
	By            fact.Of[paper.ID] `json:"by,omitempty"`             // the role that approves it
	Undone        fact.Of[bool]     `json:"undone,omitempty"`         // a change that is not approved in time is over
}

// Scope is what a permission can reach at the most.
type Scope struct {
	DataClass         fact.Of[[]paper.ID]         `json:"data_class,omitempty"` // machine, content, …
	Directions        fact.Of[[]regime.Direction] `json:"directions,omitempty"`
	Effects           fact.Of[[]paper.ID]         `json:"effects,omitempty"`
	Links             fact.Of[int64]              `json:"links,omitempty"`
	VolumeCapPermille fact.Of[int64]              `json:"volume_cap_permille,omitempty"` // of a link's capacity
}

// Data is what becomes of what was obtained.
type Data struct {
	Dispose   *Dispose             `json:"dispose,omitempty"`
	Identify  fact.Of[paper.Words] `json:"identify,omitempty"`
	Retention *Retention           `json:"retention,omitempty"`
	Selection fact.Of[paper.Words] `json:"selection,omitempty"`
}

// Retention is how long data are kept.
type Retention struct {
	From         fact.Of[Event] `json:"from,omitempty"`
	LimitS       fact.Of[int64] `json:"limit_s,omitempty"`
	ReviewEveryS fact.Of[int64] `json:"review_every_s,omitempty"`
}

// Dispose is how data end.
type Dispose struct {
	Proof   fact.Of[bool]  `json:"proof,omitempty"`
	WithinS fact.Of[int64] `json:"within_s,omitempty"` // after the limit, or after it was ordered
}

// Purpose is what a permission may be for.
type Purpose struct {
	Allowed  fact.Of[[]paper.ID] `json:"allowed,omitempty"`
	OtherUse fact.Of[OtherUse]   `json:"other_use,omitempty"`
}

// Share is to whom data may go, and how.
type Share struct {
	Cite fact.Cites  `json:"cite"`
	Mark fact.Mark   `json:"mark"`
	Note paper.Words `json:"note,omitempty"`
	Says paper.Words `json:"says"`
	With paper.ID    `json:"with"`
}

// Report is what is owed afterwards, and to whom.
type Report struct {
	Cite   fact.Cites    `json:"cite"`
	From   Event         `json:"from"`
	ID     paper.ID      `json:"id"`
	Items  []Item        `json:"items"`
	Mark   fact.Mark     `json:"mark"`
	Note   paper.Words   `json:"note,omitempty"`
	Says   paper.Words   `json:"says"`
	To     paper.ID      `json:"to"`
	When   []Predicate   `json:"when,omitempty"`
	Within fact.Of[Span] `json:"within,omitempty"` // absent: the law gives no number
}

// Item is one figure or account of a report.
type Item struct {
	Counts []Count     `json:"counts,omitempty"`
	ID     paper.ID    `json:"id"`
	Says   paper.Words `json:"says"`
}

// Count is which entries of the logs a figure counts.
type Count struct {
	Class      paper.ID `json:"class"`                // of the entry
	Instrument paper.ID `json:"instrument,omitempty"` // absent: of any
}

// Penalty is what the law threatens.
type Penalty struct {
	Cite fact.Cites  `json:"cite"`
	Mark fact.Mark   `json:"mark"`
	Note paper.Words `json:"note,omitempty"`
	Says paper.Words `json:"says"`
}

// Condition is one condition that must be on record.
type Condition struct {
	Cite      fact.Cites    `json:"cite"`
	Evidence  paper.ID      `json:"evidence,omitempty"` // a class that must be among the finding's evidence
	ID        paper.ID      `json:"id"`
	Kind      ConditionKind `json:"kind"`
	Mark      fact.Mark     `json:"mark"`
	Max       *int64        `json:"max,omitempty"` // of a number
	Meet      paper.Words   `json:"meet"`          // what would meet it
	Min       *int64        `json:"min,omitempty"`
	MinWords  int64         `json:"min_words,omitempty"` // 0: one
	Note      paper.Words   `json:"note,omitempty"`
	Risks     []paper.ID    `json:"risks,omitempty"`      // that must be graded
	SimilarTo []paper.ID    `json:"similar_to,omitempty"` // conditions whose text this one must not repeat: a warning
	Threshold Grade         `json:"threshold,omitempty"`  // from this grade on evidence is needed too, and the request is sensitive
	Unmet     paper.Words   `json:"unmet"`                // what is missing
	When      []Predicate   `json:"when,omitempty"`       // all hold; none: always
}

// Attribute is something of a request that a predicate may ask for.
type Attribute string

// The attributes: a closed set. Those that are yes or no have the values "yes" and "no".
const (
	ByPath         Attribute = "path"
	ByKind         Attribute = "kind"
	ByDirection    Attribute = "direction" // one of the request's directions
	ByEffect       Attribute = "effect"    // one of the request's effects
	ByPurpose      Attribute = "purpose"
	ByApplicant    Attribute = "applicant"
	ByDataClass    Attribute = "data-class"
	ByOtherUse     Attribute = "other-use" // yes: what was obtained for another purpose is used
	ByForeign      Attribute = "foreign-target"
	ByRenewal      Attribute = "renewal"
	ByChildData    Attribute = "child-data"
	ByCritical     Attribute = "critical-device"
	ByOwnSystem    Attribute = "own-system" // the applicant's own, or with its owner's request
	BySensitive    Attribute = "sensitive"  // a graded risk reaches its threshold
	ByAfterRefusal Attribute = "after-refusal"
)

// Attributes lists all attributes.
func Attributes() []Attribute {
	return []Attribute{ByPath, ByKind, ByDirection, ByEffect, ByPurpose, ByApplicant, ByDataClass, ByOtherUse, ByForeign, ByRenewal,
		ByChildData, ByCritical, ByOwnSystem, BySensitive, ByAfterRefusal}
}

// The values of attributes that are yes or no.
const (
	Yes paper.ID = "yes"
	No  paper.ID = "no"
)

// Predicate holds when the attribute has one of the values; with Not, when it has none.
type Predicate struct {
	Attribute Attribute  `json:"attribute"`
	Is        []paper.ID `json:"is"`
	Not       bool       `json:"not,omitempty"`
}
