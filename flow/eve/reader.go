package eve

import (
	"bytes"
	"cmp"
	"errors"
	"hash/maphash"
	"io"
	"io/fs"
	"math"
	"slices"
	"sync/atomic"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/eve/lookup"
	"github.com/noroshi-acd/noroshi/flow/join"
	"github.com/noroshi-acd/noroshi/flow/lines"
	"github.com/noroshi-acd/noroshi/flow/reorder"
	"github.com/noroshi-acd/noroshi/flow/scalar"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// File is one log to read.
type File struct {
	Path  string // for people
	Begin int64  // as Recognise gave it: when the log is opened, ns
	// Open gives the log from its beginning, decompressed. It is called once.
	Open func() (io.ReadCloser, error)
	// Skips takes the bad lines, in the goroutine that calls Next.
	Skips *fault.Skips
	// Records is how many good events of this log were taken up so far. It is
	// updated atomically.
	Records uint64
}

// Options are the bounds of a reader; the zero value is for use.
type Options struct {
	// Waiting is how many exchanges' names may wait for their flow event; 0 means
	// 262,144, which is also the most.
	Waiting int
	// Window is how many records are held to put them in order of time; 0 means
	// [reorder.DefaultWindow].
	Window int
}

const (
	maxAlive = 64        // files that are open at the same time
	readSize = 256 << 10 // bytes read at a time
	allParts = join.TLS | join.Host | join.Alert | join.Conn
)

// Reader reads EVE logs, merged by time and joined by flow_id. It has one owner.
type Reader struct {
	waiting []*stream // not begun, by Begin
	alive   []*stream
	window  *reorder.Window
	join    *join.Joiner
	asked   *lookup.Table
	half    half
	flows   bool       // a flow event was seen: netflow events say the same again
	ends    bool       // a flow or netflow event was seen: names may wait for theirs
	facts   flow.Batch // of the event being read
	seed    maphash.Seed
	over    bool  // no more lines are read
	err     error // why reading ended early
	end     error // once nothing waits any more
	passed  uint64
}

// stream is one file on its way. Its event is the next to be taken.
type stream struct {
	file  *File
	in    io.ReadCloser
	lines *lines.Reader
	event event
	key   int64 // the greatest time so far, by which it is merged
	last  int64 // the time of the event before
}

// NewReader makes a reader of files. It opens nothing before the first Next.
func NewReader(files []*File, o Options) *Reader {
	r := &Reader{window: reorder.New(o.Window), join: join.New(o.Waiting), seed: maphash.MakeSeed()}
	r.asked = lookup.New(r.seed)
	r.join.Await(allParts)
	for _, f := range files {
		if f.Skips == nil {
			f.Skips = &fault.Skips{}
		}
		r.waiting = append(r.waiting, &stream{file: f, key: f.Begin})
	}
	slices.SortStableFunc(r.waiting, func(a, b *stream) int { return cmp.Compare(a.key, b.key) })
	return r
}

// Passed is how many events were of kinds that are not used.
func (r *Reader) Passed() uint64 { return r.passed }

// Next appends about [flow.BatchSize] records to b, which the caller has reset.
// It gives io.EOF when there are no more; another error only where a file's Skips
// are strict, once the records before it are delivered.
func (r *Reader) Next(b *flow.Batch) error {
	for {
		if r.window.Out(b) {
			return nil
		}
		if r.end != nil {
			return r.end
		}
		for !r.over && !r.window.Full() {
			r.step()
		}
		if r.over {
			r.finish()
		}
	}
}

// Close ends the reading.
func (r *Reader) Close() error {
	for _, s := range r.alive {
		s.in.Close()
	}
	r.alive, r.waiting, r.over = nil, nil, true
	r.window, r.end = reorder.New(1), cmp.Or(r.end, io.EOF)
	return nil
}

// finish lets what still waits go, as far as the window has room.
func (r *Reader) finish() {
	r.flush()
	r.join.At(math.MaxInt64)
	for !r.window.Full() {
		if !r.asked.Pop(r.window.In()) && !r.join.Expire(r.window.In()) {
			r.end = cmp.Or(r.err, io.EOF)
			r.window.End()
			return
		}
	}
}

// step takes up the earliest event, or ends the reading when there is none.
func (r *Reader) step() {
	s := r.least()
	if s == nil {
		r.over = true
		return
	}
	r.take(s)
	if !r.over {
		r.advance(s)
	}
}

// least gives the stream with the earliest event, beginning those whose turn it is.
func (r *Reader) least() *stream {
	for {
		var first *stream
		for _, s := range r.alive {
			if first == nil || s.key < first.key {
				first = s
			}
		}
		if len(r.waiting) == 0 || len(r.alive) >= maxAlive || first != nil && r.waiting[0].key > first.key {
			return first
		}
		s := r.waiting[0]
		r.waiting = r.waiting[1:]
		in, err := s.file.Open()
		if err != nil {
			e := said(kindOf(err), fault.Place{Path: s.file.Path, Offset: -1}, "eve.file.open")
			e.Err = err
			r.skip(s, e)
		} else {
			s.in, s.lines = in, lines.New(in, readSize)
			s.event.path = s.file.Path
			r.alive = append(r.alive, s)
			r.advance(s)
		}
		if r.over {
			return nil
		}
	}
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

// skip notes what is wrong with s; in strict mode it ends the reading.
func (r *Reader) skip(s *stream, err error) {
	if err := s.file.Skips.Skip(err); err != nil {
		r.over, r.err = true, err
	}
}

// advance reads the next event of s that is used, or ends s.
func (r *Reader) advance(s *stream) {
	for !r.over {
		line, err := s.lines.Next()
		e := &s.event
		e.number, e.at = s.lines.Number(), s.lines.At()
		at := fault.Place{Path: e.path, Line: e.number, Offset: e.at}
		switch {
		case err == lines.ErrLong:
			r.skip(s, said(fault.Limit, at, "eve.line.long", "max", int64(lines.MaxLine)))
			continue
		case err != nil:
			if err != io.EOF {
				at.Line, at.Offset = at.Line+1, s.lines.Rest()
				bad := said(fault.Invalid, at, "eve.file.read")
				bad.Err = err
				r.skip(s, bad)
			}
			s.in.Close()
			r.alive = slices.DeleteFunc(r.alive, func(o *stream) bool { return o == s })
			return
		}
		if e.number == 1 {
			line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if r.read(s, line, at) {
			return
		}
	}
}

// read cuts a line and says whether it is an event that is used.
func (r *Reader) read(s *stream, line []byte, at fault.Place) bool {
	e := &s.event
	switch {
	case bytes.IndexByte(line, 0) >= 0:
		r.skip(s, said(fault.Invalid, at, "eve.line.nul"))
		return false
	case !e.parse(line):
		r.skip(s, said(fault.Invalid, at, "eve.line.object"))
		return false
	case e.kind == nil:
		e.flaw("event_type", "eve.value.missing")
	case !e.used():
		r.passed++
		return false
	case e.timestamp == nil:
		e.flaw("timestamp", "eve.value.missing")
	default:
		e.time = e.instant(e.timestamp, "timestamp")
	}
	if e.bad != nil {
		r.skip(s, e.bad)
		return false
	}
	t := e.time
	if s.last != 0 && t-s.last > 24*3600e9 {
		t = s.last // a broken clock, else the next event will say the same
	}
	s.key, s.last = max(s.key, t), e.time
	return true
}

// take decodes the event of s and joins it.
func (r *Reader) take(s *stream) {
	r.join.At(s.key)
	b := r.window.In()
	for r.join.Expire(b) {
		if !r.ends {
			r.join.Await(allParts &^ join.Conn) // no flow events are written here
		}
	}
	r.asked.Advance(b, s.key)
	e := &s.event
	switch string(e.kind) {
	case "flow":
		r.flowEvent(e)
	case "netflow":
		r.netflowEvent(e)
	case "alert":
		r.alertEvent(e)
	case "dns":
		r.dnsEvent(e)
	case "tls":
		r.tlsEvent(e, e.tls, flow.ServiceTLS)
	case "quic":
		r.tlsEvent(e, e.quic, flow.ServiceQUIC)
	case "http":
		r.httpEvent(e)
	}
	if e.bad != nil {
		r.skip(s, e.bad)
		return
	}
	atomic.AddUint64(&s.file.Records, 1)
}

// uid numbers the exchange of e, 0 for none. Sensors number their flows each for
// itself. The seed is the run's own, so that nobody can prepare collisions.
func (r *Reader) uid(e *event) uint64 {
	n, ok := scalar.Count(e.flowID)
	if !ok || n == 0 {
		return 0
	}
	uid := maphash.Comparable(r.seed, n)
	if len(e.sensor) > 0 {
		uid ^= maphash.Bytes(r.seed, e.sensor)
	}
	return max(1, uid)
}
