package warrant

import "github.com/noroshi-acd/noroshi/authority/paper"

// The payload types of what ends a warrant early.
const (
	SuspensionType = "application/vnd.noroshi.suspension+json"
	RevocationType = "application/vnd.noroshi.revocation+json"
)

// MaxSuspensionS is how long one member can suspend, s.
const MaxSuspensionS = 86400

// Suspension is one member's word that a warrant rests for a while.
type Suspension struct {
	At      paper.Time   `json:"at"`
	Reason  string       `json:"reason"`
	Until   paper.Time   `json:"until"` // at most 24 h after At
	Warrant paper.Digest `json:"warrant"`
}

// Revocation is the lock's word that a warrant is over.
type Revocation struct {
	At      paper.Time   `json:"at"`
	Reason  string       `json:"reason"`
	Warrant paper.Digest `json:"warrant"`
}

// Stop is a suspension or revocation whose signatures were found right. Only
// [VerifyStop] makes one.
type Stop struct {
	warrant   paper.Digest
	at, until paper.Time // until 0: for good
}
