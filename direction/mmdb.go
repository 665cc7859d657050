package direction

import (
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/oschwald/maxminddb-golang/v2"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Limits of a country database.
const (
	maxMMDB        = 1 << 30 // bytes
	maxMMDBRecords = 1 << 20 // distinct records remembered while the tree is walked
)

// mmdb is a country database in MaxMind's format, held in memory.
type mmdb struct {
	db   *maxminddb.Reader
	path string
	date time.Time
	seen map[string]bool // countries that some network has, once walked
}

// openMMDB reads the database at path whole: it must stay as it was when the
// border was drawn, whatever happens to the file.
func openMMDB(path string) (*mmdb, error) {
	fail := func(kind fault.Kind, key string, err error) error {
		return problem("mmdb", kind, fault.Place{Path: path}, key, err)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fail(fault.NotFound, "mmdb-open", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxMMDB+1))
	if err != nil {
		return nil, fail(fault.Invalid, "mmdb-open", err)
	}
	if len(data) > maxMMDB {
		return nil, fail(fault.Limit, "mmdb-large", nil)
	}
	db, err := maxminddb.OpenBytes(data)
	if err != nil {
		return nil, fail(fault.Invalid, "mmdb-form", err)
	}
	return &mmdb{db, path, db.Metadata.BuildTime().UTC(), map[string]bool{}}, nil
}

// place is what a database record says about an address.
type place struct {
	country string // empty when the record names none
	anycast bool
}

// read reads a record of any of the usual layouts: country.iso_code (else
// registered_country.iso_code), a plain country, or country_code. An address that
// is served from many places has no country.
func (m *mmdb) read(r maxminddb.Result) place {
	var p place
	if r.DecodePath(&p.anycast, "traits", "is_anycast") != nil {
		p.anycast = false
	}
	for _, path := range [...][]any{{"country", "iso_code"}, {"country"}, {"country_code"}, {"registered_country", "iso_code"}} {
		var code string
		if r.DecodePath(&code, path...) == nil && isCountry(code) {
			p.country = code
			break
		}
	}
	return p
}

func isCountry(s string) bool {
	return len(s) == 2 && 'A' <= s[0] && s[0] <= 'Z' && 'A' <= s[1] && s[1] <= 'Z'
}

func (p place) side(domestic map[string]bool) Side {
	switch {
	case p.country == "" || p.anycast:
		return SideUnknown
	case domestic[p.country]:
		return SideDomestic
	}
	return SideForeign
}

// line draws the border by m.
func (m *mmdb) line(domestic map[string]bool) (line, error) {
	all := line{{val: int32(SideUnknown)}}
	if m.db.Metadata.IPVersion == 6 {
		v6, err := m.walk(netip.PrefixFrom(netip.IPv6Unspecified(), 0), domestic)
		if err != nil {
			return nil, err
		}
		all = all.over(v6)
	}
	v4, err := m.walk(netip.PrefixFrom(netip.IPv4Unspecified(), 0), domestic)
	return all.over(v4), err
}

// walk gives the sides of the networks in whole that belong to whole's family.
func (m *mmdb) walk(whole netip.Prefix, domestic map[string]bool) (line, error) {
	l := line{{val: clear}}
	known := map[uintptr]Side{}
	fail := func(kind fault.Kind, key string, err error) (line, error) {
		return nil, problem("mmdb", kind, fault.Place{Path: m.path}, key, err)
	}
	var last point
	n := 0
	for r := range m.db.NetworksWithin(whole, maxminddb.IncludeNetworksWithoutData()) {
		if err := r.Err(); err != nil {
			return fail(fault.Invalid, "mmdb-damaged", err)
		}
		// A tree has no more leaves than twice its nodes; one that bites its own tail
		// has leaves without end.
		if n++; n > 2*int(m.db.Metadata.NodeCount) {
			return fail(fault.Invalid, "mmdb-damaged", nil)
		}
		p := r.Prefix()
		if !r.Found() || p.Addr().Is4() != whole.Addr().Is4() {
			continue
		}
		side, ok := known[r.Offset()]
		if !ok {
			found := m.read(r)
			side, m.seen[found.country] = found.side(domestic), true
			if len(known) < maxMMDBRecords {
				known[r.Offset()] = side
			}
		}
		first, end := bounds(p)
		if len(l) > 1 && first.compare(last) <= 0 {
			return fail(fault.Invalid, "mmdb-damaged", nil)
		}
		last = end
		l.span(first, end, int32(side), clear)
	}
	return l, nil
}

// decide gives the row for p.
func (m *mmdb) decide(p point, domestic map[string]bool) Decision {
	r := m.db.Lookup(p.addr().Unmap())
	if r.Err() != nil || !r.Found() {
		return Decision{}
	}
	found := m.read(r)
	row := Row{Source: SourceMMDB, Table: filepath.Base(m.path), Date: m.date, Prefix: r.Prefix(), Country: found.country}
	if found.anycast {
		row.Note = "anycast"
	}
	return Decision{Side: found.side(domestic), Row: row}
}
