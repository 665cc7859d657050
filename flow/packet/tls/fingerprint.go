package tls

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
)

// Transports as JA4 names them.
const (
	OverTCP  = 't'
	OverQUIC = 'q'
	OverDTLS = 'd'
)

// JA4Len is the length of a JA4 fingerprint.
const JA4Len = 36

// AppendJA4 appends the JA4 of h: transport, version, whether a server is named,
// how many suites and extensions, the first protocol's ends; then the digests of
// the sorted suites, and of the sorted extensions with the signature algorithms.
func (p *Parser) AppendJA4(to []byte, h *Hello, transport byte) []byte {
	to = append(to, transport)
	to = append(to, version(h.Version)...)
	if h.named {
		to = append(to, 'd')
	} else {
		to = append(to, 'i')
	}
	to = two(two(to, len(h.ciphers)), len(h.extensions))
	to = append(ends(to, h.alpn), '_')

	p.sorted = append(p.sorted[:0], h.ciphers...)
	slices.Sort(p.sorted)
	p.text = list(p.text[:0], p.sorted)
	to = append(short(to, p.text), '_')

	p.sorted = p.sorted[:0]
	for _, e := range h.extensions {
		if e != extServerName && e != extALPN {
			p.sorted = append(p.sorted, e)
		}
	}
	slices.Sort(p.sorted)
	p.text = list(p.text[:0], p.sorted)
	if len(h.signatures) > 0 && len(p.text) > 0 {
		p.text = list(append(p.text, '_'), h.signatures)
	}
	return short(to, p.text)
}

// AppendJA3 appends the JA3 of h as 32 hexadecimal digits.
func (p *Parser) AppendJA3(to []byte, h *Hello) []byte {
	t := strconv.AppendUint(p.text[:0], uint64(h.legacy), 10)
	for _, numbers := range [][]uint16{h.ciphers, h.extensions, h.groups} {
		t = append(t, ',')
		for i, v := range numbers {
			if i > 0 {
				t = append(t, '-')
			}
			t = strconv.AppendUint(t, uint64(v), 10)
		}
	}
	t = append(t, ',')
	for i, v := range h.points {
		if i > 0 {
			t = append(t, '-')
		}
		t = strconv.AppendUint(t, uint64(v), 10)
	}
	p.text = t
	sum := md5.Sum(t)
	return hex.AppendEncode(to, sum[:])
}

func version(v uint16) string {
	switch v {
	case 0x0304:
		return "13"
	case 0x0303:
		return "12"
	case 0x0302:
		return "11"
	case 0x0301:
		return "10"
	case 0x0300:
		return "s3"
	case 0x0002:
		return "s2"
	case 0xfeff:
		return "d1"
	case 0xfefd:
		return "d2"
	case 0xfefc:
		return "d3"
	}
	return "00"
}

// two appends n as two digits, at most 99.
func two(to []byte, n int) []byte {
	n = min(n, 99)
	return append(to, byte('0'+n/10), byte('0'+n%10))
}

// ends appends the first and last character of a protocol's name: "00" for none, "99"
// when one of them is no ASCII, of the name in hexadecimal when one is no letter or
// digit. What the specification says of the second case differs from what the
// fingerprint's authors publish and their programs write, see docs/decisions.
func ends(to, name []byte) []byte {
	if len(name) == 0 {
		return append(to, "00"...)
	}
	first, last := name[0], name[len(name)-1]
	switch {
	case first > 0x7f || last > 0x7f:
		first, last = '9', '9'
	case !alphanumeric(first) || !alphanumeric(last):
		const digits = "0123456789abcdef"
		first, last = digits[first>>4], digits[last&15]
	}
	return append(to, first, last)
}

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// list appends numbers as four hexadecimal digits each, with commas between.
func list(to []byte, numbers []uint16) []byte {
	for i, v := range numbers {
		if i > 0 {
			to = append(to, ',')
		}
		to = hex.AppendEncode(to, []byte{byte(v >> 8), byte(v)})
	}
	return to
}

// short appends the first twelve digits of text's SHA-256, zeros for no text.
func short(to, text []byte) []byte {
	if len(text) == 0 {
		return append(to, "000000000000"...)
	}
	sum := sha256.Sum256(text)
	return hex.AppendEncode(to, sum[:6])
}
