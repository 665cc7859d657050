package figures

import (
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/oversight/opening"
)

// Openings is how many entries one member had opened to everybody, by open requests.
type Openings struct {
	Entries  int64    `json:"entries"` // that the requests name; one that several name counts for each
	Member   paper.ID `json:"member"`
	Requests int64    `json:"requests"`
}

// request is an open request to open entries.
type request struct {
	index, entries int64
	member         paper.ID
}

// opening takes in a request to open entries.
func (c *Counter) opening(index int64, e *paper.Envelope) error {
	var r opening.Request
	if err := e.Open(opening.Type, &r); err != nil {
		return err
	}
	c.requests = append(c.requests, request{index, int64(len(r.Entries)), r.Member})
	return nil
}

// openings says who had how many entries opened, in the order of the members.
func (c *Counter) openings(f *Figures) []Openings {
	list := []Openings{}
	for _, r := range c.requests {
		if r.index < f.First || r.index >= f.Last || in(f.Shut, r.index) {
			continue
		}
		i, there := slices.BinarySearchFunc(list, r.member, func(o Openings, m paper.ID) int { return strings.Compare(string(o.Member), string(m)) })
		if !there {
			list = slices.Insert(list, i, Openings{Member: r.member})
		}
		list[i].Entries += r.entries
		list[i].Requests++
	}
	return list
}
