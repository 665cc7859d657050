package spans

// Span is the entries from First to before End.
type Span struct{ First, End int64 }

// List is spans in rising order that do not touch. The zero one is empty.
type List []Span

// Add adds n entries from first, which MUST lie behind all others.
func (l *List) Add(first, n int64) {
	if k := len(*l); k > 0 && (*l)[k-1].End == first {
		(*l)[k-1].End += n
		return
	}
	*l = append(*l, Span{first, first + n})
}

// Within counts the entries from first to before last.
func (l List) Within(first, last int64) (n int64) {
	for _, s := range l {
		n += max(0, min(s.End, last)-max(s.First, first))
	}
	return n
}

// Forget takes the entries from first to before last out.
func (l *List) Forget(first, last int64) {
	var rest List
	for _, s := range *l {
		if s.First < first {
			rest = append(rest, Span{s.First, min(s.End, first)})
		}
		if s.End > last {
			rest = append(rest, Span{max(s.First, last), s.End})
		}
	}
	*l = rest
}
