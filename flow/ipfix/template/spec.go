package template

import "encoding/binary"

// Variable is the length of a field that says its own length in each record.
const Variable = 0xffff

// Enterprises that are read: the registry's own elements, and their reverses.
const (
	iana    = 0
	reverse = 29305 // RFC 5103, section 6.1
)

// Field is one field of a template.
type Field struct {
	Enterprise uint32 // 0 is IANA
	ID         uint16
	Length     uint16 // octets, or [Variable]
}

// Spec is a template as the exporter sent it. It may be parsed into again.
type Spec struct {
	ID      uint16
	Scope   int // how many of the fields say what an options record is about
	Fields  []Field
	Options bool
	Nine    bool // NetFlow v9, whose scope fields have numbers of their own
}

// maxFields is how many fields a template may have; the longest seen have about 90.
const maxFields = 1024

// Parse reads the template record at the beginning of b, of an options template or
// not, of NetFlow v9 (nine) or IPFIX, and gives its length in octets. It gives 0 when
// the record runs past the end of b. A template that is withdrawn has no fields.
func (s *Spec) Parse(b []byte, options, nine bool) int {
	*s = Spec{Fields: s.Fields[:0], Options: options, Nine: nine}
	if len(b) < 4 {
		return 0
	}
	s.ID = binary.BigEndian.Uint16(b)
	count, at := int(binary.BigEndian.Uint16(b[2:])), 4
	switch {
	case !options || !nine && count == 0:
	case len(b) < 6:
		return 0
	case nine: // lengths of both lists in octets
		s.Scope = count / 4
		count, at = s.Scope+int(binary.BigEndian.Uint16(b[4:]))/4, 6
	default:
		s.Scope, at = int(binary.BigEndian.Uint16(b[4:])), 6
	}
	for range count {
		if len(b) < at+4 {
			return 0
		}
		f := Field{ID: binary.BigEndian.Uint16(b[at:]), Length: binary.BigEndian.Uint16(b[at+2:])}
		at += 4
		if !nine && f.ID&0x8000 != 0 {
			if len(b) < at+4 {
				return 0
			}
			f.ID &= 0x7fff
			f.Enterprise = binary.BigEndian.Uint32(b[at:])
			at += 4
		}
		s.Fields = append(s.Fields, f)
	}
	return at
}
