package fault

// Skips is what a reader does with a bad record: in strict mode it ends the
// reading, otherwise it is counted and the first few are kept to be shown. It has
// one owner.
type Skips struct {
	Strict bool
	Count  uint64
	First  []error // at most KeptSkips
	// Seen, when it is there, is shown every error that is counted.
	Seen func(error)
}

// KeptSkips is how many skipped records an input shows.
const KeptSkips = 10

// Skip notes a bad record. It returns err when reading must end, else nil.
func (s *Skips) Skip(err error) error {
	if s.Strict {
		return err
	}
	s.Count++
	if s.Seen != nil {
		s.Seen(err)
	}
	if len(s.First) < KeptSkips {
		s.First = append(s.First, err)
	}
	return nil
}
