package grant

import (
	"time"

	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// The payload types.
const (
	OpenType  = "application/vnd.noroshi.grant-open+json"
	CloseType = "application/vnd.noroshi.grant-close+json"
)

// The times of grants.
const (
	Window     = 60 * time.Second  // the longest window; it lies inside one UTC minute
	Ahead      = 2                 // for how many minutes after this one a grant may be asked
	CloseAfter = 300 * time.Second // unclosed this long after its end, a grant blocks new ones
)

// Open asks for one window. The holder of the warrant signs it.
type Open struct {
	Edge        paper.PublicKey `json:"edge"`
	From        paper.Time      `json:"from"`
	Link        paper.ID        `json:"link"`
	MaxBytes    int64           `json:"max_bytes"`
	MaxRecords  int64           `json:"max_records"`
	Nonce       string          `json:"nonce"` // 64 hexadecimal digits of randomness
	SelectorSet int64           `json:"selector_set"`
	Tap         paper.PublicKey `json:"tap"`
	To          paper.Time      `json:"to"` // the first instant at which it is over
	Warrant     paper.Digest    `json:"warrant"`
}

// Close ends a grant with what both sides counted. Tap and edge both sign it.
type Close struct {
	At      paper.Time   `json:"at"`
	Batches paper.Digest `json:"batches"` // Merkle root of the window's batches (RFC 6962)
	Counts  []Count      `json:"counts"`  // in the order of party and name, none twice
	Open    paper.Digest `json:"open"`
}

// Count is one number of the books in the window.
type Count struct {
	N     int64    `json:"n"`
	Name  paper.ID `json:"name"`
	Party paper.ID `json:"party"` // tap or edge
}

// Position is where a paper's entry stands in a witnessed log: its index, and the
// checkpoint (size and root) that was relied on. [proof.VerifyReceipt] gives it when
// inclusion and witness quorum are right; this package does not check them again.
type Position = proof.Position

// OpenInput is all that a check of an open looks at.
type OpenInput struct {
	Envelope *paper.Envelope
	Warrant  *warrant.Verified // the chain, found right for collection on this link now
	View     *trust.View
	Liveness *liveness.Verified
	Clock    liveness.Clock
	Earlier  []Earlier // all grants of this link that are known, over restarts
	Used     Used      // what the warrant and all its children have been used for
	Above    []Used    // the same of each warrant above it in the chain, the first warrant first
	Position *Position // of this open in a log of acts; nil when there is no receipt
}

// Used is what earlier windows of a warrant took, those of its children with them: a
// window that is not closed with its whole caps.
type Used struct{ Bytes, Records int64 }

// Earlier is a grant that was seen before, and whether it was closed.
type Earlier struct {
	Open   Open
	Digest paper.Digest
	Closed bool
	First  paper.Digest // the first warrant of its chain; "" when it is known by Open.Warrant only
}

// Opened is an open that was found right. [VerifyOpen] makes one, and [Recall] once more.
type Opened struct {
	open     Open
	digest   paper.Digest
	position Position
}

// Open gives the paper.
func (o *Opened) Open() Open { return o.open }

// Digest gives the paper's digest.
func (o *Opened) Digest() paper.Digest { return o.digest }

// Position gives where its entry stands.
func (o *Opened) Position() Position { return o.position }

// Recall gives an open that [VerifyOpen] has found right before, with its position, to
// who has kept both over a restart. The caller MUST have kept them where nobody else can
// write. It verifies the paper's form only.
func Recall(e *paper.Envelope, p Position) (*Opened, error) {
	o := &Opened{position: p}
	if err := e.Open(OpenType, &o.open); err != nil {
		return nil, err
	}
	o.digest = e.Digest()
	return o, nil
}
