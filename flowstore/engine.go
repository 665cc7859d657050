package flowstore

import (
	"context"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/books"
	"github.com/noroshi-acd/noroshi/flow"
)

// Delivery is a batch as it comes to the store. The caller MUST have verified that the
// header is signed by the edge of the grant and that the grant is one of the warrant.
type Delivery struct {
	Header  books.Batch
	Content []byte     // the records in flow's canonical encoding
	Until   paper.Time // the first instant at which nobody may read them any more
}

// Outcome is what became of a delivery.
type Outcome uint8

// The outcomes.
const (
	Stored    Outcome = 1 + iota // durable
	Duplicate                    // the same batch of the grant is here already
	Refused                      // not whole, another batch under a number in use, or past its limit
)

// Group is what has one key and dies together.
type Group struct {
	Warrant paper.Digest `json:"warrant"`
	Day     string       `json:"day"` // UTC, 2006-01-02, of the batches' minutes
}

// Counts are the store's counters of records, as the books have them: cumulative, but
// Held, which is a level. Received is Duplicate and Refused and Stored; Stored is Held
// and Expired and Disposed.
type Counts struct {
	Received  int64 `json:"received"`
	Duplicate int64 `json:"duplicate"`
	Refused   int64 `json:"refused"`
	Stored    int64 `json:"stored"`
	Held      int64 `json:"held"`
	Expired   int64 `json:"expired"`  // past their limit, key destroyed
	Disposed  int64 `json:"disposed"` // destroyed before their limit
}

// Account is whose counters they are.
type Account struct {
	Warrant paper.Digest `json:"warrant"`
	Link    paper.ID     `json:"link"`
}

// Class is the class of data in proofs of disposal.
const Class = "selected-record"

// Disposal is what is left of a group: enough for a proof.
//
// Invariant 8: which class, how many, which key, when.
type Disposal struct {
	Class string `json:"class"`
	Group
	Records int64        `json:"records"`
	Key     paper.Digest `json:"key"` // digest of the key that was destroyed
	At      paper.Time   `json:"at"`
	Expired bool         `json:"expired"` // past its limit; else it was destroyed before
}

// Tally is one row of a count.
type Tally struct {
	Address   flow.Addr // of talkers
	Pseudonym bool      // of talkers: Address is no address of any network
	Day       string    // of days, UTC
	Records   int64
	Packets   uint64
	Bytes     uint64
}

// Engine keeps records. Its methods may be called by several goroutines.
//
// Read and Count MUST read nothing unless p.Take permits it, MUST give nothing of a group
// whose limit has passed at the instant that Take names, and MUST NOT write deciphered
// records to a lasting medium.
type Engine interface {
	// Put stores deliveries. When it returns without error, each is durable or refused,
	// and a repeated one is a Duplicate, also after the process died at any instant.
	// After an error the caller MUST deliver again.
	Put(ctx context.Context, now paper.Time, list ...Delivery) ([]Outcome, error)
	// Read hands the records of the query to yield, batch by batch, ordered by First
	// (ties: by warrant, day and arrival), at most the query's limit. It says whether
	// there are more. The batch is valid during the call only.
	Read(ctx context.Context, p *Pass, yield func(*flow.Batch) error) (more bool, err error)
	// Count answers the kinds that count: talkers by bytes (falling, ties by address, pseudonyms last),
	// days rising.
	Count(ctx context.Context, p *Pass) ([]Tally, error)
	// Counts gives the counters for the books.
	Counts() map[Account]Counts
	// Expire destroys the keys of all groups whose limit has come.
	Expire(ctx context.Context, now paper.Time) ([]Disposal, error)
	// Dispose destroys the key of a group. One that is not there is fault.NotFound.
	Dispose(ctx context.Context, g Group, now paper.Time) (Disposal, error)
	// Disposals lists all disposals so far, the oldest first: what is not yet in the log
	// can be recorded after a stop.
	Disposals() []Disposal
	Close() error
}
