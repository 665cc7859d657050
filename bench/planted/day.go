package planted

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/bench/report"
)

const noTool = "the shared tools are not here (NOROSHI_SHARED)"

// What is asked of a day.
const (
	dayRecords = 3_000_000 // from so many on the time counts
	daySeconds = 6.0
	dayMiB     = 512.0
)

// Day measures `noroshi analyze` on one made-up day.
func Day(ctx context.Context, b *bed.Bed, s *report.Section) error {
	what, asked := "a day of Zeek records, 2 cores", "≤ 6 s and ≤ 512 MiB"
	dir, err := b.Day(ctx, 0)
	if err != nil {
		return err
	}
	if dir == "" {
		s.Miss(what, asked, noTool)
		return nil
	}
	var runs []bed.Spend
	var records uint64
	var findings int
	for i := range b.Size(3, 1) {
		b.Say("analysing the day, run %d", i+1)
		d, spent, err := b.Analyze(ctx, logs(dir)...)
		if err != nil {
			return err
		}
		records, findings = 0, len(d.Findings)
		for _, in := range d.Inputs {
			records += in.Records // lines of the logs; joined, they give fewer flow records
		}
		runs = append(runs, spent)
	}
	m := bed.Median(runs)
	rate, size := float64(records)/m.Wall.Seconds(), sizeOf(logs(dir))
	f := report.Figure{
		What: fmt.Sprintf("%s (%.2f M, %.0f MB)", what, float64(records)/1e6, size/1e6), Asked: asked,
		Measured: fmt.Sprintf("%.2f s, %.0f MiB, %.2f M records/s (%.2f s of CPU)", m.Wall.Seconds(), m.MiB(), rate/1e6, m.CPU.Seconds()),
		Peer:     "RITA 5: 132 s, 2.7 GB (quoted)", Verdict: report.Shown,
		Values: map[string]float64{"wall_s": m.Wall.Seconds(), "cpu_s": m.CPU.Seconds(), "rss_mib": m.MiB(), "records": float64(records), "records_per_s": rate},
	}
	if records >= dayRecords {
		f.Verdict = report.Judge(m.Wall.Seconds() <= daySeconds && m.MiB() <= dayMiB)
	}
	s.Add(f)
	s.Note(fmt.Sprintf("Whole command, from start to printed JSON (%d findings): median of %d runs, the greatest memory of them; GOMAXPROCS is 2. The files were just written, so they lie in the page cache; the peer's figure is quoted under the same condition.", findings, len(runs)))
	return nil
}

// logs gives the Zeek logs in dir, without the truth.
func logs(dir string) []string {
	all, _ := filepath.Glob(filepath.Join(dir, "*.log"))
	return all
}

func sizeOf(paths []string) float64 {
	sum := 0.0
	for _, p := range paths {
		if i, err := os.Stat(p); err == nil {
			sum += float64(i.Size())
		}
	}
	return sum
}
