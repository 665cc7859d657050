package source_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/ipfix/ipfixtest"
	"github.com/noroshi-acd/noroshi/flow/source"
)

// drain reads all of paths.
func drain(t *testing.T, paths ...string) (records []flow.Record, inputs []source.Input) {
	t.Helper()
	s, err := source.Open(paths, source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var b flow.Batch
	for {
		b.Reset()
		if err := s.Next(&b); err != nil {
			if !errors.Is(err, io.EOF) {
				t.Errorf("%v", err)
			}
			return records, s.Inputs()
		}
		if len(b.Records) == 0 {
			t.Fatal("an empty batch")
		}
		records = append(records, b.Records...)
	}
}

// TestExportersInTwoFiles: what two exporters report of the same flows comes out once.
func TestExportersInTwoFiles(t *testing.T) {
	messages, truth := ipfixtest.Make(10, 3000, 1)
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	for _, name := range []string{a, b} {
		if err := os.WriteFile(name, bytes.Join(messages, nil), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	one, _ := drain(t, a)
	two, inputs := drain(t, a, b)
	sum := func(records []flow.Record) (packets uint64) {
		for i := range records {
			packets += records[i].SrcPackets + records[i].DstPackets
		}
		return packets
	}
	if len(one) < len(truth)*9/10 || sum(one) != sum(truth) {
		t.Errorf("one file: %d records of %d, %d packets of %d", len(one), len(truth), sum(one), sum(truth))
	}
	if len(two) != len(one) || sum(two) != sum(one) {
		t.Errorf("two files: %d records, %d packets; one gives %d and %d", len(two), sum(two), len(one), sum(one))
	}
	for _, in := range inputs {
		if in.Format != "ipfix" || in.Records != uint64(len(truth)) || len(in.Errors) > 0 {
			t.Errorf("%+v", in)
		}
	}
}

// TestExportCaptures reads the captures of two collectors' tests: all of them, and from
// those of exports what was reported.
func TestExportCaptures(t *testing.T) {
	root := os.Getenv("NOROSHI_DATA")
	if root == "" {
		if os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
			t.Fatal("NOROSHI_DATA is not set")
		}
		t.Skip("NOROSHI_DATA is not set")
	}
	for _, set := range []string{"flow-captures-akvorado", "flow-captures-pmacct"} {
		records, inputs := drain(t, filepath.Join(root, "detection", set))
		linked, read := 0, uint64(0)
		for i := range records {
			if records[i].Link != 0 {
				linked++
			}
		}
		for _, in := range inputs {
			read += in.Records
			if in.Format != "pcap" && in.Format != "pcapng" && in.Format != source.Empty {
				t.Errorf("%s is %s", in.Path, in.Format)
			}
			for _, err := range in.Errors {
				t.Logf("%s: %v", filepath.Base(in.Path), err)
			}
		}
		t.Logf("%s: %d captures, %d records, %d came out, %d of them reported by exporters", set, len(inputs), read, len(records), linked)
		if linked < 100 {
			t.Errorf("%s: %d records reported", set, linked)
		}
	}
}
