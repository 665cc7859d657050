package unpack

import "encoding/binary"

// unlzo decompresses a block of LZO1X to dst. It gives the number of bytes and whether
// the block was whole; what comes before damage is in dst.
//
// An instruction is a byte. Its upper bits say how far back a match lies and how long it
// is, its two lowest how many literals follow; what the two lowest said before decides
// what the smallest instructions mean.
func unlzo(dst, src []byte) (n int, whole bool) {
	z := lzo{dst: dst, src: src}
	if len(src) > 0 && src[0] > 17 {
		z.at = 1
		if !z.literals(int(src[0]) - 17) {
			return z.n, false
		}
		z.state = min(int(src[0])-17, manyLiterals)
	}
	for z.at < len(z.src) {
		more, ok := z.step()
		if !ok {
			return z.n, false
		}
		if !more {
			return z.n, true
		}
	}
	return z.n, false // no end was said
}

// lzo is a block on its way.
type lzo struct {
	dst, src []byte
	n, at    int
	state    int // literals that the last instruction brought, manyLiterals for more
}

const manyLiterals = 4

// step carries out one instruction. more is false after the last.
func (z *lzo) step() (more, ok bool) {
	t := int(z.src[z.at])
	z.at++
	switch {
	case t >= 64:
		return z.near(t)
	case t >= 32:
		return z.far(t&31, 31, 1)
	case t >= 16:
		return z.far(t&7, 7, 1<<14+(t&8)<<11)
	case z.state == 0:
		n, ok := z.length(t, 15)
		z.state = manyLiterals
		return true, ok && z.literals(n+3)
	}
	if z.at >= len(z.src) {
		return false, false
	}
	back, length := 1, 2
	if z.state == manyLiterals {
		back, length = 2049, 3
	}
	back += t>>2 + int(z.src[z.at])<<2
	z.at++
	return true, z.match(back, length, t&3)
}

// near copies a short match of the last 2 KiB.
func (z *lzo) near(t int) (more, ok bool) {
	if z.at >= len(z.src) {
		return false, false
	}
	back := t>>2&7 + int(z.src[z.at])<<3 + 1
	z.at++
	return true, z.match(back, t>>5+1, t&3)
}

// far copies a match whose distance takes two more bytes, from base on.
func (z *lzo) far(t, most, base int) (more, ok bool) {
	n, ok := z.length(t, most)
	if !ok || len(z.src)-z.at < 2 {
		return false, false
	}
	x := int(binary.LittleEndian.Uint16(z.src[z.at:]))
	z.at += 2
	back := base + x>>2
	if base >= 1<<14 && back == 1<<14 {
		return false, n == 1 // the end of the block
	}
	return true, z.match(back, n+2, x&3)
}

// length reads on where t is 0: each zero byte counts 255, the next ends it.
func (z *lzo) length(t, most int) (n int, ok bool) {
	if t > 0 {
		return t, true
	}
	for z.at < len(z.src) {
		c := int(z.src[z.at])
		z.at++
		if c > 0 {
			return n + most + c, true
		}
		if n += 255; n > Max {
			return 0, false
		}
	}
	return 0, false
}

// literals copies n bytes as they are, or as many as there are.
func (z *lzo) literals(n int) bool {
	some := min(n, len(z.src)-z.at, len(z.dst)-z.n)
	copy(z.dst[z.n:z.n+some], z.src[z.at:])
	z.n, z.at = z.n+some, z.at+some
	return some == n
}

// match copies length bytes that lie back bytes behind, then literals.
func (z *lzo) match(back, length, literals int) bool {
	if back > z.n || length > len(z.dst)-z.n {
		return false
	}
	z.state = literals
	to := z.dst[z.n : z.n+length]
	from := z.dst[z.n-back:]
	if back >= length {
		copy(to, from)
	} else {
		for i := range to {
			to[i] = from[i]
		}
	}
	z.n += length
	return literals == 0 || z.literals(literals)
}
