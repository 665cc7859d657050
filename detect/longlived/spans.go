package longlived

// kept is how many separate stays are remembered one by one; older ones are only
// added up.
const kept = 6

// span is a stretch of time [from, to] in ns.
type span struct{ from, to int64 }

// spans is the union of the stays of one pair, in order of time. Beyond kept
// separate ones the oldest is settled: its length is counted and nothing before
// its end is added any more.
type spans struct {
	list    [kept]span
	n       int
	settled int64 // ns in settled spans
	longest int64 // the longest settled span
	start   int64 // of the first settled span
	until   int64 // end of the last settled span, 0 for none
}

// add joins s to the union. Spans that leave at most bridge ns between them count
// as one.
func (u *spans) add(s span, bridge int64) {
	if u.until != 0 {
		if s.to <= u.until {
			return
		}
		s.from = max(s.from, u.until)
	}
	// list[i:j] touch s; what is before i ends too early, from j on begins too late.
	i := 0
	for i < u.n && u.list[i].to < s.from-bridge {
		i++
	}
	j := i
	for j < u.n && u.list[j].from <= s.to+bridge {
		s.from, s.to = min(s.from, u.list[j].from), max(s.to, u.list[j].to)
		j++
	}
	if i < j {
		u.list[i] = s
		u.n -= j - i - 1
		copy(u.list[i+1:u.n], u.list[j:u.n+j-i-1])
		return
	}
	if u.n == kept {
		if i == 0 { // older than all that are kept
			u.settle(s)
			return
		}
		u.settle(u.list[0])
		copy(u.list[:], u.list[1:i])
		u.list[i-1] = s
		return
	}
	copy(u.list[i+1:u.n+1], u.list[i:u.n])
	u.list[i] = s
	u.n++
}

func (u *spans) settle(s span) {
	if u.until == 0 {
		u.start = s.from
	}
	u.settled += s.to - s.from
	u.longest = max(u.longest, s.to-s.from)
	u.until = s.to
}

// covered gives the time in all spans, ns.
func (u *spans) covered() int64 {
	t := u.settled
	for _, s := range u.list[:u.n] {
		t += s.to - s.from
	}
	return t
}

// run gives the longest span, ns.
func (u *spans) run() int64 {
	t := u.longest
	for _, s := range u.list[:u.n] {
		t = max(t, s.to-s.from)
	}
	return t
}

// union adds what o holds.
func (u *spans) union(o *spans, bridge int64) {
	if o.until != 0 { // what was settled there is settled here, as far as it is not held already
		if u.until == 0 || o.start < u.start {
			u.start = o.start
		}
		u.settled += o.settled
		u.longest = max(u.longest, o.longest)
		u.until = max(u.until, o.until)
		list, n := u.list, u.n
		u.n = 0
		for _, s := range list[:n] {
			u.add(s, bridge)
		}
	}
	for _, s := range o.list[:o.n] {
		u.add(s, bridge)
	}
}
