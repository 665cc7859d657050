package report_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/bench/report"
)

func example() *report.Report {
	s := report.Section{Key: "day", Title: "A day", Seconds: 1.26}
	s.Add(report.Figure{What: "time", Asked: "≤ 6 s", Measured: "4 s", Peer: "other 9 s (quoted)", Verdict: report.Judge(true)})
	s.Add(report.Figure{What: "recall", Asked: "≥ 0.9", Measured: "0.5", Verdict: report.Judge(false)})
	s.Add(report.Figure{What: "size", Measured: "a|b\n\x1b[31mred", Verdict: report.Shown})
	s.Miss("gone", "1", "not here")
	s.Tables = []report.Table{{Caption: "By class:", Head: []string{"class", "n"}, Rows: [][]string{{"a", "1"}, {"b"}}}}
	s.Note("a remark")
	return &report.Report{
		Schema: report.Schema, Started: time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC), Seed: 7,
		Machine:  report.Machine{CPU: "X", Cores: 2, MemoryMiB: 2048, OS: "Y", Kernel: "6", Go: "go1", Arch: "a/b", Commit: "c", Changed: true, Load: 1.5},
		Sections: []report.Section{s, {Key: "dga", Title: "Names", Failed: "broke\nhere"}},
	}
}

func TestMarkdown(t *testing.T) {
	var b bytes.Buffer
	if err := example().Markdown(&b); err != nil {
		t.Fatal(err)
	}
	want := `# Figures of Noroshi

要約: 目標のある数値のうち1件が目標に達し、1件が達していません。1件は目標のない参考値、1件は必要なものがなく測っていません。規模を落とさずに測りました。(quoted) は他所で公表された値の引用、(this run) は同じ機械で同時に測った値です。達していないもの: recall。

Run of 2026-11-21 09:30 UTC, seed 7 (full sizes). Figures met: 1; not met: 1; shown without a target: 1; not measured: 1. Peers marked (quoted) were not run here: their figures are from published runs on other machines. Peers marked (this run) were measured beside ours.

Machine: X, 2 cores, 2.0 GiB, Y (kernel 6, a/b), go1, commit c with changes. Load in the minute before: 1.50 (**the machine was not idle: times are upper bounds**).

## A day

| what | asked | measured | peer | verdict |
| --- | --- | --- | --- | --- |
| time | ≤ 6 s | 4 s | other 9 s (quoted) | met |
| recall | ≥ 0.9 | 0.5 | – | **not met** |
| size | – | a\|b [31mred | – | shown |
| gone | 1 | not here | – | not measured |

By class:

| class | n |
| --- | --- |
| a | 1 |
| b | – |

- a remark

This section (` + "`-only day`" + `) took 1.3s.

## Names

**Could not be run to its end:** broke here

This section (` + "`-only dga`" + `) took 0s.

`
	if d := cmp.Diff(strings.Split(want, "\n"), strings.Split(b.String(), "\n")); d != "" {
		t.Error("-want +got", d)
	}
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	if err := example().JSON(&b); err != nil {
		t.Fatal(err)
	}
	var back report.Report
	if err := json.Unmarshal(b.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(example(), &back); d != "" {
		t.Error("-want +got", d)
	}
}

func TestDescribe(t *testing.T) {
	m := report.Describe(".")
	if m.Cores < 1 || m.CPU == "" || m.OS == "" || !strings.HasPrefix(m.Go, "go") {
		t.Errorf("%+v", m)
	}
}
