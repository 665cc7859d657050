package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	var out strings.Builder
	if err := run([]string{"-o", dir, "-hours", "0.2", "-hosts", "5"}, &out); err != nil {
		t.Fatal(err)
	}
	if err := run([]string{"-o", dir, "-zeek", "-hours", "0.2", "-hosts", "5", "-classes", "pulse-*,scan-ports", "-start", "2026-11-03T10:00:00Z", "-by-end"}, &out); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"capture.pcap", "conn.log", "dns.log", "ssl.log", "http.log", "x509.log", "truth.csv", "honest.csv"} {
		if s, err := os.Stat(filepath.Join(dir, name)); err != nil || s.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	out.Reset()
	if err := run([]string{"-list"}, &out); err != nil || !strings.Contains(out.String(), "beacon     pulse-2m-j30\n") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

func TestRunRefuses(t *testing.T) {
	for _, args := range [][]string{{}, {"-o", "x", "left over"}, {"-o", "x", "-start", "yesterday"}, {"-o", "x", "-hosts", "-1"}, {"-o", "x", "-classes", "nobody"}, {"-o", "/dev/null/x"}} {
		if err := run(args, &strings.Builder{}); err == nil {
			t.Errorf("%q is taken", args)
		}
	}
}
