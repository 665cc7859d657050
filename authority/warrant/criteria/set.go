package criteria

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// set is the values of one condition in their only spelling: ranges that neither touch
// nor overlap, or names of which none lies below another.
type set struct {
	addrs   []addrRange
	numbers []numRange
	texts   []string // names and words
	key     string   // the values as they are written
}

// addrRange is of one family.
type (
	addrRange = span[netip.Addr]
	numRange  = span[uint64]
)

// add puts one value, as it stands in the text, into the set.
func (s *set) add(f field, text string) error {
	switch f.form {
	case address:
		return s.addAddress(text)
	case number:
		return s.addNumber(text, f.most)
	case name:
		if !isName(strings.TrimPrefix(text, "*.")) {
			return fmt.Errorf("%q is no host name in lower case", text)
		}
	default:
		if !isWord(text) {
			return fmt.Errorf("%q is no digest or fingerprint in lower case", text)
		}
	}
	s.texts = append(s.texts, text)
	return nil
}

func (s *set) addAddress(text string) error {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		a, err := netip.ParseAddr(text)
		if err != nil || a.Zone() != "" {
			return fmt.Errorf("%q is no address and no prefix", text)
		}
		p = netip.PrefixFrom(a, a.BitLen())
	}
	if p.Addr().Is4In6() || p != p.Masked() {
		return fmt.Errorf("%q has bits behind its length, or is IPv4 written as IPv6", text)
	}
	s.addrs = append(s.addrs, addrRange{p.Addr(), last(p)})
	return nil
}

