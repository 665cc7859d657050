package habit

import (
	"math"
	"slices"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/beacon"
	"github.com/noroshi-acd/noroshi/detect/habit/indicator"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/conf"
	"github.com/noroshi-acd/noroshi/internal/slots"
)

// Config is the detector's part of the configuration.
type Config struct {
	// Pairs is for how many host-destination pairs duration and TLS shape are
	// remembered. One costs about 90 bytes.
	Pairs int `toml:"pairs" say:"habit.config.pairs"`
	// MinContacts is how many contacts a pair needs to be compared or learnt from.
	MinContacts int `toml:"min_contacts" say:"habit.config.min_contacts"`
}

// DefaultConfig remembers a quarter of a million pairs.
func DefaultConfig() Config { return Config{Pairs: 1 << 18, MinContacts: 8} }

// Validate gives every value that cannot be.
func (c Config) Validate() []conf.Problem {
	return slices.Concat(
		conf.Between("pairs", c.Pairs, 1000, 1<<26),
		conf.Between("min_contacts", c.MinContacts, 5, 128),
	)
}

// Pairs remembers the contacts of each pair. [beacon.Detector] does: that of the
// same engine, before this one in its order.
type Pairs interface {
	Pairs(least int, visit func(v *beacon.View) bool)
}

// Detector is the habit method. It implements [detect.Detector].
type Detector struct {
	cfg      Config
	pairs    Pairs
	habits   []indicator.Habit
	facts    *slots.Table[facts]
	ja       list[string]
	patterns list[indicator.Certificate]
	again    *slots.Gate
	keys     []uint64 // of the events that Approach saw last
	glance   uint64   // what it read; it means nothing
}

var _ detect.Detector = (*Detector)(nil)

// facts is what a pair shows beside its contacts. Numbers of texts count from 1, 0
// is none.
type facts struct {
	src, dst flow.Addr
	port     uint16
	ja4, ja3 uint16
	pattern  uint16
	n        uint32 // durations
	sum, sq  float32
}

// list numbers values from 1 on; when it is full new ones get 0.
type list[T comparable] struct {
	index map[T]uint16
	all   []T
}

// listed bounds a list.
const listed = 10_000

func (l *list[T]) number(v T) uint16 {
	if n, ok := l.index[v]; ok {
		return n
	}
	if len(l.all) >= listed {
		return 0
	}
	if l.index == nil {
		l.index = map[T]uint16{}
	}
	l.all = append(l.all, v)
	l.index[v] = uint16(len(l.all))
	return uint16(len(l.all))
}

// New makes a detector that looks for habits among pairs; cfg MUST be valid, and
// habits MUST come from [indicator.Load] or [Detector.Learn]. Without habits it only
// remembers what Learn needs.
func New(cfg Config, pairs Pairs, habits []indicator.Habit) *Detector {
	return &Detector{
		cfg: cfg, pairs: pairs, habits: habits,
		facts: slots.New(cfg.Pairs, func(f *facts) float64 { return float64(f.n) }), again: slots.NewGate(16 * cfg.Pairs),
	}
}

// Kind gives "habit".
func (d *Detector) Kind() detect.Kind { return detect.Habit }

// telling says whether r is an exchange whose duration and shape are of interest.
func telling(r *flow.Record) bool {
	return r.Kind != flow.KindDNS && !r.Dst.IsZero() && (r.Proto == 6 || r.Proto == 17)
}

// Approach implements [detect.Approacher].
func (d *Detector) Approach(events []detect.Event) {
	d.keys = d.keys[:0]
	for i := range events {
		if e := &events[i]; telling(e.Rec) {
			d.keys = append(d.keys, keyOf(e.SrcHash(), e.DstHash(), e.Rec.DstPort))
		}
	}
	d.glance += d.facts.Approach(d.keys)
}

// Observe notes the duration and the TLS shape of e's exchange.
func (d *Detector) Observe(e *detect.Event) {
	if !telling(e.Rec) {
		return
	}
	r := e.Rec
	key := keyOf(e.SrcHash(), e.DstHash(), r.DstPort)
	if d.facts.Crowded() && d.facts.Get(key) == nil && !d.again.Again(key) {
		return // room is short: who comes once has no habit
	}
	f, fresh := d.facts.Put(key)
	if fresh {
		f.src, f.dst, f.port = r.Src, r.Dst, r.DstPort
	}
	f.last(r)
	if e.TLS != nil {
		d.shake(f, e)
	}
}

