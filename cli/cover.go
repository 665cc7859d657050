package cli

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// cover shows domestic addresses as an edge would send them: by a keyed name that
// nobody can turn back without the key, which dies with the run. A nil cover
// shows addresses as they are.
type cover struct {
	border *direction.Table
	key    [32]byte
	given  map[string]string // address text → covered text
}

func newCover(t *direction.Table) *cover {
	c := &cover{border: t, given: map[string]string{}}
	rand.Read(c.key[:]) // never fails (crypto/rand)
	return c
}

// addr gives the text of a. Only an address known to be foreign stays clear:
// unknown counts as domestic (invariant 6).
func (c *cover) addr(a flow.Addr) string {
	if c == nil || a.IsZero() || c.border.Side(a) == direction.SideForeign {
		return addrText(a)
	}
	if s, ok := c.given[a.String()]; ok {
		return s
	}
	m := hmac.New(sha256.New, c.key[:])
	m.Write(a[:])
	s := "domestic-" + hex.EncodeToString(m.Sum(nil)[:6])
	c.given[a.String()] = s
	return s
}

// text covers in t every address that addr has covered so far.
func (c *cover) text(t i18n.Text) i18n.Text {
	if c == nil {
		return t
	}
	for clear, covered := range c.given {
		t.JA, t.EN = replaceWhole(t.JA, clear, covered), replaceWhole(t.EN, clear, covered)
	}
	return t
}

// replaceWhole replaces old in s where it is not part of a longer address.
func replaceWhole(s, old, with string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, old)
		if i < 0 {
			return b.String() + s
		}
		end := i + len(old)
		if i > 0 && addressByte(s[i-1]) || end < len(s) && s[end] != '.' && addressByte(s[end]) || end+1 < len(s) && s[end] == '.' && addressByte(s[end+1]) {
			b.WriteString(s[:end])
		} else {
			b.WriteString(s[:i] + with)
		}
		s = s[end:]
	}
}

func addressByte(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || c == ':' || c == '.'
}
