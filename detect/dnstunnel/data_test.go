package dnstunnel_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/dnstunnel"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/source"
)

// placer takes private addresses for domestic and all others for foreign.
type placer struct{}

func (placer) Private(a flow.Addr) bool {
	n := a.Netip()
	return n.IsPrivate() || n.IsLoopback() || n.IsMulticast() || n.IsLinkLocalUnicast()
}

func (p placer) Side(a flow.Addr) direction.Side {
	if p.Private(a) {
		return direction.SideDomestic
	}
	return direction.SideForeign
}

// shared gives the folder of the shared captures, or ends the test.
func shared(t *testing.T) string {
	dir := os.Getenv("NOROSHI_DATA")
	if dir == "" {
		if os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
			t.Fatal("NOROSHI_DATA is not set")
		}
		t.Skip("NOROSHI_DATA is not set")
	}
	return filepath.Join(dir, "detection")
}

// replay runs path record by record; after says what to do after each.
func replay(t *testing.T, path string, after func(e *detect.Engine, r *flow.Record)) *detect.Engine {
	t.Helper()
	set, err := source.Open([]string{path}, source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	e := detect.NewEngine(detect.DefaultConfig(), placer{}, dnstunnel.New(dnstunnel.DefaultConfig()))
	var b, one flow.Batch
	for {
		b.Reset()
		if err := set.Next(&b); errors.Is(err, io.EOF) {
			return e
		} else if err != nil {
			t.Fatal(err)
		}
		for i := range b.Records {
			one.Reset()
			one.Copy(&b, &b.Records[i])
			e.Observe(&one)
			after(e, &one.Records[0])
		}
	}
}

// TestCapturedTunnels wants each tunnel High within 50 queries of its first.
func TestCapturedTunnels(t *testing.T) {
	var paths []string
	err := filepath.WalkDir(filepath.Join(shared(t), "dns-tunnel", "tunnel"), func(p string, _ os.DirEntry, err error) error {
		if filepath.Ext(p) == ".pcap" {
			paths = append(paths, p)
		}
		return err
	})
	if err != nil || len(paths) != 4 {
		t.Fatalf("%d captures, %v", len(paths), err)
	}
	for _, p := range paths {
		queries, decided := 0, 0
		e := replay(t, p, func(e *detect.Engine, r *flow.Record) {
			if r.DNS == 0 || decided > 0 || queries > 60 {
				return
			}
			queries++
			if loud(e) > 0 {
				decided = queries
			}
		})
		t.Logf("%s: High after %d queries", filepath.Base(p), decided)
		if decided == 0 || decided > 50 || loud(e) != 1 {
			t.Errorf("%s: High after %d queries, %d findings", filepath.Base(p), decided, loud(e))
		}
	}
}

func TestCapturedCrawls(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(shared(t), "dns-tunnel", "normal", "normal", "*.pcap"))
	if err != nil || len(paths) != 8 {
		t.Fatalf("%d captures, %v", len(paths), err)
	}
	for _, p := range paths {
		e := replay(t, p, func(*detect.Engine, *flow.Record) {})
		if fs := e.Findings(); len(fs) != 0 {
			t.Errorf("%s: %+v", filepath.Base(p), fs)
		}
	}
}

func loud(e *detect.Engine) (n int) {
	for _, f := range e.Findings() {
		if f.Score >= detect.HighScore {
			n++
		}
	}
	return n
}
