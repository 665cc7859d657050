package source

import (
	"cmp"
	"errors"
	"io"
	"math"
	"slices"

	"github.com/noroshi-acd/noroshi/flow"
)

// reader is what every reader of flow records is: Next appends at least one
// record to the reset batch, or gives io.EOF or an error and none.
type reader interface {
	Next(b *flow.Batch) error
	Close() error
}

// stream is one reader on its way.
type stream struct {
	files []*file
	open  func() (reader, error)
	begin int64 // no record of it is earlier, ns; MinInt64 when unknown
	byEnd bool  // its records come in the order of their ends, else of their beginnings

	r       reader
	buf     flow.Batch
	pos     int   // next record of buf
	key     int64 // greatest time so far
	pending error // to be dealt with when buf is used up
}

// fullText is the length of text after which a batch is full.
const fullText = 1 << 20

// maxLive is how many streams are read side by side. More that overlap in time
// wait, and their records come late: memory goes before order.
const maxLive = 16

// idle is how often in a row a reader may give nothing.
const idle = 100

var errIdle = errors.New("the reader gives neither records nor an end")

// merge gives the records of several streams in the order of time, each stream
// opened when its turn has come. It has one owner.
type merge struct {
	strict  bool
	waiting []*stream // not opened, by begin
	live    []*stream
	records uint64
	err     error // final
}

func (m *merge) add(streams ...*stream) {
	m.waiting = append(m.waiting, streams...)
	slices.SortStableFunc(m.waiting, func(a, b *stream) int { return cmp.Compare(a.begin, b.begin) })
}

func (m *merge) next(b *flow.Batch) error {
	if len(m.live) == 0 && len(m.waiting) == 1 && m.err == nil {
		m.start()
	}
	for m.err == nil && !isFull(b) {
		if len(m.live) == 1 && len(m.waiting) == 0 && m.live[0].drained() && len(b.Records) == 0 {
			m.fill(m.live[0], b) // alone: nothing to merge
			if len(b.Records) > 0 {
				return nil
			}
			continue
		}
		m.refill()
		s, limit := m.least()
		switch {
		case s != nil:
			s.give(b, limit)
		case m.err == nil:
			m.err = io.EOF
		}
	}
	if len(b.Records) > 0 {
		return nil
	}
	return m.err
}

func isFull(b *flow.Batch) bool { return len(b.Records) >= flow.BatchSize || len(b.Text) >= fullText }

// refill sees to it that every live stream has its next record at hand.
func (m *merge) refill() {
	for _, s := range slices.Clone(m.live) {
		if !s.drained() {
			continue
		}
		s.buf.Reset()
		s.pos = 0
		if m.fill(s, &s.buf); !s.drained() {
			s.rise()
		}
		if m.err != nil {
			return
		}
	}
}

// least gives the stream whose next record is the earliest, and the time up to
// which its records may go out before those of the others. It opens the streams
// whose turn has come. It gives nil when all have ended or m.err is set.
func (m *merge) least() (*stream, int64) {
	for m.err == nil {
		var s *stream
		limit := int64(math.MaxInt64)
		for _, o := range m.live {
			switch {
			case s == nil:
				s = o
			case o.key < s.key:
				limit, s = min(limit, s.key), o
			default:
				limit = min(limit, o.key)
			}
		}
		if len(m.waiting) == 0 || len(m.live) >= maxLive {
			return s, limit
		}
		if s != nil && m.waiting[0].begin > s.key {
			return s, min(limit, m.waiting[0].begin)
		}
		m.start()
		m.refill()
	}
	return nil, 0
}

// start opens the first of the waiting streams.
func (m *merge) start() {
	s := m.waiting[0]
	m.waiting = m.waiting[1:]
	r, err := s.open()
	if err != nil {
		m.failed(s, err)
		return
	}
	s.r, s.key = r, s.begin
	m.live = append(m.live, s)
}

// fill reads the next records of s into b, which is empty. When there are none,
// it ends s.
func (m *merge) fill(s *stream, b *flow.Batch) {
	err := s.pending
	for n := 0; err == nil && len(b.Records) == 0; n++ {
		if err = s.r.Next(b); err == nil && n == idle {
			err = errIdle
		}
	}
	for _, f := range s.files {
		f.publish()
	}
	if n := uint64(len(b.Records)); n > 0 {
		s.pending = err
		m.records += n
		if len(s.files) == 1 {
			s.files[0].records.Add(n)
		}
		return
	}
	m.live = slices.DeleteFunc(m.live, func(o *stream) bool { return o == s })
	if end := s.r.Close(); err == io.EOF && end != nil {
		err = end
	}
	if err != io.EOF {
		m.failed(s, err)
	}
}

// failed notes that s cannot go on.
func (m *merge) failed(s *stream, err error) {
	s.files[0].fail(err)
	if m.strict {
		m.err = err
	}
}

func (m *merge) close() error {
	var errs []error
	for _, s := range m.live {
		errs = append(errs, s.r.Close())
	}
	m.live, m.waiting = nil, nil
	if m.err == nil {
		m.err = io.EOF
	}
	return errors.Join(errs...)
}

func (s *stream) drained() bool { return s.pos >= len(s.buf.Records) }

func (s *stream) time(i int) int64 {
	if s.byEnd {
		return s.buf.Records[i].Last
	}
	return s.buf.Records[i].First
}

// rise moves the time of s up to that of its next record.
func (s *stream) rise() { s.key = s.after(s.key, s.pos) }

// after gives the time of s at record i when it was key before. A record far
// ahead of the one behind it has a broken clock and does not count.
func (s *stream) after(key int64, i int) int64 {
	t := s.time(i)
	if i+1 < len(s.buf.Records) {
		t = min(t, s.time(i+1))
	}
	return max(key, t)
}

// give moves records up to time limit to b; at least one, as s is the least.
func (s *stream) give(b *flow.Batch, limit int64) {
	if s.pos == 0 && len(b.Records) == 0 {
		key := s.key
		for i := range s.buf.Records {
			if key = s.after(key, i); key > limit {
				break
			}
		}
		if key <= limit {
			*b, s.buf = s.buf, *b
			s.buf.Reset()
			s.key = key
			return
		}
	}
	for !isFull(b) && s.key <= limit {
		b.Copy(&s.buf, &s.buf.Records[s.pos])
		if s.pos++; s.drained() {
			return
		}
		s.rise()
	}
}
