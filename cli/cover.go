package cli

import (
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/direction/veil"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// cover is how an edge would write what it sends: domestic and unknown addresses
// are hidden wherever they stand (invariant 6). A nil cover shows all.
type cover struct{ veil *veil.Veil }

func newCover(t *direction.Table) *cover { return &cover{veil.New(t)} }

func (c *cover) lift() *veil.Veil {
	if c == nil {
		return nil
	}
	return c.veil
}

// addr gives the text of a, or what stands for it.
func (c *cover) addr(a flow.Addr) string { return c.lift().Addr(a) }

// text covers the addresses in both languages of t.
func (c *cover) text(t i18n.Text) i18n.Text { return c.lift().Both(t) }

// name gives a name from outside, escaped, with no address in it.
func (c *cover) name(s string) string { return i18n.Escape(c.lift().Text(s)) }
