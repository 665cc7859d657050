package knownbad

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/maphash"
	"net/netip"
	"os"
	"strings"

	"github.com/gaissmai/bart"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/knownbad/indicator"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Limits of a set.
const (
	maxIndicators = 16 << 20
	maxTexts      = 256 << 20 // bytes of names and descriptions
)

// Set holds indicators for look-up. It does not change once loaded and may be used
// by many detectors.
type Set struct {
	lists    []List
	entries  []entry // from 1: 0 means no match
	text     []byte  // names, digests, descriptions
	interned map[string]span
	seed     maphash.Seed
	v4       map[uint32]uint32
	v6       map[flow.Addr]uint32
	prefixes bart.Table[uint32]
	texts    map[uint64]uint32 // hash of a name, digest or fingerprint
	voices   []indicator.Voice // who speaks, told apart; 0 is nobody known
	voiceOf  map[indicator.Voice]uint32
	kinds    [indicator.JA4 + 1]int
	filter   filter // over v4 and texts
}

// List is one file of a set.
type List struct {
	Path       string
	Indicators int // indicators that only this list or this list first names
}

// entry is one indicator.
type entry struct {
	expires    int64 // ns, 0 for never
	value      span  // of names, digests, fingerprints, prefixes
	about      span  // description
	source     span
	warned     span  // warning list that holds it
	since      int64 // ns, 0 when unknown
	voice      uint32
	port       uint16 // 0 for any
	line       uint32
	lists      uint16 // how many lists name it, by the files and by what they say
	list       uint16 // the first that names it
	last       uint16 // the last that names it
	confidence int8   // 0..100, indicator.Unknown
	kind       indicator.Kind
	fromURL    bool
	partial    bool // one of several conditions that had to hold together
	wholly     bool // the warning list names it itself
	counted    bool // its list counts in how many lists it stands
}

type span struct{ off, len uint32 }

// Guard says which warning list holds an indicator, empty for none, and whether it
// names it itself.
type Guard interface {
	Judge(*indicator.Indicator) (list string, whole bool)
}

// Builder gathers a set from several lists. It has one owner.
type Builder struct {
	set   *Set
	guard Guard
}

// NewBuilder begins an empty set; guard may be nil.
func NewBuilder(guard Guard) *Builder {
	return &Builder{guard: guard, set: &Set{entries: make([]entry, 1), seed: maphash.MakeSeed(), interned: map[string]span{},
		v4: map[uint32]uint32{}, v6: map[flow.Addr]uint32{}, texts: map[uint64]uint32{},
		voices: make([]indicator.Voice, 1), voiceOf: map[indicator.Voice]uint32{}}}
}

// Begin says that what Add is given next comes from the list or feed at path. Its
// error is Limit.
func (b *Builder) Begin(path string) error {
	if at := (fault.Place{Path: path, Offset: -1}); len(b.set.lists) == 1<<16 {
		return problem(fault.Limit, at, "lists", nil)
	}
	b.set.lists = append(b.set.lists, List{Path: path})
	return nil
}

// Add takes in an indicator of the list begun last, which stands in a line of it. It
// marks it when a warning list holds it. Its error is Limit.
func (b *Builder) Add(i *indicator.Indicator, line int64) error {
	s := b.set
	if len(s.entries) > maxIndicators || len(s.text) > maxTexts {
		return problem(fault.Limit, fault.Place{Path: s.lists[len(s.lists)-1].Path, Line: line, Offset: -1}, "many", nil)
	}
	if b.guard != nil {
		i.Warned, i.WarnedWhole = b.guard.Judge(i)
	}
	s.add(i, uint16(len(s.lists)-1), line)
	return nil
}

