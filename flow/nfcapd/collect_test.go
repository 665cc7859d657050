package nfcapd

import (
	"bytes"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/flow/packet/capture"
	wire "github.com/noroshi-acd/noroshi/flow/packet/header"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// datagrams gives the payloads of UDP in a capture that begin as NetFlow or IPFIX.
func datagrams(t *testing.T, path string) (all [][]byte) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := capture.NewReader(bytes.NewReader(raw), path, &fault.Skips{})
	if err != nil {
		return nil
	}
	var h wire.Packet
	var f capture.Frame
	for r.Next(&f) == nil {
		if h.Read(&f) != wire.Good || h.Proto != wire.UDP {
			continue
		}
		if p := h.Payload; len(p) > 16 && p[0] == 0 && (p[1] == 5 || p[1] == 9 || p[1] == 10) {
			all = append(all, bytes.Clone(p))
		}
	}
	return all
}

// collect has nfcapd collect datagrams, and gives the files that it wrote.
func collect(t *testing.T, all [][]byte) []string {
	t.Helper()
	probe, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := probe.LocalAddr().String()
	probe.Close()
	_, port, _ := net.SplitHostPort(addr)
	dir := t.TempDir()
	c := exec.CommandContext(t.Context(), tool(t, "nfcapd"), "-w", dir, "-p", port, "-b", "127.0.0.1", "-y")
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(500 * time.Millisecond) // it does not say when it listens
	conn, err := net.Dial("udp4", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, p := range all {
		if _, err := conn.Write(p); err != nil {
			t.Fatalf("%v: %s", err, head(said.String()))
		}
		time.Sleep(time.Millisecond)
	}
	time.Sleep(300 * time.Millisecond)
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // it ends by the signal
	files, _ := filepath.Glob(filepath.Join(dir, "nfcapd.[0-9]*"))
	return files
}

// bare takes addresses off lines. Some exporters send those of both versions, one of
// them empty, and nfdump 1.7.1 then shows one with the bits of the other.
func bare(lines []string) (all []string) {
	for _, l := range lines {
		if strings.HasSuffix(l, " 0 0 0 0") { // an event, no flow
			continue
		}
		f := strings.Fields(l)
		all = append(all, strings.Join(append(f[:2:2], f[4:]...), " "))
	}
	slices.Sort(all)
	return all
}

// TestOracleCollector: of what nfcapd collects from the exporters in public captures,
// nfdump prints what we read.
func TestOracleCollector(t *testing.T) {
	tool(t, "nfcapd")
	tool(t, "nfdump")
	root := os.Getenv("NOROSHI_DATA")
	if root == "" {
		if os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
			t.Fatal("NOROSHI_DATA is not set")
		}
		t.Skip("NOROSHI_DATA is not set")
	}
	flows := 0
	for _, set := range []string{"flow-captures-akvorado", "flow-captures-pmacct"} {
		var templates, data [][]byte
		err := filepath.WalkDir(filepath.Join(root, "detection", set), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".pcap") {
				return err
			}
			if strings.Contains(filepath.Base(path), "template") {
				templates = append(templates, datagrams(t, path)...)
			} else {
				data = append(data, datagrams(t, path)...)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range collect(t, append(templates, data...)) {
			want, got := bare(theirs(t, path)), bare(ours(t, path))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-nfdump +ours\n%s", head(diff))
			}
			n := len(got)
			t.Logf("%s: %d datagrams, %d flows", set, len(templates)+len(data), n)
			flows += n
		}
	}
	if flows < 20 {
		t.Errorf("only %d flows", flows)
	}
}
