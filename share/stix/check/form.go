package check

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// value judges v by a form: text, bool, int, float, time, hex, binary, url, dict,
// hashes, pattern, addr4, addr6, refs, kill (phase), lang; id:T for a reference to
// type T, id:* to anything; open:V and closed:V for vocabularies; [F] for a list of
// F that is not empty.
func (j *judge) value(at string, v any, form string) {
	if j.depth++; j.depth > maxDepth {
		j.depth--
		return
	}
	defer func() { j.depth-- }()
	if inner, ok := strings.CutPrefix(form, "["); ok {
		list, ok := v.([]any)
		if !ok || len(list) == 0 {
			j.must(at, "must be a list that is not empty")
			return
		}
		for i, x := range list {
			j.value(fmt.Sprintf("%s[%d]", at, i), x, strings.TrimSuffix(inner, "]"))
		}
		return
	}
	sort, of, _ := strings.Cut(form, ":")
	switch sort {
	case "id":
		j.reference(at, v, of)
	case "int":
		j.number(at, v, of)
	case "dict":
		j.dictionary(at, v)
	case "hashes":
		j.hashes(at, v)
	case "refs":
		j.externalReference(at, v)
	case "kill":
		j.killChainPhase(at, v)
	case "granular":
		j.granular(at, v)
	case "bool", "float", "any":
		j.plain(at, v, sort)
	default:
		j.text(at, v, sort, of)
	}
}

// plain judges what JSON itself tells apart.
func (j *judge) plain(at string, v any, sort string) {
	_, yes := v.(bool)
	_, number := v.(json.Number)
	switch {
	case sort == "bool" && !yes:
		j.must(at, "must be true or false")
	case sort == "float" && !number:
		j.must(at, "must be a number")
	}
}

// text judges what is written as text.
func (j *judge) text(at string, v any, sort, of string) {
	s, ok := v.(string)
	if !ok {
		j.must(at, "must be text")
		return
	}
	switch sort {
	case "time":
		if _, ok := moment(s); !ok {
			j.must(at, "%q is no time of the form 2026-11-20T08:00:00.000Z", s)
		}
	case "hex", "binary":
		j.coded(at, s, sort)
	case "open":
		if !slices.Contains(vocabulary(of), s) {
			j.should(at, "%q is not in the vocabulary %s", s, of)
		}
	case "closed":
		if !slices.Contains(vocabulary(of), s) {
			j.must(at, "%q is not in the enumeration %s", s, of)
		}
	case "addr4", "addr6":
		j.address(at, s, sort)
	case "lang":
		if !language.MatchString(s) {
			j.must(at, "%q is no language tag (RFC 5646)", s)
		}
	case "full":
		if s == "" {
			j.must(at, "must not be empty")
		}
	}
}

// coded judges octets written as text.
func (j *judge) coded(at, s, sort string) {
	_, err := hex.DecodeString(s)
	if sort == "binary" {
		_, err = base64.StdEncoding.DecodeString(s)
	}
	if err != nil {
		j.must(at, "is no %s text", sort)
	}
}

var language = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)