// last is the highest address of p.
func last(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

func (s *set) addNumber(text string, most uint64) error {
	low, high, ranged := strings.Cut(text, "-")
	if !ranged {
		high = low
	}
	from, err := decimal(low)
	to, err2 := decimal(high)
	if err != nil || err2 != nil || from > to || to > most {
		return fmt.Errorf("%q is no number or range up to %d", text, most)
	}
	s.numbers = append(s.numbers, numRange{from, to})
	return nil
}

func decimal(text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err == nil && strconv.FormatUint(n, 10) != text {
		err = errors.New("leading zeros or a sign")
	}
	return n, err
}

func isName(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

func isWord(s string) bool {
	return s != "" && len(s) <= 128 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// tidy brings the set into its only spelling.
func (s *set) tidy() {
	slices.SortFunc(s.addrs, func(a, b addrRange) int { return a.from.Compare(b.from) })
	s.addrs = joined(s.addrs, func(a, b addrRange) (addrRange, bool) {
		if a.from.BitLen() != b.from.BitLen() || b.from.Compare(a.to) > 0 && b.from != a.to.Next() {
			return a, false
		}
		if b.to.Compare(a.to) > 0 {
			a.to = b.to
		}
		return a, true
	})
	slices.SortFunc(s.numbers, func(a, b numRange) int { return cmp.Compare(a.from, b.from) })
	s.numbers = joined(s.numbers, func(a, b numRange) (numRange, bool) {
		if b.from > a.to && b.from-a.to > 1 {
			return a, false
		}
		a.to = max(a.to, b.to)
		return a, true
	})
	slices.Sort(s.texts)
	s.texts = slices.Compact(s.texts)
	all := slices.Clone(s.texts)
	s.texts = slices.DeleteFunc(s.texts, func(t string) bool { return held(all, t, false) })
	s.key = strings.Join(s.values(), ", ")
}

// held says whether one of the sorted names and subtrees holds all of t; itself counts
// when asked.
func held(sorted []string, t string, itself bool) bool {
	if _, ok := slices.BinarySearch(sorted, t); ok && itself {
		return true
	}
	for rest := strings.TrimPrefix(t, "*."); ; {
		_, below, ok := strings.Cut(rest, ".")
		if !ok {
			return false
		}
		if _, found := slices.BinarySearch(sorted, "*."+below); found {
			return true
		}
		rest = below
	}
}

// joined puts neighbours together while join says that they are one.
func joined[T any](list []T, join func(a, b T) (T, bool)) []T {
	var out []T
	for _, r := range list {
		if n := len(out); n > 0 {
			if one, ok := join(out[n-1], r); ok {
				out[n-1] = one
				continue
			}
		}
		out = append(out, r)
	}
	return out
}

// nameCovers says whether the name or subtree a holds all of b.
func nameCovers(a, b string) bool {
	if below, ok := strings.CutPrefix(a, "*."); ok {
		return a == b || strings.HasSuffix(strings.TrimPrefix(b, "*."), "."+below)
	}
	return a == b
}

func (s *set) empty() bool { return len(s.addrs)+len(s.numbers)+len(s.texts) == 0 }

// covers says whether s holds all of o; both are tidy.
func (s *set) covers(o *set) bool {
	for _, b := range o.addrs {
		i, _ := slices.BinarySearchFunc(s.addrs, b.to, func(a addrRange, to netip.Addr) int { return a.to.Compare(to) })
		if i == len(s.addrs) || s.addrs[i].from.BitLen() != b.from.BitLen() || s.addrs[i].from.Compare(b.from) > 0 {
			return false
		}
	}
	for _, b := range o.numbers {
		i, _ := slices.BinarySearchFunc(s.numbers, b.to, func(a numRange, to uint64) int { return cmp.Compare(a.to, to) })
		if i == len(s.numbers) || s.numbers[i].from > b.from {
			return false
		}
	}
	for _, b := range o.texts {
		if !held(s.texts, b, true) {
			return false
		}
	}
	return true
}

// union holds what either holds.
func (s *set) union(o *set) *set {
	u := &set{addrs: slices.Concat(s.addrs, o.addrs), numbers: slices.Concat(s.numbers, o.numbers), texts: slices.Concat(s.texts, o.texts)}
	u.tidy()
	return u
}

// intersection holds what both hold.
func (s *set) intersection(o *set) *set {
	u := &set{}
	for _, a := range s.addrs {
		for _, b := range o.addrs {
			from, to := a.from, a.to
			if b.from.Compare(from) > 0 {
				from = b.from
			}
			if b.to.Compare(to) < 0 {
				to = b.to
			}
			if a.from.BitLen() == b.from.BitLen() && from.Compare(to) <= 0 {
				u.addrs = append(u.addrs, addrRange{from, to})
			}
		}
	}
	for _, a := range s.numbers {
		for _, b := range o.numbers {
			if from, to := max(a.from, b.from), min(a.to, b.to); from <= to {
				u.numbers = append(u.numbers, numRange{from, to})
			}
		}
	}
	for _, a := range s.texts {
		for _, b := range o.texts {
			switch {
			case nameCovers(a, b):
				u.texts = append(u.texts, b)
			case nameCovers(b, a):
				u.texts = append(u.texts, a)
			}
		}
	}
	u.tidy()
	return u
}

// values writes the set's values, prefixes as few as can be.
func (s *set) values() []string {
	list := slices.Clone(s.texts)
	for _, r := range s.numbers {
		text := strconv.FormatUint(r.from, 10)
		if r.to > r.from {
			text += "-" + strconv.FormatUint(r.to, 10)
		}
		list = append(list, text)
	}
	for _, r := range s.addrs {
		for from := r.from; ; {
			bits := from.BitLen()
			for bits > 0 {
				p := netip.PrefixFrom(from, bits-1)
				if p.Masked() != p || last(p).Compare(r.to) > 0 {
					break
				}
				bits--
			}
			p := netip.PrefixFrom(from, bits)
			if bits == from.BitLen() {
				list = append(list, from.String())
			} else {
				list = append(list, p.String())
			}
			if last(p) == r.to {
				break
			}
			from = last(p).Next()
		}
	}
	return list
}
