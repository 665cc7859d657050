package zeek

import (
	"bytes"
	"cmp"
	"errors"
	"hash/maphash"
	"io"
	"io/fs"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/join"
	"github.com/noroshi-acd/noroshi/flow/zeek/row"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Options are the bounds of a reader; the zero value is for use.
type Options struct {
	// Waiting is how many lines may wait for the line with the same uid; 0 means
	// 262,144, which is also the most.
	Waiting int
}

const (
	maxAlive = 64      // files decoded at the same time
	keepOpen = 16      // up to so many files stay open from the look at their head
	headSize = 8 << 10 // bytes read to learn when a file begins
	headMost = 64 << 10
	fullText = 1 << 20 // bytes of text after which a batch is full
)

// Reader reads all Zeek logs of one run, merged by time and joined by uid. Its
// methods are for one goroutine; the decoding ones that it starts end by Close,
// or by themselves at the end of the input.
type Reader struct {
	join    *join.Joiner
	seed    maphash.Seed // numbers uids, by which lines are joined
	streams []*stream    // not begun, in order of their first time
	alive   []*stream    // begun and not ended
	live    [HTTP + 1]int
	spare   []*chunk
	seen    []copied
	copies  uint64
	begun   bool
	err     error

	stop chan struct{}  // closed by Close
	run  sync.WaitGroup // of the decoding goroutines
}

// stream is one file on its way. The fields but out and free are the reader's.
type stream struct {
	file   *File
	number int32
	in     io.ReadCloser // open since the look at its head, else nil
	head   []byte        // what was read of it
	out    chan *chunk
	free   chan *chunk
	c      *chunk
	pos    int   // the next row of c
	key    int64 // the greatest time so far, by which it is merged
	over   bool
}

// copied remembers a line, to know its copy in another file.
type copied struct {
	key  uint64
	file int32
}

// NewReader makes a reader of files; logs of kind Other are passed over. It opens
// nothing before the first Next.
func NewReader(files []*File, o Options) *Reader {
	r := &Reader{join: join.New(o.Waiting), seed: maphash.MakeSeed(), stop: make(chan struct{})}
	for _, f := range files {
		if f.Skips == nil {
			f.Skips = &fault.Skips{}
		}
		if f.Log.Kind != Other {
			r.streams = append(r.streams, &stream{file: f, number: int32(len(r.streams))})
			r.live[f.Log.Kind]++
		}
	}
	r.await()
	return r
}

// Copies is how many lines were dropped because another file had the same.
func (r *Reader) Copies() uint64 { return r.copies }

// Close ends the decoding and waits for it; a read that is under way is waited for.
func (r *Reader) Close() error {
	r.halt()
	r.run.Wait()
	for _, s := range r.streams {
		if s.in != nil {
			s.in.Close()
		}
	}
	r.streams, r.alive = nil, nil
	if r.err == nil {
		r.err = io.EOF
	}
	return nil
}

// Next appends about [flow.BatchSize] records to b, which the caller has reset.
// It gives io.EOF when there are no more; another error only where a file's
// Skips are strict, once the records before it are delivered.
func (r *Reader) Next(b *flow.Batch) error {
	if !r.begun {
		r.begun = true
		r.look()
	}
	for r.err == nil && !full(b) {
		s := r.least()
		if s == nil && r.err != nil {
			break // a stream failed as it began: that is not the end
		}
		if s == nil {
			r.join.At(math.MaxInt64)
			if !r.join.Expire(b) {
				r.err = io.EOF
			}
			continue
		}
		r.advance(s, b)
	}
	if r.err != nil && r.err != io.EOF {
		r.halt()
		r.join.At(math.MaxInt64)
		r.join.Await(0)
		for !full(b) && r.join.Expire(b) { // what waits goes out before the error
		}
	}
	if len(b.Records) > 0 {
		return nil
	}
	return r.err
}

func full(b *flow.Batch) bool { return len(b.Records) >= flow.BatchSize || len(b.Text) >= fullText }

// halt tells the decoding goroutines to end.
func (r *Reader) halt() {
	select {
	case <-r.stop:
	default:
		close(r.stop)
	}
}

// look learns when each file begins and puts them in that order.
func (r *Reader) look() {
	for _, s := range r.streams {
		s.key = math.MinInt64
		in, err := s.file.Open()
		if err != nil {
			continue // begin will say so
		}
		s.in = in
		for len(s.head) < headMost {
			n := len(s.head)
			s.head = append(s.head, make([]byte, max(headSize, 7*n))...)
			got, err := io.ReadFull(in, s.head[n:])
			s.head = s.head[:n+got]
			var ok bool
			if s.key, ok = r.firstKey(s); ok || err != nil {
				break
			}
		}
		if len(r.streams) > keepOpen {
			in.Close()
			s.in, s.head = nil, nil
		}
	}
	slices.SortStableFunc(r.streams, func(a, b *stream) int { return cmp.Compare(a.key, b.key) })
}

// firstKey gives the time of the first good line in the head of s.
func (r *Reader) firstKey(s *stream) (int64, bool) {
	f := *s.file
	f.Skips = nil
	d := newDecoder(&f, bytes.NewReader(s.head), len(s.head)+1, r.seed)
	var c chunk
	d.fill(&c, 1)
	if len(c.meta) == 0 {
		return math.MinInt64, false
	}
	return c.meta[0].time, true
}

// least gives the stream with the least time, beginning those whose turn it is;
// nil when all have ended.
func (r *Reader) least() *stream {
	for {
		var min *stream
		for _, s := range r.alive {
			if min == nil || s.key < min.key {
				min = s
			}
		}
		if len(r.streams) == 0 || len(r.alive) >= maxAlive || min != nil && r.streams[0].key > min.key {
			return min
		}
		s := r.streams[0]
		r.streams = r.streams[1:]
		if r.begin(s); r.err != nil {
			return min
		}
	}
}

// begin starts the decoding of s.
func (r *Reader) begin(s *stream) {
	if s.in == nil {
		in, err := s.file.Open()
		if err != nil {
			e := row.Flaw(kindOf(err), fault.Place{Path: s.file.Path}, "zeek.file.open")
			e.Err = err
			r.skip(s.file, e)
			r.end(s)
			return
		}
		s.in = in
	}
	s.out, s.free = make(chan *chunk, 2), make(chan *chunk, 3)
	for range 3 {
		c := &chunk{}
		if n := len(r.spare); n > 0 {
			c, r.spare = r.spare[n-1], r.spare[:n-1]
		}
		s.free <- c
	}
	d := newDecoder(s.file, io.MultiReader(bytes.NewReader(s.head), s.in), readSize, r.seed)
	in := s.in
	s.in, s.head = nil, nil
	r.run.Go(func() {
		defer in.Close()
		decode(d, s.free, s.out, r.stop)
	})
	r.alive = append(r.alive, s)
	r.receive(s)
}

// kindOf tells why a file cannot be opened.
func kindOf(err error) fault.Kind {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fault.NotFound
	case errors.Is(err, fs.ErrPermission):
		return fault.Permission
	}
	return fault.Invalid
}

