package flowstore

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/criteria"
)

// Limits of a query.
const (
	MaxRecords = 100_000              // that one query gives
	MaxTallies = 1000                 // rows of one count
	MaxSpan    = 366 * 24 * time.Hour // from the first instant to the last
	MaxData    = 64                   // collection warrants that one query looks at
	MaxReason  = 4 << 10              // bytes of the reason
)

// Kind says what a query gives.
type Kind string

// The kinds of query.
const (
	Records Kind = "records" // the records themselves, in order of time
	Talkers Kind = "talkers" // the addresses with the most bytes, both ways
	Days    Kind = "days"    // records, packets and bytes of each UTC day
)

// Kinds lists all kinds.
func Kinds() []Kind { return []Kind{Records, Talkers, Days} }

// Query says which records are looked at. There is no default that widens it: the span
// and the limit are always named, and the data by the warrants under which they were
// collected. A condition that is left out does not restrict; conditions that stand
// together must all hold. An address, prefix, port or name may be at either end.
type Query struct {
	Address   string         `json:"address,omitempty"` // an IP address in its usual form
	Data      []paper.Digest `json:"data"`              // the warrants under which the records were collected
	From      paper.Time     `json:"from"`              // the first second of a record's beginning
	Kind      Kind           `json:"kind"`
	Limit     int64          `json:"limit"`            // how many records or rows at most
	Link      paper.ID       `json:"link,omitempty"`   // the link whose batches are looked at
	Name      string         `json:"name,omitempty"`   // a host name, lower case, without final dot
	NameTree  bool           `json:"name_tree"`        // also names below Name
	Port      int64          `json:"port,omitempty"`   // 1 to 65535
	Pseudonym bool           `json:"pseudonym"`        // Address is a pseudonym; otherwise none is looked at as an address
	Prefix    string         `json:"prefix,omitempty"` // an IP prefix in its usual form
	To        paper.Time     `json:"to"`               // the first second after the span
}

// Check says whether q can be asked at all.
//
// Invariant 14: the default scope is none.
func (q Query) Check() error {
	span := q.To.Time().Sub(q.From.Time())
	most := int64(MaxTallies)
	if q.Kind == Records {
		most = MaxRecords
	}
	switch {
	case !slices.Contains(Kinds(), q.Kind):
		return fmt.Errorf("kind: %q is no kind of query", string(q.Kind))
	case q.From <= 0 || q.To <= q.From || span > MaxSpan:
		return fmt.Errorf("from, to: the span must be named and at most %d days long", int(MaxSpan.Hours()/24))
	case len(q.Data) == 0 || len(q.Data) > MaxData:
		return fmt.Errorf("data: name 1 to %d warrants under which the records were collected", MaxData)
	case q.Limit < 1 || q.Limit > most:
		return fmt.Errorf("limit: must be 1 to %d", most)
	}
	for i, d := range q.Data {
		if err := d.Check(); err != nil {
			return fmt.Errorf("data: %w", err)
		}
		if slices.Contains(q.Data[:i], d) {
			return errors.New("data: a warrant is named twice")
		}
	}
	return q.conditions()
}

func (q Query) conditions() error {
	switch {
	case q.Address != "" && !usualAddress(q.Address):
		return fmt.Errorf("address: %q is no IP address in its usual form", q.Address)
	case q.Prefix != "" && !usualPrefix(q.Prefix):
		return fmt.Errorf("prefix: %q is no IP prefix in its usual form, /8 at the widest", q.Prefix)
	case q.Pseudonym && (q.Address == "" || q.Prefix != ""):
		return errors.New("pseudonym: needs an address and takes no prefix")
	case q.Port < 0 || q.Port > 65535:
		return fmt.Errorf("port: %d is no port", q.Port)
	case q.Link != "" && q.Link.Check() != nil:
		return fmt.Errorf("link: %w", q.Link.Check())
	case !usualName(q.Name):
		return fmt.Errorf("name: %q is no host name in lower case without final dot", q.Name)
	case q.Name == "" && q.NameTree:
		return errors.New("name_tree: there is no name")
	}
	return nil
}

func usualAddress(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Zone() == "" && a.Unmap().String() == s
}

func usualPrefix(s string) bool {
	p, err := netip.ParsePrefix(s)
	return err == nil && p.Masked().String() == s && !p.Addr().Is4In6() && p.Bits() >= 8
}

// usualName takes any text that can stand in a host name's place, "" among it: what is
// looked for was sent by strangers.
func usualName(s string) bool {
	odd := func(c rune) bool { return c <= ' ' || c == 0x7f }
	return strings.ToLower(s) == s && !strings.HasSuffix(s, ".") && len(s) <= 253 && !strings.ContainsFunc(s, odd)
}

// Ends gives the first and the last address that the query's address and prefix permit,
// as 16 bytes; ok is false where neither is named, or where no address meets both.
func (q Query) Ends() (first, last [16]byte, named, ok bool) {
	for i := range last {
		last[i] = 0xff
	}
	if q.Address == "" && q.Prefix == "" {
		return first, last, false, true
	}
	if q.Address != "" {
		if a, err := netip.ParseAddr(q.Address); err == nil {
			first, last = a.As16(), a.As16()
		}
	}
	if q.Prefix == "" {
		return first, last, true, true
	}
	p, err := netip.ParsePrefix(q.Prefix)
	if err != nil {
		return first, last, true, false
	}
	low, high := p.Masked().Addr().As16(), p.Masked().Addr().As16()
	bits := p.Bits()
	if p.Addr().Is4() {
		bits += 96
	}
	for i := bits; i < 128; i++ {
		high[i/8] |= 0x80 >> (i % 8)
	}
	if q.Address == "" {
		return low, high, true, true
	}
	inside := slices.Compare(low[:], first[:]) <= 0 && slices.Compare(first[:], high[:]) <= 0
	return first, last, true, inside
}

// Selector says the query in the language of criteria, so that a warrant's criteria can
// be held against it; "" where nothing restricts it but span, link and data, and where
// the language cannot say it.
func (q Query) Selector() string {
	if q.Pseudonym {
		return "" // criteria speak of addresses
	}
	parts := []string{}
	either := func(value string, fields ...string) {
		for i, f := range fields {
			fields[i] = f + " in {" + value + "}"
		}
		parts = append(parts, "("+strings.Join(fields, " or ")+")")
	}
	if q.Address != "" {
		either(q.Address, "dst", "src")
	} else if q.Prefix != "" {
		either(q.Prefix, "dst", "src")
	}
	if q.Port != 0 {
		either(strconv.FormatInt(q.Port, 10), "dst_port", "src_port")
	}
	if q.Name != "" {
		value := q.Name
		if q.NameTree {
			value += ", *." + q.Name
		}
		either(value, "dns.answers.name", "dns.question", "host", "tls.names", "tls.sni")
	}
	c, err := criteria.Parse(strings.Join(parts, " and "))
	if err != nil {
		return ""
	}
	return c.String()
}

// Target gives what the query aims at, as warrants name targets; nil where it names
// neither address, prefix nor name.
func (q Query) Target() *warrant.Target {
	switch {
	case q.Pseudonym:
		return nil // what a warrant names is an address
	case q.Address != "":
		return &warrant.Target{Kind: warrant.Address, Value: q.Address}
	case q.Prefix != "":
		return &warrant.Target{Kind: warrant.Prefix, Value: q.Prefix}
	case q.Name != "" && !q.NameTree:
		return &warrant.Target{Kind: warrant.Name, Value: q.Name}
	}
	return nil
}
