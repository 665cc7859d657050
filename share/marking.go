package share

import "strings"

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
