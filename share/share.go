package share

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Result is one analysis, as others may read it.
type Result struct {
	Program  string    // name and version of what made it
	Made     time.Time // when
	Lang     i18n.Lang // language of the one who asked
	Marking  Marking
	MinLevel detect.Level // lowest level that is told

	Inputs      []Input
	Records     uint64
	Outside     uint64 // records before or after the period that was asked for
	First, Last int64  // ns, bounds of the records' beginnings; both 0 when there is none
	Hosts       int    // machines that act as clients, estimated
	Directions  direction.Counts
	Edge        *Edge  // nil unless an edge's rule was applied
	KnownBad    *Lists // nil unless lists were given
	Unused      *Lists // what other lists held that says nothing; nil when all of it does
	Exporters   []Exporter
	Allowed     []Allowed
	Findings    []Finding // ranked
	Graph       *Graph    // what stands behind them; nil when nothing was mapped
}

// Input is one file that was read.
type Input struct {
	Path, Format     string
	Records, Skipped uint64
	Errors           []i18n.Text // the first few
}

// Edge is what an edge's rule dropped, and would have let out.
type Edge struct {
	Examined, Domestic, Unknown uint64
	// Leaving is about how many records the findings rest on: what a selector
	// made from each would let out.
	Leaving int64
}

// Lists is what the lists of known-bad indicators held.
type Lists struct {
	Indicators int
	Skipped    uint64
	Errors     []i18n.Text
	Feeds      []Feed // of --feeds, in the order of their description
}

// Allowed is an entry of an allow-list that hid findings, or that has expired.
type Allowed struct {
	Reason  string
	Expires time.Time
	Hidden  int
	Expired bool
	Text    i18n.Text // the same as a sentence
}

// Finding is one finding as it leaves. Its texts hold no control character; a
// covered address is no address but a name for one.
type Finding struct {
	Rank        int // from 1
	ID          string
	Kind        detect.Kind
	Level       detect.Level
	Score       float64 // 0..1
	Class       direction.Class
	Src         string   // empty where Sources speaks
	Sources     []string // several machines in one finding
	Dst         string   // address, empty when only a name is known
	Port        uint16
	Proto       string // usual name, empty when several
	Name        string
	First, Last int64 // ns
	Count       int64
	Evidence    []detect.Fact
	Why         i18n.Text
	Attack      []string
	Strip       []uint16
	Gaps        []detect.GapCount
	Past        []Sighting
	PastMore    int // sightings left out
}

// Sighting is one line of a destination's past: a name or a certificate at an
// address.
type Sighting struct {
	Addr        string
	Name        string
	From        detect.NameSource
	Certificate *detect.Certificate // nil for a name; its texts escaped
	First, Last int64               // ns
	Count       int64
}

// Machines gives the machines that f speaks of, covered or not.
func (f *Finding) Machines() []string {
	if len(f.Sources) > 0 {
		return f.Sources
	}
	if f.Src == "" {
		return nil
	}
	return []string{f.Src}
}

// Whom gives the other end as people read it: name, else address, with the port;
// empty when there are several.
func (f *Finding) Whom() string {
	to := f.Name
	if to == "" {
		to = f.Dst
	}
	if to == "" || f.Port == 0 {
		return to
	}
	return net.JoinHostPort(to, strconv.Itoa(int(f.Port)))
}

// Inside says that the machines of f may be our own: they are not known to be
// abroad.
func (f *Finding) Inside() bool {
	return f.Class == direction.Outbound || f.Class == direction.Domestic || f.Class == direction.Unknown
}

// Attacks says that f is about a machine that attacks others, not about one that
// obeys somebody: its other end is a victim.
func (f *Finding) Attacks() bool {
	return f.Kind == detect.Scan || f.Kind == detect.Spread || slices.ContainsFunc(f.Attack, func(n string) bool {
		return strings.HasPrefix(n, "T1498") || strings.HasPrefix(n, "T1499") // denial of service
	})
}

// Unusual says that f is about a machine that does what it or its like seldom do:
// the other end may be anybody.
func (f *Finding) Unusual() bool {
	return !f.Attacks() && (f.Kind == detect.OddHours || f.Kind == detect.OddVolume || f.Kind == detect.OddRegion)
}

// Public says whether text is an address that has one meaning in the whole
// Internet, so that it can be told to others.
func Public(text string) bool {
	a, err := netip.ParseAddr(text)
	return err == nil && a.IsGlobalUnicast() && !a.IsPrivate()
}

// ProtoName gives the usual name of an IANA protocol number, empty for 0.
func ProtoName(p uint8) string {
	switch p {
	case 0:
		return ""
	case 1:
		return "icmp"
	case 6:
		return "tcp"
	case 17:
		return "udp"
	case 58:
		return "icmp6"
	case 132:
		return "sctp"
	}
	return strconv.Itoa(int(p))
}
