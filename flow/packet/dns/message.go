package dns

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/noroshi-acd/noroshi/flow"
)

// Limits of one message.
const (
	MaxQuestions = 4  // questions that are read
	MaxAnswers   = 64 // answers that are kept
	maxName      = 255
	headerLen    = 12
)

// What can be wrong with a message.
var (
	ErrShort     = errors.New("the DNS message is cut short")
	ErrName      = errors.New("a DNS name is malformed")
	ErrQuestions = errors.New("the DNS message has no question, or too many")
)

// Question is what was asked.
type Question struct {
	Name  flow.Text // into the message's text
	Type  uint16    // IANA RR type
	Class uint16
}

// Message is one DNS message. Its memory is used again by the next Parse.
type Message struct {
	ID        uint16
	Response  bool
	Truncated bool // the sender left something out
	Broken    bool // what follows the questions could not be read to its end
	Opcode    uint8
	Rcode     uint16 // with the extended bits of EDNS
	Questions []Question
	Answers   []flow.Answer // Name is into the message's text
	text      []byte
}

// Bytes gives a name of m, valid until the next Parse.
func (m *Message) Bytes(t flow.Text) []byte { return m.text[t.Off : t.Off+t.Len] }

// Parse reads msg into m. It fails only when the header or the questions cannot be
// read; damage after them sets m.Broken.
func (m *Message) Parse(msg []byte) error {
	m.Questions, m.Answers, m.text = m.Questions[:0], m.Answers[:0], m.text[:0]
	if len(msg) < headerLen {
		return ErrShort
	}
	flags := binary.BigEndian.Uint16(msg[2:])
	m.ID = binary.BigEndian.Uint16(msg)
	m.Response, m.Truncated, m.Broken = flags&0x8000 != 0, flags&0x0200 != 0, false
	m.Opcode, m.Rcode = uint8(flags>>11)&15, flags&15
	questions := int(binary.BigEndian.Uint16(msg[4:]))
	if questions == 0 || questions > MaxQuestions {
		return ErrQuestions
	}
	at := headerLen
	for range questions {
		name, next, err := m.name(msg, at)
		if err != nil {
			return err
		}
		if next+4 > len(msg) {
			return ErrShort
		}
		m.Questions = append(m.Questions, Question{name,
			binary.BigEndian.Uint16(msg[next:]), binary.BigEndian.Uint16(msg[next+2:])})
		at = next + 4
	}
	m.Broken = !m.records(msg, at)
	return nil
}

// rr is the fixed part of a resource record.
type rr struct {
	kind  uint16
	ttl   uint32
	data  int // where its data begin
	after int // where the next record begins
}

// records reads the answers and looks for EDNS behind them.
func (m *Message) records(msg []byte, at int) bool {
	answers := int(binary.BigEndian.Uint16(msg[6:]))
	rest := int(binary.BigEndian.Uint16(msg[8:])) + int(binary.BigEndian.Uint16(msg[10:]))
	for range answers {
		r, ok := record(msg, at)
		if !ok || !m.answer(msg, r) {
			return false
		}
		at = r.after
	}
	if binary.BigEndian.Uint16(msg[10:]) == 0 {
		return true
	}
	for range rest {
		r, ok := record(msg, at)
		if !ok {
			return false
		}
		const opt = 41
		if r.kind == opt {
			m.Rcode |= uint16(r.ttl>>24) << 4
			return true
		}
		at = r.after
	}
	return true
}

func record(msg []byte, at int) (r rr, ok bool) {
	at = skipName(msg, at)
	if at < 0 || at+10 > len(msg) {
		return r, false
	}
	r.kind, r.ttl = binary.BigEndian.Uint16(msg[at:]), binary.BigEndian.Uint32(msg[at+4:])
	r.data = at + 10
	r.after = r.data + int(binary.BigEndian.Uint16(msg[at+8:]))
	return r, r.after <= len(msg)
}

// answer keeps r if it is an address or a name.
func (m *Message) answer(msg []byte, r rr) bool {
	if len(m.Answers) >= MaxAnswers {
		return true
	}
	a := flow.Answer{Type: r.kind, TTL: r.ttl}
	size, at := r.after-r.data, r.data
	switch r.kind {
	case 1: // A
		if size != 4 {
			return false
		}
		a.Addr = flow.Addr4([4]byte(msg[at:]))
	case 28: // AAAA
		if size != 16 {
			return false
		}
		a.Addr = flow.Addr(msg[at:])
	case 15: // MX: a preference before the name
		at += 2
	case 33: // SRV: priority, weight and port before the name
		at += 6
	case 2, 5, 12: // NS, CNAME, PTR
	default:
		return true
	}
	if a.Addr.IsZero() && r.kind != 1 && r.kind != 28 {
		if at >= r.after {
			return false
		}
		name, _, err := m.name(msg[:r.after], at)
		if err != nil {
			return false
		}
		a.Name = name
	}
	m.Answers = append(m.Answers, a)
	return true
}

// name reads the name at off and says where it ends in the message. A name has at
// most 255 octets on the wire, pointers followed, which also bounds the loop: a
// pointer must lead backwards, and between two pointers there is a label.
func (m *Message) name(msg []byte, off int) (t flow.Text, next int, err error) {
	start, next := len(m.text), -1
	for wire, at := 1, off; ; {
		if at >= len(msg) {
			return t, 0, ErrShort
		}
		c := int(msg[at])
		switch {
		case c == 0:
			if next < 0 {
				next = at + 1
			}
			if len(m.text) == start {
				m.text = append(m.text, '.')
			}
			return flow.Text{Off: uint32(start), Len: uint32(len(m.text) - start)}, next, nil
		case c >= 0xc0:
			if at+1 >= len(msg) {
				return t, 0, ErrShort
			}
			to := (c&0x3f)<<8 | int(msg[at+1])
			if to >= at || to < headerLen {
				return t, 0, ErrName
			}
			if next < 0 {
				next = at + 2
			}
			at = to
		case c >= 0x40:
			return t, 0, ErrName
		default:
			if wire += c + 1; wire > maxName {
				return t, 0, ErrName
			}
			if at+1+c > len(msg) {
				return t, 0, ErrShort
			}
			if len(m.text) > start {
				m.text = append(m.text, '.')
			}
			m.text = appendLabel(m.text, msg[at+1:at+1+c])
			at += 1 + c
		}
	}
}

// skipName gives where the name at off ends, -1 when it does not.
func skipName(msg []byte, off int) int {
	for off < len(msg) {
		switch c := int(msg[off]); {
		case c == 0:
			return off + 1
		case c >= 0xc0:
			return off + 2
		case c >= 0x40:
			return -1
		default:
			off += 1 + c
		}
	}
	return -1
}

// AppendHost appends a name that came as text, e.g. in a TLS handshake, in the form
// that names of messages have.
func AppendHost(to, name []byte) []byte {
	for len(name) > 0 {
		label, rest, dot := bytes.Cut(name, []byte("."))
		to = appendLabel(to, label)
		if dot {
			to = append(to, '.')
		}
		name = rest
	}
	return to
}

// appendLabel writes a label as text.
func appendLabel(to, label []byte) []byte {
	for _, c := range label {
		switch {
		case 'A' <= c && c <= 'Z':
			to = append(to, c+'a'-'A')
		case c > ' ' && c < 0x7f && c != '.' && c != '\\':
			to = append(to, c)
		default:
			to = append(to, '\\', '0'+c/100, '0'+c/10%10, '0'+c%10)
		}
	}
	return to
}