// instant is the standard's form of a time; fractions are free.
var instant = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$`)

func moment(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339Nano, s)
	return t, err == nil && instant.MatchString(s)
}

func (j *judge) address(at, s, sort string) {
	var a netip.Addr
	p, err := netip.ParsePrefix(s)
	if err == nil {
		a = p.Addr()
	} else if a, err = netip.ParseAddr(s); err != nil {
		j.must(at, "%q is no address and no CIDR prefix", s)
		return
	}
	if a.Is4() != (sort == "addr4") {
		j.must(at, "%q is of the other family", s)
	}
}

// number judges a whole number; of is "" or "least..most".
func (j *judge) number(at string, v any, of string) {
	n, ok := v.(json.Number)
	if !ok {
		j.must(at, "must be a whole number")
		return
	}
	i, err := strconv.ParseInt(n.String(), 10, 64)
	if err != nil {
		j.must(at, "must be a whole number, it is %s", n)
		return
	}
	if least, most, ok := strings.Cut(of, ".."); ok {
		lo, _ := strconv.ParseInt(least, 10, 64)
		hi, _ := strconv.ParseInt(most, 10, 64)
		if i < lo || i > hi {
			j.must(at, "must lie between %d and %d, it is %d", lo, hi, i)
		}
	}
}

var identifier = regexp.MustCompile(`^([a-z][a-z0-9]*(?:-[a-z0-9]+)*)--([0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})$`)

// identifier judges the form of an id of a type.
func (j *judge) identifier(at string, v any, kind string) {
	s, ok := v.(string)
	if !ok {
		j.must(at, "is missing or no text")
		return
	}
	m := identifier.FindStringSubmatch(s)
	switch {
	case m == nil:
		j.must(at, "%q is not type--UUID", s)
	case kind != "*" && m[1] != kind:
		j.must(at, "%q is no id of a %s", s, kind)
	case m[3] != "4" && m[3] != "5":
		j.should(at, "the UUID is of version %s, not 4 or 5", m[3])
	}
}

// reference judges a reference to something of one of the types (separated by |)
// that should be in the bundle.
func (j *judge) reference(at string, v any, kinds string) {
	j.identifier(at, v, "*")
	s, _ := v.(string)
	kind, _, _ := strings.Cut(s, "--")
	switch kinds {
	case "*":
	case "sco":
		if x, ok := shapes()[kind]; ok && x.class != "sco" {
			j.must(at, "%s is no observable", s)
		}
	case "end": // of a relationship
		if x, ok := shapes()[kind]; ok && x.class != "sdo" && x.class != "sco" {
			j.must(at, "a relationship cannot end at a %s", kind)
		}
	default:
		if !slices.Contains(strings.Split(kinds, "|"), kind) {
			j.must(at, "%s must be a %s", s, kinds)
		}
	}
	if s != "" && j.known[s] == "" {
		j.should(at, "%s is not in the bundle", s)
	}
}

var key = regexp.MustCompile(`^[A-Za-z0-9_-]{1,250}$`)

func (j *judge) dictionary(at string, v any) {
	d, ok := v.(map[string]any)
	if !ok || len(d) == 0 {
		j.must(at, "must be an object that is not empty")
		return
	}
	for k := range d {
		if !key.MatchString(k) {
			j.must(at, "%q is no key", k)
		}
	}
}

// lengths are the hash algorithms of the standard and the length of their hex text,
// 0 for any.
var lengths = map[string]int{"MD5": 32, "SHA-1": 40, "SHA-256": 64, "SHA-512": 128, "SHA3-256": 64, "SHA3-512": 128, "SSDEEP": 0, "TLSH": 0}

func (j *judge) hashes(at string, v any) {
	j.dictionary(at, v)
	d, _ := v.(map[string]any)
	for name, x := range d {
		n, ok := lengths[name]
		s, text := x.(string)
		switch {
		case !ok:
			j.should(at, "%q is not in the vocabulary hash-algorithm", name)
		case !text:
			j.must(at+"."+name, "must be text")
		case n > 0 && len(s) != n:
			j.must(at+"."+name, "has %d letters, not %d", len(s), n)
		}
	}
}

// members judges the members of a small object: those named must be text.
func (j *judge) members(at string, v any, required []string, others ...string) map[string]any {
	d, ok := v.(map[string]any)
	if !ok {
		j.must(at, "must be an object")
		return nil
	}
	for _, n := range required {
		if s, _ := d[n].(string); s == "" {
			j.must(at+"."+n, "is missing")
		}
	}
	for n := range d {
		if !slices.Contains(required, n) && !slices.Contains(others, n) {
			j.must(at+"."+n, "is no property here")
		}
	}
	return d
}

func (j *judge) externalReference(at string, v any) {
	d := j.members(at, v, []string{"source_name"}, "description", "url", "hashes", "external_id")
	if d != nil && d["description"] == nil && d["url"] == nil && d["external_id"] == nil {
		j.must(at, "must have a description, url or external_id")
	}
	if h, ok := d["hashes"]; ok {
		j.hashes(at+".hashes", h)
	}
}

func (j *judge) killChainPhase(at string, v any) {
	j.members(at, v, []string{"kill_chain_name", "phase_name"})
}

func (j *judge) granular(at string, v any) {
	d := j.members(at, v, nil, "lang", "marking_ref", "selectors")
	if d == nil {
		return
	}
	if (d["lang"] == nil) == (d["marking_ref"] == nil) {
		j.must(at, "must have either lang or marking_ref")
	}
	if m, ok := d["marking_ref"]; ok {
		j.reference(at+".marking_ref", m, "marking-definition")
	}
	j.value(at+".selectors", d["selectors"], "[full]")
}
