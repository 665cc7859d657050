package warning

import (
	"net/netip"
	"regexp"
	"strings"

	"github.com/gaissmai/bart"

	"github.com/noroshi-acd/noroshi/detect/knownbad/indicator"
)

// Lists are the warning lists of a folder. They do not change once loaded and may be
// used by many.
type Lists struct {
	names    []string // of the lists
	entries  int
	prefixes bart.Table[uint32] // number of a list
	texts    map[string]listed  // by sort and text
	pieces   pieces
	patterns []pattern
}

// listed is what a text is on.
type listed struct {
	list uint32
	zone bool // what is beneath the name, too
}

type pattern struct {
	re   *regexp.Regexp
	list uint32
}

// sorts are what a list is about, as bits.
type sorts uint8

const (
	addresses sorts = 1 << iota
	names
	certificates
	clients // fingerprints of TLS clients
)

// Len is how many lists and entries are held.
func (l *Lists) Len() (lists, entries int) {
	if l == nil {
		return 0, 0
	}
	return len(l.names), l.entries
}

// Judge gives the list that holds in, empty for none. whole says that the list names
// it itself; else in lies in a listed network or beneath a listed name, holds a listed
// address, or looks like what the list is about. A nil l holds nothing.
func (l *Lists) Judge(in *indicator.Indicator) (list string, whole bool) {
	if l == nil {
		return "", false
	}
	var at uint32
	var ok bool
	switch in.Kind {
	case indicator.Address, indicator.Prefix:
		at, whole, ok = l.network(in.Prefix)
	case indicator.Name:
		at, whole, ok = l.name(in.Text)
	case indicator.Certificate:
		at, ok = l.exact('c', in.Text)
		whole = ok
	default:
		at, ok = l.exact('f', in.Text)
		whole = ok
	}
	if !ok {
		return "", false
	}
	return l.names[at], whole
}

func (l *Lists) network(p netip.Prefix) (at uint32, whole, ok bool) {
	if around, list, found := l.prefixes.LookupPrefixLPM(p); found {
		return list, around.Bits() == p.Bits(), true
	}
	if p.IsSingleIP() {
		return 0, false, false
	}
	for _, list := range l.prefixes.Subnets(p) {
		return list, false, true
	}
	return 0, false, false
}

func (l *Lists) exact(sort byte, text string) (uint32, bool) {
	x, ok := l.texts[string(sort)+text]
	return x.list, ok
}

// name looks for the name itself, the zones above it, its pieces, and patterns.
func (l *Lists) name(text string) (at uint32, whole, ok bool) {
	if at, ok = l.exact('n', text); ok {
		return at, true, true
	}
	for rest := text; ; {
		_, above, more := strings.Cut(rest, ".")
		if !more {
			break
		}
		if x, found := l.texts["n"+above]; found && x.zone {
			return x.list, false, true
		}
		rest = above
	}
	if at, ok = l.pieces.in(text); ok {
		return at, false, true
	}
	for _, p := range l.patterns {
		if p.re.MatchString(text) {
			return p.list, false, true
		}
	}
	return 0, false, false
}

// pieces finds which of many texts stand in a longer one. They are kept by their first
// bytes, so that looking costs little for each byte of the longer one.
type pieces struct {
	heads map[[headLen]byte][]piece
	short []piece // shorter than a head
}

const headLen = 4

type piece struct {
	text string
	list uint32
}

func (p *pieces) add(text string, list uint32) {
	if len(text) < headLen {
		p.short = append(p.short, piece{text, list})
		return
	}
	if p.heads == nil {
		p.heads = map[[headLen]byte][]piece{}
	}
	head := [headLen]byte([]byte(text))
	p.heads[head] = append(p.heads[head], piece{text, list})
}

// in gives the list of a piece that stands in text.
func (p *pieces) in(text string) (list uint32, ok bool) {
	if p.heads != nil {
		for i := 0; i+headLen <= len(text); i++ {
			for _, x := range p.heads[[headLen]byte([]byte(text[i:i+headLen]))] {
				if strings.HasPrefix(text[i:], x.text) {
					return x.list, true
				}
			}
		}
	}
	for _, x := range p.short {
		if strings.Contains(text, x.text) {
			return x.list, true
		}
	}
	return 0, false
}