// decode fills chunks until the input ends or stop is closed.
func decode(d *decoder, free <-chan *chunk, out chan<- *chunk, stop <-chan struct{}) {
	for {
		var c *chunk
		select {
		case c = <-free:
		case <-stop:
			return
		}
		c.reset()
		d.fill(c, chunkRows)
		end := c.end != nil // once sent, c is the receiver's
		select {
		case out <- c:
		case <-stop:
			return
		}
		if end {
			return
		}
	}
}

// receive waits for the next chunk of s that has rows, or ends s.
func (r *Reader) receive(s *stream) {
	for {
		if s.c != nil {
			c := s.c
			s.c = nil
			if !r.settle(s, c) {
				r.spare = append(r.spare, c)
				r.end(s)
				return
			}
			s.free <- c
		}
		select {
		case s.c = <-s.out:
		case <-r.stop:
			r.end(s)
			return
		}
		s.pos = 0
		atomic.AddUint64(&s.file.Records, uint64(len(s.c.Records)))
		if len(s.c.Records) > 0 {
			s.rise()
			return
		}
	}
}

// settle takes note of the bad lines of a chunk whose rows are used up. It says
// whether there is more of s to come.
func (r *Reader) settle(s *stream, c *chunk) bool {
	for _, err := range c.bad {
		r.skip(s.file, err)
	}
	s.file.Skips.Count += c.more
	if c.end != nil && c.end != io.EOF {
		var e *fault.Error
		if errors.As(c.end, &e) {
			e.Kind = fault.Invalid // the file is at fault, not we
		}
		r.skip(s.file, c.end)
	}
	return c.end == nil
}

