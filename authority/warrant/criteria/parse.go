package criteria

import (
	"fmt"
	"slices"
	"strings"
)

// Error is a fault in a text of criteria.
type Error struct {
	Offset int    // bytes from the start
	Msg    string // what is wrong, in English
}

// Error writes "byte n: message".
func (e *Error) Error() string { return fmt.Sprintf("byte %d: %s", e.Offset, e.Msg) }

// Parse reads criteria in any spelling. Errors are *Error.
//
//	criteria  = case { " or " case }
//	case      = part { " and " part }
//	part      = condition | "(" criteria ")"
//	condition = field " in {" value { "," value } "}"
func Parse(text string) (*Criteria, error) {
	if len(text) > MaxText {
		return nil, &Error{Offset: MaxText, Msg: fmt.Sprintf("criteria have at most %d bytes", MaxText)}
	}
	p := &parser{text: text}
	p.next()
	cases, err := p.either(0)
	if err != nil {
		return nil, err
	}
	if p.token != "" {
		return nil, p.fault("%q cannot stand here", clip(p.token))
	}
	if cases = tidied(cases); len(cases) == 0 {
		return nil, p.fault("nothing can meet these criteria")
	}
	return &Criteria{cases}, nil
}

// ParseExact reads criteria that must be in their only spelling, as on paper.
func ParseExact(text string) (*Criteria, error) {
	c, err := Parse(text)
	if err != nil {
		return nil, err
	}
	if exact := c.String(); exact != text {
		at := 0
		for at < len(exact) && at < len(text) && exact[at] == text[at] {
			at++
		}
		return nil, &Error{Offset: at, Msg: "criteria must be in their only spelling"}
	}
	return c, nil
}

type parser struct {
	text   string
	at     int // behind the token
	start  int // of the token
	token  string
	values int
}

func (p *parser) fault(form string, args ...any) *Error {
	return &Error{Offset: p.start, Msg: fmt.Sprintf(form, args...)}
}

// next reads one token: a mark, or a word up to a blank or mark; "" at the end.
func (p *parser) next() {
	for p.at < len(p.text) && p.text[p.at] == ' ' {
		p.at++
	}
	p.start = p.at
	if p.at < len(p.text) {
		p.at++
		if !strings.ContainsRune("(){},", rune(p.text[p.start])) {
			for p.at < len(p.text) && !strings.ContainsRune("(){}, ", rune(p.text[p.at])) {
				p.at++
			}
		}
	}
	p.token = p.text[p.start:p.at]
}

func (p *parser) want(token string) *Error {
	if p.token != token {
		return p.fault("%q must stand here", token)
	}
	p.next()
	return nil
}

func (p *parser) either(depth int) ([]oneCase, error) {
	if depth > maxDepth {
		return nil, p.fault("brackets are at most %d deep", maxDepth)
	}
	cases, err := p.both(depth)
	for err == nil && p.token == "or" {
		p.next()
		var more []oneCase
		if more, err = p.both(depth); err == nil {
			cases = append(cases, more...)
		}
		if len(cases) > MaxCases {
			return nil, p.fault("criteria have at most %d cases", MaxCases)
		}
	}
	return cases, err
}

func (p *parser) both(depth int) ([]oneCase, error) {
	cases, err := p.part(depth)
	for err == nil && p.token == "and" {
		p.next()
		more, err2 := p.part(depth)
		if err2 != nil {
			return nil, err2
		}
		if cases, err = p.product(cases, more); len(cases) > MaxCases {
			return nil, p.fault("criteria have at most %d cases", MaxCases)
		}
	}
	return cases, err
}

func (p *parser) part(depth int) ([]oneCase, error) {
	if p.token == "(" {
		p.next()
		cases, err := p.either(depth + 1)
		if err != nil {
			return nil, err
		}
		if err := p.want(")"); err != nil {
			return nil, err
		}
		return cases, nil
	}
	c, err := p.condition()
	if err != nil {
		return nil, err
	}
	return []oneCase{{c}}, nil
}

func (p *parser) condition() (condition, error) {
	c := condition{field: fieldOf(p.token), set: &set{}}
	if c.field < 0 {
		return c, p.fault("%q is no field of criteria", clip(p.token))
	}
	p.next()
	if err := p.want("in"); err != nil {
		return c, err
	}
	if err := p.want("{"); err != nil {
		return c, err
	}
	for {
		if p.values++; p.values > MaxValues {
			return c, p.fault("criteria have at most %d values", MaxValues)
		}
		if err := c.set.add(fields[c.field], p.token); err != nil {
			return c, p.fault("%v", err)
		}
		if p.next(); p.token != "," {
			break
		}
		p.next()
	}
	c.set.tidy()
	if err := p.want("}"); err != nil {
		return c, err
	}
	return c, nil
}

// product dissolves "and" between two sets of cases. Cases that nothing can meet fall
// away.
func (p *parser) product(a, b []oneCase) ([]oneCase, error) {
	var out []oneCase
	for _, x := range a {
		for _, y := range b {
			one, possible, err := p.conjunction(x, y)
			if err != nil {
				return nil, err
			}
			if possible {
				out = append(out, one)
			}
		}
		if len(out) > MaxCases {
			break
		}
	}
	return out, nil
}

// conjunction is the case in which all of x and all of y is met. Two conditions on a
// field of which a record has several values cannot be put into one, and are refused.
func (p *parser) conjunction(x, y oneCase) (oneCase, bool, error) {
	one := slices.Clone(x)
	for _, c := range y {
		i, found := slices.BinarySearchFunc(one, c.field, func(o condition, f int) int { return o.field - f })
		switch {
		case !found:
			one = slices.Insert(one, i, c)
		case fields[c.field].several:
			return nil, false, p.fault("a case has one condition on %s, of which a record may have several", fields[c.field].name)
		default:
			one[i].set = one[i].set.intersection(c.set)
			if one[i].set.empty() {
				return nil, false, nil
			}
		}
	}
	return one, true, nil
}

func clip(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}
