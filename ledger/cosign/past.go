package cosign

// mostPast is how many bytes of earlier checkpoints of one log are kept in memory, so
// that a contradiction to one of them is seen and proven without asking anybody.
const mostPast = 1 << 20

// past is the checkpoints of one log that were cosigned lately, by size. Its zero value
// is empty.
type past struct {
	known map[int64]earlier
	order []int64 // sizes, in the order in which they were cosigned
	bytes int
}

// earlier is a checkpoint that was cosigned.
type earlier struct {
	root  [32]byte
	stamp int64 // of the first cosignature
	note  []byte
}

// add notes a checkpoint; the latest is never dropped.
func (p *past) add(v view, stamp int64, note []byte) {
	if p.known == nil {
		p.known = map[int64]earlier{}
	}
	if _, ok := p.known[v.size]; ok {
		return
	}
	p.known[v.size] = earlier{v.root, stamp, note}
	p.order = append(p.order, v.size)
	p.bytes += len(note)
	for p.bytes > mostPast && len(p.order) > 1 {
		first := p.order[0]
		p.bytes -= len(p.known[first].note)
		delete(p.known, first)
		p.order = p.order[1:]
	}
}

// after gives when the first checkpoint above a size was cosigned. ok is false when that
// is no longer known.
func (p *past) after(size int64) (stamp int64, ok bool) {
	for i, s := range p.order {
		if s > size {
			return p.known[s].stamp, i > 0
		}
	}
	return 0, false
}