func (r *Reader) skip(f *File, err error) {
	if err := f.Skips.Skip(err); err != nil && r.err == nil {
		r.err = err
	}
}

// end takes s out of the merge.
func (r *Reader) end(s *stream) {
	s.over = true
	r.live[s.file.Log.Kind]--
	if i := slices.Index(r.alive, s); i >= 0 {
		r.alive = slices.Delete(r.alive, i, i+1)
	}
	for more := s.free != nil; more; {
		select {
		case c := <-s.free:
			r.spare = append(r.spare, c)
		default:
			more = false
		}
	}
	r.await()
}

// await tells the joiner which logs have lines to come.
func (r *Reader) await() {
	var p join.Parts
	for kind, part := range [...]join.Parts{Conn: join.Conn, SSL: join.TLS, HTTP: join.Host} {
		if r.live[kind] > 0 {
			p |= part
		}
	}
	r.join.Await(p)
}

// rise moves the time of s up to that of its next row. A row far ahead of the one
// behind it has a broken clock and does not count.
func (s *stream) rise() {
	t := s.c.meta[s.pos].time
	if s.pos+1 < len(s.c.meta) {
		t = min(t, s.c.meta[s.pos+1].time)
	}
	s.key = max(s.key, t)
}

// advance takes up rows of s, the least stream, until it is so no longer or b is
// full.
func (r *Reader) advance(s *stream, b *flow.Batch) {
	limit := int64(math.MaxInt64)
	for _, o := range r.alive {
		if o != s {
			limit = min(limit, o.key)
		}
	}
	if len(r.streams) > 0 && len(r.alive) < maxAlive {
		limit = min(limit, r.streams[0].key)
	}
	for s.key <= limit && !full(b) {
		r.join.At(s.key)
		if r.join.Expire(b) {
			continue
		}
		r.take(s, b)
		if s.pos++; s.pos < len(s.c.meta) {
			s.rise()
			continue
		}
		if r.receive(s); s.over || r.err != nil {
			return
		}
	}
}

// take joins the row of s that is next.
func (r *Reader) take(s *stream, b *flow.Batch) {
	rec, m := &s.c.Records[s.pos], &s.c.meta[s.pos]
	switch m.kind {
	case Conn:
		if !r.copyOf(rec, m, s, rec.SrcBytes<<20^rec.DstBytes^uint64(rec.Kind)<<60) {
			r.join.Conn(b, rec, m.uid, m.want)
		}
	case DNS:
		if !r.copyOf(rec, m, s, uint64(s.c.DNS[rec.DNS-1].Type)<<32^uint64(s.c.DNS[rec.DNS-1].Question.Len)) {
			b.Copy(&s.c.Batch, rec)
		}
	case SSL:
		if !r.copyOf(rec, m, s, 0) {
			r.join.TLS(b, &s.c.Batch, rec, m.uid, m.cert)
		}
	case HTTP:
		r.join.Host(b, &s.c.Batch, rec, m.uid)
	case X509:
		r.join.Certificate(&s.c.Batch, rec, m.uid)
	}
}

// copiesKept is how many lines of a kind are remembered to know their copies.
const copiesKept = 1 << 16

// copyOf says whether another file had this very line a short while ago.
func (r *Reader) copyOf(rec *flow.Record, m *meta, s *stream, mix uint64) bool {
	if r.live[m.kind] < 2 && r.seen == nil || m.uid == 0 {
		return false
	}
	if r.seen == nil {
		r.seen = make([]copied, copiesKept)
	}
	key := m.uid
	for _, v := range [...]uint64{uint64(rec.First), uint64(rec.Last), mix} {
		key = (key ^ v) * 0x9e3779b97f4a7c15
		key ^= key >> 29
	}
	slot := &r.seen[key%copiesKept]
	if slot.key == key && slot.file != s.number {
		r.copies++
		return true
	}
	*slot = copied{key, s.number}
	return false
}
