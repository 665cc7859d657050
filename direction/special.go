package direction

import (
	"net/netip"
	"sync"

	"github.com/noroshi-acd/noroshi/flow"
)

// special is a row of IANA's special-purpose address registries (RFC 6890), of the
// multicast registries or of the reserved rest.
type special struct {
	prefix  netip.Prefix
	side    Side
	meaning string // key of the sentence that says what the prefix is
	note    string // document
	firm    bool   // no list may say otherwise
	form    form   // how an IPv4 address stands in it
}

// specials is the registry. The most specific row counts. Addresses that never
// leave a site or a provider's network count as domestic and are firm: no list may
// call them foreign. What could stand anywhere (anycast services, reserved and
// documentation space) is unknown.
var specials = sync.OnceValue(func() []special {
	local := func(meaning, note string, prefixes ...string) []special {
		return rows(special{side: SideDomestic, meaning: meaning, note: note, firm: true}, prefixes)
	}
	unknown := func(meaning, note string, prefixes ...string) []special {
		return rows(special{side: SideUnknown, meaning: meaning, note: note}, prefixes)
	}
	inside := func(f form, meaning, note string, prefixes ...string) []special {
		return rows(special{side: SideUnknown, meaning: meaning, note: note, firm: true, form: f}, prefixes)
	}
	var all []special
	for _, list := range [][]special{
		local("this-network", "RFC 791", "0.0.0.0/8"),
		local("private", "RFC 1918", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
		local("shared", "RFC 6598", "100.64.0.0/10"),
		local("loopback", "RFC 1122", "127.0.0.0/8"),
		local("loopback", "RFC 4291", "::1/128"),
		local("link-local", "RFC 3927", "169.254.0.0/16"),
		local("link-local", "RFC 4291", "fe80::/10"),
		local("private", "RFC 4193", "fc00::/7"),
		local("private", "RFC 3879", "fec0::/10"),
		local("provider", "RFC 7335", "192.0.0.0/29"),
		local("multicast", "RFC 5771", "224.0.0.0/4"),
		local("multicast", "RFC 4291", "ff00::/8"),
		local("broadcast", "RFC 8190", "255.255.255.255/32"),
		unknown("protocol", "RFC 6890", "192.0.0.0/24", "2001::/23"),
		unknown("documentation", "RFC 5737", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"),
		unknown("documentation", "RFC 3849", "2001:db8::/32"),
		unknown("documentation", "RFC 9637", "3fff::/20"),
		unknown("benchmark", "RFC 2544", "198.18.0.0/15"),
		unknown("benchmark", "RFC 5180", "2001:2::/48"),
		unknown("anycast", "RFC 7723", "192.0.0.9/32", "2001:1::1/128"),
		unknown("anycast", "RFC 8155", "192.0.0.10/32", "2001:1::2/128"),
		unknown("anycast", "RFC 7535", "192.31.196.0/24", "2001:4:112::/48"),
		unknown("anycast", "RFC 7534", "192.175.48.0/24", "2620:4f:8000::/48"),
		unknown("anycast", "RFC 7450", "192.52.193.0/24", "2001:3::/32"),
		unknown("anycast", "RFC 7526", "192.88.99.0/24"),
		unknown("reserved", "RFC 1112", "240.0.0.0/4"),
		rows(special{meaning: "unspecified", note: "RFC 4291", firm: true}, []string{"::/128"}), // also: no address known
		unknown("discard", "RFC 6666", "100::/64"),
		unknown("reserved", "RFC 9780", "100:0:0:1::/64"),
		unknown("reserved", "RFC 7343", "2001:20::/28"),
		unknown("reserved", "RFC 9374", "2001:30::/28"),
		unknown("reserved", "RFC 9602", "5f00::/16"),
		// All but 2000::/3 has not been given out as global unicast space.
		unknown("reserved", "RFC 4291", "::/3", "4000::/2", "8000::/1"),
		inside(formCompatible, "compatible", "RFC 4291", "::/96"),
		inside(formTranslated, "translated", "RFC 2765", "::ffff:0:0:0/96"),
		inside(formNAT64, "nat64", "RFC 6052", "64:ff9b::/96"),
		inside(formLocalNAT64, "nat64-local", "RFC 8215", "64:ff9b:1::/48"),
		inside(formTeredo, "teredo", "RFC 4380", "2001::/32"),
		inside(form6to4, "6to4", "RFC 3056", "2002::/16"),
	} {
		all = append(all, list...)
	}
	return all
})

func rows(s special, prefixes []string) []special {
	all := make([]special, len(prefixes))
	for i, p := range prefixes {
		s.prefix = netip.MustParsePrefix(p)
		all[i] = s
	}
	return all
}

// specialLine is the registry as a line of indices into specials.
var specialLine = sync.OnceValue(func() line {
	all := specials()
	prefixes := make([]netip.Prefix, len(all))
	for i, s := range all {
		prefixes[i] = s.prefix
	}
	return flatten(prefixes, func(i int) int32 { return int32(i) })
})

// row gives s as a decision names it.
func (s *special) row() Row {
	return Row{Source: SourceSpecial, Table: "IANA", Prefix: s.prefix, Note: s.note, meaning: s.meaning}
}

// specialOf gives the special-purpose row of a, nil when there is none.
func specialOf(p point) *special {
	if i := specialLine().at(p); i != clear {
		return &specials()[i]
	}
	return nil
}

// Private says whether a is an address that cannot be a host on the public
// Internet: private, shared (100.64.0.0/10), loopback, link-local, unique local,
// multicast, broadcast or "this network". The zero Addr, which is no address, is
// not private.
func Private(a flow.Addr) bool {
	if !a.Is4() {
		switch {
		case a[0] == 0xff, a[0]&0xfe == 0xfc, a[0] == 0xfe && a[1]&0x80 != 0:
			return true
		}
		return a == flow.Addr{15: 1}
	}
	switch b := a[13]; a[12] {
	case 0, 10, 127:
		return true
	case 100:
		return b&0xc0 == 64
	case 169:
		return b == 254
	case 172:
		return b&0xf0 == 16
	case 192:
		return b == 168 || b == 0 && a[14] == 0 && a[15] < 8
	case 255:
		return b == 255 && a[14] == 255 && a[15] == 255
	}
	return a[12]&0xf0 == 224
}
