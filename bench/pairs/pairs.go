package pairs

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/bench/report"
)

const (
	askedRate   = 1e6        // records a second
	askedMemory = 1 << 30    // bytes
	quoted      = "0.97 M/s" // nfdump's plain sum on one core, elsewhere
)

// Section measures the stream in a child of its own, and nfdump on the same flows.
func Section(ctx context.Context, b *bed.Bed, s *report.Section) error {
	o := order{seed: b.Seed, Size: Size{
		Records: b.Size(24_000_000, 400_000), Pairs: b.Size(4_000_000, 60_000), Hosts: b.Size(100_000, 3_000),
		Servers: b.Size(600_000, 20_000), Planted: b.Size(200, 20),
	}}
	path := filepath.Join(b.Temp, "pairs.nfcapd")
	defer os.Remove(path)
	peer, err := sum(ctx, b, s, o, path)
	if err != nil {
		return err
	}
	b.Say("feeding %d records of %d pairs to the engine", o.Records, o.Pairs)
	var r result
	if err := b.Apart(ctx, &r, append([]string{"pairs"}, o.args()...)...); err != nil {
		return err
	}
	show(b, s, &r, peer)
	if peer.records > 0 {
		whole(ctx, b, s, path, peer)
	}
	s.Note("Made as it goes, all pairs alive throughout: of the records, " + strconv.Itoa(laps) + " for each pair go round all of them, in another order each time, and the others by popularity of hosts and destinations. One record in eight is a DNS answer; of the exchanges half show a name. Sizes and durations are log-normal, twenty-four hours. All methods run as analyze has them, and habits are learnt besides. By wall: records by the time spent in Engine.Observe on GOMAXPROCS cores. By CPU: records by seconds of user and system time of all threads, the making of the stream taken off. Memory: the greatest resident size of the whole process, that of the stream's own tables with it. nfdump reads an uncompressed file of the same flows and prints nothing (-o null); it sums and does nothing else. Where others use the same cores, only figures of one run may be compared.")
	return nil
}

// plainSum is what nfdump took.
type plainSum struct {
	records int
	bed.Spend
}

func (p plainSum) String() string {
	if p.records == 0 {
		return "nfdump " + quoted + " (quoted)"
	}
	return fmt.Sprintf("nfdump -A srcip,dstip: %.2f M/s by wall, %.2f M/s by CPU, %.0f MiB (this run)", float64(p.records)/p.Wall.Seconds()/1e6, float64(p.records)/p.CPU.Seconds()/1e6, p.MiB())
}

// sum writes the file and lets nfdump sum it.
func sum(ctx context.Context, b *bed.Bed, s *report.Section, o order, path string) (p plainSum, err error) {
	nfdump, err := exec.LookPath("nfdump")
	if err != nil {
		s.Note("nfdump is not here: its figure is quoted.")
		return p, nil
	}
	b.Say("writing the flows for nfdump")
	o.to = path
	if err := b.Apart(ctx, &p.records, append([]string{"pairsfile"}, o.args()...)...); err != nil {
		return p, err
	}
	b.Say("summing them with nfdump")
	p.Spend, err = b.Run(ctx, nil, nfdump, "-r", path, "-A", "srcip,dstip", "-o", "null")
	return p, err
}

// show writes the figures of the engine.
func show(b *bed.Bed, s *report.Section, r *result, peer plainSum) {
	wall, cpu := float64(r.Records)/r.Wall.Seconds(), float64(r.Records)/r.CPU.Seconds()
	judge := func(met bool) report.Verdict {
		if b.Quick {
			return report.Shown
		}
		return report.Judge(met)
	}
	s.Add(report.Figure{
		What: fmt.Sprintf("all detectors, %.1f M records of %.1f M live pairs, 2 cores", float64(r.Records)/1e6, float64(r.Pairs)/1e6), Asked: "≥ 1 M flows/s, ahead of nfdump",
		Measured: fmt.Sprintf("%.2f M/s by wall, %.2f M/s by CPU of one core; making the stream took %.0f ns a record besides; all findings asked for in %.1f s", wall/1e6, cpu/1e6, float64(r.Making.Nanoseconds())/float64(r.Records), r.Asking.Seconds()),
		Peer:     peer.String(), Verdict: judge(wall >= askedRate && (peer.records == 0 || wall >= float64(peer.records)/peer.Wall.Seconds())),
		Values: map[string]float64{"records_per_s": wall, "records_per_cpu_s": cpu},
	})
	s.Add(report.Figure{
		What: "memory of that run", Asked: "≤ 1 GiB", Measured: fmt.Sprintf("%.0f MiB, of which %.0f MiB before the engine began", float64(r.RSS)/(1<<20), float64(r.Ground)/(1<<20)),
		Verdict: judge(r.RSS <= askedMemory), Values: map[string]float64{"bytes": float64(r.RSS)},
	})
	t := report.Table{Caption: "What was planted among the pairs, and what was said of others", Head: []string{"kind", "planted", "at medium", "at high", "others at medium", "others at high"}}
	for _, x := range r.Tallies {
		t.Rows = append(t.Rows, []string{x.Kind, strconv.Itoa(x.Planted), strconv.Itoa(x.Medium), strconv.Itoa(x.High), strconv.Itoa(x.FalseMed), strconv.Itoa(x.FalseHigh)})
		if x.Kind == "beacon" {
			s.Add(report.Figure{What: "command servers found among them, by an address or a name alone", Measured: fmt.Sprintf("%d of %d at high; %d others at high", x.High, x.Planted, x.FalseHigh), Verdict: report.Shown,
				Values: map[string]float64{"found": float64(x.High), "planted": float64(x.Planted), "false": float64(x.FalseHigh)}})
		}
	}
	s.Tables = append(s.Tables, t)
}

// whole runs the command on the file: bare flows, without names.
func whole(ctx context.Context, b *bed.Bed, s *report.Section, path string, peer plainSum) {
	b.Say("running the whole command on the same file")
	d, x, err := b.Analyze(ctx, path)
	what := "noroshi analyze, the whole command on the same flows as an nfcapd file"
	if err != nil || d.Records == 0 {
		s.Miss(what, "", "the command does not read it")
		return
	}
	rate := float64(d.Records) / x.Wall.Seconds()
	s.Add(report.Figure{
		What: what, Measured: fmt.Sprintf("%.2f M/s by wall, %.2f M/s by CPU, %.0f MiB", rate/1e6, float64(d.Records)/x.CPU.Seconds()/1e6, x.MiB()),
		Peer: peer.String(), Verdict: report.Shown, Values: map[string]float64{"records_per_s": rate},
	})
}
