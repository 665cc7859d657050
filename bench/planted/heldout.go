package planted

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/bench/judge"
	"github.com/noroshi-acd/noroshi/bench/made/day"
	"github.com/noroshi-acd/noroshi/bench/made/zeeklog"
	"github.com/noroshi-acd/noroshi/bench/report"
)

// heldOut are the classes that answer for those nobody tuned on. They were chosen
// by their description, before any result was seen: neither a bare period with
// jitter nor one of the shapes of detect/beacon's tests.
var heldOut = [...]string{"long-poll", "exfil-2m-j30"}

// inNumbers begins the names of the classes with many bots on one server.
const inNumbers = "bots-"

// seen says, by the beginning of a class's name, which shapes the beacon detector
// was tuned or tested on, so that its good result there proves less.
var seen = [...]struct{ class, why string }{
	{"pulse-", "period and jitter, as on the shared day"},
	{"one-", "period and jitter, as on the shared day"},
	{"away-", "drop-outs, as in detect/beacon's tests"},
	{"two-periods", "as in detect/beacon's tests"},
	{"sleep-burst", "as in detect/beacon's tests"},
	{"names-", "rotating names, as in detect/beacon's tests"},
	{"addresses-", "rotating addresses, as in detect/beacon's tests"},
	{"long-connection", "as on the shared day"},
	{"tunnel-", "many long names under one zone, as on the shared day"},
}

// fewContacts is below what a rhythm can be told from chance by.
const fewContacts = 8

// HeldOut judges days made by bench/made, with all its classes.
func HeldOut(ctx context.Context, b *bed.Bed, s *report.Section) error {
	var days []judge.Day
	few := map[string]bool{}
	n := b.Size(3, 1)
	for i := range n {
		d, err := madeDay(ctx, b, i, few)
		if err != nil {
			return err
		}
		days = append(days, d)
	}
	r := judge.Pool(days, judge.Options{})
	for _, class := range heldOut {
		classFigure(s, "class nobody tuned on: "+class, r.Classes[class])
	}
	for _, class := range slices.Sorted(maps.Keys(r.Classes)) {
		if strings.HasPrefix(class, inNumbers) {
			classFigure(s, "bots in numbers (8 to 40 hosts on one C2): "+class+", by bot", r.Classes[class])
		}
	}
	var enough []string
	for class := range few {
		enough = append(enough, class)
	}
	f := figure(fmt.Sprintf("all %d classes, %d days, high and above (classes of fewer than %d contacts apart)", len(r.Classes), n, fewContacts), "", ptr(judge.Pool(days, judge.Options{Apart: enough})))
	f.Verdict = report.Shown
	s.Add(f)
	s.Tables = append(s.Tables, classTable("Recall by class at high; the last column names what was looked at while tuning:", r.Classes, few))
	falseNote(s, &r)
	s.Note("What was looked at while tuning: the weights of the beacon detector were set on the shared made-up day and on the shapes of its own tests (detect/beacon/beacon_test.go) only, those of the other detectors on the shared day, on their own tests and on the public captures. None was meant to be set on these classes; nothing here can prove that nobody looked. They were written by another hand than the detectors, but for the same project and in the same week: real malware will differ from both.")
	return nil
}

func ptr[T any](v T) *T { return &v }

// madeDay makes and analyses one day; beacon classes in which every threat
// has few contacts are added to few.
func madeDay(ctx context.Context, b *bed.Bed, i int, few map[string]bool) (judge.Day, error) {
	o := day.Default()
	o.Seed, o.Hosts, o.Browsing = b.Seed+uint64(i), b.Size(2000, 400), float64(b.Size(40, 10))
	stage, err := day.Stage(o)
	if err != nil {
		return judge.Day{}, err
	}
	dir, err := b.Dir(fmt.Sprintf("made-%d", i))
	if err != nil {
		return judge.Day{}, err
	}
	defer os.RemoveAll(dir)
	b.Say("making day %d of our own classes", i+1)
	if _, err := zeeklog.Write(dir, stage, zeeklog.Options{}); err != nil {
		return judge.Day{}, err
	}
	result := judge.Day{}
	most := map[string]int{}
	for _, t := range stage.Sorted() {
		if t.Count > 0 {
			result.Truth = append(result.Truth, judge.Threat{Kind: t.Kind, Class: t.Class, Src: t.Src.String(), Target: t.Target})
			if t.Kind == "beacon" {
				most[t.Class] = max(most[t.Class], int(t.Count))
			}
		}
	}
	for _, t := range stage.Honest {
		result.Honest = append(result.Honest, judge.Threat{Kind: t.Kind, Class: t.Class, Src: t.Src.String(), Target: t.Target})
	}
	for class, n := range most {
		if n < fewContacts {
			few[class] = true
		}
	}
	b.Say("analysing it")
	d, _, err := b.Analyze(ctx, logs(dir)...)
	if err != nil {
		return judge.Day{}, err
	}
	result.Findings = d.Findings
	return result, nil
}

func classFigure(s *report.Section, what string, t judge.Tally) {
	const asked = "recall ≥ 0.9"
	if t.Threats == 0 {
		s.Miss(what, asked, "no such threat was planted")
		return
	}
	s.Add(report.Figure{What: what, Asked: asked, Measured: fmt.Sprintf("recall %.3f (%d of %d)", t.Recall(), t.Found, t.Threats), Verdict: report.Judge(t.Recall() >= 0.9),
		Values: map[string]float64{"recall": t.Recall(), "threats": float64(t.Threats)}})
}

// classTable lists recall by class; few is nil where no class is held out.
func classTable(caption string, classes map[string]judge.Tally, few map[string]bool) report.Table {
	t := report.Table{Caption: caption, Head: []string{"class", "found", "planted", "recall"}}
	if few != nil {
		t.Head = append(t.Head, "remark")
	}
	for _, class := range slices.Sorted(maps.Keys(classes)) {
		c := classes[class]
		row := []string{class, fmt.Sprint(c.Found), fmt.Sprint(c.Threats), fmt.Sprintf("%.2f", c.Recall())}
		if few != nil {
			row = append(row, remark(class, few[class]))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func remark(class string, few bool) string {
	for _, x := range seen {
		if strings.HasPrefix(class, x.class) {
			if few {
				return fmt.Sprintf("fewer than %d contacts; %s", fewContacts, x.why)
			}
			return x.why
		}
	}
	return "not looked at"
}
