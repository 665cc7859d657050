package packet

import (
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/packet/capture"
	"github.com/noroshi-acd/noroshi/flow/packet/header"
	"github.com/noroshi-acd/noroshi/flow/packet/ja4test"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// shared gives the folder of real data below detection, or skips the test.
func shared(t *testing.T, name string) string {
	t.Helper()
	root := os.Getenv("NOROSHI_DATA")
	if root == "" {
		if os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
			t.Fatal("NOROSHI_DATA is not set")
		}
		t.Skip("NOROSHI_DATA is not set")
	}
	dir := filepath.Join(root, "detection", name)
	if _, err := os.Stat(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func captures(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(p string, _ os.DirEntry, err error) error {
		if strings.HasSuffix(p, ".pcap") || strings.HasSuffix(p, ".pcapng") || strings.HasSuffix(p, ".cap") {
			all = append(all, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// readAll gives all records of a capture in one batch.
func readAll(t testing.TB, path string, o Options) (all *flow.Batch, stats Stats, skips *fault.Skips, err error) {
	t.Helper()
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	skips = &fault.Skips{}
	all = &flow.Batch{}
	r, err := NewReader(in, filepath.Base(path), skips, o)
	if err != nil {
		in.Close()
		return all, stats, skips, err
	}
	defer r.Close()
	err = collect(r, all)
	return all, r.Stats(), skips, err
}

func collect(r *Reader, all *flow.Batch) error {
	var b flow.Batch
	for {
		b.Reset()
		err := r.Next(&b)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if len(b.Records) == 0 {
			return errors.New("a batch without records")
		}
		for i := range b.Records {
			all.Copy(&b, &b.Records[i])
		}
	}
}

// oracleCount is how many packets gopacket reads of a capture, and whether it came
// to the end without an error.
func oracleCount(path string) (n uint64, ok bool) {
	in, err := os.Open(path)
	if err != nil {
		return 0, false
	}
	defer in.Close()
	var next func() error
	if r, err := pcapgo.NewReader(in); err == nil {
		next = func() error { _, _, err := r.ReadPacketData(); return err }
	} else {
		in.Seek(0, io.SeekStart)
		r, err := pcapgo.NewNgReader(in, pcapgo.NgReaderOptions{WantMixedLinkType: true})
		if err != nil {
			return 0, false
		}
		next = func() error { _, _, err := r.ReadPacketData(); return err }
	}
	for {
		if err := next(); err != nil {
			return n, errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF)
		}
		n++
	}
}

func TestRealCaptures(t *testing.T) {
	var files []string
	for _, d := range []string{"ndpi-pcaps", "flow-captures-akvorado", "flow-captures-pmacct"} {
		files = append(files, captures(t, shared(t, d))...)
	}
	read, compared, skipped := 0, 0, uint64(0)
	for _, p := range files {
		all, stats, skips, err := readAll(t, p, Options{})
		if err != nil {
			t.Logf("%s: %v", filepath.Base(p), err)
			continue
		}
		read++
		skipped += skips.Count
		if n, ok := oracleCount(p); ok {
			compared++
			if n != stats.Packets {
				t.Errorf("%s: %d packets, gopacket reads %d (%v)", p, stats.Packets, n, skips.First)
			}
		}
		var metered uint64
		for i := range all.Records {
			metered += all.Records[i].SrcPackets + all.Records[i].DstPackets
		}
		if metered+stats.Other+skips.Count < stats.Packets {
			t.Errorf("%s: of %d packets %d metered, %d other, %d skipped", p, stats.Packets, metered, stats.Other, skips.Count)
		}
	}
	t.Logf("%d of %d captures read, %d packet counts compared with gopacket's, %d records skipped", read, len(files), compared, skipped)
	if len(files) < 500 || read*10 < len(files)*9 {
		t.Errorf("%d of %d captures read", read, len(files))
	}
}

func TestRealTunnels(t *testing.T) {
	for _, p := range captures(t, shared(t, "dns-tunnel")) {
		all, stats, skips, err := readAll(t, p, Options{})
		if err != nil {
			t.Fatal(err)
		}
		types, unanswered, n := map[uint16]int{}, 0, 0
		for i := range all.Records {
			if d := all.DNSOf(&all.Records[i]); d != nil {
				n++
				types[d.Type]++
				if d.Rcode == flow.NoRcode {
					unanswered++
				}
			}
		}
		t.Logf("%s: %d packets, %d records, %d lookups, types %v, %d unanswered, %d skipped, %d bad", filepath.Base(p),
			stats.Packets, len(all.Records), n, types, unanswered, skips.Count, stats.BadDNS)
		if n < 1000 {
			t.Errorf("%s: only %d lookups", p, n)
		}
	}
}

// TestRealJA4 compares every ClientHello with what the fingerprint's authors expect.
func TestRealJA4(t *testing.T) {
	dir := shared(t, "ja4-vectors")
	all, err := ja4test.Captures(dir)
	if err != nil {
		t.Fatal(err)
	}
	agree, total := 0, 0
	for _, p := range all {
		want, err := ja4test.Expected(dir, p)
		if err != nil {
			t.Fatal(err)
		}
		records, _, _, err := readAll(t, p, Options{})
		if err != nil {
			t.Errorf("%s: %v", p, err)
		}
		got := ja4test.Found(records)
		a, n, _ := want.Agree(got)
		agree, total = agree+a, total+n
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", filepath.Base(p), diff)
		}
	}
	t.Logf("%d of %d client fingerprints agree", agree, total)
	if total < 200 {
		t.Errorf("only %d fingerprints to compare", total)
	}
}

// TestRealInitials reads what clients of many ages say when they begin a QUIC
// connection.
func TestRealInitials(t *testing.T) {
	files, named, marked := 0, 0, 0
	for _, p := range captures(t, shared(t, "ndpi-pcaps")) {
		all, _, _, err := readAll(t, p, Options{})
		if err != nil {
			continue
		}
		before := named
		for i := range all.Records {
			r := &all.Records[i]
			if x := all.TLSOf(r); r.Proto == 17 && x != nil && r.Service == flow.ServiceQUIC {
				named += min(int(x.SNI.Len), 1)
				if strings.HasPrefix(string(all.Bytes(x.JA4)), "q") {
					marked++
				}
			}
		}
		files += min(named-before, 1)
	}
	t.Logf("%d connections in %d captures name their server, %d have a fingerprint", named, files, marked)
	if files < 12 || named < 100 || marked < named {
		t.Errorf("%d names in %d captures, %d fingerprints", named, files, marked)
	}
}

// TestRealTunnelled compares, packet by packet, who talks to whom with what gopacket
// finds at the bottom of each frame.
func TestRealTunnelled(t *testing.T) {
	var files []string
	for _, d := range []string{"ndpi-pcaps", "ja4-vectors/pcap"} {
		files = append(files, captures(t, shared(t, d))...)
	}
	compared, inner, kinds := 0, 0, map[gopacket.LayerType]int{}
	for _, p := range files {
		in, err := os.Open(p)
		if err != nil {
			t.Fatal(err)
		}
		r, err := capture.NewReader(in, p, &fault.Skips{})
		if err != nil {
			in.Close()
			continue
		}
		var f capture.Frame
		var h header.Packet
		wrong := 0
		for r.Next(&f) == nil {
			if f.Link != 1 || h.Read(&f) != header.Good {
				continue
			}
			src, dst, from, to, around, ok := bottom(f.Data)
			if !ok {
				continue
			}
			compared++
			inner += min(len(around), 1)
			for _, kind := range around {
				kinds[kind]++
			}
			if h.Src.Netip() != src || h.Dst.Netip() != dst || h.SrcPort != from || h.DstPort != to {
				if wrong++; wrong < 4 {
					t.Errorf("%s at byte %d: %v:%d>%v:%d, gopacket %v:%d>%v:%d", filepath.Base(p), f.Offset, h.Src, h.SrcPort, h.Dst, h.DstPort, src, from, dst, to)
				}
			}
		}
		in.Close()
	}
	t.Logf("%d packets compared, %d of them inside others: %v", compared, inner, kinds)
	for kind, least := range map[gopacket.LayerType]int{
		layers.LayerTypeGRE: 30, layers.LayerTypePPPoE: 40, layers.LayerTypeVXLAN: 100, layers.LayerTypeERSPANII: 5,
		layers.LayerTypeGeneve: 30, layers.LayerTypeGTPv1U: 300, layers.LayerTypeIPv4: 60,
	} {
		if kinds[kind] < least {
			t.Errorf("only %d packets inside %v", kinds[kind], kind)
		}
	}
	if compared < 50_000 || inner < 200 {
		t.Errorf("%d packets compared, %d of them inside others", compared, inner)
	}
}

// bottom is what gopacket finds innermost in an Ethernet frame: addresses, ports, and
// what is around; not ok when it is not TCP or UDP, or a fragment.
func bottom(b []byte) (src, dst netip.Addr, from, to uint16, around []gopacket.LayerType, ok bool) {
	frame := gopacket.NewPacket(b, layers.LayerTypeEthernet, gopacket.NoCopy)
	ip := false
	for _, l := range frame.Layers() {
		switch l := l.(type) {
		case *layers.IPv4:
			src, _ = netip.AddrFromSlice(l.SrcIP)
			dst, _ = netip.AddrFromSlice(l.DstIP)
		case *layers.IPv6:
			src, _ = netip.AddrFromSlice(l.SrcIP)
			dst, _ = netip.AddrFromSlice(l.DstIP)
		case *layers.UDP:
			from, to, ok = uint16(l.SrcPort), uint16(l.DstPort), true
			continue
		case *layers.TCP:
			from, to, ok = uint16(l.SrcPort), uint16(l.DstPort), len(l.Contents) >= 20
			continue
		case *layers.MPLS, *layers.PPPoE, *layers.GRE, *layers.VXLAN, *layers.Geneve, *layers.ERSPANII, *layers.GTPv1U:
			around = append(around, l.LayerType())
			continue
		default:
			continue
		}
		if ip && (len(around) == 0 || around[len(around)-1] == layers.LayerTypeIPv4) {
			around = append(around, layers.LayerTypeIPv4) // IP in IP
		}
		ip, ok = true, false
	}
	return src.Unmap(), dst.Unmap(), from, to, around, ok
}
