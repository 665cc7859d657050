package packets

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/bench/report"
)

// askedRate is in packets a second and core.
const askedRate = 1.5e6

// tsharkPackets is how many packets tshark gets: it is slow, and its rate does not
// depend on it.
const tsharkPackets = 300_000

// Section measures small and large packets.
func Section(ctx context.Context, b *bed.Bed, s *report.Section) error {
	small := Shape{Packets: b.Size(4_000_000, 400_000), Flows: b.Size(200_000, 20_000), Frame: least}
	if err := measure(ctx, b, s, "small packets (64 octets on the wire)", fmt.Sprintf("≥ %.1f M packets/s per core", askedRate/1e6), small); err != nil {
		return err
	}
	large := Shape{Packets: b.Size(300_000, 30_000), Flows: b.Size(20_000, 2_000), Frame: 1514}
	if err := measure(ctx, b, s, "large packets (1,514 octets)", "", large); err != nil {
		return err
	}
	s.Note("TCP and UDP 7 : 3, both directions, flows by Zipf's law, nanosecond stamps, in the page cache. Ours: reader, meter and the look for names, without a detector, in a process of one Go processor (GOMAXPROCS=1): packets by wall time. Whole command and peers: packets by seconds of CPU (user and system, all threads), so that threads do not flatter. Peers write what they are for: nfpcapd flow files, tshark a table of conversations.")
	return nil
}

func measure(ctx context.Context, b *bed.Bed, s *report.Section, what, asked string, shape Shape) error {
	path := filepath.Join(b.Temp, "packets.pcap")
	b.Say("making a capture of %d packets", shape.Packets)
	if err := write(path, b, shape); err != nil {
		return err
	}
	defer os.Remove(path)
	var runs []metered
	for range b.Size(3, 1) {
		b.Say("metering it on one core")
		var m metered
		if err := b.Alone(ctx, &m, "meter", path); err != nil {
			return err
		}
		runs = append(runs, m)
	}
	slices.SortFunc(runs, func(x, y metered) int { return int(x.Wall - y.Wall) })
	m := runs[len(runs)/2]
	if m.Packets != uint64(shape.Packets) {
		s.Note(fmt.Sprintf("**Only %d of %d packets were read.**", m.Packets, shape.Packets))
	}
	rate := float64(m.Packets) / m.Wall.Seconds()
	peers, err := peers(ctx, b, path, shape)
	if err != nil {
		return err
	}
	f := report.Figure{
		What: what + ", reader and meter", Asked: asked,
		Measured: fmt.Sprintf("%.2f M packets/s on one core (%.2f M by CPU time); %d records, %.0f MiB", rate/1e6, float64(m.Packets)/m.CPU.Seconds()/1e6, m.Records, float64(m.RSS)/(1<<20)),
		Peer:     peers, Verdict: report.Shown, Values: map[string]float64{"packets_per_s": rate, "packets_per_cpu_s": float64(m.Packets) / m.CPU.Seconds()},
	}
	if asked != "" && !b.Quick {
		f.Verdict = report.Judge(rate >= askedRate)
	}
	s.Add(f)
	var spent []bed.Spend
	for range b.Size(3, 1) {
		b.Say("running the whole command on it")
		_, x, err := b.Analyze(ctx, path)
		if err != nil {
			return err
		}
		spent = append(spent, x)
	}
	x := bed.Median(spent)
	s.Add(report.Figure{What: what + ", whole command with all detectors", Verdict: report.Shown,
		Measured: fmt.Sprintf("%.2f M packets/s per core, %.2f M/s by wall time; %.0f MiB", perCPU(shape.Packets, x)/1e6, float64(shape.Packets)/x.Wall.Seconds()/1e6, x.MiB()),
		Values:   map[string]float64{"packets_per_cpu_s": perCPU(shape.Packets, x), "rss_mib": x.MiB()}})
	return nil
}

func perCPU(packets int, s bed.Spend) float64 {
	return float64(packets) / max(s.CPU, time.Millisecond).Seconds()
}

func write(path string, b *bed.Bed, shape Shape) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := Make(f, b.Rand(fmt.Sprint("packets ", shape.Frame)), shape); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// peers runs nfpcapd and tshark on the same capture, where they are installed.
func peers(ctx context.Context, b *bed.Bed, path string, shape Shape) (string, error) {
	said := ""
	for _, p := range []struct {
		name    string
		packets int
		args    []string
	}{
		{"nfpcapd", shape.Packets, []string{"-r", path, "-w"}},
		{"tshark", min(tsharkPackets, shape.Packets), []string{"-n", "-q", "-z", "conv,tcp", "-c", fmt.Sprint(tsharkPackets), "-r", path}},
	} {
		if said != "" {
			said += "; "
		}
		if _, err := exec.LookPath(p.name); err != nil {
			said += p.name + ": not installed"
			continue
		}
		var runs []bed.Spend
		for range b.Size(3, 1) {
			args := append([]string{p.name}, p.args...)
			if p.name == "nfpcapd" {
				dir, err := os.MkdirTemp(b.Temp, "nfpcapd-")
				if err != nil {
					return "", err
				}
				defer os.RemoveAll(dir)
				args = append(args, dir)
			}
			b.Say("running %s on it", p.name)
			x, err := b.Run(ctx, nil, args...)
			if err != nil {
				return said + fmt.Sprintf("%s: failed: %v", p.name, err), nil
			}
			runs = append(runs, x)
		}
		x := bed.Median(runs)
		said += fmt.Sprintf("%s %.2f M packets/s per core (this run)", p.name, perCPU(p.packets, x)/1e6)
	}
	return said, nil
}
