package source_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/ipfix/ipfixtest"
	"github.com/noroshi-acd/noroshi/flow/sflow/sflowtest"
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

// pcapOf makes a capture of UDP datagrams to a port, one each 100 ms, from a time on.
func pcapOf(from int64, port uint16, payloads ...[]byte) []byte {
	le, be := binary.LittleEndian, binary.BigEndian
	b := le.AppendUint32(nil, 0xa1b2c3d4)
	b = append(b, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0)
	for i, p := range payloads {
		n := uint32(28 + len(p))
		b = le.AppendUint32(b, uint32(from)+uint32(i/10))
		b = le.AppendUint32(b, uint32(i%10)*100_000)
		b = le.AppendUint32(le.AppendUint32(b, n), n)
		b = be.AppendUint16(append(b, 0x45, 0), uint16(n))
		b = append(b, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2)
		b = be.AppendUint16(be.AppendUint16(b, 50000), port)
		b = be.AppendUint16(b, uint16(8+len(p)))
		b = append(append(b, 0, 0), p...)
	}
	return b
}

// TestExportsInCapture: a capture of exports gives what was reported and not the
// datagrams that brought it; among other traffic exports are datagrams like others.
func TestExportsInCapture(t *testing.T) {
	const from = 1_700_000_000
	v9, truth := ipfixtest.Make(9, 28*60, 1)
	sampled, packets := sflowtest.Make(7*60, 1)
	var talk [][]byte
	for range 3 * 60 {
		talk = append(talk, []byte("a datagram of something else"))
	}
	var want uint64
	for i := range truth {
		want += truth[i].SrcPackets
	}
	for _, c := range []struct {
		name     string
		payloads [][]byte
		packets  uint64 // reported
		carried  uint64 // metered
	}{
		{"v9", v9, want, 0},
		{"sFlow", sampled, uint64(len(packets)), 0},
		{"v9 and a little else", append(slices.Clone(v9), talk[:20]...), want, 20},
		{"v9 among others", append(slices.Clone(talk), v9...), 0, uint64(len(talk) + len(v9))},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "capture")
			if err := os.WriteFile(name, pcapOf(from, 2055, c.payloads...), 0o600); err != nil {
				t.Fatal(err)
			}
			records, inputs := drain(t, name)
			var reported, carried uint64
			for i := range records {
				if r := &records[i]; r.Link != 0 {
					reported += r.SrcPackets + r.DstPackets
				} else {
					carried += r.SrcPackets + r.DstPackets
				}
			}
			if reported != c.packets || carried != c.carried || len(inputs[0].Errors) > 0 {
				t.Errorf("%d packets reported, %d metered, %v; want %d and %d", reported, carried, inputs[0].Errors, c.packets, c.carried)
			}
		})
	}
}
