package moved

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/bench/made/day"
	"github.com/noroshi-acd/noroshi/bench/made/zeeklog"
	"github.com/noroshi-acd/noroshi/bench/report"
	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/beacon"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/detect/habit"
	"github.com/noroshi-acd/noroshi/detect/habit/indicator"
	"github.com/noroshi-acd/noroshi/flow"
)

// Result is how often servers that moved were found again.
type Result struct {
	Servers, Learnt int // planted; those whose habit could be written (a finding at high)
	Found           int // at high, at their new place
	Medium          int // at medium only
	False           int // other pairs at high
	FalseMedium     int // other pairs at medium
	Others          int // at high: threats of the day itself, of other malware
	Lines           []string
}

// Measure plays n servers in an office, learns their habits, moves them and plays
// them among the records under paths. Records begin at start (ns) and last for
// hours; threats are the addresses and names of their own servers. Inside and outside addresses of the moved lives are in 10.250.0.0/16, where
// no made-up host lives, and 198.18.0.0/15.
func Measure(r *rand.Rand, n int, paths []string, threats map[string]bool, start int64, hours float64) (Result, error) {
	made := make([]malware, n)
	for i := range made {
		made[i] = invent(r)
	}
	habits := learn(r, made)
	res := Result{Servers: n, Learnt: len(habits)}
	lives := make([]life, n)
	var all []contact
	for i, m := range made {
		lives[i] = m.settle(r, flow.Addr4([4]byte{10, 250, byte(i), 9}), flow.Addr4([4]byte{198, 19, byte(r.IntN(256)), byte(i)}))
		all = append(all, lives[i].contacts(r, start, start+int64(hours*3600e9))...)
	}
	all = ordered(all)
	b := beacon.New(beacon.DefaultConfig())
	e := detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, b, habit.New(habit.DefaultConfig(), b, habits))
	var extra flow.Batch
	until := func(now int64) {
		extra.Reset()
		for len(all) > 0 && all[0].at <= now {
			all[0].put(&extra)
			all = all[1:]
		}
		e.Observe(&extra)
	}
	err := bed.Each(paths, func(batch *flow.Batch) error {
		if len(batch.Records) > 0 {
			until(batch.Records[0].First)
		}
		e.Observe(batch)
		return nil
	})
	until(1<<63 - 1)
	if err != nil {
		return res, err
	}
	res.judge(e.Findings(), lives, threats)
	return res, nil
}

// learn plays the servers at their first places and writes their habits.
func learn(r *rand.Rand, made []malware) []indicator.Habit {
	var all []contact
	lives := make([]life, len(made))
	for i, m := range made {
		lives[i] = m.settle(r, detecttest.Home(1000+i), detecttest.Abroad(50000+i))
		all = append(all, lives[i].contacts(r, detecttest.Start, detecttest.Start+int64(24*3600e9))...)
	}
	b := beacon.New(beacon.DefaultConfig())
	h := habit.New(habit.DefaultConfig(), b, nil)
	e := detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, b, h)
	detecttest.Play(e, detecttest.Office(r, 60, 40), nil)
	var batch flow.Batch
	for _, c := range ordered(all) {
		batch.Reset()
		c.put(&batch)
		e.Observe(&batch)
	}
	return h.Learn(e.Context(), e.Findings())
}

// judge counts.
func (res *Result) judge(found []detect.Finding, lives []life, threats map[string]bool) {
	at := map[flow.Addr]*life{}
	for i := range lives {
		at[lives[i].server] = &lives[i]
	}
	best := map[flow.Addr]float64{}
	for i := range found {
		f := &found[i]
		if f.Kind != detect.Habit {
			continue
		}
		l := detect.LevelOf(f.Score)
		if at[f.Dst] != nil && at[f.Dst].host == f.Src {
			best[f.Dst] = max(best[f.Dst], f.Score)
			continue
		}
		switch {
		case threats[f.Dst.String()] || threats[f.Name]:
			if l >= detect.High {
				res.Others++
			}
			continue
		case l >= detect.High:
			res.False++
		case l == detect.Medium:
			res.FalseMedium++
		}
		if l >= detect.Medium {
			res.Lines = append(res.Lines, fmt.Sprintf("false %.2f: %s → %s %s %v", f.Score, f.Src, f.Dst, f.Name, f.Evidence))
		}
	}
	for a, l := range at {
		switch detect.LevelOf(best[a]) {
		case detect.High, detect.Critical:
			res.Found++
			continue
		case detect.Medium:
			res.Medium++
		}
		res.Lines = append(res.Lines, fmt.Sprintf("missed %.2f: %+v", best[a], l.malware))
	}
}

// runs is how many servers one day takes.
const runs = 10

// Section measures on the shared day and on one of our own.
func Section(ctx context.Context, b *bed.Bed, s *report.Section) error {
	const asked = "≥ 9 of 10 found, ≤ 1 false"
	r := b.Rand("moved")
	what := fmt.Sprintf("%d command servers that moved to other addresses, names and certificates, found from their habits on the shared day", runs)
	dir, err := b.Day(ctx, 0)
	switch {
	case err != nil:
		return err
	case dir == "":
		s.Miss(what, asked, "the shared tools are not here (NOROSHI_SHARED)")
	default:
		if err := measured(s, r, what, asked, dir, detecttest.Start); err != nil {
			return err
		}
	}
	o := day.Default()
	o.Seed, o.Hosts, o.Browsing = b.Seed+77, b.Size(2000, 400), float64(b.Size(40, 10))
	stage, err := day.Stage(o)
	if err != nil {
		return err
	}
	if dir, err = b.Dir("moved"); err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if _, err := zeeklog.Write(dir, stage, zeeklog.Options{}); err != nil {
		return err
	}
	var truth bytes.Buffer
	if err := errors.Join(day.WriteTruth(&truth, stage), os.WriteFile(filepath.Join(dir, "truth.csv"), truth.Bytes(), 0o600)); err != nil {
		return err
	}
	return measured(s, r, "the same on a day of our own with all its threats", asked, dir, o.Start.UnixNano())
}

// Threats reads whom a day's truth.csv calls a threat's server: addresses and names.
func Threats(dir string) (map[string]bool, error) {
	f, err := os.Open(filepath.Join(dir, "truth.csv"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all := map[string]bool{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if cells := strings.Split(lines.Text(), ","); len(cells) > 3 {
			all[cells[3]] = true
		}
	}
	return all, nil
}

func logs(dir string) []string {
	all, _ := filepath.Glob(filepath.Join(dir, "*.log"))
	return all
}

func measured(s *report.Section, r *rand.Rand, what, asked string, dir string, start int64) error {
	threats, err := Threats(dir)
	if err != nil {
		return err
	}
	res, err := Measure(r, runs, logs(dir), threats, start, 24)
	if err != nil {
		return err
	}
	s.Add(report.Figure{
		What: what, Asked: asked, Peer: "nobody", Verdict: report.Judge(res.Found >= 9 && res.False <= 1),
		Measured: fmt.Sprintf("%d of %d found at high (%d at medium), %d false at high, %d at medium; %d pairs of the day's own threats at high", res.Found, res.Servers, res.Medium, res.False, res.FalseMedium, res.Others),
		Values:   map[string]float64{"found": float64(res.Found), "servers": float64(res.Servers), "false": float64(res.False), "false_medium": float64(res.FalseMedium)},
	})
	for _, l := range res.Lines {
		s.Note(l)
	}
	return nil
}
