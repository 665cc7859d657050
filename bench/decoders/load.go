package decoders

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/ipfix/ipfixtest"
	"github.com/noroshi-acd/noroshi/flow/packet/capture"
	"github.com/noroshi-acd/noroshi/flow/packet/header"
	"github.com/noroshi-acd/noroshi/flow/sflow/sflowtest"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// load is datagrams that both decoders are given.
type load struct {
	what   string
	asked  ask
	trains []train
	flows  int  // in all trains together
	kept   bool // templates were given before; what is measured is data
}

// ask is what a load must reach; zero asks nothing.
type ask struct{ times, rate float64 }

// train is what one exporter sent, of one protocol.
type train struct {
	proto     uint16 // 5, 9, 10; 0 for sFlow
	from      flow.Addr
	templates [][]byte // given once, before
	datagrams [][]byte
}

// sizes of what is made up: flows of a load.
const fullFlows, quickFlows = 28 * 30 * 20, 28 * 30

// loads makes all of them; data is the folder of public captures, empty for none.
func loads(seed uint64, flows int, data string) ([]load, error) {
	var all []load
	for _, v := range []struct {
		version uint16
		name    string
		times   float64
	}{{5, "NetFlow v5", 3}, {9, "NetFlow v9, 14 fields", 10}, {10, "IPFIX, 14 fields", 10}} {
		d, truth := ipfixtest.Make(v.version, flows, seed)
		all = append(all, load{what: v.name, asked: ask{v.times, 15e6}, trains: []train{{proto: v.version, datagrams: d}}, flows: len(truth)})
	}
	d, truth := sflowtest.Make(flows, seed)
	all = append(all, load{what: "sFlow v5, sampled headers", asked: ask{0, 10e6}, trains: []train{{datagrams: d}}, flows: len(truth)})
	r := rand.New(rand.NewPCG(seed, 77))
	for _, version := range []uint16{9, 10} {
		for _, s := range shapes(version) {
			all = append(all, s.load(r, version, flows))
		}
	}
	if data == "" {
		return all, nil
	}
	real, err := published(data)
	return append(all, real...), err
}

// shape is a template of ours, other than a router's usual one.
type shape struct {
	name   string
	fields []ipfixtest.Field
}

// shapes are a short template, a long one of two families with what carriers add, and
// one with fields of variable length and of an enterprise.
func shapes(version uint16) []shape {
	field := func(pairs ...uint16) (all []ipfixtest.Field) {
		for i := 0; i < len(pairs); i += 2 {
			all = append(all, ipfixtest.Field{ID: pairs[i], Length: pairs[i+1]})
		}
		return all
	}
	all := []shape{
		{"9 fields", field(8, 4, 12, 4, 7, 2, 11, 2, 4, 1, 2, 8, 1, 8, 22, 4, 21, 4)},
		{"31 fields, IPv6", field(27, 16, 28, 16, 62, 16, 7, 2, 11, 2, 4, 1, 5, 1, 6, 1, 2, 8, 1, 8, 22, 4, 21, 4, 10, 4, 14, 4, 16, 4, 17, 4, 29, 1, 30, 1, 31, 4, 56, 6, 80, 6,
			58, 2, 59, 2, 60, 1, 61, 1, 89, 1, 136, 1, 95, 4, 234, 4, 235, 4, 48, 4)},
	}
	if version == 10 {
		all = append(all, shape{"12 fields, 2 of variable length, 1 of an enterprise", append(field(8, 4, 12, 4, 7, 2, 11, 2, 4, 1, 6, 1, 2, 8, 1, 8, 152, 8, 153, 8, 82, 65535, 83, 65535),
			ipfixtest.Field{Enterprise: 29305, ID: 1, Length: 8})})
	}
	return all
}

