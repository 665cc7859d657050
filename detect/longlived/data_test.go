package longlived_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/longlived"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/zeek"
)

// logs gives all Zeek logs under dir.
func logs(t testing.TB, dir string) []*zeek.File {
	t.Helper()
	var all []*zeek.File
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		open := func() (io.ReadCloser, error) {
			f, err := os.Open(path)
			if err != nil || !strings.HasSuffix(path, ".gz") {
				return f, err
			}
			z, err := gzip.NewReader(f)
			return struct {
				io.Reader
				io.Closer
			}{z, f}, err
		}
		in, err := open()
		if err != nil {
			return err
		}
		defer in.Close()
		head, err := io.ReadAll(io.LimitReader(in, 4096))
		if err != nil {
			return err
		}
		if log, ok := zeek.Recognise(head); ok && !bytes.Contains(head, []byte("#path\tstats")) {
			all = append(all, &zeek.File{Path: path, Log: log, Open: open})
		}
		return nil
	})
	if err != nil || len(all) == 0 {
		t.Fatalf("reading %s: %d logs, %v", dir, len(all), err)
	}
	return all
}

// analyse runs the detector alone over the logs under dir.
func analyse(t testing.TB, dir string) []detect.Finding {
	t.Helper()
	table, err := direction.New(direction.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e := detect.NewEngine(detect.DefaultConfig(), table, longlived.New(longlived.DefaultConfig()))
	r := zeek.NewReader(logs(t, dir), zeek.Options{})
	defer r.Close()
	var b flow.Batch
	for {
		b.Reset()
		if err := r.Next(&b); errors.Is(err, io.EOF) {
			return e.Findings()
		} else if err != nil {
			t.Fatal(err)
		}
		e.Observe(&b)
	}
}

// shared gives the folder of shared data below name, or skips.
func shared(t testing.TB, name string) string {
	t.Helper()
	root := os.Getenv("NOROSHI_DATA")
	if root == "" {
		if os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
			t.Fatal("NOROSHI_DATA is not set")
		}
		t.Skip("NOROSHI_DATA is not set")
	}
	return filepath.Join(root, name)
}

func show(t testing.TB, all []detect.Finding) {
	t.Helper()
	for _, f := range all {
		var ev strings.Builder
		for _, x := range f.Evidence {
			fmt.Fprintf(&ev, " %s=%v", x.Name, x.Value)
		}
		t.Logf("%.3f %-8s %s → %s %s:%d/%d%s", f.Score, detect.LevelOf(f.Score), f.Src, f.Name, f.Dst, f.Port, f.Proto, ev.String())
	}
}

func TestBenignHostsStayQuiet(t *testing.T) {
	for _, name := range []string{"008-zeek-mixed", "010-zeek-mixed"} {
		all := analyse(t, shared(t, "detection/zeek-labelled/"+name))
		show(t, all)
		for _, f := range all {
			if f.Score >= detect.HighScore {
				t.Errorf("%s: high: %s", name, f.Why.EN)
			}
		}
	}
}

// TestDaysOpen finds one connection of three days, told by hourly snapshots.
func TestDaysOpen(t *testing.T) {
	all := analyse(t, shared(t, "detection/rita-logs/test_data/missing_host"))
	show(t, all)
	for _, f := range all {
		if f.Score >= detect.MediumScore && f.Port == 22 {
			if s := f.Evidence[0].Value.(float64); s < 269_000 || s > 271_500 {
				t.Errorf("duration_s = %v, the log's author says 270036.63", s)
			}
			return
		}
	}
	t.Error("the connection was not found")
}
