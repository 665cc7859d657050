package warrant

import (
	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
)

// Type is the payload type of a warrant.
const Type = "application/vnd.noroshi.warrant+json"

// MaxDepth is how many warrants a chain has at most: the first and two children.
const MaxDepth = 3

// MaxMemoryS is the longest that a detector remembers, s.
const MaxMemoryS = 86400

// Unmet is a condition that is not met; see package unmet.
type Unmet = unmet.Unmet

// Clock is what is known of the time; see package liveness.
type Clock = liveness.Clock

// Path is how a warrant came about.
type Path string

// The paths.
const (
	Ordinary Path = "ordinary"
	Urgent   Path = "urgent"
)

// Warrant is the permission. Lists stand in the order of their bytes (of their
// canonical JSON where they hold objects), nothing twice.
type Warrant struct {
	Application Entry           `json:"application"`
	Articles    []string        `json:"articles"`
	Case        paper.ID        `json:"case"`
	Conditions  []Condition     `json:"conditions"`
	Decision    Entry           `json:"decision"`
	Holder      paper.PublicKey `json:"holder"` // may use the warrant, and sign children
	ID          paper.ID        `json:"id"`
	Instrument  paper.ID        `json:"instrument"`
	Kind        regime.Kind     `json:"kind"`
	Nonce       string          `json:"nonce"`     // 64 hexadecimal digits of randomness
	NotAfter    paper.Time      `json:"not_after"` // the first instant at which it is over
	NotBefore   paper.Time      `json:"not_before"`
	Parent      paper.Digest    `json:"parent,omitempty"`
	Path        Path            `json:"path"`
	People      []Person        `json:"people"`
	Profile     paper.Digest    `json:"profile"`
	Purpose     paper.ID        `json:"purpose"`
	Root        paper.ID        `json:"root"`
	RootKind    trust.Kind      `json:"root_kind"`
	Scope       Scope           `json:"scope"`
	Urgency     *Urgency        `json:"urgency,omitempty"`
}

// Entry is a place in a log.
type Entry struct {
	Index  int64  `json:"index"`
	Origin string `json:"origin"`
}

// Scope is what a warrant reaches. What is not named is not reached.
type Scope struct {
	Criteria       string             `json:"criteria,omitempty"` // canonical text of package criteria
	DirectionTable paper.Digest       `json:"direction_table,omitempty"`
	Directions     []regime.Direction `json:"directions"`
	Effects        []paper.ID         `json:"effects"`
	Links          []Link             `json:"links"`
	MaxBytes       int64              `json:"max_bytes"`
	MaxRecords     int64              `json:"max_records"`
	MaxTargets     int64              `json:"max_targets"`
	MaxUses        int64              `json:"max_uses"`
	MemoryS        int64              `json:"memory_s"`
	Targets        []Target           `json:"targets"`
}

// Link is one observation point, bound to the key of its tap.
type Link struct {
	ID  paper.ID    `json:"id"`
	Tap paper.KeyID `json:"tap"`
}

// TargetKind says how a target is named.
type TargetKind string

// The kinds of target. There is no pattern: each names one thing, or one small prefix.
const (
	Device  TargetKind = "device"  // Value: its key id or serial, as an identifier
	Address TargetKind = "address" // Value: an IP address
	Prefix  TargetKind = "prefix"  // Value: an IP prefix, /24 or /48 at the widest
	Name    TargetKind = "name"    // Value: a host name
	File    TargetKind = "file"    // Value: the device; Path and Hash: the file
	Process TargetKind = "process" // Value: the device; Hash: the running image
)

// Target is one thing that may be acted on.
type Target struct {
	Consent paper.Digest `json:"consent,omitempty"` // its owner's consent; a must under a private root
	Hash    paper.Digest `json:"hash,omitempty"`
	Kind    TargetKind   `json:"kind"`
	Path    string       `json:"path,omitempty"`
	Value   string       `json:"value"`
}

