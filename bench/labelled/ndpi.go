package labelled

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"github.com/noroshi-acd/noroshi/bench/bed"
)

// ndpiReader is the peer's command.
const ndpiReader = "ndpiReader"

var (
	ndpiVersion = regexp.MustCompile(`nDPI (\d+\.\d+\.\d+)`)
	ndpiRisk    = regexp.MustCompile(`(?m)^\s*Suspicious DGA Domain name\s+(\d+)`)
	ndpiFlows   = regexp.MustCompile(`(?m)^\s*Unique flows:\s+(\d+)`)
)

// peerNames is what nDPI makes of the same names, in words; quoted where it is not
// installed.
func peerNames(ctx context.Context, b *bed.Bed, made, honest [][]byte) (said string, recall, precision float64, err error) {
	const quoted = "nDPI 4.2: 0.410 at 0.963 (quoted)"
	if _, err := exec.LookPath(ndpiReader); err != nil {
		return quoted, 0.410, 0.963, nil
	}
	b.Say("running ndpiReader on the same names")
	hit, version, err := suspicious(ctx, b, made)
	if err != nil {
		return "", 0, 0, err
	}
	wrong, _, err := suspicious(ctx, b, honest)
	if err != nil {
		return "", 0, 0, err
	}
	recall, precision = float64(hit)/float64(len(made)), float64(hit)/float64(max(1, hit+wrong))
	return fmt.Sprintf("nDPI %s: %.3f at %.3f (this run)", version, recall, precision), recall, precision, nil
}

// suspicious counts the names that nDPI calls generated when they are asked for.
func suspicious(ctx context.Context, b *bed.Bed, names [][]byte) (n int, version string, err error) {
	path := filepath.Join(b.Temp, "names.pcap")
	f, err := os.Create(path)
	if err != nil {
		return 0, "", err
	}
	defer os.Remove(path)
	err = questions(f, names)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return 0, "", err
	}
	var out bytes.Buffer
	if _, err := b.Run(ctx, &out, ndpiReader, "-i", path); err != nil {
		return 0, "", err
	}
	number := func(r *regexp.Regexp) int {
		if m := r.FindSubmatch(out.Bytes()); m != nil {
			k, _ := strconv.Atoi(string(m[1]))
			return k
		}
		return 0
	}
	if got := number(ndpiFlows); got != len(names) {
		return 0, "", fmt.Errorf("ndpiReader saw %d of %d questions", got, len(names))
	}
	version = "of unknown version"
	if said, err := exec.CommandContext(ctx, ndpiReader, "-h").CombinedOutput(); err == nil || len(said) > 0 {
		if m := ndpiVersion.FindSubmatch(said); m != nil {
			version = string(m[1])
		}
	}
	return number(ndpiRisk), version, nil
}

// questions writes a capture in which each name is asked for in a flow of its own.
func questions(out io.Writer, names [][]byte) error {
	w := pcapgo.NewWriter(out)
	if err := w.WriteFileHeader(65535, layers.LinkTypeEthernet); err != nil {
		return err
	}
	start := time.Unix(1_700_000_000, 0)
	buffer := gopacket.NewSerializeBuffer()
	for i, name := range names {
		eth := layers.Ethernet{SrcMAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, DstMAC: net.HardwareAddr{2, 0, 0, 0, 0, 2}, EthernetType: layers.EthernetTypeIPv4}
		ip := layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: net.IP{10, 1, byte(i >> 16), byte(i >> 8)}, DstIP: net.IP{10, 0, 0, 53}}
		udp := layers.UDP{SrcPort: layers.UDPPort(20000 + i&255), DstPort: 53}
		dns := layers.DNS{ID: uint16(i), RD: true, QDCount: 1, Questions: []layers.DNSQuestion{{Name: name, Type: layers.DNSTypeA, Class: layers.DNSClassIN}}}
		if err := udp.SetNetworkLayerForChecksum(&ip); err != nil {
			return err
		}
		if err := gopacket.SerializeLayers(buffer, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, &eth, &ip, &udp, &dns); err != nil {
			return fmt.Errorf("asking for %q: %w", name, err)
		}
		p := buffer.Bytes()
		if err := w.WritePacket(gopacket.CaptureInfo{Timestamp: start.Add(time.Duration(i) * time.Millisecond), CaptureLength: len(p), Length: len(p)}, p); err != nil {
			return err
		}
	}
	return nil
}
