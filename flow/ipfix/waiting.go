package ipfix

import (
	"slices"

	"github.com/noroshi-acd/noroshi/flow/ipfix/template"
)

// waiting holds data sets whose template has not come yet, in a bounded number of
// octets; the oldest go first.
type waiting struct {
	sets  []unread
	bytes int
	limit int
}

// unread is a data set with all that is needed to read it later.
type unread struct {
	s      *session
	id     uint16
	set    []byte
	export int64
	uptime uint32
	up     bool
}

// maxSets is how many sets wait at most, maxWait for how long, ns.
const (
	maxSets = 4096
	maxWait = int64(30 * 60e9)
)

// add keeps a copy of a set.
func (w *waiting) add(s *session, id uint16, set []byte, m *template.Message) {
	if len(set) > w.limit {
		s.unread++
		return
	}
	drop := 0
	for drop < len(w.sets) && (w.bytes+len(set) > w.limit || len(w.sets)-drop >= maxSets || m.Export-w.sets[drop].export > maxWait) {
		w.bytes -= len(w.sets[drop].set)
		w.sets[drop].s.unread++
		drop++
	}
	w.sets = slices.Delete(w.sets, 0, drop)
	w.sets = append(w.sets, unread{s, id, slices.Clone(set), m.Export, m.Uptime, m.Up})
	w.bytes += len(set)
}

// take gives the sets that a template of s was waited for.
func (w *waiting) take(s *session, id uint16) []unread {
	var found []unread
	host := s.key.host()
	w.sets = slices.DeleteFunc(w.sets, func(u unread) bool {
		mine := u.id == id && (u.s == s || u.s.key.host() == host)
		if mine {
			found = append(found, u)
			w.bytes -= len(u.set)
		}
		return mine
	})
	return found
}

// count gives how many sets of s wait.
func (w *waiting) count(s *session) (n uint64) {
	for i := range w.sets {
		if w.sets[i].s == s {
			n++
		}
	}
	return n
}
