package planted

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/bench/judge"
	"github.com/noroshi-acd/noroshi/bench/report"
)

// apart is the class with about six contacts a day: near chance, reported apart.
const apart = "slow4h"

// Quality judges several made-up days together.
func Quality(ctx context.Context, b *bed.Bed, s *report.Section) error {
	const asked = "precision ≥ 0.95, recall ≥ 0.95"
	var days []judge.Day
	var pairs []string
	n := b.Size(6, 2)
	for i := range n {
		dir, err := b.Day(ctx, i)
		if err != nil {
			return err
		}
		if dir == "" {
			s.Miss("made-up days, high and above", asked, noTool)
			return nil
		}
		day, kept, err := judged(ctx, b, i, dir)
		if err != nil {
			return err
		}
		b.Drop(i)
		days, pairs = append(days, day), append(pairs, kept...)
	}
	r := judge.Pool(days, judge.Options{Apart: []string{apart}})
	f := figure(fmt.Sprintf("%d made-up days pooled, high and above, own judge", n), asked, &r)
	f.Peer = "RITA 5: precision 0.017, recall 0.86 (quoted)"
	f.Verdict = report.Judge(r.Precision() >= 0.95 && r.Recall() >= 0.95)
	s.Add(f)
	times := 0
	for _, d := range days {
		times += judge.TimeAlerts(d.Findings)
	}
	s.Add(report.Figure{What: "alerts about time service (NTP), medium and above", Asked: "0", Measured: fmt.Sprint(times),
		Peer: "RITA 5: 1,992 a day at high (quoted)", Verdict: report.Judge(times == 0), Values: map[string]float64{"alerts": float64(times)}})
	s.Add(report.Figure{What: "threats of about six contacts a day (" + apart + "), reported apart", Measured: fmt.Sprintf("%d of %d at high", r.Apart.Found, r.Apart.Threats),
		Verdict: report.Shown, Values: map[string]float64{"found": float64(r.Apart.Found), "threats": float64(r.Apart.Threats)}})
	m := judge.Pool(days, judge.Options{Apart: []string{apart}, Levels: []string{"medium", "high", "critical"}})
	f = figure("the same at medium and above", "", &m)
	f.Verdict = report.Shown
	s.Add(f)
	shared(ctx, b, s, pairs, asked, &r)
	s.Tables = append(s.Tables, classTable("Recall by class at high:", r.Classes, nil))
	falseNote(s, &r)
	return nil
}

// judged analyses the day in dir; it keeps the result and the truth for the shared
// judge and gives their paths.
func judged(ctx context.Context, b *bed.Bed, i int, dir string) (judge.Day, []string, error) {
	b.Say("analysing day %d", i+1)
	d, _, err := b.Analyze(ctx, logs(dir)...)
	if err != nil {
		return judge.Day{}, nil, err
	}
	text, err := os.ReadFile(filepath.Join(dir, "truth.csv"))
	if err != nil {
		return judge.Day{}, nil, err
	}
	truth, err := judge.ReadTruth(strings.NewReader(string(text)))
	if err != nil {
		return judge.Day{}, nil, err
	}
	found, kept := filepath.Join(b.Temp, fmt.Sprintf("found-%d.json", i)), filepath.Join(b.Temp, fmt.Sprintf("truth-%d.csv", i))
	doc, err := json.Marshal(map[string]any{"findings": d.Findings})
	if err == nil {
		err = os.WriteFile(found, doc, 0o600)
	}
	if err == nil {
		err = os.WriteFile(kept, text, 0o600)
	}
	return judge.Day{Findings: d.Findings, Truth: truth}, []string{found, kept}, err
}

// shared asks the judge that came with the shared tools, which nobody here wrote.
func shared(ctx context.Context, b *bed.Bed, s *report.Section, pairs []string, asked string, own *judge.Result) {
	const what = "the same by the shared judge (evalday.py --skip slow4h --min .95 .95)"
	args := append([]string{filepath.Join(b.Shared, "tools", "evalday.py"), "--skip", apart, "--min", ".95", ".95"}, pairs...)
	out, err := exec.CommandContext(ctx, "python3", args...).Output()
	var v struct {
		High  struct{ Precision, Recall float64 } `json:"high"`
		First string                              `json:"first_rows_hold"`
	}
	if json.Unmarshal(out, &v) != nil {
		s.Miss(what, asked, fmt.Sprintf("python3 or the judge is not here (%v)", err))
		return
	}
	s.Add(report.Figure{What: what, Asked: asked, Measured: fmt.Sprintf("precision %.3f, recall %.3f; as many first rows as threats hold %s", v.High.Precision, v.High.Recall, v.First),
		Verdict: report.Judge(err == nil), Values: map[string]float64{"precision": v.High.Precision, "recall": v.High.Recall}})
	if abs(v.High.Precision-own.Precision()) > 0.001 || abs(v.High.Recall-own.Recall()) > 0.001 {
		s.Note("**The two judges disagree**: one of them is wrong.")
	}
}

func abs(x float64) float64 { return max(x, -x) }

// figure gives precision and recall.
func figure(what, asked string, r *judge.Result) report.Figure {
	return report.Figure{
		What: what, Asked: asked,
		Measured: fmt.Sprintf("precision %.3f (%d of %d alerts), recall %.3f (%d of %d)", r.Precision(), r.True, r.Alerts, r.Recall(), r.Found, r.Threats),
		Values:   map[string]float64{"precision": r.Precision(), "recall": r.Recall(), "alerts": float64(r.Alerts), "threats": float64(r.Threats)},
	}
}

// falseNote names what the false alerts were about.
func falseNote(s *report.Section, r *judge.Result) {
	var list []string
	for _, k := range r.Worst(8) {
		list = append(list, fmt.Sprintf("%s (%d)", k, r.False[k]))
	}
	if list == nil {
		list = []string{"none"}
	}
	s.Note("False alerts at high: " + strings.Join(list, ", ") + ".")
}
