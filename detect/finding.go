package detect

import (
	"fmt"
	"hash/fnv"
	"math"

	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/timeline"
)

// Kind is the method that made a finding.
type Kind string

// The kinds of finding.
const (
	Beacon    Kind = "beacon"
	LongLived Kind = "long-lived"
	DNSTunnel Kind = "dns-tunnel"
	DGA       Kind = "dga"
	Scan      Kind = "scan"
	Spread    Kind = "spread"
	KnownBad  Kind = "known-bad"
	FanIn     Kind = "fan-in"
	Habit     Kind = "habit"
	OddHours  Kind = "odd-hours"
	OddVolume Kind = "odd-volume"
	OddRegion Kind = "odd-region"
	FastFlux  Kind = "fast-flux"
	OddTLS    Kind = "odd-tls"
	LookAlike Kind = "look-alike"
)

// Level is a finding's place on the one scale that people act by.
type Level uint8

// The levels. A score has exactly one level; see [LevelOf].
const (
	Low Level = iota
	Medium
	High
	Critical
)

// Thresholds of the levels on the score. They are one alert budget for all
// detectors: a detector's score is calibrated so that at High at most about one
// false finding in 500 host-days remains, whichever method made it.
const (
	MediumScore   = 0.5
	HighScore     = 0.75
	CriticalScore = 0.92
)

// LevelOf gives the level of a score.
func LevelOf(score float64) Level {
	switch {
	case score >= CriticalScore:
		return Critical
	case score >= HighScore:
		return High
	case score >= MediumScore:
		return Medium
	}
	return Low
}

// String gives the level's identifier.
func (l Level) String() string { return [...]string{"low", "medium", "high", "critical"}[l] }

// ParseLevel reads an identifier that String wrote.
func ParseLevel(s string) (Level, bool) {
	for l := Low; l <= Critical; l++ {
		if l.String() == s {
			return l, true
		}
	}
	return Low, false
}

// Finding is what a detector says about one machine, or about several that do the
// same thing.
type Finding struct {
	Kind        Kind
	Score       float64     // 0..1, calibrated: comparable between kinds
	Src         flow.Addr   // zero when Sources speaks
	Sources     []flow.Addr // where one finding speaks for several hosts
	Dst         flow.Addr   // zero when the finding is about a name only
	Port        uint16      // destination port, 0 when several or none
	Proto       uint8       // IANA protocol number, 0 when several or none
	Name        string      // destination's name or zone, empty when unknown
	Class       direction.Class
	First, Last int64 // ns since 1970-01-01 UTC, of the evidence
	Count       int64 // exchanges, queries or probes that are the evidence
	Evidence    []Fact
	Why         i18n.Text
	Attack      []string   // MITRE ATT&CK technique numbers
	Strip       []uint16   // evidence over time: counts in equal slices of First..Last, for the interval strip
	Gaps        []GapCount // how long the times between check-ins were, shortest first; empty where a method measures none
}

// GapCount says how many times between check-ins lay in one class of length.
type GapCount struct {
	From, To float64 // s; From belongs to the class, To only to the last
	Count    int64
}

// Fact is one evidence figure: a stable snake_case name with its unit in the
// name where it has one (period_s, src_bytes), and a number or a text.
type Fact struct {
	Name  string
	Value any // float64, int64, bool or string
}

// ID identifies the finding: the same evidence source gives the same ID in every
// run, so that people can refer to it.
func (f *Finding) ID() string {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s|%s|%s|%d|%d|%s", f.Kind, f.Src, f.Dst, f.Port, f.Proto, f.Name)
	for _, s := range f.Sources {
		h.Write(s[:])
	}
	return fmt.Sprintf("%s-%012x", f.Kind, h.Sum64()&0xffffffffffff)
}

// StripLen is the number of slices of an interval strip.
const StripLen = timeline.Len

// Timeline is the interval strip of detectors that keep no times.
type Timeline = timeline.Timeline

// Round3 keeps three significant digits of x, enough for a figure of evidence.
func Round3(x float64) float64 {
	if x == 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return 0
	}
	scale := math.Pow(10, 2-math.Floor(math.Log10(math.Abs(x))))
	return math.Round(x*scale) / scale
}
