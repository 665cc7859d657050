package packet

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/packet/meter"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// epoch is when made captures begin.
var epoch = time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)

// tape is a made capture.
type tape struct {
	t    testing.TB
	out  bytes.Buffer
	file *pcapgo.Writer
	now  time.Time
	last int // length of the last frame
}

func newTape(t testing.TB) *tape {
	p := &tape{t: t, now: epoch}
	p.file = pcapgo.NewWriter(&p.out)
	if err := p.file.WriteFileHeader(1<<16, layers.LinkTypeEthernet); err != nil {
		t.Fatal(err)
	}
	return p
}

// wait lets time pass before the next packet.
func (p *tape) wait(d time.Duration) { p.now = p.now.Add(d) }

// frame records raw bytes as one packet, 1 ms after the last.
func (p *tape) frame(b []byte) {
	p.now, p.last = p.now.Add(time.Millisecond), len(b)
	if err := p.file.WritePacket(gopacket.CaptureInfo{Timestamp: p.now, CaptureLength: len(b), Length: len(b)}, b); err != nil {
		p.t.Fatal(err)
	}
}

func (p *tape) layers(l ...gopacket.SerializableLayer) {
	p.frame(serialise(p.t, l...))
}

func serialise(t testing.TB, l ...gopacket.SerializableLayer) []byte {
	buf := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, l...); err != nil {
		t.Fatal(err)
	}
	return bytes.Clone(buf.Bytes())
}

// ip gives the link and network layers between two addresses.
func ip(from, to string, proto layers.IPProtocol) []gopacket.SerializableLayer {
	a, b := netip.MustParseAddr(from), netip.MustParseAddr(to)
	eth := &layers.Ethernet{SrcMAC: make([]byte, 6), DstMAC: make([]byte, 6), EthernetType: layers.EthernetTypeIPv4}
	if a.Is4() {
		return []gopacket.SerializableLayer{eth, &layers.IPv4{Version: 4, TTL: 64, Protocol: proto, SrcIP: a.AsSlice(), DstIP: b.AsSlice()}}
	}
	eth.EthernetType = layers.EthernetTypeIPv6
	return []gopacket.SerializableLayer{eth, &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: proto, SrcIP: a.AsSlice(), DstIP: b.AsSlice()}}
}

// end is one side of a conversation.
type end struct {
	addr string
	port uint16
}

func (p *tape) udp(from, to end, payload []byte) {
	l := ip(from.addr, to.addr, layers.IPProtocolUDP)
	u := &layers.UDP{SrcPort: layers.UDPPort(from.port), DstPort: layers.UDPPort(to.port)}
	_ = u.SetNetworkLayerForChecksum(l[1].(gopacket.NetworkLayer))
	p.layers(append(l, u, gopacket.Payload(payload))...)
}

func (p *tape) tcp(from, to end, flags uint8, seq uint32, payload []byte) {
	l := ip(from.addr, to.addr, layers.IPProtocolTCP)
	c := &layers.TCP{SrcPort: layers.TCPPort(from.port), DstPort: layers.TCPPort(to.port), Seq: seq, Window: 1000,
		FIN: flags&flow.FIN != 0, SYN: flags&flow.SYN != 0, RST: flags&flow.RST != 0, PSH: flags&flow.PSH != 0, ACK: flags&flow.ACK != 0}
	_ = c.SetNetworkLayerForChecksum(l[1].(gopacket.NetworkLayer))
	p.layers(append(l, c, gopacket.Payload(payload))...)
}

// talk is a whole TCP conversation: handshake, what each side says in segments of
// at most mss bytes, and goodbye.
func (p *tape) talk(c, s end, mss int, client, server []byte) {
	p.tcp(c, s, flow.SYN, 999, nil)
	p.tcp(s, c, flow.SYN|flow.ACK, 4999, nil)
	p.tcp(c, s, flow.ACK, 1000, nil)
	say := func(from, to end, seq uint32, what []byte) {
		for len(what) > 0 {
			n := min(mss, len(what))
			p.tcp(from, to, flow.ACK|flow.PSH, seq, what[:n])
			seq, what = seq+uint32(n), what[n:]
		}
	}
	say(c, s, 1000, client)
	say(s, c, 5000, server)
	p.tcp(c, s, flow.FIN|flow.ACK, 1000+uint32(len(client)), nil)
	p.tcp(s, c, flow.FIN|flow.ACK, 5000+uint32(len(server)), nil)
}

// read gives all records of the tape.
func (p *tape) read(o Options) (*flow.Batch, *Reader) {
	return readBytes(p.t, p.out.Bytes(), o)
}

