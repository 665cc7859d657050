package oddhours

import (
	"math/bits"

	"github.com/noroshi-acd/noroshi/detect"
)

const (
	hour      = int64(3600e9)
	calm      = 0.35 // share of the busiest hour up to which an hour is restful
	nearCalm  = 0.5  // and for the hours before and after it
	busyEnds  = 5.0  // different ends that the busiest hour needs: below, nobody is there
	leastCalm = 5    // restful hours that a working day needs: fewer, and it never rests
)

// week is a host's own use of time, in local hours.
type week struct {
	first, last int64 // ns, UTC
	at          int64 // local hour that is being counted, since 1970
	day         int64 // the latest local day with traffic
	ends        uint64
	sum         [2][24]uint16 // different ends by hour of the day, added over days; Monday to Friday, and the rest
	days        [2]uint16     // days of each sort with traffic
	rest        [2]uint32     // restful hours, by bits
	busiest     float32       // different ends in the busiest hour, mean
}

// sortOf tells the weekend from other days. 1970-01-01 was a Thursday.
func sortOf(day int64) int {
	if d := (day%7 + 7) % 7; d == 2 || d == 3 {
		return 1
	}
	return 0
}

// floor divides rounding down.
func floor(a, b int64) int64 {
	if q := a / b; a%b >= 0 {
		return q
	} else {
		return q - 1
	}
}

// tick moves the week on to the local hour of a record.
func (w *week) tick(local int64, least int) {
	at := floor(local, hour)
	if at <= w.at && w.days != [2]uint16{} {
		return
	}
	w.fold()
	w.at = at
	if day := floor(at, 24); day != w.day || w.days == [2]uint16{} {
		w.day = day
		if n := &w.days[sortOf(day)]; *n < 1<<15 {
			*n++
		}
	}
	if int(w.days[0])+int(w.days[1]) > least {
		w.learn()
	}
}

// fold adds the hour that has ended to the profile.
func (w *week) fold() {
	s := &w.sum[sortOf(floor(w.at, 24))][(w.at%24+24)%24]
	*s = uint16(min(int(*s)+bits.OnesCount64(w.ends), 1<<16-1))
	w.ends = 0
}

// learn works out which hours are restful.
func (w *week) learn() {
	var mean [2][24]float32
	w.busiest = 0
	for s := range mean {
		for h := range mean[s] {
			mean[s][h] = float32(w.sum[s][h]) / float32(max(w.days[s], 1))
			w.busiest = max(w.busiest, mean[s][h])
		}
	}
	for s := range mean {
		from := s
		if w.days[s] < 2 {
			from = 1 - s // too few such days: as on the others
		}
		w.rest[s] = 0
		for h := range 24 {
			m := &mean[from]
			if m[h] <= calm*w.busiest && m[(h+1)%24] <= nearCalm*w.busiest && m[(h+23)%24] <= nearCalm*w.busiest {
				w.rest[s] |= 1 << h
			}
		}
	}
	if w.busiest < busyEnds || bits.OnesCount32(w.rest[0]) < leastCalm {
		w.rest = [2]uint32{} // a machine of the night as much as of the day, or of nobody
	}
}

// odd says whether the hour that is being counted is one at which the host rests.
func (w *week) odd() bool {
	return w.rest[sortOf(floor(w.at, 24))]>>((w.at%24+24)%24)&1 != 0
}

// watched is for how many days the host was watched.
func (w *week) watched() float64 { return float64(w.last-w.first) / float64(24*hour) }

func (w *week) merge(o *week) {
	w.first, w.last = min(w.first, o.first), max(w.last, o.last)
	for s := range w.sum {
		for h := range w.sum[s] {
			w.sum[s][h] = uint16(min(int(w.sum[s][h])+int(o.sum[s][h]), 1<<16-1))
		}
		w.days[s] = max(w.days[s], o.days[s])
	}
	if o.at == w.at {
		w.ends |= o.ends
	}
}

func endOf(e *detect.Event) uint64 {
	if e.Site != 0 {
		return detect.Mix(uint64(e.Site) << 32)
	}
	return e.DstHash()
}
