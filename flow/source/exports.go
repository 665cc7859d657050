package source

import (
	"io"
	"time"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/export"
	"github.com/noroshi-acd/noroshi/flow/joined"
)

// ipfixFiles are read one by one.
type ipfixFiles struct {
	o       *Options
	exports *export.Collector
}

// longest is how much earlier than its export a flow mostly begins at most: the usual
// active timeouts are shorter.
const longest = 30 * time.Minute

func (x ipfixFiles) recognise(head []byte) *found {
	sent, ok := export.RecogniseFile(head)
	if !ok {
		return nil
	}
	return &found{format: "ipfix", begin: sent - int64(longest)}
}

func (x ipfixFiles) streams(files []*file) []*stream {
	return oneByOne(files, true, func(in io.Reader, f *file) (reader, error) { return x.exports.File(in, f.name, &f.skips), nil })
}

// join puts together what exporters report, of all inputs: the same flow may stand in
// several. It is made when the first record with a link comes.
type join struct {
	j   *joined.Joiner
	in  flow.Batch
	err error // what the merge ended with
}

// next gives the next records of the merge, joined where exporters reported them.
func (s *Set) next(b *flow.Batch) error {
	x := &s.join
	if x.j == nil {
		if err := s.merge.next(b); err != nil || s.o.Apart || !linked(b) {
			return err
		}
		x.j = joined.New(s.o.Joined)
		x.in, *b = *b, x.in
		x.j.AddAll(&x.in, b)
	}
	for len(b.Records) == 0 {
		if x.err == nil {
			x.in.Reset()
			if x.err = s.merge.next(&x.in); x.err == nil {
				x.j.AddAll(&x.in, b)
			}
			continue
		}
		if x.j.Flush(b); len(b.Records) == 0 {
			return x.err
		}
	}
	return nil
}

func linked(b *flow.Batch) bool {
	for i := range b.Records {
		if b.Records[i].Link != 0 {
			return true
		}
	}
	return false
}
