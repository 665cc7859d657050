package books

// Term is one counter of one sheet in an equation.
type Term struct {
	Sheet Sheet
	Name  Name
}

// Equation says that two sums are equal for every warrant, link and minute.
type Equation struct {
	ID          string
	Left, Right []Term
	// Lag is for counts that two clocks cut: the right side reaches the left one within so
	// many minutes, and is never more than one minute ahead of it. 0 is at once.
	Lag int64
}

// lag is how many minutes an edge or hub has to work off what it took in.
const lag = 5

// Invariant 4: what one side handed over the other has received, and inside each
// nothing vanishes.
//
// Equations lists all equations of the books. The first four hold at the carrier's, the
// rest between edge and hub.
func Equations() []Equation {
	one := func(s Sheet, n ...Name) (list []Term) {
		for _, name := range n {
			list = append(list, Term{s, name})
		}
		return list
	}
	return []Equation{
		{ID: "tap", Left: one(Tap, Offered), Right: one(Tap, OutOfScope, Copied, LostSocket, LostGap, Undecodable)},
		{ID: "tap-edge", Left: one(Tap, Copied), Right: one(EdgeIn, Seen)},
		{ID: "edge-in", Left: one(EdgeIn, Seen), Right: one(EdgeIn, DomesticOrNot, Unselected, Selected)},
		{ID: "edge", Left: one(EdgeIn, Selected), Right: one(EdgeOut, Taken), Lag: lag},
		{ID: "edge-out", Left: one(EdgeOut, Taken), Right: one(EdgeOut, Forwarded, InSpool, Dropped)},
		{ID: "edge-hub", Left: one(EdgeOut, Forwarded), Right: one(HubIn, Stored, Refused)},
		{ID: "hub-in", Left: one(HubIn, Received), Right: one(HubIn, Duplicate, Refused, Stored)},
		{ID: "hub", Left: one(HubIn, Stored), Right: one(HubKept, Stored), Lag: lag},
		{ID: "hub-kept", Left: one(HubKept, Stored), Right: one(HubKept, Held, Expired, Disposed)},
	}
}
