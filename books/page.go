package books

import (
	"fmt"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// PageType is the payload type of a page.
const PageType = paper.TypePrefix + "books-page" + paper.TypeSuffix

// Patience is how long after the end of its minute a page may be closed. A link whose
// pages are later than that gets no liveness.
const Patience = 5 * time.Minute

// Sheet says which counts a page holds, and by whose minute they are cut.
type Sheet string

// The sheets, in the order in which a record meets them.
const (
	Tap     Sheet = "tap"      // what the carrier's tap was offered; cut by the tap's minute
	EdgeIn  Sheet = "edge-in"  // what the edge saw of it; cut by the tap's minute
	EdgeOut Sheet = "edge-out" // what the edge sent on; cut by the edge's minute
	HubIn   Sheet = "hub-in"   // what the hub received of it; cut by the edge's minute
	HubKept Sheet = "hub-kept" // what became of it; cut by the hub's minute
)

// Name is the name of a counter. All count records.
type Name string

// The counters. All grow for ever but those that levels lists.
const (
	Offered       Name = "offered"             // tap: what exporters say they sent, lost ones among them
	OutOfScope    Name = "out_of_scope"        // tap: on no granted link, window or volume
	Copied        Name = "copied"              // tap: handed to the edge
	LostSocket    Name = "lost_socket"         // tap: dropped by the kernel before the tap read them
	LostGap       Name = "lost_gap"            // tap: missing in the exporter's sequence
	Undecodable   Name = "undecodable"         // tap: not readable
	Seen          Name = "seen"                // edge-in
	DomesticOrNot Name = "domestic_or_unknown" // edge-in: 内内, or direction unknown
	Unselected    Name = "unselected"          // edge-in: met no selector
	Selected      Name = "selected"            // edge-in
	Taken         Name = "taken"               // edge-out: selected records that entered the spool
	Forwarded     Name = "forwarded"           // edge-out: that left in a batch
	InSpool       Name = "in_spool"            // edge-out: that wait; a level
	Dropped       Name = "dropped"             // edge-out: that were given up, a full spool among the reasons
	Received      Name = "received"            // hub-in: all that came
	Duplicate     Name = "duplicate"           // hub-in: of these, come before
	Refused       Name = "refused"             // hub-in: of these, outside a grant or not whole
	Stored        Name = "stored"              // hub-in and hub-kept
	Held          Name = "held"                // hub-kept: readable now; a level
	Expired       Name = "expired"             // hub-kept: past their limit, key destroyed
	Disposed      Name = "disposed"            // hub-kept: destroyed before their limit
)

// columns lists the counters of each sheet. A page has all of them, in this order.
var columns = map[Sheet][]Name{
	Tap:     {Copied, LostGap, LostSocket, Offered, OutOfScope, Undecodable},
	EdgeIn:  {DomesticOrNot, Seen, Selected, Unselected},
	EdgeOut: {Dropped, Forwarded, InSpool, Taken},
	HubIn:   {Duplicate, Received, Refused, Stored},
	HubKept: {Disposed, Expired, Held, Stored},
}

// levels are the counters that may also fall.
var levels = []Name{InSpool, Held}

// Sheets lists all sheets, in the order in which a record meets them.
func Sheets() []Sheet { return []Sheet{Tap, EdgeIn, EdgeOut, HubIn, HubKept} }

// Columns lists the counters of a sheet in the order in which a page has them.
func (s Sheet) Columns() []Name { return slices.Clone(columns[s]) }

// Party is who keeps the sheet: tap, edge or hub.
func (s Sheet) Party() paper.ID {
	switch s {
	case Tap:
		return "tap"
	case EdgeIn, EdgeOut:
		return "edge"
	}
	return "hub"
}

// Check says whether s is a sheet.
func (s Sheet) Check() error {
	if columns[s] == nil {
		return fmt.Errorf("%q is no sheet of the books", string(s))
	}
	return nil
}

// Count is one counter.
type Count struct {
	N    int64 `json:"n"` // records
	Name Name  `json:"name"`
}

// Page is one sheet's counters after one minute of one link under one warrant.
type Page struct {
	At      paper.Time   `json:"at"`     // when the page was closed
	Counts  []Count      `json:"counts"` // of records whose header bears Minute or an earlier one
	Last    bool         `json:"last"`   // no page follows: the warrant ended and all is accounted for
	Link    paper.ID     `json:"link"`
	Minute  paper.Time   `json:"minute"` // its first second
	Number  int64        `json:"number"` // 1, 2, 3 … in each sheet of a warrant and link
	Sheet   Sheet        `json:"sheet"`
	Warrant paper.Digest `json:"warrant"`
}

// N gives a counter; 0 when the page has none of the name.
func (p *Page) N(name Name) int64 {
	for _, c := range p.Counts {
		if c.Name == name {
			return c.N
		}
	}
	return 0
}

// Check says whether the page can be followed by itself: the counters of its sheet, all
// of them, none below zero, at the beginning of a minute.
func (p Page) Check() error {
	want := columns[p.Sheet]
	if len(p.Counts) != len(want) {
		return fmt.Errorf("a page of sheet %s has %d counters, must have %d", p.Sheet, len(p.Counts), len(want))
	}
	for i, c := range p.Counts {
		if c.Name != want[i] {
			return fmt.Errorf("counter %d of sheet %s is %q, must be %q", i+1, p.Sheet, string(c.Name), string(want[i]))
		}
		if c.N < 0 {
			return fmt.Errorf("counter %q is below zero", string(c.Name))
		}
	}
	switch {
	case p.Number < 1:
		return fmt.Errorf("pages are numbered from 1, not %d", p.Number)
	case p.Minute%60 != 0:
		return fmt.Errorf("%v is not the beginning of a minute", p.Minute)
	case p.At < p.Minute+60:
		return fmt.Errorf("the page was closed at %v, before its minute was over", p.At)
	}
	return nil
}

// NewPage makes a page with the counters of its sheet in their order; a name that
// counts does not hold is 0.
func NewPage(s Sheet, warrant paper.Digest, link paper.ID, number int64, minute, at paper.Time, counts map[Name]int64) Page {
	p := Page{At: at, Link: link, Minute: minute, Number: number, Sheet: s, Warrant: warrant}
	for _, name := range columns[s] {
		p.Counts = append(p.Counts, Count{Name: name, N: counts[name]})
	}
	return p
}
