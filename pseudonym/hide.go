package pseudonym

import (
	"bytes"
	"encoding/hex"
	"strings"

	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/direction/veil"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Placer says on which side of the border an address lies; [direction.Table] is one.
type Placer interface {
	Side(a flow.Addr) direction.Side
}

// Hider hides, in records that were selected, every address that is not known to be
// foreign. Any number of goroutines may use one.
type Hider struct {
	border Placer
	veil   *veil.Veil // recognises addresses in texts; its own names are not used
}

// NewHider makes a hider for a border.
func NewHider(border Placer) *Hider { return &Hider{border, veil.New(border)} }

// Hidden counts what was hidden.
type Hidden struct {
	Addresses int // replaced by their pseudonyms
	Texts     int // taken out: they wrote such an address
}

// Record hides in record r of b, and marks what is a pseudonym. What bears a mark is left
// as it is, so a second call changes nothing. A text (question, name, host, certificate)
// that writes such an address, plainly, with dashes or as a name of the reverse tree, is
// taken out whole: a pseudonym is no text of a name. ok is false under a key that was
// wiped; then nothing is left of those addresses, and the record MUST NOT go on.
//
// Invariant 6: an address of which nothing is known counts as domestic.
func (h *Hider) Record(k *Key, b *flow.Batch, r *flow.Record) (n Hidden, ok bool) {
	ok = h.end(k, r, &r.Src, flow.PseudonymSrc, &n)
	ok = h.end(k, r, &r.Dst, flow.PseudonymDst, &n) && ok
	h.text(b, &r.Host, &n)
	if d := b.DNSOf(r); d != nil {
		h.text(b, &d.Question, &n)
		for i := d.Answers.From; i < d.Answers.To; i++ {
			a := &b.Answers[i]
			h.text(b, &a.Name, &n)
			if a.Pseudonym == 0 && h.hides(a.Addr) {
				ok = k.Seal(&a.Addr) && ok
				a.Pseudonym = 1
				n.Addresses++
			}
		}
	}
	if t := b.TLSOf(r); t != nil {
		for _, x := range [...]*flow.Text{&t.SNI, &t.Subject, &t.Issuer} {
			h.text(b, x, &n)
		}
		for i := t.Names.From; i < t.Names.To; i++ {
			h.text(b, &b.Names[i], &n)
		}
	}
	return n, ok
}

func (h *Hider) end(k *Key, r *flow.Record, a *flow.Addr, bit uint8, n *Hidden) bool {
	if r.Pseudonyms&bit != 0 || !h.hides(*a) {
		return true
	}
	r.Pseudonyms |= bit
	n.Addresses++
	return k.Seal(a)
}

// hides says whether a must not be shown. No address is none to hide.
func (h *Hider) hides(a flow.Addr) bool {
	return !a.IsZero() && h.border.Side(a) != direction.SideForeign
}

func (h *Hider) text(b *flow.Batch, t *flow.Text, n *Hidden) {
	if s := b.Bytes(*t); mayWrite(s) {
		if text := string(s); h.veil.Text(text) != text {
			*t = flow.Text{}
			n.Texts++
		}
	}
}

// mayWrite says, quickly, whether s could write an address at all: it has four digits,
// a colon, or is of the reverse tree.
func mayWrite(s []byte) bool {
	digits := 0
	for _, c := range s {
		switch {
		case c == ':':
			return true
		case '0' <= c && c <= '9':
			if digits++; digits == 4 {
				return true
			}
		}
	}
	return len(s) > 5 && bytes.EqualFold(s[len(s)-5:], []byte(".arpa"))
}

// Ends gives the sides of a record's two ends as far as they can be known: an end that is
// a pseudonym was domestic, or not known to be foreign, and is not looked up.
func Ends(border Placer, r *flow.Record) (src, dst direction.Side) {
	src, dst = direction.SideDomestic, direction.SideDomestic
	if r.Pseudonyms&flow.PseudonymSrc == 0 {
		src = border.Side(r.Src)
	}
	if r.Pseudonyms&flow.PseudonymDst == 0 {
		dst = border.Side(r.Dst)
	}
	return src, dst
}

// prefix begins every pseudonym in a text. A colon and letters beyond f follow one
// another: no address begins so.
const prefix = "pseudonym:"

// Text writes a pseudonym for people and files: "pseudonym:" and 32 hexadecimal digits,
// the same for IPv4 and IPv6. Nobody can take it for an address, nor any parser of
// addresses.
func Text(a flow.Addr) string { return prefix + hex.EncodeToString(a[:]) }

// Parse reads what [Text] wrote, and nothing else.
func Parse(s string) (flow.Addr, error) {
	var a flow.Addr
	digits, ok := strings.CutPrefix(s, prefix)
	if !ok || len(digits) != 2*len(a) || strings.ToLower(digits) != digits {
		return flow.Addr{}, wrong(fault.Invalid, "text", nil, "prefix", prefix)
	}
	if _, err := hex.Decode(a[:], []byte(digits)); err != nil {
		return flow.Addr{}, wrong(fault.Invalid, "text", err, "prefix", prefix)
	}
	return a, nil
}
