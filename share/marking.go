package share

import (
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/detect"
)

// Marking is a mark of the Traffic Light Protocol, in the words of its first
// version, which STIX 2.1 uses.
type Marking string

// The marks, from the most open to the most closed.
const (
	White Marking = "white" // anybody ("clear" in the second version)
	Green Marking = "green" // the community
	Amber Marking = "amber" // the own organisation and those who must know
	Red   Marking = "red"   // those who were told in person
)

// ParseMarking reads a mark: white (or clear), green, amber, red.
func ParseMarking(s string) (Marking, bool) {
	switch m := Marking(strings.ToLower(strings.TrimPrefix(strings.ToUpper(s), "TLP:"))); m {
	case White, Green, Amber, Red:
		return m, true
	case "clear":
		return White, true
	}
	return "", false
}

// String writes the mark as it stands on a page: TLP:AMBER.
func (m Marking) String() string { return "TLP:" + strings.ToUpper(string(m)) }

// narrower lists the marks from the most open to the most closed.
var narrower = [...]Marking{White, Green, Amber, Red}

// Narrowest gives the mark that r must bear: that which was asked for, or the
// narrowest of a feed that a finding rests on, and then the feed. Who was given an
// indicator for a few must not hand on to many what it found. AMBER+STRICT, which the
// first version does not have, is held as RED.
func (r *Result) Narrowest() (m Marking, feed string) {
	m = r.Marking
	for i := range r.Findings {
		mark, name := feedMark(r.Findings[i].Evidence)
		if slices.Index(narrower[:], mark) > slices.Index(narrower[:], m) {
			m, feed = mark, name
		}
	}
	return m, feed
}

// feedMark reads the marking of the feed in the evidence of a known-bad finding.
func feedMark(evidence []detect.Fact) (m Marking, feed string) {
	for _, f := range evidence {
		text, _ := f.Value.(string)
		switch f.Name {
		case "feed":
			feed = text
		case "feed_tlp":
			var ok bool
			if m, ok = ParseMarking(text); !ok {
				m = Red // AMBER+STRICT, and what a later version may bring
			}
		}
	}
	return m, feed
}
