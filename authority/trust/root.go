package trust

import (
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/unmet"
)

// Unmet is a condition that is not met; see package unmet.
type Unmet = unmet.Unmet

// The payload types of a root and of a body's list.
const (
	RootType = "application/vnd.noroshi.root+json"
	ListType = "application/vnd.noroshi.body+json"
)

// Kind says under what authority a root stands.
type Kind string

// The kinds of root. A tap, edge or agent refuses papers of a root of another kind.
const (
	State   Kind = "state"
	Private Kind = "private" // ISAC, CERT, company: acts on consented devices only
	Lab     Kind = "lab"     // an invented country; robots may be members
)

// Roles that the paper itself knows. All others are the regimes'.
const (
	RoleTop      paper.ID = "top"      // speaks for its body: signs roots, rotates the list
	RoleLiveness paper.ID = "liveness" // signs the commission's liveness
)

// Duty is what a log records.
type Duty string

// The duties of logs.
const (
	Decisions Duty = "decisions" // the commission's: applications, decisions, warrants, liveness
	Acts      Duty = "acts"      // the hub's: grants, batches, queries, orders, disposals
)

// Root is one version of the trust root.
type Root struct {
	Bodies    []Body         `json:"bodies"` // in the order of their ids
	Ceremony  Ceremony       `json:"ceremony"`
	Expires   paper.Time     `json:"expires"`
	Issued    paper.Time     `json:"issued"`
	Kind      Kind           `json:"kind"`
	Logs      []Log          `json:"logs"`
	Name      paper.ID       `json:"name"`     // of the lineage, the same in all versions
	NoticeS   int64          `json:"notice_s"` // between a version and the first change of profiles, s
	Previous  paper.Digest   `json:"previous,omitempty"`
	Profiles  []ProfileEntry `json:"profiles"`
	Top       Top            `json:"top"`
	Urgent    []UrgentIssuer `json:"urgent"`
	Version   int64          `json:"version"` // from 1
	Witnesses Policy         `json:"witnesses"`
}

// Top names the bodies that sign a root, K of them, at least two.
type Top struct {
	Bodies []paper.ID `json:"bodies"`
	K      int        `json:"k"`
}

// Body is one body with the list of its keys as this version finds it.
type Body struct {
	CA           []paper.Digest `json:"ca"` // SHA-256 of its certificate authorities' DER
	ID           paper.ID       `json:"id"`
	Jurisdiction paper.ID       `json:"jurisdiction"`
	Keys         []Key          `json:"keys"`
	List         int64          `json:"list"` // number of the list that Keys are, from 1
	Name         paper.Words    `json:"name"`
	Roles        []paper.ID     `json:"roles"`     // what it may give; a list cannot change it
	Threshold    int            `json:"threshold"` // keys, and persons, of RoleTop that speak for it
}

// Key is one key in one person's hand.
type Key struct {
	From   paper.Time      `json:"from"`
	Key    paper.PublicKey `json:"key"`
	Person paper.ID        `json:"person"` // one id per person in the whole root
	Robot  bool            `json:"robot,omitempty"`
	Roles  []paper.ID      `json:"roles"`
	Until  paper.Time      `json:"until"` // the first instant at which it is over
}

// List is a body's own list of keys, in place of the one before it.
type List struct {
	Body      paper.ID     `json:"body"`
	Issued    paper.Time   `json:"issued"`
	Keys      []Key        `json:"keys"`
	Previous  paper.Digest `json:"previous"` // of the list before: see Body.ListDigest
	Root      paper.ID     `json:"root"`
	Threshold int          `json:"threshold"`
	Version   int64        `json:"version"`
}

// Log is a log whose receipts count.
type Log struct {
	Body   paper.ID `json:"body"`
	Duty   Duty     `json:"duty"`
	Key    string   `json:"key"` // verifier key of a signed note: name+hash+base64
	Origin string   `json:"origin"`
}

// Policy is the witness quorum: a checkpoint counts with K cosignatures of the keys.
type Policy struct {
	Faulty int       `json:"faulty"` // how many may be dishonest, at least 1
	K      int       `json:"k"`
	Keys   []Witness `json:"keys"`
}

// Witness is one outside witness.
type Witness struct {
	Key      string   `json:"key"` // verifier key of cosignature/v1: name+hash+base64
	Operator paper.ID `json:"operator"`
}

// ProfileEntry says that a profile is in force from an instant, and until one.
type ProfileEntry struct {
	Digest     paper.Digest `json:"digest"`
	From       paper.Time   `json:"from"`
	Instrument paper.ID     `json:"instrument"`
	Until      paper.Time   `json:"until,omitempty"`
}

// UrgentIssuer is a role that may use the urgent path of an instrument.
type UrgentIssuer struct {
	Instrument paper.ID `json:"instrument"`
	Role       paper.ID `json:"role"`
}

// Ceremony says how lost keys are replaced: K recovery keys of persons of at least two
// bodies sign a version, and it counts NoticeS later.
type Ceremony struct {
	K       int           `json:"k"`
	Keys    []RecoveryKey `json:"keys"`
	NoticeS int64         `json:"notice_s"`
	Words   paper.Words   `json:"words"`
}

// RecoveryKey lies in a safe.
type RecoveryKey struct {
	Body   paper.ID        `json:"body"`
	Key    paper.PublicKey `json:"key"`
	Person paper.ID        `json:"person"`
}

// Holder is a key with a role at an instant.
type Holder struct {
	Key    paper.PublicKey
	Person paper.ID
	Body   paper.ID
	Robot  bool
}
