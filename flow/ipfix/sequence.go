package ipfix

// Counting is what the sequence numbers of an exporter count.
type Counting uint8

// The ways of counting that were seen.
const (
	CountsRecords  Counting = iota // data records sent before the message (IPFIX, NetFlow v5)
	CountsMessages                 // messages (NetFlow v9)
	CountsFlows                    // data records before the message, without those of options
	CountsAfter                    // the same with the message's own records: softflowd
	CountsUnknown                  // in no way that was recognised: no loss can be told
)

// ways is how many ways of counting there are to recognise.
const ways = int(CountsUnknown)

// Limits of what is taken for loss.
const (
	maxGap  = 1 << 20 // more is a restart
	maxLate = 1 << 16 // messages behind by less are late, by more the exporter restarted
)

// sequence follows the numbers of one session's messages. It tries all ways of
// counting side by side and believes the one that fits: an exporter that counts
// wrongly fits another way, and then nothing is missing.
type sequence struct {
	begun   bool
	whole   bool // the counts of the message before are known
	number  uint32
	records uint32 // in the message before
	flows   uint32
	judged  uint64
	tries   [ways]struct {
		hits, lost uint64
	}
}

// message is what sequence must know of one.
type message struct {
	number  uint32
	records uint32 // data records, those of options too
	flows   uint32 // without those of options
	whole   bool   // every set could be counted
}

// next takes up a message.
func (s *sequence) next(m message) {
	behind := s.number - m.number
	switch {
	case s.begun && behind > 0 && behind < maxLate: // it comes late: it was taken for lost
		for w := range s.tries {
			s.tries[w].lost -= min(s.tries[w].lost, uint64(m.units(Counting(w))))
		}
		return
	case s.begun && s.whole && m.whole:
		s.judged++
		for w := range s.tries {
			try := &s.tries[w]
			switch gap := int32(m.number - s.expected(Counting(w), m)); {
			case gap == 0:
				try.hits++
			case gap > 0 && gap < maxGap:
				try.lost += uint64(gap)
			}
		}
	}
	s.begun, s.whole, s.number, s.records, s.flows = true, m.whole, m.number, m.records, m.flows
}

// expected is the number that m has if nothing is lost.
func (s *sequence) expected(w Counting, m message) uint32 {
	switch w {
	case CountsMessages:
		return s.number + 1
	case CountsFlows:
		return s.number + s.flows
	case CountsAfter:
		return s.number + m.flows
	}
	return s.number + s.records
}

// units is how much a message counts.
func (m message) units(w Counting) uint32 {
	switch w {
	case CountsMessages:
		return 1
	case CountsRecords:
		return m.records
	}
	return m.flows
}

// lost gives how many units are missing, and what the unit is. The standard way of
// the version wins unless another fits better; a way that fits less than half of the
// messages is not believed.
func (s *sequence) lost(version uint16) (uint64, Counting) {
	best := CountsRecords
	if version == v9 {
		best = CountsMessages
	}
	for w := range s.tries {
		if s.tries[w].hits > s.tries[best].hits {
			best = Counting(w)
		}
	}
	if s.judged > 0 && s.tries[best].hits*2 < s.judged {
		return 0, CountsUnknown
	}
	return s.tries[best].lost, best
}