// last notes how long an exchange lasted.
func (f *facts) last(r *flow.Record) {
	if r.Kind == flow.KindFlow && r.Last >= r.First && f.n < 1<<20 {
		x := float32(math.Log(max(float64(r.Last-r.First)/1e9, shortest)))
		f.n, f.sum, f.sq = f.n+1, f.sum+x, f.sq+x*x
	}
}

// shake notes the handshake of an exchange, the first that is known.
func (d *Detector) shake(f *facts, e *detect.Event) {
	if f.ja4 == 0 && e.TLS.JA4.Len > 0 {
		f.ja4 = d.text(e.Batch.Bytes(e.TLS.JA4))
	}
	if f.ja3 == 0 && e.TLS.JA3.Len > 0 {
		f.ja3 = d.text(e.Batch.Bytes(e.TLS.JA3))
	}
	if f.pattern == 0 && e.TLS.NotAfter != 0 {
		if p := indicator.PatternOf(e.Batch, e.TLS); p != nil {
			f.pattern = d.patterns.number(*p)
		}
	}
}

// shortest is the duration, in s, below which all are alike.
const shortest = 0.01

// text numbers a fingerprint without allocating for one that is known.
func (d *Detector) text(b []byte) uint16 {
	if n, ok := d.ja.index[string(b)]; ok {
		return n
	}
	if !indicator.Fingerprint(string(b)) {
		return 0
	}
	return d.ja.number(string(b))
}

func key(src, dst flow.Addr, port uint16) uint64 {
	return keyOf(detect.HashAddr(src), detect.HashAddr(dst), port)
}

func keyOf(src, dst uint64, port uint16) uint64 {
	return detect.Mix(src*3 ^ dst ^ uint64(port)<<17)
}

// Merge adds what other, which MUST be a *Detector, has seen. The pairs are merged
// by their owner.
func (d *Detector) Merge(other detect.Detector, _ *detect.Context) {
	o := other.(*Detector)
	for k, theirs := range o.facts.All() {
		moved := *theirs
		moved.ja4, moved.ja3 = translate(moved.ja4, &o.ja, &d.ja), translate(moved.ja3, &o.ja, &d.ja)
		moved.pattern = translate(moved.pattern, &o.patterns, &d.patterns)
		mine := d.facts.Get(k)
		if mine == nil {
			d.facts.Insert(k, &moved)
			continue
		}
		mine.n, mine.sum, mine.sq = mine.n+moved.n, mine.sum+moved.sum, mine.sq+moved.sq
		mine.ja4, mine.ja3 = or(mine.ja4, moved.ja4), or(mine.ja3, moved.ja3)
		mine.pattern = or(mine.pattern, moved.pattern)
	}
}

func translate[T comparable](n uint16, from, to *list[T]) uint16 {
	if n == 0 {
		return 0
	}
	return to.number(from.all[n-1])
}

func or(a, b uint16) uint16 {
	if a != 0 {
		return a
	}
	return b
}

// of gives what is known of the pair that v shows, nil for nothing.
func (d *Detector) of(v *beacon.View) *facts {
	f := d.facts.Get(key(v.Src, v.Dst, v.Port))
	if f == nil || f.src != v.Src || f.dst != v.Dst || f.port != v.Port {
		return nil
	}
	return f
}

// duration gives the durations' distribution, nil when there were too few.
func (f *facts) duration() *indicator.Measure {
	if f == nil || f.n < 3 {
		return nil
	}
	n := float64(f.n)
	mean := float64(f.sum) / n
	return &indicator.Measure{Median: math.Exp(mean), Spread: math.Sqrt(max(0, float64(f.sq)/n-mean*mean))}
}

// tls gives the TLS shape, nil when nothing of it is known.
func (d *Detector) tls(f *facts) *indicator.TLS {
	if f == nil || f.ja4|f.ja3|f.pattern == 0 {
		return nil
	}
	t := &indicator.TLS{}
	if f.ja4 != 0 {
		t.JA4 = d.ja.all[f.ja4-1]
	}
	if f.ja3 != 0 {
		t.JA3 = d.ja.all[f.ja3-1]
	}
	if f.pattern != 0 {
		p := d.patterns.all[f.pattern-1]
		t.Certificate = &p
	}
	return t
}
