package capture

import (
	"bufio"
	"encoding/binary"
	"hash/fnv"
	"io"
	"net/netip"
)

// TCP flags.
const (
	fin = 1
	syn = 2
	rst = 4
	psh = 8
	ack = 16
)

// packet is one packet before it is written.
type packet struct {
	src, dst         netip.Addr
	srcPort, dstPort uint16
	proto            uint8
	flags            uint8
	seq, ack         uint32
	id               uint16
	payload          []byte
}

// writer writes packets as a pcap file with microseconds and Ethernet frames. The
// buffer is its own and is used again for each packet.
type writer struct {
	out *bufio.Writer
	buf []byte
}

func newWriter(w io.Writer) *writer {
	p := &writer{out: bufio.NewWriterSize(w, 1<<16)}
	h := make([]byte, 24)
	binary.LittleEndian.PutUint32(h, 0xa1b2c3d4)
	h[4], h[6] = 2, 4
	binary.LittleEndian.PutUint32(h[16:], 262144)
	h[20] = 1 // Ethernet
	p.out.Write(h)
	return p
}

// mac gives the hardware address behind a: the gateway's for all outside ones.
func mac(a netip.Addr) [6]byte {
	m := [6]byte{0x02, 0, 0, 0, 0, 1}
	if a.IsPrivate() {
		h := fnv.New32a()
		b := a.As16()
		h.Write(b[:])
		binary.BigEndian.PutUint32(m[2:], h.Sum32())
	}
	return m
}

// write writes p as seen at time at (ns).
func (w *writer) write(at int64, p *packet) error {
	b := append(w.buf[:0], make([]byte, 16)...) // record header, filled in last
	d, s := mac(p.dst), mac(p.src)
	b = append(append(b, d[:]...), s[:]...)
	if p.src.Is4() {
		b = append(b, 0x08, 0x00)
		b = w.ip4(b, p)
	} else {
		b = append(b, 0x86, 0xdd)
		b = w.ip6(b, p)
	}
	n := len(b) - 16
	binary.LittleEndian.PutUint32(b, uint32(at/1e9))
	binary.LittleEndian.PutUint32(b[4:], uint32(at%1e9/1e3))
	binary.LittleEndian.PutUint32(b[8:], uint32(n))
	binary.LittleEndian.PutUint32(b[12:], uint32(n))
	w.buf = b
	_, err := w.out.Write(b)
	return err
}

func (w *writer) ip4(b []byte, p *packet) []byte {
	at := len(b)
	src, dst := p.src.As4(), p.dst.As4()
	b = append(b, 0x45, 0, 0, 0, byte(p.id>>8), byte(p.id), 0x40, 0, 64, p.proto, 0, 0)
	b = append(append(b, src[:]...), dst[:]...)
	b = transport(b, p, sum(src[:])+sum(dst[:]))
	binary.BigEndian.PutUint16(b[at+2:], uint16(len(b)-at))
	binary.BigEndian.PutUint16(b[at+10:], fold(sum(b[at:at+20])))
	return b
}

func (w *writer) ip6(b []byte, p *packet) []byte {
	at := len(b)
	src, dst := p.src.As16(), p.dst.As16()
	b = append(b, 0x60, 0, 0, 0, 0, 0, p.proto, 64)
	b = append(append(b, src[:]...), dst[:]...)
	b = transport(b, p, sum(src[:])+sum(dst[:]))
	binary.BigEndian.PutUint16(b[at+4:], uint16(len(b)-at-40))
	return b
}

// transport appends the TCP, UDP or ICMP header and the payload, with the
// checksum; pseudo is the sum of the two addresses.
func transport(b []byte, p *packet, pseudo uint32) []byte {
	at, check := len(b), 0
	switch p.proto {
	case 6:
		b = binary.BigEndian.AppendUint16(b, p.srcPort)
		b = binary.BigEndian.AppendUint16(b, p.dstPort)
		b = binary.BigEndian.AppendUint32(b, p.seq)
		b = binary.BigEndian.AppendUint32(b, p.ack)
		size := byte(5)
		if p.flags&syn != 0 {
			size = 6
		}
		b = append(b, size<<4, p.flags, 0xfa, 0xf0, 0, 0, 0, 0)
		if p.flags&syn != 0 {
			b = append(b, 2, 4, 0x05, 0xb4) // largest segment 1460
		}
		check = 16
	case 17:
		b = binary.BigEndian.AppendUint16(b, p.srcPort)
		b = binary.BigEndian.AppendUint16(b, p.dstPort)
		b = binary.BigEndian.AppendUint16(b, uint16(8+len(p.payload)))
		b = append(b, 0, 0)
		check = 6
	default: // ICMP echo: type, code, checksum, identifier, sequence
		b = append(b, byte(p.srcPort), 0, 0, 0)
		b = binary.BigEndian.AppendUint16(b, p.dstPort)
		b = binary.BigEndian.AppendUint16(b, uint16(p.seq))
		check, pseudo = 2, 0
	}
	b = append(b, p.payload...)
	if p.proto != 1 {
		pseudo += uint32(p.proto) + uint32(len(b)-at)
	}
	c := fold(pseudo + sum(b[at:]))
	if p.proto == 17 && c == 0 {
		c = 0xffff
	}
	binary.BigEndian.PutUint16(b[at+check:], c)
	return b
}

// sum adds b in 16-bit words; it cannot overflow for packet-sized b.
func sum(b []byte) uint32 {
	var s uint32
	for ; len(b) > 1; b = b[2:] {
		s += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		s += uint32(b[0]) << 8
	}
	return s
}

func fold(s uint32) uint16 {
	for s>>16 != 0 {
		s = s&0xffff + s>>16
	}
	return ^uint16(s)
}
