package direction

import (
	"maps"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/direction/table"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Options say where the border runs.
type Options struct {
	Domestic      []string // ISO 3166-1 alpha-2 codes of the domestic countries; empty means JP
	DomesticLists []string // files of prefixes that are domestic
	ForeignLists  []string // files of prefixes that are foreign
	AnycastLists  []string // files of prefixes served from many places: their side is unknown
	MMDB          string   // country database to use instead of the built-in table
}

// Table answers for any address on which side of the border it is. It never
// changes once made and may be used from many goroutines.
//
// What decides, the first that has a row: addresses that cannot leave a site, and
// IPv6 addresses that wrap an IPv4 one; the user's lists, the more specific prefix
// first, and on equal prefixes domestic before anycast before foreign; reserved
// space, which is unknown; the country database, or without one the built-in
// table. An address without a row is unknown.
type Table struct {
	domestic map[string]bool
	lists    *lists
	mmdb     *mmdb
	builtin  *table.Table // nil when mmdb is used
	index    *index
}

// sideEmbedded marks, in the index only, addresses that wrap an IPv4 address.
const sideEmbedded Side = 3

// New reads the tables that o names and draws the border. Its errors are NotFound,
// Invalid or Limit and name the file and the line.
func New(o Options) (*Table, error) {
	t := &Table{domestic: map[string]bool{}}
	if len(o.Domestic) == 0 {
		o.Domestic = []string{"JP"}
	}
	base, err := t.base(o)
	if err != nil {
		return nil, err
	}
	if t.lists, err = openLists(o); err != nil {
		return nil, err
	}
	all := specials()
	reserved, firm := line{}, line{}
	for _, s := range specialLine() {
		low, high := clear, clear
		switch {
		case s.val == clear:
		case all[s.val].form != formNone:
			high = int32(sideEmbedded)
		case all[s.val].firm:
			high = int32(all[s.val].side)
		default:
			low = int32(all[s.val].side)
		}
		reserved.put(s.start, low)
		firm.put(s.start, high)
	}
	listed := line{}
	for _, s := range t.lists.line {
		val := clear
		if s.val != clear {
			val = int32(t.lists.entries[s.val].side)
		}
		listed.put(s.start, val)
	}
	t.index = newIndex(base.over(reserved).over(listed).over(firm))
	return t, nil
}

// base draws the border by country.
func (t *Table) base(o Options) (line, error) {
	for _, code := range o.Domestic {
		if !isCountry(code) {
			return nil, problem("country", fault.Invalid, fault.Place{}, "country-form", nil, "code", code)
		}
		t.domestic[code] = true
	}
	if o.MMDB != "" {
		var err error
		if t.mmdb, err = openMMDB(o.MMDB); err != nil {
			return nil, err
		}
		l, err := t.mmdb.line(t.domestic)
		if err != nil {
			return nil, err
		}
		return l, t.missing(t.mmdb.seen)
	}
	var err error
	if t.builtin, err = table.Builtin(); err != nil {
		return nil, err
	}
	sides, seen := make([]int32, len(t.builtin.Countries)), map[string]bool{}
	for i, c := range t.builtin.Countries {
		sides[i], seen[c] = int32(SideForeign), true
		if t.domestic[c] {
			sides[i] = int32(SideDomestic)
		}
	}
	return builtinLine(t.builtin, sides), t.missing(seen)
}

// missing refuses a domestic country that the table does not know: with a code
// misspelt everything would be foreign.
func (t *Table) missing(seen map[string]bool) error {
	for _, c := range t.Domestic() {
		if !seen[c] {
			return problem("country", fault.NotFound, fault.Place{}, "country-none", nil, "code", c)
		}
	}
	return nil
}

func builtinLine(b *table.Table, sides []int32) line {
	const unknown = int32(SideUnknown)
	l := line{{val: unknown}}
	for i, first := range b.V4.First {
		l.span(point4(first), point4(b.V4.Last[i]), sides[b.V4.Country[i]], unknown)
	}
	for i, first := range b.V6.First {
		l.span(point{first, 0}, point{b.V6.Last[i], ^uint64(0)}, sides[b.V6.Country[i]], unknown)
	}
	return l
}

func point4(v uint32) point { return point{0, 0xffff<<32 | uint64(v)} }

// Of gives the direction class of an exchange that src began with dst. One side
// unknown makes the class Unknown.
func (t *Table) Of(src, dst flow.Addr) Class { return ClassOf(t.Side(src), t.Side(dst)) }

// ClassOf gives the direction class of an exchange between two sides.
func ClassOf(src, dst Side) Class {
	switch {
	case src == SideUnknown || dst == SideUnknown:
		return Unknown
	case src == SideForeign && dst == SideForeign:
		return Transit
	case src == SideForeign:
		return Inbound
	case dst == SideForeign:
		return Outbound
	}
	return Domestic
}

// Side gives the side of a: what Decide would say, fast.
func (t *Table) Side(a flow.Addr) Side {
	side := t.index.side(pointOf(a))
	if side == sideEmbedded {
		return t.Decide(a).Side
	}
	return side
}

// Private is [Private], for callers that hold a Table behind an interface.
func (t *Table) Private(a flow.Addr) bool { return Private(a) }

// Domestic gives the codes of the domestic countries, sorted.
func (t *Table) Domestic() []string { return slices.Sorted(maps.Keys(t.domestic)) }

// Header says where the country rows come from.
func (t *Table) Header() table.Header {
	if t.mmdb != nil {
		return table.Header{Source: t.mmdb.path, Version: t.mmdb.db.Metadata.DatabaseType, Date: t.mmdb.date}
	}
	return t.builtin.Header
}

// Decide gives the side of a with the row that made the decision.
func (t *Table) Decide(a flow.Addr) Decision {
	p := pointOf(a)
	s := specialOf(p)
	if s != nil && s.form != formNone {
		return t.decideEmbedded(s, p)
	}
	if s != nil && s.firm {
		return Decision{Side: s.side, Row: s.row()}
	}
	if row, side, ok := t.listed(p); ok {
		return Decision{Side: side, Row: row}
	}
	if s != nil {
		return Decision{Side: s.side, Row: s.row()}
	}
	if t.mmdb != nil {
		return t.mmdb.decide(p, t.domestic)
	}
	return t.decideBuiltin(p)
}

func (t *Table) decideBuiltin(p point) Decision {
	b := t.builtin
	row := Row{Source: SourceBuiltin, Date: b.Date}
	var first, last point
	if p.is4() {
		i := b.V4.Find(uint32(p.lo))
		if i < 0 {
			return Decision{}
		}
		first, last = point4(b.V4.First[i]), point4(b.V4.Last[i])
		row.Country, row.Line, row.Table = b.Countries[b.V4.Country[i]], int64(i+1), b.Source+" "+b.Files[0]
	} else {
		i := b.V6.Find(p.hi)
		if i < 0 {
			return Decision{}
		}
		first, last = point{b.V6.First[i], 0}, point{b.V6.Last[i], ^uint64(0)}
		row.Country, row.Line, row.Table = b.Countries[b.V6.Country[i]], int64(i+1), b.Source+" "+b.Files[1]
	}
	row.Prefix = within(p, first, last)
	side := SideForeign
	if t.domestic[row.Country] {
		side = SideDomestic
	}
	return Decision{Side: side, Row: row}
}

// ParseCountries splits a list such as "JP" or "kr, tw" into country codes in
// capital letters. The error is Invalid.
func ParseCountries(s string) ([]string, error) {
	var codes []string
	for part := range strings.SplitSeq(s, ",") {
		code := strings.ToUpper(strings.TrimSpace(part))
		if !isCountry(code) {
			return nil, problem("country", fault.Invalid, fault.Place{}, "country-form", nil, "code", strings.TrimSpace(part))
		}
		codes = append(codes, code)
	}
	return codes, nil
}
