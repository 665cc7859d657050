package check

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Pattern judges a pattern of the STIX language by its grammar. It knows the forms,
// not which properties an observable has.
func Pattern(text string) error {
	p := &parser{}
	if err := p.split(text); err != nil {
		return err
	}
	if err := p.observations(0); err != nil {
		return err
	}
	if p.at < len(p.tokens) {
		return fmt.Errorf("%q is not expected here", p.tokens[p.at])
	}
	return nil
}

// parser reads a pattern by recursive descent.
type parser struct {
	tokens []string
	at     int
}

// token is one word of the language: a path, a text (with the letter of its sort
// before it), a number, an operator, a word.
var token = regexp.MustCompile(`^(?:[a-z][a-z0-9-]*:[A-Za-z_][\w-]*(?:\.(?:[A-Za-z_][\w-]*|'(?:[^'\\]|\\.)*')|\[(?:\d+|\*)\])*|[thb]?'(?:[^'\\]|\\.)*'|-?\d+(?:\.\d+)?|!=|<=|>=|==|<>|[][()=<>,]|[A-Za-z]+)`)

const maxTokens = 100_000

func (p *parser) split(text string) error {
	for rest := text; ; {
		rest = strings.TrimLeft(rest, " \t\r\n")
		if rest == "" {
			return nil
		}
		t := token.FindString(rest)
		if t == "" {
			return fmt.Errorf("%.20q is no word of the pattern language", rest)
		}
		if p.tokens = append(p.tokens, t); len(p.tokens) > maxTokens {
			return errors.New("the pattern is too long")
		}
		rest = rest[len(t):]
	}
}

// take steps over the next token when it is one of want.
func (p *parser) take(want ...string) bool {
	if p.at < len(p.tokens) && index(want, p.tokens[p.at]) >= 0 {
		p.at++
		return true
	}
	return false
}

func (p *parser) next() string {
	if p.at >= len(p.tokens) {
		return ""
	}
	p.at++
	return p.tokens[p.at-1]
}

func (p *parser) want(what string) error {
	if !p.take(what) {
		if p.at < len(p.tokens) {
			return fmt.Errorf("%q stands where %q is expected", p.tokens[p.at], what)
		}
		return fmt.Errorf("the pattern ends where %q is expected", what)
	}
	return nil
}

var errDeep = errors.New("the pattern is nested too deeply")

// observations is observation { (AND | OR | FOLLOWEDBY) observation }.
func (p *parser) observations(depth int) error {
	if depth > maxDepth {
		return errDeep
	}
	for {
		if err := p.observation(depth); err != nil {
			return err
		}
		if !p.take("AND", "OR", "FOLLOWEDBY") {
			return nil
		}
	}
}

func (p *parser) observation(depth int) error {
	end, inner := "]", p.comparisons
	if p.take("(") {
		end, inner = ")", p.observations
	} else if err := p.want("["); err != nil {
		return err
	}
	if err := inner(depth + 1); err != nil {
		return err
	}
	if err := p.want(end); err != nil {
		return err
	}
	return p.qualifiers()
}

// qualifiers are REPEATS n TIMES, WITHIN n SECONDS, START t'…' STOP t'…'.
func (p *parser) qualifiers() error {
	for {
		switch {
		case p.take("REPEATS"):
			p.next()
			if err := p.want("TIMES"); err != nil {
				return err
			}
		case p.take("WITHIN"):
			p.next()
			if err := p.want("SECONDS"); err != nil {
				return err
			}
		case p.take("START"):
			if !strings.HasPrefix(p.next(), "t'") || p.want("STOP") != nil || !strings.HasPrefix(p.next(), "t'") {
				return errors.New("START t'…' STOP t'…' is expected")
			}
		default:
			return nil
		}
	}
}

// comparisons is comparison { (AND | OR) comparison }.
func (p *parser) comparisons(depth int) error {
	if depth > maxDepth {
		return errDeep
	}
	for {
		if p.take("(") {
			if err := p.comparisons(depth + 1); err != nil {
				return err
			}
			if err := p.want(")"); err != nil {
				return err
			}
		} else if err := p.comparison(); err != nil {
			return err
		}
		if !p.take("AND", "OR") {
			return nil
		}
	}
}

// comparison is path operator value, or EXISTS path.
func (p *parser) comparison() error {
	exists := p.take("EXISTS")
	if path := p.next(); !strings.Contains(path, ":") || strings.Contains(path, "'") && !strings.Contains(path, ".'") {
		return fmt.Errorf("%q is no object path", path)
	}
	if exists {
		return nil
	}
	p.take("NOT")
	switch op := p.next(); op {
	case "=", "!=", "==", "<>", "<", ">", "<=", ">=", "LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET":
		return p.literal()
	case "IN":
		if err := p.want("("); err != nil {
			return err
		}
		for {
			if err := p.literal(); err != nil {
				return err
			}
			if !p.take(",") {
				return p.want(")")
			}
		}
	default:
		return fmt.Errorf("%q is no comparison", op)
	}
}

var literal = regexp.MustCompile(`^(?:[thb]?'.*|-?\d.*|true|false)`)

func (p *parser) literal() error {
	if t := p.next(); !literal.MatchString(t) {
		return fmt.Errorf("%q is no value", t)
	}
	return nil
}
