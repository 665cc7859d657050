package capture_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"github.com/noroshi-acd/noroshi/bench/made/capture"
	"github.com/noroshi-acd/noroshi/bench/made/day"
)

// made gives a small capture with every class of threat in it.
func made(t *testing.T) []byte {
	t.Helper()
	o := day.Small()
	o.Length, o.Classes, o.Hosts = time.Hour, []string{"one-*", "pulse-*", "tunnel-*", "generated-*", "session*", "ping-tunnel", "ssh-guess"}, 12
	s, err := day.Stage(o)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if n, err := capture.Write(&b, s, 5000); err != nil || n < 5000 {
		t.Fatalf("%d packets, %v", n, err)
	}
	return b.Bytes()
}

// TestPackets reads the capture with another library: order of time, lengths,
// checksums, sequence numbers without a hole.
func TestPackets(t *testing.T) {
	data := made(t)
	r, err := pcapgo.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	last := time.Time{}
	next := map[[2]gopacket.Flow]uint32{}
	names, hellos, certificates := 0, 0, 0
	for {
		p, info, err := r.ReadPacketData()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if info.Timestamp.Before(last) {
			t.Fatal("packets are not in order of time")
		}
		last = info.Timestamp
		pk := gopacket.NewPacket(p, layers.LayerTypeEthernet, gopacket.Default)
		if e := pk.ErrorLayer(); e != nil {
			t.Fatalf("%v\n%s", e.Error(), pk)
		}
		for _, l := range pk.Layers() {
			if l, ok := l.(interface {
				SetNetworkLayerForChecksum(gopacket.NetworkLayer) error
			}); ok {
				if err := l.SetNetworkLayerForChecksum(pk.NetworkLayer()); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err, bad := pk.VerifyChecksums(); err != nil || len(bad) > 0 {
			t.Fatalf("checksums: %v %v\n%s", err, bad, pk)
		}
		if d, ok := pk.ApplicationLayer().(*layers.DNS); ok && len(d.Questions) == 1 {
			names++
		}
		l, ok := pk.TransportLayer().(*layers.TCP)
		if !ok {
			continue
		}
		key := [2]gopacket.Flow{pk.NetworkLayer().NetworkFlow(), l.TransportFlow()}
		if want, known := next[key]; known && l.Seq != want && !l.SYN {
			t.Fatalf("sequence number %d, want %d\n%s", l.Seq, want, pk)
		}
		next[key] = l.Seq + uint32(len(l.Payload))
		if l.SYN || l.FIN {
			next[key]++
		}
		if !bytes.HasPrefix(l.Payload, []byte{22, 3}) || len(l.Payload) < 9 || l.DstPort != 443 && l.SrcPort != 443 {
			continue
		}
		if l.Payload[5] == 1 {
			hellos++
			hello(t, l.Payload)
		}
		if l.Payload[5] == 2 && l.SrcPort == 443 {
			certificates += certificate(t, l.Payload)
		}
	}
	if names < 100 || hellos < 100 || certificates < 5 {
		t.Errorf("%d names, %d ClientHellos, %d certificates", names, hellos, certificates)
	}
}

// hello lets the standard library's TLS server read a ClientHello.
func hello(t *testing.T, record []byte) {
	t.Helper()
	client, server := net.Pipe()
	defer client.Close()
	go func() {
		client.Write(record)
		io.Copy(io.Discard, client) // an alert, if any
	}()
	seen := errors.New("seen")
	err := tls.Server(server, &tls.Config{GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		if len(h.CipherSuites) < 5 {
			t.Errorf("cipher suites %v", h.CipherSuites)
		}
		server.Close()
		return nil, seen
	}}).Handshake()
	if !errors.Is(err, seen) {
		t.Errorf("the ClientHello cannot be read: %v", err)
	}
}

// certificate parses the certificate that follows a ServerHello of TLS 1.2.
func certificate(t *testing.T, p []byte) int {
	t.Helper()
	n := int(p[3])<<8 | int(p[4])
	p = p[5+n:]
	if len(p) < 15 || p[0] != 22 || p[5] != 11 {
		return 0 // TLS 1.3
	}
	size := int(p[12])<<16 | int(p[13])<<8 | int(p[14])
	if len(p) < 15+size {
		return 0 // goes on in the next packet
	}
	c, err := x509.ParseCertificate(p[15 : 15+size])
	if err != nil || c.Subject.CommonName == "" || !c.NotAfter.After(c.NotBefore) {
		t.Fatalf("certificate: %v %+v", err, c)
	}
	return 1
}

func TestSameBytes(t *testing.T) {
	if !bytes.Equal(made(t), made(t)) {
		t.Error("the same options make other bytes")
	}
}

type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

func TestFullDisk(t *testing.T) {
	s, err := day.Stage(day.Small())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := capture.Write(&full{100_000}, s, 0); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("%v", err)
	}
}
