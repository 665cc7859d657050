package dga

import (
	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/dga/lexical"
)

// verdict is what a name is, worked out once.
type verdict struct {
	name    uint64 // hash of the whole name
	site    uint64 // hash of the registrable domain
	z       float64
	from    uint8 // where the registrable domain begins
	length  uint8 // of the registrable label
	suffix  uint8 // a hash of the public suffix
	private bool  // under a hosting or dynamic-DNS provider
	ok      bool
}

const memoLen = 1 << 14

// memo remembers the verdict on names lately asked for: most lookups repeat one.
// A pair of places holds the last two names that fell on it, the later one first.
type memo struct {
	latest   []verdict
	numbered [][]verdict // on names that the engine has numbered, in chunks
}

const memoChunk = 4096

// of gives the verdict on name, whose number is id (0 for none), until the next call.
func (m *memo) of(id detect.NameID, name []byte) *verdict {
	if id == 0 {
		return m.judge(name)
	}
	for int(id/memoChunk) >= len(m.numbered) {
		m.numbered = append(m.numbered, make([]verdict, memoChunk))
	}
	v := &m.numbered[id/memoChunk][id%memoChunk]
	if v.name == 0 {
		*v = *m.judge(name)
	}
	return v
}

// known gives the verdict on the name with number id, nil when none was given yet.
func (m *memo) known(id detect.NameID) *verdict {
	if id == 0 || int(id/memoChunk) >= len(m.numbered) {
		return nil
	}
	return &m.numbered[id/memoChunk][id%memoChunk]
}

func newMemo() memo { return memo{latest: make([]verdict, memoLen)} }

// judge gives the verdict on name, valid until the next call.
func (m *memo) judge(name []byte) *verdict {
	h := hashText(name)
	v, older := &m.latest[h&(memoLen-2)], &m.latest[h&(memoLen-2)|1]
	if v.name == h {
		return v
	}
	*v, *older = *older, *v
	if v.name == h {
		return v
	}
	*v = verdict{name: h}
	p, ok := lexical.Split(name)
	if !ok {
		return v
	}
	v.ok, v.private = true, p.Private
	v.site = hashText(p.Site)
	v.z = lexical.Bounded(lexical.ScoreParts(&p))
	v.from, v.length, v.suffix = uint8(len(name)-len(p.Site)), uint8(len(p.Label)), uint8(hashText(p.Suffix))
	return v
}

// hashText is FNV-1a, mixed; the same in every process, so that states can be
// merged.
func hashText(s []byte) uint64 {
	h := uint64(0xcbf29ce484222325)
	for _, c := range s {
		h = (h ^ uint64(c)) * 0x100000001b3
	}
	return detect.Mix(h)
}
