package files

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/bench/report"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/nfcapd/nfcapdtest"
)

// Section measures files without compression, with LZ4, and with zstd, which the nfdump
// of Debian 12 does not read.
func Section(ctx context.Context, b *bed.Bed, s *report.Section) error {
	dir, err := b.Dir("nfcapd")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	n := b.Size(5_000_000, 500_000)
	for _, c := range []struct {
		name   string
		method nfcapdtest.Method
		peer   bool
	}{{"no compression", nfcapdtest.Plain, true}, {"LZ4", nfcapdtest.LZ4, true}, {"zstd", nfcapdtest.Zstd, false}} {
		path := filepath.Join(dir, "nfcapd.1")
		b.Say("making a file of %d flows, %s", n, c.name)
		if err := Make(path, b.Rand("nfcapd"), n, c.method); err != nil {
			return err
		}
		for _, q := range questions() {
			if err := q.measure(ctx, b, s, path, c.name, n, c.peer); err != nil {
				return err
			}
		}
	}
	s.Note("One exporter, IPv4, TCP and UDP, 24,000 sources; the file lies in the page cache. Whole commands from start to exit, ours and nfdump's in turns, the quickest of each: other work on the machine only ever slows a run. The verdict is by wall time. Ours with --apart, since nfdump does not join the halves of an exchange either; the last row of each file does join. Quoted elsewhere: nfdump 11.3 M flows/s reading, 3.6 M for top talkers.")
	return nil
}

// Make writes a file of n flows to path.
func Make(path string, r *rand.Rand, n int, method nfcapdtest.Method) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := nfcapdtest.NewWriter(f, nfcapdtest.Options{Method: method, Exporter: [4]byte{192, 0, 2, 1}})
	at := int64(1_700_000_000) * int64(time.Second)
	ports := [...]uint16{443, 80, 53, 22, 25}
	for range n {
		at += int64(60 * time.Microsecond)
		at -= at % int64(time.Microsecond)
		x := uint64(r.ExpFloat64() * 3000)
		rec := flow.Record{First: at - int64(r.IntN(int(20*time.Second))), Last: at, Proto: 6, SrcPackets: 1 + x%50, SrcBytes: 60 + x*17, SrcFlags: flow.SYN | flow.ACK | flow.FIN | flow.PSH,
			Src: flow.Addr4([4]byte{10, 1, byte(x >> 8), byte(x)}), Dst: flow.Addr4([4]byte{198, 51, byte(r.IntN(256)), byte(r.IntN(256))}),
			SrcPort: uint16(1024 + r.IntN(60_000)), DstPort: ports[r.IntN(len(ports))]}
		if rec.DstPort == 53 {
			rec.Proto, rec.SrcFlags = 17, 0
		}
		w.Record(&rec)
	}
	return errors.Join(w.Close(), f.Close())
}

// question is what is asked of a file.
type question struct {
	what         string
	ours, theirs []string // arguments behind the file's
	column       string   // of nfdump's answer, to be compared with the first of ours
}

const host = "10.1.3.7"

func questions() []question {
	return []question{
		{"read and filter", []string{"--apart", "--by", "proto", "--sum", "flows", "--csv", "--filter", "src host " + host + " and port 22"}, []string{"-A", "proto", "-o", "csv", "src ip " + host + " and port 22"}, ""},
		{"top talkers", []string{"--apart", "--by", "src", "--sum", "bytes", "--csv", "--top", "5"}, []string{"-s", "srcip/bytes", "-n", "5", "-o", "csv"}, "val"},
		{"top talkers, halves joined", []string{"--by", "src", "--sum", "bytes", "--csv", "--top", "5"}, nil, ""},
	}
}

// measure asks both programs in turns.
func (q question) measure(ctx context.Context, b *bed.Bed, s *report.Section, path, file string, n int, peer bool) error {
	_, missing := exec.LookPath("nfdump")
	peer = peer && missing == nil && q.theirs != nil
	b.Say("%s, %s", q.what, file)
	var ours, theirs []bed.Spend
	var mine, yours bytes.Buffer
	for range b.Size(9, 1) {
		mine.Reset()
		x, err := b.Run(ctx, &mine, append([]string{b.Noroshi, "flows", path}, q.ours...)...)
		if err != nil {
			return err
		}
		ours = append(ours, x)
		if !peer {
			continue
		}
		yours.Reset()
		if x, err = b.Run(ctx, &yours, append([]string{"nfdump", "-q", "-r", path}, q.theirs...)...); err != nil {
			return err
		}
		theirs = append(theirs, x)
	}
	x := quickest(ours)
	f := report.Figure{What: q.what + ", " + file, Verdict: report.Shown, Values: map[string]float64{}}
	f.Measured = fmt.Sprintf("%.1f M flows/s by wall time, %.1f M by CPU; %.0f MiB", rate(n, x.Wall), rate(n, x.CPU), x.MiB())
	f.Values["flows_per_s"], f.Values["flows_per_cpu_s"] = 1e6*rate(n, x.Wall), 1e6*rate(n, x.CPU)
	switch {
	case peer:
		y := quickest(theirs)
		f.Asked = "≥ nfdump"
		f.Peer = fmt.Sprintf("nfdump %.1f M by wall time, %.1f M by CPU (this run): ours %.2f×, %.2f×", rate(n, y.Wall), rate(n, y.CPU), float64(y.Wall)/float64(x.Wall), float64(y.CPU)/float64(x.CPU))
		f.Values["nfdump_flows_per_s"], f.Values["nfdump_flows_per_cpu_s"] = 1e6*rate(n, y.Wall), 1e6*rate(n, y.CPU)
		if err := q.agree(&mine, &yours); err != nil {
			return err
		}
		if !b.Quick {
			f.Verdict = report.Judge(x.Wall <= y.Wall)
		}
	case q.theirs != nil && missing != nil:
		f.Peer = "nfdump: not installed"
	}
	s.Add(f)
	return nil
}

// quickest gives the least of each figure; of memory the most.
func quickest(all []bed.Spend) bed.Spend {
	best := all[0]
	for _, x := range all[1:] {
		best.Wall, best.CPU, best.RSS = min(best.Wall, x.Wall), min(best.CPU, x.CPU), max(best.RSS, x.RSS)
	}
	return best
}

// rate is in millions a second.
func rate(n int, took time.Duration) float64 {
	return float64(n) / max(took, time.Microsecond).Seconds() / 1e6
}

// agree says whether both answers begin with the same address.
func (q question) agree(mine, yours io.Reader) error {
	if q.column == "" {
		return nil
	}
	a, err := first(mine, "src")
	b, err2 := first(yours, q.column)
	if err := cmp.Or(err, err2); err != nil {
		return err
	}
	if a != b {
		return fmt.Errorf("%s: ours is %s, nfdump's is %s", q.what, a, b)
	}
	return nil
}

// first gives the column called name of the first row.
func first(in io.Reader, name string) (string, error) {
	r := csv.NewReader(in)
	r.FieldsPerRecord = -1
	head, err := r.Read()
	if err != nil {
		return "", err
	}
	row, err := r.Read()
	if err != nil {
		return "", err
	}
	for i, h := range head {
		if strings.TrimSpace(h) == name && i < len(row) {
			return strings.TrimSpace(row[i]), nil
		}
	}
	return "", fmt.Errorf("no column %q in %q", name, head)
}