// Read adds the lists at paths. Lines that cannot be used go to skips (nil: they are
// dropped). Its errors are NotFound, Invalid or Limit and name the file and the line.
func (b *Builder) Read(paths []string, skips *fault.Skips) error {
	if skips == nil {
		skips = &fault.Skips{}
	}
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			kind := fault.Invalid
			if errors.Is(err, os.ErrNotExist) {
				kind = fault.NotFound
			}
			return problem(kind, fault.Place{Path: path, Offset: -1}, "open", err)
		}
		if err = b.Begin(path); err == nil {
			err = indicator.Read(f, path, skips, b.Add)
		}
		f.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// Set gives what was gathered. The builder must not be used any more.
func (b *Builder) Set() *Set {
	b.set.seal()
	return b.set
}

// LoadLists reads the lists at paths into one set, as [Builder.Read] does.
func LoadLists(paths []string, skips *fault.Skips) (*Set, error) {
	b := NewBuilder(nil)
	if err := b.Read(paths, skips); err != nil {
		return nil, err
	}
	return b.Set(), nil
}

// seal makes s ready for look-ups once all is in.
func (s *Set) seal() {
	s.interned, s.voiceOf = nil, nil
	s.filter = newFilter(len(s.v4) + len(s.texts))
	for a := range s.v4 {
		s.filter.add(detect.Mix(uint64(a)))
	}
	for h := range s.texts {
		s.filter.add(h)
	}
}

func problem(kind fault.Kind, place fault.Place, key string, err error) error {
	return fault.Said(fault.Error{Kind: kind, Place: place, Err: err},
		i18n.Both("knownbad.op"), i18n.Both("knownbad.fault."+key), i18n.Both("knownbad.hint."+key))
}

// Len is the number of indicators.
func (s *Set) Len() int { return len(s.entries) - 1 }

// Lists gives the files of the set in the order given to LoadLists.
func (s *Set) Lists() []List { return append([]List(nil), s.lists...) }

// add takes in i; an indicator that is there already gains what i knows more.
func (s *Set) add(i *indicator.Indicator, list uint16, line int64) {
	place, value := s.slot(i)
	if *place != 0 {
		s.entries[*place].join(s, i, list)
		s.store(i, *place)
		return
	}
	e := entry{expires: i.Expires, line: uint32(min(line, 1<<32-1)), lists: uint16(max(i.Lists, 1)), list: list, last: list,
		confidence: int8(i.Confidence), kind: i.Kind, fromURL: i.FromURL, counted: i.Lists > 0, about: s.intern(i.Description), source: s.intern(i.Source),
		warned: s.intern(i.Warned), wholly: i.WarnedWhole, since: i.Since, voice: s.voice(i.Voice), port: i.Port, partial: i.Partial}
	if value != "" {
		e.value = s.put(value)
	}
	*place = uint32(len(s.entries))
	s.entries = append(s.entries, e)
	s.lists[list].Indicators++
	s.kinds[i.Kind]++
	s.store(i, *place)
}

// slot gives the number under which i is known, 0 when it is new, and the text that
// its entry keeps.
func (s *Set) slot(i *indicator.Indicator) (at *uint32, value string) {
	var n uint32
	switch i.Kind {
	case indicator.Address:
		a := i.Prefix.Addr()
		if a.Is4() {
			n = s.v4[number(a)]
		} else {
			n = s.v6[flow.AddrFrom(a)]
		}
	case indicator.Prefix:
		n, _ = s.prefixes.Get(i.Prefix)
		value = i.Prefix.String()
	default:
		n, value = s.texts[maphash.String(s.seed, i.Text)], i.Text
		if n != 0 && string(s.bytes(s.entries[n].value)) != i.Text {
			n = 0 // a collision in 64 bits; the later one takes the place
		}
	}
	return &n, value
}

func (s *Set) store(i *indicator.Indicator, n uint32) {
	switch i.Kind {
	case indicator.Address:
		if a := i.Prefix.Addr(); a.Is4() {
			s.v4[number(a)] = n
		} else {
			s.v6[flow.AddrFrom(a)] = n
		}
	case indicator.Prefix:
		s.prefixes.Insert(i.Prefix, n)
	default:
		s.texts[maphash.String(s.seed, i.Text)] = n
	}
}

