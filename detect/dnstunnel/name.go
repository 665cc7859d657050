package dnstunnel

import (
	"bytes"

	"golang.org/x/net/publicsuffix"
)

// alphabet is what the labels of a name are written in, as far as one can see.
type alphabet uint8

const (
	wordy alphabet = iota // as people name hosts
	decimal
	hexadecimal
	letters32 // letters and digits without further signs: base32, base36, base64 in lower case
	letters64 // letters, digits and - _ + / =
	raw       // bytes that host names do not have
	alphabets
)

// String gives the alphabet's name in evidence.
func (a alphabet) String() string {
	return [...]string{"words", "decimal", "hex", "base32", "base64", "raw"}[a]
}

// bitsOf is what a character of a random label carries in each alphabet. Names
// reach us in lower case, so base64 has lost its sixth bit.
var bitsOf = [alphabets]float32{1, 3.3, 4, 5, 5.2, 7}

// price is what one name carries.
type price struct {
	bits    float32
	written alphabet
	address bool // holds a reversed or dashed IP address
}

// strange prices what of name lies below its last two labels: more than is below
// its registrable domain, so that most names are passed over before that is
// looked up. ok is false for names that cannot be a tunnel's: too short, single
// labels, reverse lookups.
func strange(name []byte) (zoneless, ok bool) {
	dot := bytes.LastIndexByte(name, '.')
	if len(name) < leastName || dot <= 0 || bytes.HasSuffix(name, []byte(".arpa")) {
		return false, false
	}
	if !topLevel(name[dot+1:]) {
		return true, true
	}
	second := bytes.LastIndexByte(name[:dot], '.')
	if second <= 0 {
		return false, false
	}
	p := priceOf(name[:second])
	return false, p.bits >= leastBits || p.address
}

// split gives where the registrable domain of name begins (public suffix list);
// ok is false when there is nothing below it. The list's package wants a string
// and allocates, so only strange names come here.
func split(name []byte) (at int, ok bool) {
	suffix, _ := publicsuffix.PublicSuffix(string(name))
	at = len(name) - len(suffix) - 1
	if at <= 0 {
		return 0, false // a bare suffix
	}
	at = 1 + bytes.LastIndexByte(name[:at], '.')
	return at, at > 1
}

func topLevel(label []byte) bool {
	if bytes.HasPrefix(label, []byte("xn--")) {
		return len(label) <= 24
	}
	for _, c := range label {
		if c < 'a' || c > 'z' {
			return false
		}
	}
	return len(label) >= 2 && len(label) <= 18
}

// priceOf prices the labels of prefix, the part of a name below its zone, and of
// a label the parts between its hyphens: people write several words in one.
func priceOf(prefix []byte) price {
	var p price
	var most float32
	quads := 0
	for len(prefix) > 0 {
		label := prefix
		if end := separator(prefix); end >= 0 {
			label, prefix = prefix[:end], prefix[end+1:]
		} else {
			prefix = nil
		}
		bits, a := priceLabel(label)
		p.bits += bits
		if bits > most {
			most, p.written = bits, a
		}
		// Four octets or nibbles in a row are an address, dashed or written backwards.
		if isOctet(label) {
			quads++
			p.address = p.address || quads >= 4
		} else {
			quads = 0
		}
	}
	return p
}

func separator(s []byte) int {
	for i, c := range s {
		if c == '.' || c == '-' {
			return i
		}
	}
	return -1
}

// priceLabel prices one label. How far it is from ordinary names decides how much
// of its alphabet's capacity it is held to carry.
func priceLabel(label []byte) (bits float32, a alphabet) {
	if len(label) == 0 {
		return 0, wordy
	}
	s := read(label)
	a = s.alphabet(len(label))
	n := float32(s.chars)
	odd := min(1, max(0, (s.surprise/n-ordinary)/(random-ordinary)))
	switch {
	case a == raw:
		odd = 1
	case a == decimal:
		odd = 1
		if len(label) <= 3 {
			return n, wordy // a counter
		}
	case a == hexadecimal && s.chars >= 12 && s.digits*5 >= s.chars:
		odd = 1
	case len(label) < 4:
		return n, wordy // too short to say
	}
	if odd < 0.3 {
		return n * 1.2, wordy
	}
	return n * (1.2 + odd*(bitsOf[a]-1.2)), a
}

// ordinary and random are bits a character under the model of pairs below: host
// names that people choose lie under about 4.6, random letters and digits over
// about 5.6.
const (
	ordinary = 4.4
	random   = 5.4
)

// reading is what one pass over a label finds.
type reading struct {
	surprise                     float32
	chars, digits, hexes, others int
	raws                         int
}

func read(label []byte) reading {
	m := pairs()
	var s reading
	prev := classStart
	for i := 0; i < len(label); i++ {
		c := label[i]
		if c == '\\' && i+3 < len(label) && isDigit(label[i+1]) && isDigit(label[i+2]) && isDigit(label[i+3]) {
			i += 3 // \DDD is one byte
			c = 0xff
		}
		k := classOf(c)
		s.surprise += m[prev][k]
		prev = k
		s.chars++
		switch {
		case k == classRaw:
			s.raws++
		case k == classDigit:
			s.digits++
			s.hexes++
		case 'a' <= c && c <= 'f':
			s.hexes++
		case k == classSign:
			s.others++
		}
	}
	return s
}

func (s reading) alphabet(n int) alphabet {
	switch {
	case s.raws*8 > s.chars || s.raws > 2:
		return raw
	case s.digits == s.chars:
		return decimal
	case s.hexes == s.chars && n >= 6 && s.digits > 0:
		return hexadecimal
	case s.others > 0:
		return letters64
	}
	return letters32
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isOctet says whether label is a number from 0 to 255 or a single nibble.
func isOctet(label []byte) bool {
	if len(label) == 1 {
		return isDigit(label[0]) || 'a' <= label[0] && label[0] <= 'f'
	}
	if len(label) == 0 || len(label) > 3 {
		return false
	}
	n := 0
	for _, c := range label {
		if !isDigit(c) {
			return false
		}
		n = n*10 + int(c-'0')
	}
	return n <= 255
}
