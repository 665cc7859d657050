package set

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/warrant/criteria"
)

// Field is what of a record a term looks at. Most are fields of the flow record by their
// names; three stand for several of them, and one for what a detector says.
type Field string

// The fields.
const (
	Address    Field = "address"          // either end: Src or Dst
	Src        Field = "src"              // as in the flow record, here and below
	Dst        Field = "dst"              //
	AnswerAddr Field = "dns.answers.addr" //
	Port       Field = "port"             // either end: SrcPort or DstPort
	SrcPort    Field = "src_port"         //
	DstPort    Field = "dst_port"         //
	Proto      Field = "proto"            //
	Name       Field = "name"             // any of the five below
	Host       Field = "host"             //
	Question   Field = "dns.question"     //
	AnswerName Field = "dns.answers.name" //
	SNI        Field = "tls.sni"          //
	CertName   Field = "tls.names"        //
	Digest256  Field = "tls.digest"       // of the leaf certificate
	JA3        Field = "tls.ja3"          //
	JA4        Field = "tls.ja4"          //
	Finding    Field = "finding"          // "method:level": the method holds the pair at that level or above
)

// Form is how the values of a field are written.
type Form uint8

// The forms.
const (
	NoForm     Form = iota // no field
	Addresses              // an address, or a prefix without bits behind its length
	Numbers                // one number
	Names                  // a host name, or "*." before it for all names below
	Words                  // a digest or fingerprint in lower case
	Statements             // a detector's method and a level
)

// Fields lists all fields.
func Fields() []Field {
	return []Field{
		Address, Src, Dst, AnswerAddr, Port, SrcPort, DstPort, Proto,
		Name, Host, Question, AnswerName, SNI, CertName, Digest256, JA3, JA4, Finding,
	}
}

// Form gives how the field's values are written, NoForm for what is no field.
func (f Field) Form() Form {
	switch f {
	case Address, Src, Dst, AnswerAddr:
		return Addresses
	case Port, SrcPort, DstPort, Proto:
		return Numbers
	case Name, Host, Question, AnswerName, SNI, CertName:
		return Names
	case Digest256, JA3, JA4:
		return Words
	case Finding:
		return Statements
	}
	return NoForm
}

// members are the fields of the flow record for which f stands.
func (f Field) members() []Field {
	switch f {
	case Address:
		return []Field{Src, Dst}
	case Port:
		return []Field{SrcPort, DstPort}
	case Name:
		return []Field{Host, Question, AnswerName, SNI, CertName}
	}
	return []Field{f}
}

// Prefix reads the value of a field of addresses in its only spelling; a single address
// is written without length.
func Prefix(value string) (netip.Prefix, error) {
	a, err := netip.ParseAddr(value)
	p := netip.PrefixFrom(a, a.BitLen())
	if err != nil {
		if p, err = netip.ParsePrefix(value); err != nil {
			return p, errors.New("no address and no prefix")
		}
		if p.IsSingleIP() {
			return p, errors.New("a single address is written without length")
		}
	}
	spelt := p.String()
	if p.IsSingleIP() {
		spelt = p.Addr().String()
	}
	switch {
	case p.Addr().Zone() != "" || p.Addr().Is4In6():
		return p, errors.New("an address with a zone, or IPv4 written as IPv6")
	case p != p.Masked():
		return p, errors.New("a prefix with bits behind its length")
	case spelt != value:
		return p, fmt.Errorf("another spelling of %s", spelt)
	}
	return p, nil
}

// Number reads the value of a field of numbers: up to 65535, for proto up to 255.
func (f Field) Number(value string) (uint16, error) {
	most := uint64(65535)
	if f == Proto {
		most = 255
	}
	n, err := strconv.ParseUint(value, 10, 16)
	if err != nil || n > most || strconv.FormatUint(n, 10) != value {
		return 0, fmt.Errorf("no number from 0 to %d", most)
	}
	return uint16(n), nil
}

// Statement reads the value of finding: "beacon:high" gives both halves. Whether there is
// such a method and level is not judged here.
func Statement(value string) (method, level string, err error) {
	method, level, ok := strings.Cut(value, ":")
	if !ok || !isWord(method, "-") || !isWord(level, "-") {
		return "", "", errors.New("no method and level, as beacon:high")
	}
	return method, level, nil
}

// check says what is wrong with a value.
func (t Term) check() error {
	switch t.Field.Form() {
	case Addresses:
		_, err := Prefix(t.Value)
		return err
	case Numbers:
		_, err := t.Field.Number(t.Value)
		return err
	case Names:
		if !isName(strings.TrimPrefix(t.Value, "*.")) {
			return errors.New("no host name in lower case")
		}
	case Words:
		if !isWord(t.Value, "_") {
			return errors.New("no digest or fingerprint in lower case")
		}
	case Statements:
		_, _, err := Statement(t.Value)
		return err
	}
	return nil
}

const alphanumeric = "abcdefghijklmnopqrstuvwxyz0123456789"

func isWord(s, also string) bool {
	return s != "" && len(s) <= 128 && strings.Trim(s, alphanumeric+also) == ""
}

func isName(s string) bool {
	if s == "" || len(s) > 251 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' || strings.Trim(label, alphanumeric+"-_") != "" {
			return false
		}
	}
	return true
}

// errBare is a selector that asks a detector alone: no criteria could hold it.
var errBare = errors.New("a finding alone lies in no criteria: name also which records it is about")

// Condition gives what a selector asks of a record in the language of criteria, without
// its finding: that only narrows it further. The terms must be well-formed.
func (s *Selector) Condition() (*criteria.Criteria, error) {
	var b strings.Builder
	for _, t := range s.Terms {
		if t.Field == Finding {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(" and ")
		}
		for i, f := range t.Field.members() {
			if i == 0 {
				b.WriteString("(")
			} else {
				b.WriteString(" or ")
			}
			b.WriteString(string(f) + " in {" + t.Value + "}")
		}
		b.WriteString(")")
	}
	if b.Len() == 0 {
		return nil, errBare
	}
	return criteria.Parse(b.String())
}
