package judge

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Day is the findings and the truth of one day. Honest says, where it is known,
// which harmless thing each source and target are, so that false alerts can be
// named by class.
type Day struct {
	Findings []Finding
	Truth    []Threat
	Honest   []Threat
}

// Options say how to judge.
type Options struct {
	Levels []string // that count as an alert; none means high and critical
	Apart  []string // classes whose name begins so are counted apart: neither for nor against
}

// Tally is a number of threats and how many of them were found.
type Tally struct{ Threats, Found int }

// Recall gives the share that was found, 1 of none.
func (t Tally) Recall() float64 {
	if t.Threats == 0 {
		return 1
	}
	return float64(t.Found) / float64(t.Threats)
}

// Result is the judgement over all days.
type Result struct {
	Alerts, True int // alerts that count, and those of them that hit a threat
	Tally            // of the threats that count
	Apart        Tally
	Classes      map[string]Tally // all classes, those apart too
	False        map[string]int   // what the false alerts were about: kind and honest class, else kind and target
}

// Precision gives the share of alerts that hit a threat, 1 of none.
func (r *Result) Precision() float64 {
	if r.Alerts == 0 {
		return 1
	}
	return float64(r.True) / float64(r.Alerts)
}

// Worst lists up to n of the commonest false alerts, as text and number.
func (r *Result) Worst(n int) []string {
	keys := slices.SortedFunc(maps.Keys(r.False), func(a, b string) int {
		return cmp.Or(cmp.Compare(r.False[b], r.False[a]), cmp.Compare(a, b))
	})
	return keys[:min(n, len(keys))]
}

// Pool judges all days together. An alert is true when it hits at least one threat;
// a threat is found when at least one alert hits it. An alert that hits only
// threats counted apart is no alert.
func Pool(days []Day, o Options) Result {
	r := Result{Classes: map[string]Tally{}, False: map[string]int{}}
	for _, d := range days {
		r.day(d, o)
	}
	return r
}

func (r *Result) day(d Day, o Options) {
	apart := func(t *Threat) bool {
		return slices.ContainsFunc(o.Apart, func(p string) bool { return strings.HasPrefix(t.Class, p) })
	}
	found := make([]bool, len(d.Truth))
	honest := make(map[[2]string]string, len(d.Honest))
	for _, h := range d.Honest {
		honest[[2]string{h.Src, h.Target}] = h.Class
	}
	for i := range d.Findings {
		f := &d.Findings[i]
		if !f.at(o.Levels) {
			continue
		}
		hits, counts := 0, false
		for j := range d.Truth {
			if t := &d.Truth[j]; Hits(f, t) {
				found[j] = true
				hits++
				counts = counts || !apart(t)
			}
		}
		switch {
		case hits == 0:
			r.Alerts++
			r.False[f.Kind+" "+cmp.Or(f.honest(honest), f.Name, f.Dst, f.Src)]++
		case counts:
			r.Alerts++
			r.True++
		}
	}
	for j := range d.Truth {
		t := &d.Truth[j]
		class, to := r.Classes[t.Class], &r.Tally
		if apart(t) {
			to = &r.Apart
		}
		to.Threats++
		class.Threats++
		if found[j] {
			to.Found++
			class.Found++
		}
		r.Classes[t.Class] = class
	}
}

// honest gives the class of the harmless thing that f is about, empty for none.
func (f *Finding) honest(classes map[[2]string]string) string {
	for _, src := range append([]string{f.Src}, f.Sources...) {
		if c := cmp.Or(classes[[2]string{src, f.Name}], classes[[2]string{src, f.Dst}]); c != "" {
			return c
		}
	}
	return ""
}

func (f *Finding) at(levels []string) bool {
	if len(levels) == 0 {
		return f.Loud()
	}
	return slices.Contains(levels, f.Level)
}

// Hits says whether f is about t: its source and its destination or name are the
// threat's. A tunnel is hit by its zone or a name below it, also by a finding
// without source. A host that scans, spreads or makes up names is hit by a finding
// of that kind about it, whatever its target, because that is what it does to many.
func Hits(f *Finding, t *Threat) bool {
	if t.Kind == "dnstunnel" && (f.Name == t.Target || strings.HasSuffix(f.Name, "."+t.Target)) && (f.Src == "" || f.Src == t.Src) {
		return true
	}
	if !f.About(t.Src) {
		return false
	}
	switch t.Kind {
	case "scan", "spread":
		if f.Kind == "scan" || f.Kind == "spread" {
			return true
		}
	case "dga":
		if f.Kind == "dga" {
			return true
		}
	}
	return t.Target != "" && (f.Dst == t.Target || f.Name == t.Target)
}

// TimeAlerts counts the findings at medium or above that are about time service:
// port 123, or the service named in the evidence.
func TimeAlerts(all []Finding) int {
	n := 0
	for i := range all {
		f := &all[i]
		if f.Level != "low" && (f.Port == 123 || f.Evidence["service"] == "ntp") {
			n++
		}
	}
	return n
}
