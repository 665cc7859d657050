package decoders

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"time"

	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/bench/report"
	"github.com/noroshi-acd/noroshi/flow/ipfix/ipfixtest"
)

// pace is how long the sender waits after a burst, so that the receiver's buffer does
// not run over.
const (
	burst = 40
	pace  = 1500 * time.Microsecond
)

// collect lets nfcapd receive over loopback. It is shown, not compared: nfcapd takes
// datagrams from the kernel and writes files, our decoder does neither.
func collect(ctx context.Context, b *bed.Bed, s *report.Section) error {
	const what = "nfcapd, NetFlow v9 over loopback into its files"
	for _, tool := range []string{"nfcapd", "nfdump"} {
		if _, err := exec.LookPath(tool); err != nil {
			s.Miss(what, "", tool+" is not installed (Debian package nfdump)")
			return nil
		}
	}
	dir, err := b.Dir("nfcapd")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b.Say("sending to nfcapd")
	sent, cpu, err := receive(ctx, dir, b.Seed, b.Size(2_000_000, 100_000))
	if err != nil {
		s.Miss(what, "", err.Error())
		return nil
	}
	kept, err := stored(ctx, dir)
	if err != nil {
		s.Miss(what, "", err.Error())
		return nil
	}
	rate := float64(kept) / cpu.Seconds()
	s.Add(report.Figure{What: what, Measured: "ours has no listener yet", Verdict: report.Shown,
		Peer:   fmt.Sprintf("nfcapd %.2f M flows/s by CPU time; %d of %d flows in its files (this run)", rate/1e6, kept, sent),
		Values: map[string]float64{"peer_flows_per_s": rate, "peer_lost": float64(sent - kept)}})
	return nil
}

// receive starts nfcapd on a free port of loopback, sends it flows, ends it and gives
// what CPU time it took.
func receive(ctx context.Context, dir string, seed uint64, flows int) (sent int, cpu time.Duration, err error) {
	free, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		return 0, 0, err
	}
	port := free.LocalAddr().(*net.UDPAddr).Port
	free.Close()
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "nfcapd", "-b", "127.0.0.1", "-p", strconv.Itoa(port), "-w", dir, "-t", "3600", "-B", strconv.Itoa(8<<20))
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		return 0, 0, err
	}
	time.Sleep(500 * time.Millisecond)
	sent, sendErr := send(ctx, port, seed, flows)
	time.Sleep(500 * time.Millisecond)
	if err := errors.Join(c.Process.Signal(syscall.SIGTERM), c.Wait(), sendErr); err != nil {
		return sent, 0, fmt.Errorf("nfcapd: %w: %s", err, said.String())
	}
	use, ok := c.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return sent, 0, errors.New("this system does not report what a command used")
	}
	return sent, time.Duration(use.Utime.Nano() + use.Stime.Nano()), nil
}

// send gives datagrams of NetFlow v9 to a port of loopback, in bursts.
func send(ctx context.Context, port int, seed uint64, flows int) (sent int, err error) {
	to, err := net.Dial("udp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return 0, err
	}
	defer to.Close()
	all, truth := ipfixtest.Make(9, min(flows, fullFlows), seed)
	for sent < flows && ctx.Err() == nil {
		for i, p := range all {
			if _, err := to.Write(p); err != nil {
				return sent, err
			}
			if i%burst == burst-1 {
				time.Sleep(pace)
			}
		}
		sent += len(truth)
	}
	return sent, ctx.Err()
}

// summary is nfdump's line about what a file holds.
var summary = regexp.MustCompile(`(?m)^Flows:\s+(\d+)`)

// stored counts the flows in nfcapd's files.
func stored(ctx context.Context, dir string) (n int, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "nfcapd.*"))
	if err != nil {
		return 0, err
	}
	if len(files) == 0 {
		return 0, errors.New("nfcapd wrote no file")
	}
	for _, f := range files {
		out, err := exec.CommandContext(ctx, "nfdump", "-I", "-r", f).Output()
		m := summary.FindSubmatch(out)
		if err != nil {
			return 0, fmt.Errorf("nfdump -I: %w", err)
		}
		if m == nil {
			return 0, fmt.Errorf("nfdump -I says %q", out)
		}
		k, _ := strconv.Atoi(string(m[1]))
		n += k
	}
	return n, nil
}
