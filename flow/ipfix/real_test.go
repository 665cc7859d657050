package ipfix_test

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netsampler/goflow2/v2/decoders/netflow"
	"github.com/netsampler/goflow2/v2/decoders/netflowlegacy"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/ipfix"
	"github.com/noroshi-acd/noroshi/flow/packet/capture"
	"github.com/noroshi-acd/noroshi/flow/packet/header"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// data gives the folder of a public collection of captures.
func data(t testing.TB, name string) string {
	dir := os.Getenv("NOROSHI_DATA")
	if dir == "" {
		if os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
			t.Fatal("NOROSHI_DATA is not set")
		}
		t.Skip("NOROSHI_DATA is not set")
	}
	return filepath.Join(dir, "detection", name)
}

type datagram struct {
	from    ipfix.Exporter
	payload []byte
}

// datagrams gives the payloads of UDP in a capture that begin as NetFlow or IPFIX.
func datagrams(t testing.TB, name string) (all []datagram) {
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	file, err := capture.NewReader(bytes.NewReader(raw), name, &fault.Skips{})
	if err != nil {
		t.Fatal(err)
	}
	var h header.Packet
	var f capture.Frame
	for {
		if err := file.Next(&f); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		if h.Read(&f) == header.Good && h.Proto == header.UDP {
			if p := h.Payload; len(p) > 16 && p[0] == 0 && (p[1] == 5 || p[1] == 9 || p[1] == 10) {
				all = append(all, datagram{ipfix.Exporter{Addr: h.Src, Port: h.SrcPort}, bytes.Clone(p)})
			}
		}
	}
}

// TestCaptures reads the awkward datagrams of two collectors' test sets, all captures
// of a folder with one decoder since templates and data often stand apart, and
// compares the number of data records with goflow2's. The peer is given each message
// twice, so that it too reads data that came before their templates.
func TestCaptures(t *testing.T) {
	for _, set := range []string{"flow-captures-akvorado", "flow-captures-pmacct"} {
		root := data(t, set)
		folders := map[string][]string{}
		err := filepath.WalkDir(root, func(p string, e fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(p, ".pcap") && !strings.Contains(p, "sflow") {
				group := filepath.Dir(p)
				if set == "flow-captures-akvorado" {
					group = strings.NewReplacer("-options", "", "options", "template", "-data", "", "-templates", "", "-template", "", "data+templates", "template", "/data.pcap", "/template.pcap").Replace(p)
				}
				folders[group] = append(folders[group], p)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for group, files := range folders {
			t.Run(strings.TrimPrefix(group, root+"/"), func(t *testing.T) { compare(t, files) })
		}
	}
}

func compare(t *testing.T, files []string) {
	var all []datagram
	for _, f := range files {
		all = append(all, datagrams(t, f)...)
	}
	if len(all) == 0 {
		t.Skip("no NetFlow or IPFIX in it")
	}
	d := ipfix.NewDecoder(ipfix.Options{})
	var b flow.Batch
	for _, x := range all {
		if err := d.Decode(x.payload, x.from, &b); err != nil {
			t.Errorf("%v", err)
		}
	}
	want, wrong := peerCounts(all)
	s := d.Stats()
	got := s.Flows + s.Other + s.Options
	var waiting uint64
	for _, x := range d.Exporters() {
		waiting += x.Unread
	}
	t.Logf("%d messages, %d flows, %d of options, %d other, %d sets wait; goflow2: %d records%s", s.Messages, s.Flows, s.Options, s.Other, waiting, want, wrong)
	if got != want && wrong == "" {
		t.Errorf("%d records, goflow2 reads %d", got, want)
	}
}

// peerCounts is how many records goflow2 reads, and what it complained of.
func peerCounts(all []datagram) (n uint64, wrong string) {
	systems := map[string]netflow.NetFlowTemplateSystem{}
	for round := range 2 {
		n = 0
		for _, x := range all {
			if x.payload[1] == 5 {
				var m netflowlegacy.PacketNetFlowV5
				if err := netflowlegacy.DecodeMessageVersion(bytes.NewBuffer(x.payload), &m); err != nil {
					wrong += ", " + err.Error()
				}
				n += uint64(len(m.Records))
				continue
			}
			key := fmt.Sprint(x.from.Addr)
			if systems[key] == nil {
				systems[key] = guarded{netflow.CreateTemplateSystem()}
			}
			var nine netflow.NFv9Packet
			var ten netflow.IPFIXPacket
			if err := netflow.DecodeMessageVersion(bytes.NewBuffer(x.payload), systems[key], &nine, &ten); err != nil && round == 1 && !strings.Contains(err.Error(), "template not found") {
				wrong += ", " + err.Error()
			}
			for _, set := range append(nine.FlowSets, ten.FlowSets...) {
				switch set := set.(type) {
				case netflow.DataFlowSet:
					n += uint64(len(set.Records))
				case netflow.OptionsDataFlowSet:
					n += uint64(len(set.Records))
				}
			}
		}
	}
	return n, wrong
}
