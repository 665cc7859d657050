package stix

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/noroshi-acd/noroshi/detect/knownbad/indicator"
)

// Reasons why a comparison gives no indicator, beside those of package indicator.
const (
	reasonFile        = "file"        // about files, which no flow record shows
	reasonUnsupported = "unsupported" // a comparison that cannot be made by look-up
)

// Bounds of a pattern.
const (
	maxTokens       = 20_000
	maxNesting      = 64
	maxAlternatives = 4096
)

// outcome is what a part of a pattern comes to.
type outcome struct {
	any     []indicator.Indicator // one of them is enough
	refused []string              // comparisons that give none, by reason
	free    bool                  // a condition that flow records mostly meet, or a port
	port    uint16
}

// partial marks all of o as one of several conditions.
func (o outcome) partial() outcome {
	for i := range o.any {
		o.any[i].Partial = true
	}
	return o
}

// withPort binds what has no port yet to one.
func (o outcome) withPort(port uint16) outcome {
	for i := range o.any {
		if o.any[i].Port == 0 && o.any[i].Kind <= indicator.Name {
			o.any[i].Port = port
		}
	}
	return o
}

// or is o or p.
func (o outcome) or(p outcome) outcome {
	q := outcome{any: append(o.any, p.any...), refused: append(o.refused, p.refused...)}
	for _, x := range []outcome{o, p} {
		if x.free {
			q.refused = append(q.refused, reasonUnsupported) // a port alone is nobody's
		}
	}
	return q
}

// and is o and p about the same thing: the more telling of both, as a part of the
// whole.
func (o outcome) and(p outcome) outcome {
	refused := append(o.refused, p.refused...)
	switch {
	case o.free && p.free:
		o.port = max(o.port, p.port)
		return o
	case o.free:
		return p.withPort(o.port)
	case p.free:
		return o.withPort(p.port)
	case len(o.any) == 0:
		o = p.partial()
	case len(p.any) == 0 || telling(o.any) >= telling(p.any):
		o = o.partial()
	default:
		o = p.partial()
	}
	o.refused = refused
	return o
}

// telling says how much the weakest of some indicators says.
func telling(all []indicator.Indicator) int {
	least := 9
	for _, i := range all {
		least = min(least, [...]int{indicator.Address: 2, indicator.Prefix: 1, indicator.Name: 3, indicator.Certificate: 4, indicator.JA3: 0, indicator.JA4: 0}[i.Kind])
	}
	return least
}

// together is o and p, seen apart from each other.
func (o outcome) together(p outcome) outcome { return o.partial().or(p.partial()) }

var token = regexp.MustCompile(`^(?:[a-z][a-z0-9-]*:[A-Za-z_][\w-]*(?:\.(?:[A-Za-z_][\w-]*|'(?:[^'\\]|\\.)*')|\[(?:\d+|\*)\])*|[thb]?'(?:[^'\\]|\\.)*'|-?\d+(?:\.\d+)?|!=|<=|>=|==|<>|[][()=<>,]|[A-Za-z]+)`)

var errPattern = errors.New("not a pattern")

// parser reads a pattern by recursive descent. Where the grammar ends it sets wrong and
// takes no more.
type parser struct {
	tokens []string
	wrong  bool
	depth  int
}

// read gives what pattern comes to.
func read(pattern string) (outcome, error) {
	p := &parser{}
	for rest := strings.TrimSpace(pattern); rest != ""; {
		t := token.FindString(rest)
		if t == "" || len(p.tokens) == maxTokens {
			return outcome{}, errPattern
		}
		p.tokens = append(p.tokens, t)
		rest = strings.TrimLeft(rest[len(t):], " \t\r\n")
	}
	o := p.followed()
	if p.wrong || len(p.tokens) > 0 || len(o.any) > maxAlternatives {
		return outcome{}, errPattern
	}
	if o.free {
		o = o.or(outcome{})
	}
	return o, nil
}

func (p *parser) peek() string {
	if p.wrong || len(p.tokens) == 0 {
		return ""
	}
	return p.tokens[0]
}

func (p *parser) next() string {
	t := p.peek()
	if t == "" {
		p.wrong = true
		return ""
	}
	p.tokens = p.tokens[1:]
	return t
}

// take steps over the next token if it is one of words.
func (p *parser) take(words ...string) bool {
	if t := p.peek(); t != "" && slices.Contains(words, t) {
		p.tokens = p.tokens[1:]
		return true
	}
	return false
}

func (p *parser) want(word string) {
	if !p.take(word) {
		p.wrong = true
	}
}

// chain reads parts joined by operator.
func (p *parser) chain(operator string, part func() outcome, join func(a, b outcome) outcome) outcome {
	o := part()
	for p.take(operator) {
		o = join(o, part())
	}
	return o
}

func (p *parser) followed() outcome {
	return p.chain("FOLLOWEDBY", func() outcome {
		return p.chain("OR", func() outcome {
			return p.chain("AND", p.observation, outcome.together)
		}, outcome.or)
	}, outcome.together)
}

// nested reads what stands in brackets, unless they stand too deep.
func (p *parser) nested(end string, part func() outcome) outcome {
	if p.depth++; p.depth > maxNesting {
		p.wrong = true
		return outcome{}
	}
	o := part()
	p.depth--
	p.want(end)
	return o
}

