package packets

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// TestMake reads captures back with a decoder that others wrote.
func TestMake(t *testing.T) {
	for _, s := range []Shape{{Packets: 3000, Flows: 50, Frame: least}, {Packets: 300, Flows: 1, Frame: 1514}, {Packets: 0, Flows: 3, Frame: 70}} {
		var file bytes.Buffer
		if err := Make(&file, rand.New(rand.NewPCG(1, 2)), s); err != nil {
			t.Fatal(err)
		}
		r, err := pcapgo.NewReader(&file)
		if err != nil {
			t.Fatal(err)
		}
		n, tcp, udp, syn := 0, 0, 0, 0
		flows := map[uint64]bool{}
		for {
			data, info, err := r.ReadPacketData()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if n++; info.Length != s.Frame || len(data) != s.Frame {
				t.Fatalf("a frame of %d octets, want %d", info.Length, s.Frame)
			}
			p := gopacket.NewPacket(data, layers.LayerTypeEthernet, gopacket.Default)
			if p.ErrorLayer() != nil {
				t.Fatalf("packet %d: %v", n, p.ErrorLayer().Error())
			}
			if sum := checksum(data[etherLen : etherLen+ipLen]); sum != 0 {
				t.Fatalf("packet %d: wrong checksum", n)
			}
			flows[p.NetworkLayer().NetworkFlow().FastHash()^p.TransportLayer().TransportFlow().FastHash()*31] = true
			switch l := p.TransportLayer().(type) {
			case *layers.TCP:
				tcp++
				if l.SYN && !l.ACK {
					syn++
				}
			case *layers.UDP:
				udp++
			}
		}
		if n != s.Packets || tcp+udp != n || len(flows) > s.Flows {
			t.Errorf("%+v: %d packets, %d TCP, %d UDP, %d flows", s, n, tcp, udp, len(flows))
		}
		if s.Flows == 50 && (udp == 0 || tcp < udp || syn == 0 || syn > s.Flows || len(flows) < 25) {
			t.Errorf("%+v: %d TCP, %d UDP, %d begun, %d flows", s, tcp, udp, syn, len(flows))
		}
	}
	for _, s := range []Shape{{Packets: 1, Flows: 1, Frame: 20}, {Packets: 1, Flows: 0, Frame: 60}, {Packets: 1, Flows: 1, Frame: 9000}} {
		if Make(io.Discard, rand.New(rand.NewPCG(1, 2)), s) == nil {
			t.Errorf("%+v was made", s)
		}
	}
}

// TestMeter: each packet is read, none is bad.
func TestMeter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.pcap")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(Make(f, rand.New(rand.NewPCG(3, 4)), Shape{Packets: 5000, Flows: 40, Frame: least}), f.Close()); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Meter([]string{path}, &out); err != nil {
		t.Fatal(err)
	}
	var m metered
	if err := json.Unmarshal(out.Bytes(), &m); err != nil {
		t.Fatal(err)
	}
	if m.Packets != 5000 || m.Records == 0 || m.Records > 40 || m.Wall <= 0 || m.RSS == 0 {
		t.Errorf("%+v", m)
	}
	if Meter(nil, &out) == nil || Meter([]string{path + "x"}, &out) == nil {
		t.Error("nothing was metered without complaint")
	}
}
