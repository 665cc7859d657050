package criteria

import (
	"slices"
	"strings"
)

// Limits of criteria.
const (
	MaxText   = 1 << 16 // bytes
	MaxCases  = 32      // after all brackets are dissolved
	MaxValues = 1024
	maxDepth  = 32 // of brackets
)

// Criteria is what may be kept: any of its cases. It does not change.
type Criteria struct{ cases []oneCase }

// oneCase is all of its conditions, in the order of their fields, one per field.
type oneCase []condition

type condition struct {
	field int
	set   *set
}

// String writes c in its only spelling: brackets dissolved, ranges joined, cases that
// another holds left out, everything in order.
func (c *Criteria) String() string {
	texts := make([]string, len(c.cases))
	for i, o := range c.cases {
		texts[i] = o.String()
	}
	return strings.Join(texts, " or ")
}

func (o oneCase) String() string {
	texts := make([]string, len(o))
	for i, c := range o {
		texts[i] = fields[c.field].name + " in {" + c.set.key + "}"
	}
	return strings.Join(texts, " and ")
}

// Inside says whether the selector, in the same language and its only spelling, lies
// inside c; nil when it does. Errors are *Error.
func Inside(selector string, c *Criteria) error {
	s, err := ParseExact(selector)
	if err != nil {
		return err
	}
	if !Covers(c, s) {
		return &Error{Msg: "the selector reaches beyond the criteria"}
	}
	return nil
}

// covers: each of p's conditions holds the child's condition on the same field.
func (p oneCase) covers(child oneCase) bool {
	i := 0
	for _, c := range p {
		for i < len(child) && child[i].field < c.field {
			i++
		}
		if i == len(child) || child[i].field != c.field || !c.set.covers(child[i].set) {
			return false
		}
	}
	return true
}

// tidied brings cases into their only order: none inside another, two that differ in
// one field put together.
func tidied(cases []oneCase) []oneCase {
	for {
		slices.SortFunc(cases, func(a, b oneCase) int { return strings.Compare(a.String(), b.String()) })
		cases = absorbed(cases)
		if !mergeOne(&cases) {
			return cases
		}
	}
}

func absorbed(cases []oneCase) []oneCase {
	var kept []oneCase
	for i, c := range cases {
		inside := false
		for j, o := range cases {
			if i != j && o.covers(c) && (!c.covers(o) || j < i) {
				inside = true
				break
			}
		}
		if !inside {
			kept = append(kept, c)
		}
	}
	return kept
}

// mergeOne puts the first two cases that differ in one field only into one.
func mergeOne(cases *[]oneCase) bool {
	list := *cases
	for i := range list {
		for j := i + 1; j < len(list); j++ {
			if at := differ(list[i], list[j]); at >= 0 {
				one := slices.Clone(list[i])
				one[at].set = one[at].set.union(list[j][at].set)
				list[i] = one
				*cases = slices.Delete(list, j, j+1)
				return true
			}
		}
	}
	return false
}

// differ gives the place of the one condition in which a and b differ; -1 when they
// differ otherwise.
func differ(a, b oneCase) int {
	if len(a) != len(b) {
		return -1
	}
	at := -1
	for i := range a {
		if a[i].field != b[i].field {
			return -1
		}
		if a[i].set.key == b[i].set.key {
			continue
		}
		if at >= 0 {
			return -1
		}
		at = i
	}
	return at
}