func (p *parser) observation() outcome {
	var o outcome
	if p.take("(") {
		o = p.nested(")", p.followed)
	} else {
		p.want("[")
		o = p.nested("]", p.comparisons)
	}
	for {
		switch {
		case p.take("REPEATS"):
			o = o.partial()
			p.next()
			p.want("TIMES")
		case p.take("WITHIN"):
			p.next()
			p.want("SECONDS")
		case p.take("START"):
			o = o.partial()
			p.next()
			p.want("STOP")
			p.next()
		default:
			return o
		}
	}
}

func (p *parser) comparisons() outcome {
	return p.chain("OR", func() outcome {
		return p.chain("AND", func() outcome {
			if p.take("(") {
				return p.nested(")", p.comparisons)
			}
			return p.comparison()
		}, outcome.and)
	}, outcome.or)
}

// comparison is path operator value, or EXISTS path.
func (p *parser) comparison() outcome {
	exists := p.take("EXISTS")
	path := p.next()
	if !strings.Contains(path, ":") {
		p.wrong = true
		return outcome{}
	}
	if exists {
		return p.unusable(path)
	}
	negated := p.take("NOT")
	operator := p.next()
	var values []string
	switch operator {
	case "=", "==", "ISSUBSET":
		values = append(values, p.literal())
	case "!=", "<>", "<", ">", "<=", ">=", "LIKE", "MATCHES", "ISSUPERSET":
		p.literal()
		negated = true
	case "IN":
		p.want("(")
		for more := true; more && !p.wrong; more = p.take(",") {
			values = append(values, p.literal())
		}
		p.want(")")
	default:
		p.wrong = true
	}
	if negated || p.wrong {
		return p.unusable(path)
	}
	return compare(path, values)
}

// unusable is a comparison that cannot be made.
func (p *parser) unusable(path string) outcome {
	if strings.HasPrefix(path, "file:") {
		return outcome{refused: []string{reasonFile}}
	}
	return outcome{refused: []string{reasonUnsupported}}
}

// literal reads a value, a text without its quotes.
func (p *parser) literal() string {
	t := p.next()
	if t == "true" || t == "false" || t != "" && strings.ContainsRune("-0123456789", rune(t[0])) {
		return t
	}
	t = strings.TrimLeft(t, "thb")
	if len(t) < 2 || t[0] != '\'' {
		p.wrong = true
		return ""
	}
	t = t[1 : len(t)-1]
	if !strings.Contains(t, `\`) {
		return t
	}
	var b strings.Builder
	for i := 0; i < len(t); i++ {
		if t[i] == '\\' && i+1 < len(t) {
			i++
		}
		b.WriteByte(t[i])
	}
	return b.String()
}

// compare gives what path = one of values comes to.
func compare(path string, values []string) outcome {
	object, property, _ := strings.Cut(path, ":")
	switch object {
	case "file":
		return outcome{refused: slices.Repeat([]string{reasonFile}, len(values))}
	case "network-traffic":
		if o, ok := traffic(property, values); ok {
			return o
		}
	}
	kinds := kindsOf(object, property)
	var o outcome
	for _, v := range values {
		in, reason := indicator.Parse(v, object == "domain-name")
		switch {
		case kinds == nil, reason == "" && !slices.Contains(kinds, in.Kind):
			o.refused = append(o.refused, reasonUnsupported)
		case reason != "":
			o.refused = append(o.refused, string(reason))
		default:
			in.FromURL = in.FromURL || object == "url" && in.Kind == indicator.Name
			o.any = append(o.any, in)
		}
	}
	return o
}

// traffic reads the conditions on network traffic that are no indicator themselves.
func traffic(property string, values []string) (o outcome, ok bool) {
	switch {
	case (property == "dst_port" || property == "src_port") && len(values) == 1:
		n, err := strconv.ParseUint(values[0], 10, 16)
		if err != nil {
			return outcome{refused: []string{reasonUnsupported}}, true
		}
		if property == "src_port" {
			n = 0 // which one the client chose says nothing
		}
		return outcome{free: true, port: uint16(n)}, true
	case strings.HasPrefix(property, "protocols"), strings.HasSuffix(property, "_ref.type"):
		return outcome{free: true}, true
	}
	return outcome{}, false
}

// kindsOf gives what a property can hold that flow records show; nil for nothing.
func kindsOf(object, property string) []indicator.Kind {
	ends := []indicator.Kind{indicator.Address, indicator.Prefix, indicator.Name}
	switch object {
	case "ipv4-addr", "ipv6-addr":
		if property == "value" {
			return ends[:2]
		}
	case "domain-name":
		if property == "value" {
			return ends[2:]
		}
	case "url":
		if property == "value" {
			return ends
		}
	case "network-traffic":
		if property == "src_ref.value" || property == "dst_ref.value" {
			return ends
		}
	case "x509-certificate":
		algorithm := strings.ToUpper(strings.NewReplacer("hashes.", "", "'", "", "-", "").Replace(property))
		if algorithm == "SHA1" || algorithm == "SHA256" {
			return []indicator.Kind{indicator.Certificate}
		}
	}
	return nil
}
