package aggregate

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/filter"
)

// Key is one thing that records of a group have in common.
type Key struct {
	Name string // one of Keys
	Bits int    // of addresses, the length of the prefix; 0 for whole ones
}

// Keys lists the names of keys.
func Keys() []string {
	return []string{"src", "dst", "host", "src-port", "port", "proto", "service", "state", "kind", "direction", "name", "ja4"}
}

// ParseKey reads src, dst/24, port. The length of a prefix up to 32 is of IPv4, and cuts
// IPv6 to 64; a longer one is of IPv6, and leaves IPv4 whole.
func ParseKey(s string) (Key, bool) {
	name, bits, cut := strings.Cut(strings.ToLower(strings.TrimSpace(s)), "/")
	k := Key{Name: name}
	if !slices.Contains(Keys(), name) {
		return k, false
	}
	if cut {
		n, err := strconv.Atoi(bits)
		if err != nil || n < 1 || n > 128 || !k.address() {
			return k, false
		}
		k.Bits = n
	}
	return k, true
}

// String writes the key as ParseKey reads it.
func (k Key) String() string {
	if k.Bits == 0 {
		return k.Name
	}
	return k.Name + "/" + strconv.Itoa(k.Bits)
}

func (k Key) address() bool { return k.Name == "src" || k.Name == "dst" || k.Name == "host" }

// mask cuts a to its prefix and gives the prefix's length, 0 for a whole address.
func (k Key) mask(a flow.Addr) (flow.Addr, int) {
	bits, all := 0, 128
	switch {
	case k.Bits == 0 || a.Is4() && k.Bits > 32:
		return a, 0
	case a.Is4():
		bits, all = k.Bits+96, 32
	case k.Bits <= 32:
		bits = 64
	default:
		bits = k.Bits
	}
	for i := bits; i < 128; i++ {
		a[i/8] &^= 0x80 >> (i % 8)
	}
	return a, bits - 128 + all
}

// code is a key's name as a number: names are long to compare.
type code uint8

const (
	srcKey code = iota
	dstKey
	hostKey
	srcPortKey
	portKey
	protoKey
	serviceKey
	stateKey
	kindKey
	directionKey
	nameKey
	ja4Key
)

// codes numbers keys, in the order of Keys.
func codes(by []Key) (all []code) {
	names := Keys()
	for _, k := range by {
		all = append(all, code(slices.Index(names, k.Name)))
	}
	return all
}

// append writes the value of key k, whose number is c, to buf; dst says that "host" is
// the destination.
func (t *Table) append(buf []byte, c code, k *Key, b *flow.Batch, r *flow.Record, dst bool) []byte {
	switch c {
	case srcKey, dstKey, hostKey:
		a := &r.Src
		if c == dstKey || dst && c == hostKey {
			a = &r.Dst
		}
		if k.Bits == 0 {
			return append(buf, a[:]...)
		}
		cut, _ := k.mask(*a)
		return append(buf, cut[:]...)
	case srcPortKey:
		return binary.BigEndian.AppendUint16(buf, r.SrcPort)
	case portKey:
		return binary.BigEndian.AppendUint16(buf, r.DstPort)
	case protoKey:
		return append(buf, r.Proto)
	case serviceKey:
		return append(buf, byte(r.Service))
	case stateKey:
		return append(buf, byte(r.State))
	case kindKey:
		return append(buf, byte(r.Kind))
	case directionKey:
		return append(buf, byte(t.o.Class(r.Src, r.Dst)))
	}
	text := Name(b, r)
	if c == ja4Key {
		text = nil
		if x := b.TLSOf(r); x != nil {
			text = b.Bytes(x.JA4)
		}
	}
	text = text[:min(len(text), 255)]
	return append(append(buf, byte(len(text))), text...)
}

// Name gives the name that a record tells, nil for none: of the handshake, else of the
// question, else of the Host header.
func Name(b *flow.Batch, r *flow.Record) []byte {
	if x := b.TLSOf(r); x != nil && x.SNI.Len > 0 {
		return b.Bytes(x.SNI)
	}
	if d := b.DNSOf(r); d != nil && d.Question.Len > 0 {
		return b.Bytes(d.Question)
	}
	return b.Bytes(r.Host)
}

// label takes the value of a key off what append wrote.
func (t *Table) label(k Key, s string) (label, rest string) {
	switch k.Name {
	case "src", "dst", "host":
		a := flow.Addr([]byte(s[:16]))
		if _, bits := k.mask(a); bits > 0 {
			return netip.PrefixFrom(a.Netip(), bits).String(), s[16:]
		}
		return a.String(), s[16:]
	case "src-port", "port":
		return strconv.Itoa(int(binary.BigEndian.Uint16([]byte(s[:2])))), s[2:]
	case "name", "ja4":
		return s[1 : 1+int(s[0])], s[1+int(s[0]):]
	}
	n, rest := s[0], s[1:]
	switch k.Name {
	case "service":
		return filter.Service(flow.Service(n)), rest
	case "state":
		return filter.State(flow.State(n)), rest
	case "kind":
		return filter.Kind(flow.Kind(n)), rest
	case "direction":
		return t.o.Classes[n], rest
	}
	return filter.Proto(n), rest
}

// labels gives what the records of a group have in common, the bin first.
func (t *Table) labels(s string) (all []string) {
	if t.o.Bin > 0 {
		at := int64(binary.BigEndian.Uint64([]byte(s[:8])))
		all, s = append(all, time.Unix(0, at).UTC().Format(time.RFC3339)), s[8:]
	}
	for _, k := range t.o.By {
		var l string
		l, s = t.label(k, s)
		all = append(all, l)
	}
	return all
}
