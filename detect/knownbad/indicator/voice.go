package indicator

import "strings"

// Voice is who speaks of an indicator, and how far they are to be believed.
type Voice struct {
	Feed        string // what the receiver calls the feed
	Licence     string
	TLP         TLP
	Reliability Reliability
	Credibility Credibility
}

// Reliability is how far a source is to be believed, by the Admiralty code: 'A'
// (always was right) to 'E' (was wrong), 'F' when it cannot be judged; 0 when nobody
// said.
type Reliability byte

// ParseReliability reads a letter in either case. The taxonomy's "g", which means a
// source that deceives on purpose, is no better than E.
func ParseReliability(s string) (Reliability, bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	switch {
	case len(s) != 1 || s[0] < 'A' || s[0] > 'G':
		return 0, false
	case s == "G":
		return 'E', true
	}
	return Reliability(s[0]), true
}

// String gives the letter, "-" for 0.
func (r Reliability) String() string {
	if r == 0 {
		return "-"
	}
	return string(rune(r))
}

// Worth is what the grade adds to a score, at most 0.02; less than nothing when the
// source has been wrong.
func (r Reliability) Worth() float64 {
	switch r {
	case 'A':
		return 0.02
	case 'C':
		return -0.06
	case 'D':
		return -0.15
	case 'E':
		return -0.30
	case 'F':
		return -0.06
	}
	return 0
}

// Credibility is how far a single piece of information is to be believed, by the
// Admiralty code: 1 (confirmed by others) to 5 (improbable), 6 when it cannot be
// judged; 0 when nobody said.
type Credibility uint8

// ParseCredibility reads a digit.
func ParseCredibility(s string) (Credibility, bool) {
	s = strings.TrimSpace(s)
	if len(s) != 1 || s[0] < '1' || s[0] > '6' {
		return 0, false
	}
	return Credibility(s[0] - '0'), true
}

// String gives the digit, "-" for 0.
func (c Credibility) String() string {
	if c == 0 {
		return "-"
	}
	return string(rune('0' + c))
}

// Worth is what the grade adds to a score, at most 0.02.
func (c Credibility) Worth() float64 {
	switch c {
	case 1:
		return 0.02
	case 3:
		return -0.04
	case 4:
		return -0.15
	case 5:
		return -0.30
	case 6:
		return -0.04
	}
	return 0
}

// Grade writes both grades as people do: "B2"; empty when neither was given.
func (v Voice) Grade() string {
	if v.Reliability == 0 && v.Credibility == 0 {
		return ""
	}
	return v.Reliability.String() + v.Credibility.String()
}

// Worth is what v adds to the score of what it says.
func (v Voice) Worth() float64 { return v.Reliability.Worth() + v.Credibility.Worth() }

// TLP is a marking of the Traffic Light Protocol, from the widest to the narrowest.
type TLP uint8

// The markings of TLP 2.0.
const (
	Unmarked TLP = iota
	Clear
	Green
	Amber
	AmberStrict
	Red
)

// ParseTLP reads a marking in any case, with or without "tlp:"; "white" of TLP 1 is
// clear.
func ParseTLP(s string) (TLP, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	switch strings.TrimPrefix(s, "tlp:") {
	case "clear", "white":
		return Clear, true
	case "green":
		return Green, true
	case "amber":
		return Amber, true
	case "amber+strict":
		return AmberStrict, true
	case "red":
		return Red, true
	}
	return Unmarked, false
}

// String gives the marking as the protocol writes it; empty for none.
func (t TLP) String() string {
	return [...]string{"", "TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"}[min(t, Red)]
}
