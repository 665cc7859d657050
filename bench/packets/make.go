package packets

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
)

// Shape says what capture to make.
type Shape struct {
	Packets int
	Flows   int // different ones, their sizes by Zipf's law
	Frame   int // octets of each frame without its check sequence, 60 to 1514
}

// header lengths, octets.
const (
	etherLen, ipLen, tcpLen, udpLen = 14, 20, 20, 8
	least                           = etherLen + ipLen + tcpLen + 6
)

// stream is one flow of the capture.
type stream struct {
	a, b         uint32
	pa, pb       uint16
	udp          bool
	seqA, seqB   uint32
	begun, woken bool
}

// Make writes a pcap file with stamps in ns: TCP and UDP 7 : 3, both directions,
// 1 µs apart on average, correct IP checksums.
func Make(w io.Writer, r *rand.Rand, s Shape) error {
	if s.Frame < least || s.Frame > 1514 || s.Flows < 1 || s.Packets < 0 {
		return fmt.Errorf("making a capture: %+v is not possible", s)
	}
	out := bufio.NewWriterSize(w, 1<<20)
	head := binary.LittleEndian.AppendUint32(nil, 0xa1b23c4d)
	head = binary.LittleEndian.AppendUint16(head, 2)
	head = binary.LittleEndian.AppendUint16(head, 4)
	head = append(head, make([]byte, 8)...)
	head = binary.LittleEndian.AppendUint32(head, 65535)
	head = binary.LittleEndian.AppendUint32(head, 1) // Ethernet
	out.Write(head)
	flows := make([]stream, s.Flows)
	for i := range flows {
		flows[i] = stream{
			a: 10<<24 | r.Uint32N(1<<16), b: 198<<24 | 18<<16 | r.Uint32N(1<<17), pa: uint16(32768 + r.IntN(28000)),
			pb: [...]uint16{443, 80, 8080, 22, 9000, 40001}[r.IntN(6)], udp: r.IntN(10) < 3, seqA: r.Uint32(), seqB: r.Uint32(),
		}
	}
	zipf := rand.NewZipf(r, 1.1, 20, uint64(s.Flows-1))
	frame := make([]byte, 16+s.Frame)
	at := int64(1_700_000_000) * 1e9
	for range s.Packets {
		at += r.Int64N(2000)
		binary.LittleEndian.PutUint32(frame[0:], uint32(at/1e9))
		binary.LittleEndian.PutUint32(frame[4:], uint32(at%1e9))
		binary.LittleEndian.PutUint32(frame[8:], uint32(s.Frame))
		binary.LittleEndian.PutUint32(frame[12:], uint32(s.Frame))
		flows[zipf.Uint64()].write(frame[16:], r)
		if _, err := out.Write(frame); err != nil {
			return err
		}
	}
	return out.Flush()
}

// write fills one frame of the flow.
func (f *stream) write(b []byte, r *rand.Rand) {
	back := f.begun && (!f.woken || r.IntN(5) < 2)
	src, dst, from, to, seq, ack := f.a, f.b, f.pa, f.pb, &f.seqA, &f.seqB
	if back {
		src, dst, from, to, seq, ack = f.b, f.a, f.pb, f.pa, &f.seqB, &f.seqA
	}
	copy(b, []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0})
	ip := b[etherLen:]
	clear(ip[:ipLen])
	ip[0], ip[8], ip[9] = 0x45, 60, 6
	total := len(ip)
	if f.udp {
		ip[9] = 17
	} else if !f.begun || !f.woken {
		total = ipLen + tcpLen // the handshake carries nothing, the rest is padding
	}
	binary.BigEndian.PutUint16(ip[2:], uint16(total))
	binary.BigEndian.PutUint32(ip[12:], src)
	binary.BigEndian.PutUint32(ip[16:], dst)
	binary.BigEndian.PutUint16(ip[10:], checksum(ip[:ipLen]))
	t := ip[ipLen:]
	clear(t[:tcpLen])
	binary.BigEndian.PutUint16(t[0:], from)
	binary.BigEndian.PutUint16(t[2:], to)
	if f.udp {
		binary.BigEndian.PutUint16(t[4:], uint16(total-ipLen))
		fill(t[udpLen:], r)
	} else {
		flags, used := byte(0x18), uint32(total-ipLen-tcpLen) // PSH ACK
		switch {
		case !f.begun:
			flags, used = 0x02, 1
		case !f.woken:
			flags, used = 0x12, 1
		}
		binary.BigEndian.PutUint32(t[4:], *seq)
		if f.begun {
			binary.BigEndian.PutUint32(t[8:], *ack)
		}
		*seq += used
		t[12], t[13] = 5<<4, flags
		binary.BigEndian.PutUint16(t[14:], 65000)
		fill(t[tcpLen:], r)
	}
	f.woken = f.begun
	f.begun = true
}

// fill writes what looks like TLS application data.
func fill(b []byte, r *rand.Rand) {
	for len(b) >= 8 {
		binary.LittleEndian.PutUint64(b, r.Uint64())
		b = b[8:]
	}
	copy(b, []byte{0x17, 3, 3, 0, 1, 0})
}

func checksum(b []byte) uint16 {
	sum := uint32(0)
	for i := 0; i < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
