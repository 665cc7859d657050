package scan

import (
	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/internal/slots"
)

// Detector is the method's state. See [detect.Detector].
type Detector struct {
	cfg             Config
	inside, outside *slots.Table[source]
	now             int64
	glance          uint64 // what Approach read; it means nothing
}

// New makes a detector; cfg is valid.
func New(cfg Config) *Detector {
	d := &Detector{cfg: cfg}
	d.inside = slots.New(cfg.Inside, d.worth)
	d.outside = slots.New(cfg.Outside, d.worth)
	return d
}

// worth is what a source would be missed for: how far its walks have come, less
// the longer it has been quiet.
func (d *Detector) worth(s *source) float64 {
	w := 100 * float64(s.best.score)
	for i := range s.services {
		w = max(w, float64(s.services[i].top))
	}
	for i := range s.hosts {
		w = max(w, float64(s.hosts[i].top))
	}
	return w / (1 + float64(max(0, d.now-s.last))/float64(d.cfg.Window))
}

// Kind is [detect.Scan].
func (d *Detector) Kind() detect.Kind { return detect.Scan }

func (d *Detector) table(inside bool) *slots.Table[source] {
	if inside {
		return d.inside
	}
	return d.outside
}

// Approach implements [detect.Approacher].
func (d *Detector) Approach(events []detect.Event) {
	for i := range events {
		d.glance += d.table(events[i].SrcDomestic).Touch(events[i].SrcHash())
	}
	for i := range events {
		e := &events[i]
		if s := d.table(e.SrcDomestic).Get(e.SrcHash()); s != nil {
			v := service{e.Rec.DstPort, e.Rec.Proto}
			d.glance += uint64(s.last) + s.pairs[pairHash(e.DstHash(), v)>>6&(pairWords-1)]
		}
	}
}

// Observe takes one exchange. A source is followed from its first failed contact on.
func (d *Detector) Observe(e *detect.Event) {
	outcome := detect.OutcomeOf(e.Rec)
	if outcome == detect.OutcomeUnknown {
		return
	}
	v, ok := serviceOf(e.Rec)
	if !ok {
		return
	}
	d.now = e.Now
	table, key := d.table(e.SrcDomestic), e.SrcHash()
	var s *source
	if outcome == detect.OutcomeAnswered {
		if s = table.Get(key); s == nil {
			return
		}
	} else {
		var fresh bool
		if s, fresh = table.Put(key); fresh {
			s.addr, s.began, s.first = e.Rec.Src, e.Now, e.Now
			s.class, s.inside = e.Class, e.SrcDomestic
		}
	}
	if e.Now-s.first > int64(d.cfg.Window) || (s.probes+s.answered)&63 == 63 && s.full() {
		s.renew(e.Now)
	}
	if outcome != detect.OutcomeAnswered {
		s.tries++
		s.last = e.Now
	}
	if !s.isNew(pairHash(e.DstHash(), v)) {
		return
	}
	switch outcome {
	case detect.OutcomeAnswered:
		s.answer(e.Rec.Dst, v)
		return
	case detect.OutcomeHollow:
		s.probe(e.Rec.Dst, v, stepHollow, looked(e, v))
	default:
		s.probe(e.Rec.Dst, v, stepFailed, looked(e, v))
	}
	if i := (e.Now - s.first) * stripes / int64(d.cfg.Window); i >= 0 && i < stripes {
		s.strip[i] = saturate(s.strip[i])
	}
}

// Merge adds what other saw of the same sources.
func (d *Detector) Merge(other detect.Detector, _ *detect.Context) {
	o := other.(*Detector)
	d.now = max(d.now, o.now)
	for _, inside := range []bool{true, false} {
		for key, theirs := range o.table(inside).All() {
			if mine := d.table(inside).Get(key); mine != nil {
				mine.add(theirs)
			} else {
				d.table(inside).Insert(key, theirs)
			}
		}
	}
}
