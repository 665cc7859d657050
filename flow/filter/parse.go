package filter

import (
	"strings"
	"sync"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Limits of a filter.
const (
	MaxText  = 64 << 10 // bytes
	maxDepth = 100      // of parentheses and negations
)

// parser reads tokens from left to right.
type parser struct {
	text  string
	all   []token
	next  int
	depth int
	o     *Options
}

func parse(text string, o *Options) (*expr, error) {
	if len(text) > MaxText {
		return nil, wrongKind(fault.Limit, text, MaxText, 0, "filter.long", "most", MaxText)
	}
	all, err := lex(text)
	if err != nil {
		return nil, err
	}
	p := &parser{text: text, all: all, o: o}
	if p.peek().shape == ended {
		return nil, nil
	}
	e, err := p.or()
	if err == nil && p.peek().shape != ended {
		return nil, p.wrong(p.peek(), "filter.after")
	}
	return e, err
}

func (p *parser) peek() token { return p.all[p.next] }

// ahead gives the token n behind the next.
func (p *parser) ahead(n int) token { return p.all[min(p.next+n, len(p.all)-1)] }

// take gives the next token and goes on, but never beyond the end.
func (p *parser) take() token {
	t := p.all[p.next]
	if t.shape != ended {
		p.next++
	}
	return t
}

// skip takes the next token if it is one of words.
func (p *parser) skip(words ...string) bool {
	if p.peek().is(words...) {
		p.next++
		return true
	}
	return false
}

func (p *parser) wrong(t token, key string, args ...any) error {
	if t.shape == ended && key != "filter.unclosed" {
		return wrong(p.text, t.at, 0, "filter.end")
	}
	return wrong(p.text, t.at, t.n, key, append(args, "word", t.text)...)
}

func (p *parser) or() (*expr, error)  { return p.chain(opOr, p.and, "or", "||") }
func (p *parser) and() (*expr, error) { return p.chain(opAnd, p.not, "and", "&&") }

func (p *parser) chain(o op, part func() (*expr, error), words ...string) (*expr, error) {
	first, err := part()
	if err != nil || !p.peek().is(words...) {
		return first, err
	}
	e := &expr{op: o, kids: []*expr{first}}
	for p.skip(words...) {
		kid, err := part()
		if err != nil {
			return nil, err
		}
		e.kids = append(e.kids, kid)
	}
	return e, nil
}

func (p *parser) not() (*expr, error) {
	t := p.peek()
	if p.depth++; p.depth > maxDepth {
		return nil, wrongKind(fault.Limit, p.text, t.at, t.n, "filter.deep", "most", maxDepth)
	}
	defer func() { p.depth-- }()
	switch {
	case p.skip("not", "!"):
		kid, err := p.not()
		return &expr{op: opNot, kids: []*expr{kid}}, err
	case p.skip("("):
		e, err := p.or()
		if err == nil && !p.skip(")") {
			if p.peek().shape == ended {
				return nil, p.wrong(t, "filter.unclosed")
			}
			return nil, p.wrong(p.peek(), "filter.after")
		}
		return e, err
	}
	return p.condition()
}

// fields are the words that begin a condition.
var fields = sync.OnceValue(func() map[string]field {
	return map[string]field{
		"host": fAddr, "ip": fAddr, "net": fAddr, "port": fPort, "proto": fProto, "inet": fVersion, "ipv4": fVersion, "inet6": fVersion, "ipv6": fVersion,
		"bytes": fBytes, "packets": fPackets, "bps": fBps, "pps": fPps, "bpp": fBpp, "duration": fDuration, "first": fFirst, "time": fFirst, "last": fLast,
		"flags": fFlags, "state": fState, "service": fService, "kind": fKind, "direction": fDirection,
		"name": fName, "question": fQuestion, "sni": fSNI, "http-host": fHost, "ja3": fJA3, "ja4": fJA4, "cert": fCert,
	}
})

// sided says whether each end has a field.
func sided(f field) bool {
	return f == fAddr || f == fPort || f == fBytes || f == fPackets || f == fFlags
}

// condition reads one condition.
func (p *parser) condition() (*expr, error) {
	e := &expr{}
	begun := p.peek()
	e.term.side = p.side()
	t := p.peek()
	f, known := fields()[strings.ToLower(t.text)]
	known = known && t.shape == plain
	switch {
	case known && e.term.side != either && !sided(f):
		return nil, p.wrong(begun, "filter.no_side", "field", t.text)
	case known:
		e.term.field = f
		if f != fVersion {
			p.next++
		}
	case e.term.side != either && t.shape == plain && strings.ContainsAny(t.text, ".:"): // src 192.0.2.1
		e.term.field = fAddr
	case e.term.side == either && t.shape == plain && protocol(t.text) != 0:
		e.term.field = fProto // tcp
	default:
		return nil, p.notBegun(t)
	}
	return p.value(e)
}

// notBegun says that t begins no condition.
func (p *parser) notBegun(t token) error {
	if t.is("and", "or", "&&", "||", ")") {
		return p.wrong(t, "filter.missing")
	}
	return p.wrong(t, "filter.unknown")
}

// side reads src, dst, any, src or dst, src and dst.
func (p *parser) side() side {
	switch {
	case p.skip("any"):
		return either
	case p.skip("dst"):
		return target
	case !p.skip("src"):
		return either
	}
	if p.ahead(1).is("dst") && p.ahead(2).is("host", "ip", "net", "port") {
		switch {
		case p.peek().is("or"):
			p.next += 2
			return either
		case p.peek().is("and"):
			p.next += 2
			return both
		}
	}
	return source
}

// value reads what a condition compares with.
func (p *parser) value(e *expr) (*expr, error) {
	x := &e.term
	switch x.field {
	case fBytes, fPackets, fBps, fPps, fBpp, fDuration, fFirst, fLast:
		return e, p.comparison(x)
	case fVersion:
		x.set = 1 << 4
		if t := p.take(); t.is("inet6", "ipv6") {
			x.set = 1 << 6
		}
		return e, nil
	}
	if x.field == fPort && p.peek().is("<", "<=", ">", ">=") {
		return e, p.portBound(x)
	}
	negated := false
	if !p.skip("=", "==", "in") {
		negated = p.skip("!=")
	}
	var err error
	if p.skip("[") {
		for first := true; err == nil && !p.skip("]"); first = false {
			if !first {
				p.skip(",")
			}
			err = p.item(x)
		}
	} else {
		for err = p.item(x); err == nil && p.skip(","); {
			err = p.item(x)
		}
	}
	if negated {
		e = &expr{op: opNot, kids: []*expr{e}}
	}
	return e, err
}
