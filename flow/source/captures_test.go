package source_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/export"
	"github.com/noroshi-acd/noroshi/flow/packet/capture"
	"github.com/noroshi-acd/noroshi/flow/packet/header"
	"github.com/noroshi-acd/noroshi/flow/source"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// holds says what is in a capture, packet by packet: how many are IP, and how many of
// those are datagrams that export flows.
func holds(t *testing.T, path string) (packets, ip, exports int) {
	t.Helper()
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	r, err := capture.NewReader(in, path, &fault.Skips{})
	if err != nil {
		t.Fatal(err)
	}
	var f capture.Frame
	var h header.Packet
	for r.Next(&f) == nil {
		packets++
		if h.Read(&f) != header.Good {
			continue
		}
		ip++
		if export.Recognise(h.Payload) != export.None {
			exports++
		}
	}
	return packets, ip, exports
}

// readAlone reads one file and gives how many records it has and what was said of it.
func readAlone(t *testing.T, path string) (records int, in source.Input) {
	t.Helper()
	set, err := source.Open([]string{path}, source.Options{})
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	defer set.Close()
	var b flow.Batch
	for {
		b.Reset()
		err := set.Next(&b)
		in = set.Inputs()[0]
		switch {
		case err == nil:
			records += len(b.Records)
		case errors.Is(err, io.EOF) || len(in.Errors) > 0: // nothing could be read, and it was said why
			return records, in
		default:
			t.Fatalf("%s: %v", path, err)
		}
	}
}

// TestEveryCapture reads each public capture alone: it gives records, or says why it
// has none, or holds nothing but templates, events of translators, and packets that
// are not IP.
func TestEveryCapture(t *testing.T) {
	root := os.Getenv("NOROSHI_DATA")
	if root == "" {
		if os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
			t.Fatal("NOROSHI_DATA is not set")
		}
		t.Skip("NOROSHI_DATA is not set")
	}
	for set, least := range map[string]int{"ndpi-pcaps": 530, "flow-captures-akvorado": 50, "flow-captures-pmacct": 40} {
		files, records, said, silent := 0, 0, 0, 0
		err := filepath.WalkDir(filepath.Join(root, "detection", set), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasPrefix(filepath.Ext(path), ".pcap") {
				return err
			}
			files++
			n, in := readAlone(t, path)
			records += n
			switch {
			case in.Format != "pcap" && in.Format != "pcapng":
				t.Errorf("%s is %s", path, in.Format)
			case n > 0:
			case len(in.Errors) > 0:
				said++
				t.Logf("%s: %v", filepath.Base(path), in.Errors[0])
			default:
				silent++
				if packets, ip, exports := holds(t, path); packets == 0 || ip != exports {
					t.Errorf("%s: no record and no word; %d packets, %d of them IP, %d exports", path, packets, ip, exports)
				}
			}
			return nil
		})
		t.Logf("%s: %d files, %d records; %d files say why they have none, %d hold none", set, files, records, said, silent)
		if err != nil || files < least || said+silent > files/2 {
			t.Errorf("%s: %d files, %v", set, files, err)
		}
	}
}
