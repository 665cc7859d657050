package issue

import "github.com/noroshi-acd/noroshi/authority/paper"

func marshal(s state) ([]byte, error) {
	if s.Standing == nil {
		s.Standing = []standing{}
	}
	return paper.Marshal(kept{Number: s.Number, Said: int64(s.Said), Standing: s.Standing})
}

func unmarshal(data []byte, s *state) error {
	var k kept
	if err := paper.Unmarshal(data, &k); err != nil {
		return err
	}
	*s = state{Number: k.Number, Said: paper.Time(k.Said), Standing: k.Standing}
	return nil
}

// kept is a state as it is written. Before the first statement its time is 0.
type kept struct {
	Number   int64      `json:"number"`
	Said     int64      `json:"said"`
	Standing []standing `json:"standing"`
}