// join adds what another line says about the same indicator: the later expiry, the
// higher confidence, the voice that is believed most, another list's count.
func (e *entry) join(s *Set, i *indicator.Indicator, list uint16) {
	if e.expires != 0 && (i.Expires == 0 || i.Expires > e.expires) {
		e.expires = i.Expires
	}
	e.confidence = max(e.confidence, int8(i.Confidence))
	e.fromURL, e.partial = e.fromURL && i.FromURL, e.partial && i.Partial
	e.since = max(e.since, i.Since)
	if e.port != i.Port {
		e.port = 0
	}
	v := s.voices[e.voice]
	said := v
	if i.Voice.Grade() != "" && (v.Grade() == "" || i.Voice.Worth() > v.Worth()) {
		said = i.Voice
	}
	said.TLP = max(v.TLP, i.Voice.TLP) // the narrower marking stays
	e.voice = s.voice(said)
	if e.about.len == 0 {
		e.about = s.intern(i.Description)
	}
	switch {
	case list != e.last:
		e.lists = uint16(min(int(e.lists)+max(i.Lists, 1), 1<<16-1))
		e.last = list
	case i.Lists > int(e.lists):
		e.lists = uint16(i.Lists)
	}
}

// voice numbers v. When too many differ the rest are nobody's.
func (s *Set) voice(v indicator.Voice) uint32 {
	n, ok := s.voiceOf[v]
	if v != (indicator.Voice{}) && !ok && len(s.voices) < 1<<16 {
		n = uint32(len(s.voices))
		s.voices, s.voiceOf[v] = append(s.voices, v), n
	}
	return n
}

func number(a netip.Addr) uint32 { b := a.As4(); return binary.BigEndian.Uint32(b[:]) }

func (s *Set) put(text string) span {
	at := span{uint32(len(s.text)), uint32(len(text))}
	s.text = append(s.text, text...)
	return at
}

// intern keeps a text once: descriptions repeat. When too many differ it keeps the
// rest apart.
func (s *Set) intern(text string) span {
	if text == "" {
		return span{}
	}
	if at, ok := s.interned[text]; ok {
		return at
	}
	at := s.put(text)
	if len(s.interned) < 1<<16 {
		s.interned[strings.Clone(text)] = at
	}
	return at
}

func (s *Set) bytes(t span) []byte { return s.text[t.off : t.off+t.len] }

// addr finds the indicator for an address: itself, else the longest prefix around it.
func (s *Set) addr(a flow.Addr) uint32 {
	if a.Is4() {
		v := binary.BigEndian.Uint32(a[12:])
		if s.filter.has(detect.Mix(uint64(v))) {
			if n := s.v4[v]; n != 0 {
				return n
			}
		}
	} else if len(s.v6) > 0 {
		if n := s.v6[a]; n != 0 {
			return n
		}
	}
	if s.kinds[indicator.Prefix] == 0 {
		return 0
	}
	n, _ := s.prefixes.Lookup(a.Netip())
	return n
}

// name finds the indicator for a host name: itself, else the nearest zone above it.
func (s *Set) name(b []byte) uint32 {
	if s.kinds[indicator.Name] == 0 {
		return 0
	}
	for labels := 0; len(b) > 0 && labels < 128; labels++ {
		if n := s.exact(b, indicator.Name); n != 0 {
			return n
		}
		dot := bytes.IndexByte(b, '.')
		if dot < 0 {
			return 0
		}
		b = b[dot+1:]
	}
	return 0
}

// exact finds the indicator of a kind whose text is b.
func (s *Set) exact(b []byte, kind indicator.Kind) uint32 {
	if len(b) == 0 || s.kinds[kind] == 0 {
		return 0
	}
	h := maphash.Bytes(s.seed, b)
	if !s.filter.has(h) {
		return 0
	}
	n := s.texts[h]
	if n == 0 || s.entries[n].kind != kind || string(s.bytes(s.entries[n].value)) != string(b) {
		return 0
	}
	return n
}