// Urgency is why there was no time, and by when it must be confirmed.
type Urgency struct {
	ConfirmBy paper.Time `json:"confirm_by,omitempty"`
	Facts     string     `json:"facts"`
}

// Condition is one condition of the instrument with what was found.
type Condition struct {
	Evidence []paper.Digest `json:"evidence"`
	Finding  string         `json:"finding"`
	ID       paper.ID       `json:"id"`
}

// Person may act until an instant.
type Person struct {
	Duty   paper.ID   `json:"duty"`
	Person paper.ID   `json:"person"`
	Until  paper.Time `json:"until"`
}

// Use is what somebody wants to do now.
type Use struct {
	Kind           regime.Kind      `json:"kind"`
	Instrument     paper.ID         `json:"instrument"`
	Purpose        paper.ID         `json:"purpose"`
	Case           paper.ID         `json:"case"`
	Actor          paper.PublicKey  `json:"actor"` // who acts in its own name; the caller has seen its signature or its connection
	Effect         paper.ID         `json:"effect,omitempty"`
	Link           paper.ID         `json:"link,omitempty"`
	Tap            paper.KeyID      `json:"tap,omitempty"`
	Direction      regime.Direction `json:"direction,omitempty"`
	DirectionTable paper.Digest     `json:"direction_table,omitempty"`
	SelectorSet    int64            `json:"selector_set,omitempty"`
	Selector       string           `json:"selector,omitempty"` // where the one who checks sees it
	Target         *Target          `json:"target,omitempty"`
	Person         paper.ID         `json:"person,omitempty"`
	Duty           paper.ID         `json:"duty,omitempty"`
	Counts         Counts           `json:"counts"`          // with this use, and all below the warrant
	Above          []Counts         `json:"above,omitempty"` // the same of each warrant above it, the first warrant first
}

// Counts is what a warrant and all below it have been used for, this use included.
// Uses are acts that are recorded one by one; windows of a collection are none.
type Counts struct {
	Bytes   int64 `json:"bytes"`
	Records int64 `json:"records"`
	Targets int64 `json:"targets"`
	Uses    int64 `json:"uses"`
	MemoryS int64 `json:"memory_s"` // the longest, s
}

// Input is all that a check looks at.
type Input struct {
	Chain    []*paper.Envelope // the first warrant, then its children
	View     *trust.View
	Profiles func(paper.Digest) *regime.Profile // nil when the profile is not at hand
	Use      Use
	Liveness *liveness.Verified // nil when there is none
	Clock    Clock
	Start    bool  // start something (liveness at most 60 s old), or hold what runs
	LeaseS   int64 // when holding: how old liveness may be, s; 0 means 60
	Stops    []*Stop
	Urgents  *UrgentCount // nil when nobody has counted
}

// UrgentCount is what a log, or an agent for itself, has counted.
type UrgentCount struct{ Warrants []UrgentSeen }

// UrgentSeen is one urgent warrant that was seen.
type UrgentSeen struct {
	Warrant paper.Digest `json:"warrant"`
	Body    paper.ID     `json:"body"`
	Day     string       `json:"day"` // UTC day of its not_before
	Case    paper.ID     `json:"case"`
	Targets []Target     `json:"targets"`
	Decided bool         `json:"decided"` // the commission has confirmed or refused it
}

// MaxUrgentPerDay is how many urgent warrants a body has on one UTC day.
const MaxUrgentPerDay = 3

// Verified is a chain that was found right for one use.
type Verified struct {
	Leaf     Warrant
	Digest   paper.Digest   // of the leaf
	Chain    []paper.Digest // of all, the first warrant first
	Above    []Warrant      // all but the leaf, the first warrant first
	Profile  paper.Digest
	View     paper.Digest
	Liveness paper.Digest
	Signers  []trust.Holder // of the first warrant's locks
	Urgent   bool
}
