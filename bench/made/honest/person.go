package honest

import (
	"time"

	"github.com/noroshi-acd/noroshi/bench/made/world"
)

// person says when somebody sits at a host.
type person struct {
	role     world.Role
	from, to time.Duration // of the day
}

func newPerson(s *world.Stage, h *world.Host) person {
	r := world.NewRand(s.Seed, "person", h.ID)
	p := person{role: h.Role}
	switch h.Role {
	case world.Office:
		p.from, p.to = r.Around(8*time.Hour+30*time.Minute, 0.1), r.Around(18*time.Hour, 0.08)
	case world.Home:
		p.from, p.to = r.Around(17*time.Hour, 0.1), r.Around(23*time.Hour, 0.04)
	default:
		p.to = 24 * time.Hour
	}
	return p
}

const day = int64(24 * time.Hour)

// there says whether somebody is there at now; households also in the morning.
func (p person) there(now int64) bool {
	t := time.Duration(now % day)
	return t >= p.from && t < p.to || p.role == world.Home && t > 6*time.Hour && t < 8*time.Hour
}

// back says when somebody comes next.
func (p person) back(now int64) int64 {
	midnight := now - now%day
	for _, at := range []int64{midnight + int64(6*time.Hour+time.Second), midnight + int64(p.from), midnight + day + int64(p.from)} {
		if at > now && p.there(at) {
			return at
		}
	}
	return midnight + day + int64(p.from)
}
