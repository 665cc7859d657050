package scan_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/scan"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/source"
)

// placer takes private addresses for domestic and all others for foreign; when
// home is set, that address is domestic as well.
type placer struct{ home flow.Addr }

func (p placer) Private(a flow.Addr) bool {
	n := a.Netip()
	return n.IsPrivate() || n.IsLoopback() || n.IsMulticast() || n.IsLinkLocalUnicast()
}

func (p placer) Side(a flow.Addr) direction.Side {
	if p.Private(a) || a == p.home {
		return direction.SideDomestic
	}
	return direction.SideForeign
}

// TestCaptures runs a real scan from inside, and two machines that the Internet
// scans, seen as foreign and as our own: their busiest address is taken for home.
func TestCaptures(t *testing.T) {
	dir := os.Getenv("NOROSHI_DATA")
	if dir == "" {
		if os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
			t.Fatal("NOROSHI_DATA is not set")
		}
		t.Skip("NOROSHI_DATA is not set")
	}
	dir = filepath.Join(dir, "detection", "zeek-labelled")
	cases := []struct {
		path string
		home bool
		loud int
	}{
		{"002-zeek-scenario-port-scanning", false, 1},
		{"008-zeek-mixed/data", false, 0},
		{"008-zeek-mixed/data", true, 0},
		{"010-zeek-mixed/data", false, 0},
		{"010-zeek-mixed/data", true, 0},
		{"001-zeek-scenario-malicious/conn.log", false, 0},
		{"003-zeek-scenario-malicious", false, 0},
		{"005-zeek-scenario-malicious", false, 0},
	}
	for _, c := range cases {
		path := filepath.Join(dir, filepath.FromSlash(c.path))
		var home flow.Addr
		if c.home {
			home = busiest(t, path)
		}
		e := detect.NewEngine(detect.DefaultConfig(), placer{home}, scan.New(scan.DefaultConfig()))
		replay(t, path, e.Observe)
		n := 0
		for _, f := range e.Findings() {
			if f.Score >= detect.MediumScore {
				n++
			}
		}
		if n != c.loud {
			t.Errorf("%s, home %v: %d findings at medium and above, want %d: %+v", c.path, c.home, n, c.loud, e.Findings())
		}
	}
}

func replay(t *testing.T, path string, observe func(*flow.Batch)) {
	t.Helper()
	set, err := source.Open([]string{path}, source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	var b flow.Batch
	for {
		b.Reset()
		if err := set.Next(&b); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		observe(&b)
	}
}

func busiest(t *testing.T, path string) (most flow.Addr) {
	n := map[flow.Addr]int{}
	replay(t, path, func(b *flow.Batch) {
		for i := range b.Records {
			n[b.Records[i].Dst]++
		}
	})
	for a, c := range n {
		if c > n[most] {
			most = a
		}
	}
	return most
}
