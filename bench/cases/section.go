package cases

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/bench/report"
	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/detect/roster"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Our own bar: nobody asked for numbers, only that there be a case and a precision.
const (
	leastRecall    = 0.9
	leastPrecision = 0.95
)

// tally is what became of one method's cases, and of all that it said.
type tally struct {
	planted, found, high, medium int // cases; found: at the level that is asked
	alerts, right, falseMedium   int // findings at that level; about a case of whatever method
	lookAlikes, disturbed        int // honest cases; those about which it spoke at that level
}

// asked gives the level from which a method's finding counts: some never rise above
// medium, or do so only with others.
func asked(k detect.Kind) detect.Level {
	switch k {
	case detect.OddHours, detect.OddRegion, detect.LookAlike, detect.OddTLS:
		return detect.Medium
	}
	return detect.High
}

// Section plays the cases in several worlds.
func Section(ctx context.Context, b *bed.Bed, s *report.Section) error {
	dir, err := b.Dir("cases")
	if err != nil {
		return err
	}
	all, kinds := map[detect.Kind]*tally{}, []detect.Kind{}
	classes := report.Table{Caption: "By class; high and medium count threats found, alerts those about honest work:", Head: []string{"method", "class", "played", "high", "medium", "alerts"}}
	byClass := map[string]*tally{}
	worlds, lines := b.Size(6, 1), []string(nil)
	for i := range worlds {
		if err := ctx.Err(); err != nil {
			return err
		}
		b.Say("playing week %d of %d", i+1, worlds)
		w, found, err := play(b.Rand(fmt.Sprint("cases ", i)), dir, b.Size(3, 2))
		if err != nil {
			return err
		}
		lines = append(lines, w.judge(found, all, byClass)...)
	}
	if len(lines) > 0 {
		s.Note(fmt.Sprintf("False findings: %s%s.", strings.Join(lines[:min(mostLines, len(lines))], "; "), map[bool]string{true: fmt.Sprintf("; and %d more", len(lines)-mostLines)}[len(lines) > mostLines]))
	}
	for _, c := range list() {
		if all[c.kind] != nil && !slices.Contains(kinds, c.kind) {
			kinds = append(kinds, c.kind)
		}
		t := byClass[c.name]
		row := []string{string(c.kind), c.name, fmt.Sprint(t.planted), fmt.Sprint(t.high), fmt.Sprint(t.medium), ""}
		if c.honest {
			row = []string{string(c.kind), "(honest) " + c.name, fmt.Sprint(t.lookAlikes), "", "", fmt.Sprint(t.disturbed)}
		}
		classes.Rows = append(classes.Rows, row)
	}
	for _, k := range kinds {
		s.Add(all[k].figure(k))
	}
	s.Tables = append(s.Tables, classes)
	s.Note(fmt.Sprintf("%d made-up weeks of %d machines, all methods at once with default settings. A finding is right when it speaks of a case's machine and its end or name, whichever method the case was planted for; every other finding is false and counts against the method that made it. A lonely machine's polling counts neither way where it is there to look like something else (habit, fast-flux): nothing tells it from a beacon. Levels: high, but medium for odd-hours, odd-region, look-alike and odd-tls, which seldom rise higher alone. Bar and cases are our own; other hands have not tried them.", worlds, population))
	return nil
}

// list is all classes in order.
func list() []class { return slices.Concat(threats(), listed(), lookAlikes()) }

// play makes a world with each class n times and gives what is found in it.
func play(r *rand.Rand, dir string, n int) (*world, []detect.Finding, error) {
	w := newWorld(r)
	w.office()
	for _, c := range list() {
		for range n {
			w.plant(&c)
		}
	}
	bad, habits, err := w.lists(dir)
	if err != nil {
		return nil, nil, err
	}
	methods, err := roster.New(roster.Options{KnownBad: bad, Habits: habits, Places: places{}, Zone: time.UTC}, &fault.Skips{})
	if err != nil {
		return nil, nil, err
	}
	e := detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, methods.All...)
	w.feed(e)
	return w, e.Findings(), nil
}

