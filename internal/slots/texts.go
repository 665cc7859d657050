package slots

import "strings"

// Texts keeps texts for good, many in one piece of memory, so that hundreds of
// thousands cost the garbage collector little. The zero value is ready.
type Texts struct{ piece strings.Builder }

const pieceLen = 64 << 10

// Keep gives a copy of b.
func (t *Texts) Keep(b []byte) string {
	if t.piece.Len()+len(b) > t.piece.Cap() {
		t.piece.Reset()
		t.piece.Grow(max(pieceLen, len(b)))
	}
	t.piece.Write(b)
	all := t.piece.String()
	return all[len(all)-len(b):]
}
