package compile

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// spans are the keys whose value is a length of time with its unit.
var spans = []string{"confirm_within", "notice_within", "lasts", "within", "whole_after", "approve_within"}

// paperOf turns a value of TOML into one that a paper can hold. key is the name of the
// member, whose is the name of the member that it belongs to when it is a "value".
func (t *tree) paperOf(field, key, whose string, v any, depth int) (any, error) {
	if depth > deepest {
		return nil, t.wrong(field, "deep", nil)
	}
	switch v := v.(type) {
	case map[string]any:
		return t.table(field, key, v, depth)
	case []any:
		return t.list(field, key, v, depth)
	case string:
		return t.text(field, key, whose, v)
	case int64, bool:
		return v, nil
	case time.Time:
		return paper.TimeOf(v).String(), nil
	case toml.LocalDate:
		if key == "date" {
			return v.String(), nil
		}
		return nil, t.wrong(field, "zone", nil)
	case toml.LocalDateTime, toml.LocalTime:
		return nil, t.wrong(field, "zone", nil)
	}
	return nil, t.wrong(field, "value", nil)
}

// table turns a table. A fact, and whatever else has a mark, has a list of citations.
func (t *tree) table(field, key string, v map[string]any, depth int) (any, error) {
	out := make(map[string]any, len(v))
	for k, x := range v {
		y, err := t.paperOf(under(field, k), k, key, x, depth+1)
		if err != nil {
			return nil, err
		}
		out[k] = y
	}
	if _, marked := out["mark"]; marked {
		fill(out, "cite", []any{})
	}
	if cite, one := out["cite"].(string); one {
		out["cite"] = []any{cite}
	}
	return out, nil
}

// list turns a list. What is no citation and made of texts is a set, whose order a paper
// fixes.
func (t *tree) list(field, key string, v []any, depth int) (any, error) {
	if key == "when" {
		return t.predicates(field, v)
	}
	out := make([]any, 0, len(v))
	texts := key != "cite"
	for i, x := range v {
		y, err := t.paperOf(field+"["+strconv.Itoa(i)+"]", "", key, x, depth+1)
		if err != nil {
			return nil, err
		}
		if _, text := y.(string); !text {
			texts = false
		}
		out = append(out, y)
	}
	if texts {
		slices.SortFunc(out, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
	}
	return out, nil
}

// text turns a length of time where one stands, and leaves all other text alone.
func (t *tree) text(field, key, whose, s string) (any, error) {
	name := key
	if key == "value" {
		name = whose
	}
	var v any = s
	ok := true
	switch {
	case slices.Contains(spans, name):
		v, ok = span(s)
	case strings.HasSuffix(name, "_s"):
		v, ok = seconds(s)
	}
	if !ok {
		return nil, t.wrong(field, "length", nil, "text", s)
	}
	return v, nil
}

var length = regexp.MustCompile(`^(0|[1-9][0-9]{0,8}) ([a-z_]+)$`)

// span reads "3 working_day", "48 h".
func span(s string) (any, bool) {
	m := length.FindStringSubmatch(s)
	if m == nil {
		return nil, false
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	return map[string]any{"n": n, "unit": m[2]}, err == nil
}

// seconds reads "6 months", "48 h". Months and years have the fewest days that they can
// have, so that nothing lasts longer than the law's own months.
func seconds(s string) (any, bool) {
	m := length.FindStringSubmatch(s)
	if m == nil {
		return nil, false
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil || n > 1e9 {
		return nil, false
	}
	switch m[2] {
	case "s":
		return n, true
	case "min":
		return n * 60, true
	case "h":
		return n * 3600, true
	case "day", "days":
		return n * 86400, true
	case "month", "months":
		return shortest(n) * 86400, n <= 1200
	case "year", "years":
		return shortest(12*n) * 86400, n <= 100
	}
	return nil, false
}

// shortest gives the fewest days that n months can have, from any day on.
func shortest(n int64) int64 {
	least := int64(-1)
	for month := range 48 { // four years: with and without a leap day
		from := time.Date(2001, time.January+time.Month(month), 1, 0, 0, 0, 0, time.UTC)
		to := from.AddDate(0, int(min(n, 1200)), 0)
		if days := int64(to.Sub(from) / (24 * time.Hour)); least < 0 || days < least {
			least = days
		}
	}
	return least
}

// Months gives the number of months, up to ten years, that a length of time in seconds
// stands for in the rules; 0 for one that is no number of months.
func Months(seconds int64) int64 {
	for n := range int64(120) {
		if shortest(n+1)*86400 == seconds {
			return n + 1
		}
	}
	return 0
}

var predicate = regexp.MustCompile(`^([a-z-]+)(!?)=([a-z0-9._:/|-]+)$`)

// predicates reads "foreign-target=yes", "kind=access|neutralise", "path!=urgent".
func (t *tree) predicates(field string, list []any) (any, error) {
	out := make([]any, 0, len(list))
	for i, x := range list {
		s, _ := x.(string)
		m := predicate.FindStringSubmatch(s)
		if m == nil {
			return nil, t.wrong(field+"["+strconv.Itoa(i)+"]", "when", nil, "text", s)
		}
		var is []any
		values := strings.Split(m[3], "|")
		slices.Sort(values)
		for _, v := range values {
			is = append(is, v)
		}
		p := map[string]any{"attribute": m[1], "is": is}
		if m[2] != "" {
			p["not"] = true
		}
		out = append(out, p)
	}
	return out, nil
}

// fill gives a member that was not written.
func fill(members map[string]any, name string, v any) {
	if _, ok := members[name]; !ok {
		members[name] = v
	}
}
