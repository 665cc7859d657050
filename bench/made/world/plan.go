package world

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// Role says what kind of machine a host is.
type Role uint8

// The roles of hosts.
const (
	Office Role = iota // a desk: working hours
	Home               // a household: mornings, evenings, weekends
	Server             // runs all day
	Thing              // camera, thermostat, printer: runs all day, speaks to its maker
)

// Host is one inside machine.
type Host struct {
	ID    int
	Role  Role
	Addr  netip.Addr
	Addr6 netip.Addr // invalid when the host has no IPv6
}

// Service is something outside that hosts talk to.
type Service struct {
	Name     string // empty when reached by address only
	Addrs    []netip.Addr
	TTL      time.Duration // of its DNS answers
	Port     uint16
	Protocol Protocol
}

// World holds who and what there is. It is read-only once made.
type World struct {
	Seed       uint64
	Start, End int64 // ns since 1970-01-01 UTC
	Hosts      []Host
	Resolver   netip.Addr
	Suffixes   []string // public suffixes that made-up names end in
}

// Size says how large a world to make.
type Size struct {
	Hosts    int
	Start    time.Time
	Length   time.Duration
	Suffixes []string // nil for a mix of common ones
	Things   float64  // share of hosts that are things; the rest 3 : 1 : 1 office, home, server
}

// New makes a world.
func New(seed uint64, s Size) *World {
	w := &World{Seed: seed, Start: s.Start.UnixNano(), Suffixes: s.Suffixes}
	w.End = w.Start + int64(s.Length)
	if w.Suffixes == nil {
		w.Suffixes = []string{"com", "com", "com", "net", "net", "org", "io", "jp", "co.jp", "ne.jp", "de", "co.uk", "cloud", "info"}
	}
	r := NewRand(seed, "plan", 0)
	site := byte(r.IntN(200))
	w.Resolver = netip.AddrFrom4([4]byte{10, site, 0, 53})
	prefix6 := [16]byte{0xfd, byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256)), site}
	for i := range s.Hosts {
		n := i + 300
		h := Host{ID: i, Addr: netip.AddrFrom4([4]byte{10, site + byte(n/62500), byte(n / 250 % 250), byte(1 + n%250)})}
		switch x := r.Float64(); {
		case x < s.Things:
			h.Role = Thing
		case x < s.Things+(1-s.Things)*0.6:
			h.Role = Office
		case x < s.Things+(1-s.Things)*0.8:
			h.Role = Home
		default:
			h.Role = Server
		}
		if r.Chance(0.3) {
			a := prefix6
			a[14], a[15] = byte(n>>8), byte(n)
			h.Addr6 = netip.AddrFrom16(a)
		}
		w.Hosts = append(w.Hosts, h)
	}
	return w
}

// abroad lists first octets that the American and European registries give out:
// made-up servers live there, so that nearly none counts as domestic to a user in
// Asia.
var abroad = [...]byte{2, 5, 23, 31, 37, 46, 50, 62, 63, 64, 65, 66, 67, 69, 70, 74, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 91, 92, 93, 94, 95, 96, 104, 107, 108, 109, 173, 174, 176, 178, 184, 185, 188, 193, 194, 195, 199, 204, 207, 208, 209, 212, 213, 216, 217}

// Address makes an outside IPv4 address.
func (r Rand) Address() netip.Addr {
	return netip.AddrFrom4([4]byte{abroad[r.IntN(len(abroad))], byte(r.IntN(256)), byte(r.IntN(256)), byte(1 + r.IntN(254))})
}

// Address6 makes an outside IPv6 address.
func (r Rand) Address6() netip.Addr {
	a := [16]byte{0x2a, byte(r.IntN(16)), byte(r.IntN(256)), byte(r.IntN(256))}
	for i := 8; i < 16; i++ {
		a[i] = byte(r.IntN(256))
	}
	return netip.AddrFrom16(a)
}

// Addresses makes n outside IPv4 addresses.
func (r Rand) Addresses(n int) []netip.Addr {
	all := make([]netip.Addr, n)
	for i := range all {
		all[i] = r.Address()
	}
	return all
}

var onsets = strings.Fields("b br c ch cl d dr f fl g gr h j k kr l m n p pl pr qu r s sh st t th tr v w y z")
var middles = strings.Fields("a e i o u a e i o ai ea io ou")
var codas = strings.Fields("- - - - n r l s t m nd rt x ck")

// Word makes a word that can be spoken, of n syllables.
func (r Rand) Word(n int) string {
	var b strings.Builder
	for range n {
		b.WriteString(onsets[r.IntN(len(onsets))])
		b.WriteString(middles[r.IntN(len(middles))])
		if c := codas[r.IntN(len(codas))]; c != "-" {
			b.WriteString(c)
		}
	}
	return b.String()
}

// Domain makes a registrable domain.
func (w *World) Domain(r Rand) string {
	return r.Word(3+r.IntN(2)) + "." + w.Suffixes[r.IntN(len(w.Suffixes))]
}

// Web makes a service reached by TLS on port 443 under a host label of a new
// domain, at n addresses.
func (w *World) Web(r Rand, label string, n int) *Service {
	name := w.Domain(r)
	if label != "" {
		name = label + "." + name
	}
	ttl := []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, time.Hour}[r.IntN(4)]
	return &Service{Name: name, Addrs: r.Addresses(n), TTL: ttl, Port: 443, Protocol: TLS}
}

// Bare makes a service reached by address.
func (w *World) Bare(r Rand, port uint16, p Protocol) *Service {
	return &Service{Addrs: r.Addresses(1), Port: port, Protocol: p}
}

// Target says how truth names s: its name, or its address where it has none.
func (s *Service) Target() string {
	if s.Name != "" {
		return s.Name
	}
	return s.Addrs[0].String()
}

// Labelled gives a copy of s under another host label of the same domain.
func (s *Service) Labelled(label string) *Service {
	c := *s
	_, rest, _ := strings.Cut(s.Name, ".")
	c.Name = fmt.Sprintf("%s.%s", label, rest)
	return &c
}