func readBytes(t testing.TB, b []byte, o Options) (*flow.Batch, *Reader) {
	t.Helper()
	r, err := NewReader(bytes.NewReader(b), "made.pcap", &fault.Skips{}, o)
	if err != nil {
		t.Fatal(err)
	}
	all := &flow.Batch{}
	if err := collect(r, all); err != nil {
		t.Fatal(err)
	}
	return all, r
}

// crowd writes a capture of n small TCP packets among flows whose popularity falls
// off by Zipf's law, at the given rate.
func crowd(n, flows, perSecond int) []byte {
	rnd := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(rnd, 1.1, 20, uint64(flows-1))
	pkt := make([]byte, 60)
	binary.BigEndian.PutUint16(pkt[12:], 0x0800)
	pkt[14], pkt[22], pkt[23] = 0x45, 64, 6
	binary.BigEndian.PutUint16(pkt[16:], 46)
	pkt[46] = 0x50
	out := make([]byte, 0, 24+n*76)
	out = binary.LittleEndian.AppendUint32(out, 0xa1b2c3d4)
	out = append(out, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0)
	for i := range n {
		f := uint32(zipf.Uint64())
		us := int64(i) * 1e6 / int64(perSecond)
		out = binary.LittleEndian.AppendUint32(out, uint32(epoch.Unix()+us/1e6))
		out = binary.LittleEndian.AppendUint32(out, uint32(us%1e6))
		out = binary.LittleEndian.AppendUint32(out, 60)
		out = binary.LittleEndian.AppendUint32(out, 64)
		x := f * 2654435761
		binary.BigEndian.PutUint32(pkt[26:], 0x0a000000|x&0xffff)
		binary.BigEndian.PutUint32(pkt[30:], 0xc0000000|x>>8)
		binary.BigEndian.PutUint16(pkt[34:], uint16(1024+f%60000))
		binary.BigEndian.PutUint16(pkt[36:], 443)
		pkt[47] = 0x10
		if i&1 == 1 {
			copy(pkt[48:52], pkt[26:30])
			copy(pkt[26:30], pkt[30:34])
			copy(pkt[30:34], pkt[48:52])
			copy(pkt[48:50], pkt[34:36])
			copy(pkt[34:36], pkt[36:38])
			copy(pkt[36:38], pkt[48:50])
		}
		out = append(out, pkt...)
	}
	return out
}

// TestSteadyStateTakesNoMemory: the second half of a long capture, in which flows
// end and begin all the time, is read without an allocation per packet.
func TestSteadyStateTakesNoMemory(t *testing.T) {
	const n = 600_000
	file := crowd(n, 20_000, 2000) // 300 s
	r, err := NewReader(bytes.NewReader(file), "made.pcap", &fault.Skips{}, Options{Meter: meter.Options{IdleTCP: 20 * time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	var b flow.Batch
	records := 0
	read := func(n int) {
		for range n {
			if err := r.packet(); err != nil {
				t.Fatal(err)
			}
			if len(r.out.ready) > 0 {
				b.Reset()
				r.out.drain(&b)
				records += len(b.Records)
			}
		}
	}
	read(n / 2)
	records = 0
	allocs := testing.AllocsPerRun(1, func() { read(n / 5) }) // runs twice
	t.Logf("%d packets, %d records, %.0f allocations", n/5, records/2, allocs)
	if records < 1000 {
		t.Errorf("only %d records: nothing ended", records)
	}
	if allocs > n/5/1000 {
		t.Errorf("%.0f allocations in %d packets", allocs, n/5)
	}
}

func benchmark(b *testing.B, file []byte, n int) {
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	var batch flow.Batch
	records := 0
	for b.Loop() {
		r, err := NewReader(bytes.NewReader(file), "made.pcap", &fault.Skips{}, Options{})
		if err != nil {
			b.Fatal(err)
		}
		for records = 0; ; records += len(batch.Records) {
			batch.Reset()
			if err := r.Next(&batch); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mpackets/s")
	b.ReportMetric(float64(records), "records")
}

func BenchmarkSmallPackets(b *testing.B) {
	const n = 2_000_000
	for _, c := range []struct {
		name  string
		flows int
		rate  int
	}{{"10k flows", 10_000, 100_000}, {"300k flows", 300_000, 100_000}, {"300k flows slow", 300_000, 10_000}} {
		file := crowd(n, c.flows, c.rate)
		b.Run(c.name, func(b *testing.B) { benchmark(b, file, n) })
	}
}
