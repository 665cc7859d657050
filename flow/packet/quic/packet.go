package quic

import "encoding/binary"

const maxID = 20 // octets of a connection identifier, in all versions read

// LooksLike says whether a datagram begins with a long header of a version that is
// read. It needs five bytes.
func LooksLike(datagram []byte) bool {
	if len(datagram) < 5 || datagram[0]&0x80 == 0 {
		return false
	}
	v := binary.BigEndian.Uint32(datagram[1:])
	return v == Version1 || v == Version2 || v >= draft23 && v <= draft34
}

// packet is one packet with a long header. Slices are views into the datagram.
type packet struct {
	version  uint32
	scheme   *scheme
	kind     byte // type as the version numbers it
	id       []byte
	whole    []byte
	numberAt int // where the protected packet number stands in whole
}

// split takes the first packet off a datagram. What follows a Retry, a packet of a
// version that is not read (version negotiation is one) or one with a short header
// cannot be told apart from it: then it is not ok.
func split(b []byte) (p packet, rest []byte, ok bool) {
	if !LooksLike(b) {
		return p, nil, false
	}
	p.version = binary.BigEndian.Uint32(b[1:])
	p.scheme = schemes()[p.version]
	p.kind = b[0] >> 4 & 3
	at := 5
	for i := range 2 { // destination's identifier, source's
		if at >= len(b) || b[at] > maxID || len(b)-at-1 < int(b[at]) {
			return p, nil, false
		}
		if i == 0 {
			p.id = b[at+1 : at+1+int(b[at])]
		}
		at += 1 + int(b[at])
	}
	if p.kind == p.scheme.retry {
		return p, nil, false
	}
	if p.kind == p.scheme.initial {
		token, n := number(b[at:])
		if n == 0 || token > uint64(len(b)-at-n) {
			return p, nil, false
		}
		at += n + int(token)
	}
	size, n := number(b[at:])
	if n == 0 || size > uint64(len(b)-at-n) {
		return p, nil, false
	}
	p.numberAt = at + n
	end := p.numberAt + int(size)
	p.whole = b[:end]
	return p, b[end:], true
}

// number reads a variable-length integer (RFC 9000, section 16) and says how many
// bytes it takes, 0 when it is cut short.
func number(b []byte) (v uint64, n int) {
	if len(b) == 0 {
		return 0, 0
	}
	if n = 1 << (b[0] >> 6); len(b) < n {
		return 0, 0
	}
	v = uint64(b[0] & 0x3f)
	for _, c := range b[1:n] {
		v = v<<8 | uint64(c)
	}
	return v, n
}

// open takes the protection off p and appends what was inside to plain. head is
// memory for the header. The packet numbers of a client's first packets are small, so
// that what stands in the packet is the whole number.
func (k *keys) open(p *packet, plain, head []byte) (text, used []byte, ok bool) {
	const longest = 4 // bytes of a packet number
	sample := p.whole[p.numberAt:]
	if len(sample) < longest+sampleLen {
		return plain, head, false
	}
	var mask [sampleLen]byte
	k.header.Encrypt(mask[:], sample[longest:longest+sampleLen])
	first := p.whole[0] ^ mask[0]&0x0f
	size := int(first&3) + 1
	head = append(head[:0], p.whole[:p.numberAt+size]...)
	head[0] = first
	nonce := k.iv
	for i := range size {
		c := p.whole[p.numberAt+i] ^ mask[1+i]
		head[p.numberAt+i] = c
		nonce[ivSize-size+i] ^= c
	}
	text, err := k.packet.Open(plain, nonce[:], p.whole[p.numberAt+size:], head)
	if err != nil {
		return plain, head, false
	}
	return text, head, true
}