// judge adds a world's findings to the tallies and describes the false ones.
func (w *world) judge(found []detect.Finding, all map[detect.Kind]*tally, byClass map[string]*tally) (lines []string) {
	at := func(k detect.Kind) *tally {
		if all[k] == nil {
			all[k] = &tally{}
		}
		return all[k]
	}
	for i := range found {
		f := &found[i]
		level, t := detect.LevelOf(f.Score), at(f.Kind)
		right, silent := w.hits(f, level)
		switch {
		case level < detect.Medium, silent && !right:
		case level < asked(f.Kind):
			if !right {
				t.falseMedium++
			}
		default:
			t.alerts++
			if right {
				t.right++
			} else {
				w.disturb(f)
				lines = append(lines, w.describe(f))
			}
		}
	}
	for _, p := range w.cases {
		if byClass[p.class.name] == nil {
			byClass[p.class.name] = &tally{}
		}
		at(p.class.kind).count(p)
		byClass[p.class.name].count(p)
	}
	return lines
}

// hits says whether f is about a threat, and marks those of its own kind; silent says
// that f is about what counts neither way.
func (w *world) hits(f *detect.Finding, level detect.Level) (right, silent bool) {
	for _, p := range w.cases {
		if !p.about(f) {
			continue
		}
		right = right || !p.class.honest
		silent = silent || p.class.alone && p.class.kind != f.Kind
		if !p.class.honest && p.class.kind == f.Kind {
			p.reached = max(p.reached, level)
			p.found = p.found || level >= asked(f.Kind)
		}
	}
	return right, silent
}

// disturb marks the honest cases that a false finding is about.
func (w *world) disturb(f *detect.Finding) {
	for _, p := range w.cases {
		if p.class.honest && p.about(f) {
			p.found = true
		}
	}
}

// describe says what a false finding is about.
func (w *world) describe(f *detect.Finding) string {
	about := "the office itself"
	for _, p := range w.cases {
		if p.about(f) {
			about = p.class.name
		}
	}
	var evidence []string
	for _, x := range f.Evidence[:min(3, len(f.Evidence))] {
		evidence = append(evidence, fmt.Sprintf("%s %.4v", x.Name, x.Value))
	}
	return fmt.Sprintf("%s about %s (%s)", f.Kind, about, strings.Join(evidence, ", "))
}

// mostLines is how many false findings the page describes.
const mostLines = 12

// count adds one case.
func (t *tally) count(p *planted) {
	if p.class.honest {
		t.lookAlikes++
		if p.found {
			t.disturbed++
		}
		return
	}
	t.planted++
	if p.found {
		t.found++
	}
	switch {
	case p.reached >= detect.High:
		t.high++
	case p.reached == detect.Medium:
		t.medium++
	}
}

// figure judges a method.
func (t *tally) figure(k detect.Kind) report.Figure {
	recall, precision := float64(t.found)/float64(max(1, t.planted)), float64(t.right)/float64(max(1, t.alerts))
	return report.Figure{
		What: fmt.Sprintf("%s, at %s", k, asked(k)), Asked: fmt.Sprintf("a labelled case and its precision (our bar: recall ≥ %.2f, precision ≥ %.2f)", leastRecall, leastPrecision),
		Measured: fmt.Sprintf("recall %.2f (%d of %d), precision %.2f (%d of %d alerts); %d look-alikes, %d false at medium", recall, t.found, t.planted, precision, t.right, t.alerts, t.lookAlikes, t.falseMedium),
		Verdict:  report.Judge(recall >= leastRecall && precision >= leastPrecision),
		Values:   map[string]float64{"recall": recall, "precision": precision, "planted": float64(t.planted), "alerts": float64(t.alerts), "false_medium": float64(t.falseMedium)},
		Chart:    &report.Chart{Unit: "share", Target: leastRecall, Bars: []report.Bar{{Who: "recall", Value: recall, Ours: true}, {Who: "precision", Value: precision, Ours: true}}},
	}
}