// load fills records of the shape with chance.
func (s shape) load(r *rand.Rand, version uint16, flows int) load {
	const id, perDatagram = 300, 14
	m := ipfixtest.Message{Version: version, Export: 1_700_000_000, Booted: 1_699_000_000, Domain: 9}
	t := train{proto: version, templates: [][]byte{m.Build(1, m.Template(id, s.fields...))}}
	for done := 0; done < flows; done += perDatagram {
		n := min(perDatagram, flows-done)
		var data []byte
		for range n {
			for _, f := range s.fields {
				data = value(r, data, f)
			}
		}
		if version == 9 {
			m.Number++
		} else {
			m.Number = uint32(done)
		}
		t.datagrams = append(t.datagrams, m.Build(n, ipfixtest.Set(id, data)))
	}
	name := map[uint16]string{9: "NetFlow v9, ", 10: "IPFIX, "}[version]
	return load{what: name + s.name, asked: ask{10, 0}, trains: []train{t}, flows: flows, kept: true}
}

// value writes one field: times and the protocol as they may be, the rest by chance.
func value(r *rand.Rand, b []byte, f ipfixtest.Field) []byte {
	be := binary.BigEndian
	switch {
	case f.Length == 65535:
		n := 4 + r.IntN(12)
		b = append(b, byte(n))
		return append(b, "interface-name-17"[:n]...)
	case f.Enterprise != 0:
	case f.ID == 4:
		return append(b, 6)
	case f.ID == 22, f.ID == 21:
		return be.AppendUint32(b, 999_000_000+uint32(f.ID)%2*500)
	case f.ID == 152, f.ID == 153:
		return be.AppendUint64(b, 1_699_999_000_000+uint64(f.ID)*10)
	case f.ID == 1, f.ID == 2:
		return be.AppendUint64(b, 1+r.Uint64N(1<<20))
	}
	for range f.Length {
		b = append(b, byte(r.Uint32()))
	}
	return b
}

// published reads the datagrams of collectors' test captures, a train for each folder
// or capture, exporter and protocol.
func published(data string) ([]load, error) {
	trains := map[string]*train{}
	var order []string
	for _, set := range []string{"flow-captures-akvorado", "flow-captures-pmacct"} {
		root := filepath.Join(data, "detection", set)
		err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || !strings.HasSuffix(path, ".pcap") {
				return err
			}
			return datagrams(path, func(from flow.Addr, proto uint16, p []byte) {
				key := fmt.Sprint(trunk(path), from, proto)
				if trains[key] == nil {
					trains[key] = &train{proto: proto, from: from}
					order = append(order, key)
				}
				trains[key].datagrams = append(trains[key].datagrams, p)
			})
		})
		if err != nil {
			return nil, err
		}
	}
	names := map[uint16]string{9: "NetFlow v9, templates of real exporters", 10: "IPFIX, templates of real exporters", 0: "sFlow v5, datagrams of real agents"}
	var all []load
	for _, proto := range []uint16{9, 10, 0} {
		l := load{what: names[proto], kept: true}
		if proto != 0 {
			l.asked.times = 10
		}
		for _, key := range order {
			if t := trains[key]; t.proto == proto {
				if n := t.agree(); n > 0 {
					l.trains, l.flows = append(l.trains, *t), l.flows+n
				}
			}
		}
		if l.flows > 0 {
			all = append(all, l)
		}
	}
	return all, nil
}

// trunk is what captures have in common whose templates and data stand apart.
func trunk(path string) string {
	for _, end := range []string{".pcap", "data+templates", "templates", "template", "data", "options", "-"} {
		path = strings.TrimSuffix(path, end)
	}
	return path
}

// datagrams gives the exports within a capture.
func datagrams(path string, each func(from flow.Addr, proto uint16, p []byte)) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	file, err := capture.NewReader(bytes.NewReader(raw), path, &fault.Skips{})
	if err != nil {
		return err
	}
	var h header.Packet
	var f capture.Frame
	for {
		if err := file.Next(&f); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if h.Read(&f) != header.Good || h.Proto != header.UDP || len(h.Payload) < 20 {
			continue
		}
		switch p := h.Payload; {
		case p[0] == 0 && (p[1] == 9 || p[1] == 10):
			each(h.Src, uint16(p[1]), bytes.Clone(p))
		case binary.BigEndian.Uint32(p) == 5 && h.DstPort == 6343:
			each(h.Src, 0, bytes.Clone(p))
		}
	}
}
