package nfcapd

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/exchange"
	"github.com/noroshi-acd/noroshi/flow/nfcapd/nfcapdtest"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// tool says where nfdump's program is, or skips the test.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
			t.Fatalf("%s is not installed: apt-get install nfdump", name)
		}
		t.Skipf("%s is not installed", name)
	}
	return path
}

func command(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, tool(t, name), args...)
	c.Env = append(os.Environ(), "TZ=UTC")
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s %v: %v", name, args, err)
	}
	return out
}

// theirs gives the flows that nfdump prints of a file, a line for each.
func theirs(t *testing.T, path string) (all []string) {
	t.Helper()
	out := bytes.TrimSpace(command(t, "nfdump", "-q", "-r", path, "-o", "json"))
	if bytes.HasPrefix(out, []byte("No match")) {
		return nil
	}
	out = bytes.TrimSuffix(bytes.TrimSuffix(bytes.TrimPrefix(out, []byte("[")), []byte("]")), []byte(","))
	var rows []struct {
		First      string
		Last       string
		InPackets  uint64 `json:"in_packets"`
		InBytes    uint64 `json:"in_bytes"`
		OutPackets uint64 `json:"out_packets"`
		OutBytes   uint64 `json:"out_bytes"`
		Proto      uint8
		Flags      string `json:"tcp_flags"`
		SrcPort    uint16 `json:"src_port"`
		DstPort    uint16 `json:"dst_port"`
		Type       uint16 `json:"icmp_type"`
		Code       uint16 `json:"icmp_code"`
		Src4       string `json:"src4_addr"`
		Dst4       string `json:"dst4_addr"`
		Src6       string `json:"src6_addr"`
		Dst6       string `json:"dst6_addr"`
	}
	if err := json.Unmarshal(slices.Concat([]byte("["), out, []byte("]")), &rows); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	for _, x := range rows {
		if x.Proto == exchange.ICMP || x.Proto == exchange.ICMPv6 {
			x.SrcPort, x.DstPort = x.Type, x.Code
		}
		switch { // both versions, one of them empty; nfdump shows the other's bits in it
		case x.Src4 != "" && (x.Src6 == "::" && x.Dst6 == "::" || x.Src6 == "::"+x.Src4 && x.Dst6 == "::"+x.Dst4):
			x.Src6, x.Dst6 = "", ""
		case x.Src6 != "" && x.Src4 == "0.0.0.0" && x.Dst4 == "0.0.0.0":
			x.Src4, x.Dst4 = "", ""
		}
		x.Last = max(x.First, x.Last) // some exporters say an end before the beginning
		if x.Proto != exchange.TCP {
			x.Flags = "........"
		}
		all = append(all, fmt.Sprintf("%s %s %s %s %d %d %d %s %d %d %d %d", x.First, x.Last, x.Src4+x.Src6, x.Dst4+x.Dst6, x.SrcPort, x.DstPort, x.Proto,
			".."+x.Flags[max(0, len(x.Flags)-6):], x.InPackets, x.InBytes, x.OutPackets, x.OutBytes))
	}
	return all
}

// ours gives the flows that the reader finds in a file, as nfdump prints them.
func ours(t *testing.T, path string) (all []string) {
	t.Helper()
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	skips := &fault.Skips{Strict: true}
	r := NewReader(in, path, skips, Options{})
	defer r.Close()
	var b flow.Batch
	for {
		b.Reset()
		if err := r.Next(&b); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		for i := range b.Records {
			all = append(all, line(&b.Records[i]))
		}
	}
}

// line shows a record as theirs does.
func line(r *flow.Record) string {
	stamp := func(ns int64) string { return time.Unix(0, ns).UTC().Format("2006-01-02T15:04:05.000") }
	flags := []byte("........")
	for i, c := range []byte("UAPRSF") {
		if r.SrcFlags&(0x20>>i) != 0 {
			flags[2+i] = c
		}
	}
	rate := max(1, uint64(r.Sampling))
	return fmt.Sprintf("%s %s %s %s %d %d %d %s %d %d %d %d", stamp(r.First), stamp(r.Last), r.Src, r.Dst,
		r.SrcPort, r.DstPort, r.Proto, flags, r.SrcPackets*rate, r.SrcBytes*rate, r.DstPackets*rate, r.DstBytes*rate)
}

// agree holds what the reader finds in a file against what nfdump prints.
func agree(t *testing.T, path string) int {
	t.Helper()
	want, got := theirs(t, path), ours(t, path)
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: -nfdump +ours\n%s", filepath.Base(path), head(diff))
	}
	return len(got)
}

func head(s string) string { return s[:min(len(s), 3000)] }

// meter makes files of the capture with nfpcapd.
func meter(t *testing.T, capture string) []string {
	t.Helper()
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if out, err := exec.CommandContext(ctx, tool(t, "nfpcapd"), "-r", capture, "-w", dir, "-o", "fat").CombinedOutput(); err != nil {
		t.Logf("%s: nfpcapd: %v %s", capture, err, head(string(out)))
	}
	all, _ := filepath.Glob(filepath.Join(dir, "nfcapd.[0-9]*"))
	return all
}

// TestOracleCaptures: of files that nfpcapd makes of public captures nfdump prints what
// we read, in each compression that nfdump writes.
func TestOracleCaptures(t *testing.T) {
	tool(t, "nfdump")
	dir := os.Getenv("NOROSHI_DATA")
	if dir == "" {
		if os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
			t.Fatal("NOROSHI_DATA is not set")
		}
		t.Skip("NOROSHI_DATA is not set")
	}
	captures, _ := filepath.Glob(filepath.Join(dir, "detection", "ndpi-pcaps", "tests", "cfgs", "*", "pcap", "*.pcap"))
	if len(captures) == 0 {
		t.Fatal("no captures")
	}
	const sample = 40
	flows := 0
	for i := 0; i < len(captures); i += max(1, len(captures)/sample) {
		for n, path := range meter(t, captures[i]) {
			flows += agree(t, path)
			if n > 0 {
				continue
			}
			for _, z := range []string{"-z", "-j", "-y"} {
				packed := path + z
				command(t, "nfdump", "-q", "-r", path, "-w", packed, z)
				agree(t, packed)
			}
		}
	}
	t.Logf("%d flows", flows)
	if flows < 1000 {
		t.Errorf("only %d flows", flows)
	}
}

// TestOracleWritten: nfdump reads what nfcapdtest writes, in both layouts, and so do we.
func TestOracleWritten(t *testing.T) {
	tool(t, "nfdump")
	for _, o := range []nfcapdtest.Options{
		{}, {Method: nfcapdtest.LZ4}, {Method: nfcapdtest.LZO}, {Counters: true}, {Exporter: [4]byte{192, 0, 2, 1}, Rate: 100, Scaled: true},
		{Old: true}, {Old: true, Method: nfcapdtest.LZ4}, {Old: true, Method: nfcapdtest.LZO, Counters: true}, {Block: 500},
	} {
		t.Run(fmt.Sprintf("%+v", o), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "nfcapd.1")
			f, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			w := nfcapdtest.NewWriter(f, o)
			for i := range 500 {
				r := made(i)
				w.Record(&r)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			f.Close()
			if n := agree(t, path); n != 500 {
				t.Errorf("%d flows", n)
			}
			t.Log(head(string(command(t, "nfdump", "-v", path))))
		})
	}
}
