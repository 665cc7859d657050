package flow

import "net/netip"

// Addr is an IP address as 16 bytes in network order. IPv4 is held in its
// IPv4-mapped form (RFC 4291, 2.5.5.2), so that a record has one layout. The
// zero value (::) means that no address is known.
type Addr [16]byte

// AddrFrom converts a, dropping any zone; an invalid address gives the zero Addr.
func AddrFrom(a netip.Addr) Addr {
	if !a.IsValid() {
		return Addr{}
	}
	return Addr(a.As16())
}

// Addr4 gives the mapped form of four IPv4 bytes.
func Addr4(b [4]byte) Addr {
	return Addr{10: 0xff, 11: 0xff, 12: b[0], 13: b[1], 14: b[2], 15: b[3]}
}

// Is4 says whether a is an IPv4 address in mapped form.
func (a Addr) Is4() bool {
	return a[10] == 0xff && a[11] == 0xff && a[0]|a[1]|a[2]|a[3]|a[4]|a[5]|a[6]|a[7]|a[8]|a[9] == 0
}

// IsZero says whether no address is known.
func (a Addr) IsZero() bool { return a == Addr{} }

// Netip converts a to the standard library's form, IPv4 unmapped.
func (a Addr) Netip() netip.Addr { return netip.AddrFrom16(a).Unmap() }

// String writes a in its usual text form, IPv4 dotted.
func (a Addr) String() string { return a.Netip().String() }
