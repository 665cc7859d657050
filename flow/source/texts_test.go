package source

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/flowtest"
)

// TestTexts opens a folder with EVE logs of one sensor and Argus files, and expects
// one stream in the order of time, names joined across files.
func TestTexts(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.csv":    "StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos,TotPkts,TotBytes,SrcBytes,Label\n1970/01/01 00:00:02.5,0,udp,10.0.0.1,5,  <->,192.0.2.1,53,CON,0,0,2,214,81,x\n",
		"flow.log": `{"timestamp":"1970-01-01T00:00:09+0000","flow_id":7,"event_type":"flow","src_ip":"10.0.0.1","src_port":1,"dest_ip":"192.0.2.9","dest_port":443,"proto":"TCP","flow":{"pkts_toserver":1,"pkts_toclient":1,"start":"1970-01-01T00:00:03+0000","end":"1970-01-01T00:00:05+0000"}}` + "\n",
		"tls.log":  `{"timestamp":"1970-01-01T00:00:04+0000","flow_id":7,"event_type":"tls","src_ip":"10.0.0.1","src_port":1,"dest_ip":"192.0.2.9","dest_port":443,"proto":"TCP","tls":{"sni":"a.example"}}` + "\nnonsense\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Open([]string{dir}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var got []string
	var b flow.Batch
	for {
		b.Reset()
		if err := s.Next(&b); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		for i := range b.Records {
			got = append(got, flowtest.Show(&b, &b.Records[i]))
		}
	}
	want := []string{
		"flow 2.5s+0s 10.0.0.1:5>192.0.2.1:53/17 81/133 bytes 1/1 packets est service 0",
		"flow 3s+2s 10.0.0.1:1>192.0.2.9:443/6 0/0 bytes 1/1 packets est service 2 tls 0000 sni=a.example",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	var inputs []string
	for _, in := range s.Inputs() {
		inputs = append(inputs, fmt.Sprintf("%s: %s, %d records, %d skipped", filepath.Base(in.Path), in.Format, in.Records, in.Skipped))
	}
	slices.Sort(inputs)
	want = []string{"a.csv: argus csv, 1 records, 0 skipped", "flow.log: suricata eve, 1 records, 0 skipped", "tls.log: suricata eve, 1 records, 1 skipped"}
	if diff := cmp.Diff(want, inputs); diff != "" {
		t.Errorf("inputs: -want +got\n%s", diff)
	}
}

// TestSharedTexts reads the public EVE log and Argus file that the acceptance of the
// reading names.
func TestSharedTexts(t *testing.T) {
	dir := os.Getenv("NOROSHI_DATA")
	if dir == "" {
		if os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
			t.Fatal("NOROSHI_DATA is not set")
		}
		t.Skip("NOROSHI_DATA is not set")
	}
	for pattern, least := range map[string]int{"*.suricata.json": 100, "test2-*.binetflow": 6000} {
		paths, err := filepath.Glob(filepath.Join(dir, "detection", "slips-mixed", "dataset", pattern))
		if err != nil || len(paths) != 1 {
			t.Fatalf("%s: %v %v", pattern, paths, err)
		}
		s, err := Open(paths, Options{Strict: true})
		if err != nil {
			t.Fatal(err)
		}
		records, late := 0, 0
		var b flow.Batch
		last := int64(0)
		for b.Reset(); s.Next(&b) == nil; b.Reset() {
			for i := range b.Records {
				if b.Records[i].First < last {
					late++
				}
				last = max(last, b.Records[i].First)
			}
			records += len(b.Records)
		}
		s.Close()
		if in := s.Inputs()[0]; records <= least || len(in.Errors) > 0 || late > 0 {
			t.Errorf("%s: %d records, want more than %d; %d late; %v", strings.TrimPrefix(pattern, "*"), records, least, late, in.Errors)
		}
	}
}
