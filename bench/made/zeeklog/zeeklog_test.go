package zeeklog_test

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/bench/made/day"
	"github.com/noroshi-acd/noroshi/bench/made/zeeklog"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/zeek"
)

func write(t *testing.T, o zeeklog.Options) (dir string, c zeeklog.Counts) {
	t.Helper()
	d := day.Default()
	d.Hosts, d.Browsing, d.Length = 60, 6, 12*time.Hour
	s, err := day.Stage(d)
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	if c, err = zeeklog.Write(dir, s, o); err != nil {
		t.Fatal(err)
	}
	return dir, c
}

// TestReadBack reads the logs with the product's reader: nothing is skipped and
// every record arrives.
func TestReadBack(t *testing.T) {
	for _, o := range []zeeklog.Options{{}, {ByEnd: true}} {
		dir, c := write(t, o)
		var files []*zeek.File
		for _, name := range []string{"conn", "dns", "ssl", "http", "x509"} {
			path := filepath.Join(dir, name+".log")
			head, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			log, ok := zeek.Recognise(head[:min(len(head), 4096)])
			if !ok {
				t.Fatalf("%s is not recognised", path)
			}
			files = append(files, &zeek.File{Path: path, Log: log, Open: func() (io.ReadCloser, error) { return os.Open(path) }})
		}
		r := zeek.NewReader(files, zeek.Options{})
		var b flow.Batch
		flows, lookups, tls := int64(0), int64(0), int64(0)
		for {
			b.Reset()
			err := r.Next(&b)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			for i := range b.Records {
				switch x := &b.Records[i]; {
				case x.Kind == flow.KindDNS:
					lookups++
				case x.Kind == flow.KindFlow:
					flows++
				}
			}
			tls += int64(len(b.TLS))
		}
		r.Close()
		for _, f := range files {
			if f.Skips.Count > 0 {
				t.Errorf("%s: %d records skipped: %v", f.Path, f.Skips.Count, f.Skips.First)
			}
		}
		if flows != c.Conn || lookups != c.DNS || tls != c.TLS {
			t.Errorf("by end %v: read %d flows, %d lookups, %d handshakes of %+v", o.ByEnd, flows, lookups, tls, c)
		}
	}
}

// TestOrder: conn records are in order of beginning, or of ending.
func TestOrder(t *testing.T) {
	for _, o := range []zeeklog.Options{{}, {ByEnd: true}} {
		dir, _ := write(t, o)
		f, err := os.Open(filepath.Join(dir, "conn.log"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		last := 0.0
		for in := bufio.NewScanner(f); in.Scan(); {
			cells := strings.Split(in.Text(), "\t")
			if strings.HasPrefix(cells[0], "#") {
				continue
			}
			at := seconds(t, cells[0])
			if o.ByEnd && cells[8] != "-" {
				at += seconds(t, cells[8])
			}
			if at < last-0.00001 && (!o.ByEnd || cells[8] != "-") {
				t.Fatalf("by end %v: %v after %v: %s", o.ByEnd, at, last, in.Text())
			}
			last = max(last, at)
		}
	}
}

func seconds(t *testing.T, s string) float64 {
	t.Helper()
	d, err := time.ParseDuration(s + "s")
	if err != nil {
		t.Fatal(err)
	}
	return d.Seconds()
}
