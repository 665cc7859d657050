package volume

import (
	"math"
	"sync"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/warrant"
)

// Amount is an amount of records and of bytes.
type Amount struct{ Records, Bytes int64 }

// Caps is the most that may go on. The zero value permits nothing.
type Caps struct {
	Amount
	// Permille is the largest share of what was offered, in thousandths, of records and
	// of bytes each: 1000 where no share is laid down, 300 under a rule of 30 %.
	Permille int64
}

// Verdict is why an amount may go on, or not.
type Verdict uint8

// The verdicts of a [Meter]. A refused amount counts for the first of them.
const (
	Within       Verdict = iota // inside all caps
	NoLink                      // no window is open on the link
	LinkRecords                 // beyond the records of the link's window
	LinkBytes                   // beyond its bytes
	LinkShare                   // beyond the share of what the link was offered in the window
	TotalRecords                // beyond the records of the warrant
	TotalBytes                  // beyond its bytes
	TotalShare                  // beyond the share of what all links were offered
	verdicts
)

// verdictNames are the verdicts as counters call them.
var verdictNames = [verdicts]string{"within", "no_link", "link_records", "link_bytes", "link_share", "total_records", "total_bytes", "total_share"}

// Verdicts lists all verdicts.
func Verdicts() []Verdict {
	return []Verdict{Within, NoLink, LinkRecords, LinkBytes, LinkShare, TotalRecords, TotalBytes, TotalShare}
}

// String gives the name of the verdict's counter.
func (v Verdict) String() string {
	if v < verdicts {
		return verdictNames[v]
	}
	return "unknown"
}

// Meter holds the volume of one warrant to its caps: of each link's window, and in total.
// Any number of goroutines may use it.
type Meter struct {
	mu      sync.Mutex // guards all
	total   account
	links   map[paper.ID]*account
	refused [verdicts]int64 // records
}

// account is what was offered and taken under caps.
type account struct {
	caps           Caps
	offered, taken Amount
}

// NewMeter makes the meter of a warrant. used is what was taken under it before: windows
// of other processes, and those before a restart. permille is the largest share of what
// is offered, 1000 where the law lays down none.
func NewMeter(scope *warrant.Scope, used Amount, permille int64) *Meter {
	m := &Meter{links: map[paper.ID]*account{}}
	m.total.caps = Caps{Amount{scope.MaxRecords, scope.MaxBytes}, permille}
	m.total.taken = Amount{max(used.Records, 0), max(used.Bytes, 0)}
	// What was offered before is not known; what was taken of it was inside the share.
	m.total.offered = m.total.taken
	for _, l := range scope.Links {
		m.links[l.ID] = &account{}
	}
	return m
}

// Open begins a window on a link with the caps of its grant; the window before it is
// over. A link outside the scope stays shut.
func (m *Meter) Open(link paper.ID, caps Amount) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if a := m.links[link]; a != nil {
		*a = account{caps: Caps{caps, m.total.caps.Permille}}
	}
}

// Shut ends the window of a link.
func (m *Meter) Shut(link paper.ID) { m.Open(link, Amount{}) }

// Offer counts what came over a link, before anything is decided about it. Volumes below 0
// count nothing.
func (m *Meter) Offer(link paper.ID, v Amount) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v = Amount{max(v.Records, 0), max(v.Bytes, 0)}
	if a := m.links[link]; a != nil {
		a.offered.add(v)
		m.total.offered.add(v)
	}
}

// Take asks to let an amount go on. Only on Within it may, and no more than it named; it
// is counted then. What does not fit is refused whole and takes nothing.
//
// Invariant 19: per link and in total, in records, bytes and share.
func (m *Meter) Take(link paper.ID, v Amount) Verdict {
	m.mu.Lock()
	defer m.mu.Unlock()
	verdict := m.judge(link, v)
	if verdict == Within {
		m.links[link].taken.add(v)
		m.total.taken.add(v)
	} else {
		m.refused[verdict] = sum(m.refused[verdict], max(v.Records, 0))
	}
	return verdict
}

func (m *Meter) judge(link paper.ID, v Amount) Verdict {
	a := m.links[link]
	if a == nil || a.caps == (Caps{Permille: a.caps.Permille}) {
		return NoLink
	}
	if x := a.judge(v); x != Within {
		return x
	}
	switch m.total.judge(v) {
	case LinkRecords:
		return TotalRecords
	case LinkBytes:
		return TotalBytes
	case LinkShare:
		return TotalShare
	}
	return Within
}

// judge holds an amount more against the caps of an account.
func (a *account) judge(v Amount) Verdict {
	switch {
	case v.Records < 0 || v.Records > a.caps.Records-a.taken.Records:
		return LinkRecords
	case v.Bytes < 0 || v.Bytes > a.caps.Bytes-a.taken.Bytes:
		return LinkBytes
	case a.taken.Records+v.Records > share(a.offered.Records, a.caps.Permille),
		a.taken.Bytes+v.Bytes > share(a.offered.Bytes, a.caps.Permille):
		return LinkShare
	}
	return Within
}

// share is so many thousandths of n, rounded down; n is 0 or more.
func share(n, permille int64) int64 {
	switch {
	case permille <= 0:
		return 0
	case permille >= 1000:
		return n
	}
	return n/1000*permille + n%1000*permille/1000
}

func (v *Amount) add(o Amount) {
	v.Records, v.Bytes = sum(v.Records, o.Records), sum(v.Bytes, o.Bytes)
}

// sum adds two amounts of 0 or more, and stays at the highest.
func sum(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// Tally is what a meter has counted of the whole warrant.
type Tally struct {
	Offered, Taken Amount
	Refused        map[Verdict]int64 // records, by the first cap that they would have passed
}

// Tally gives what was counted so far.
func (m *Meter) Tally() Tally {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := Tally{Offered: m.total.offered, Taken: m.total.taken, Refused: map[Verdict]int64{}}
	for _, v := range Verdicts() {
		if n := m.refused[v]; n > 0 {
			t.Refused[v] = n
		}
	}
	return t
}
