package source

import (
	"io"
	"math"

	"github.com/noroshi-acd/noroshi/flow/export"
	"github.com/noroshi-acd/noroshi/flow/nfcapd"
)

// nfcapdFiles are read one by one.
type nfcapdFiles struct {
	o       *Options
	exports *export.Collector
}

func (n nfcapdFiles) recognise(head []byte) *found {
	first, ok := nfcapd.Recognise(head)
	if !ok {
		return nil
	}
	if first != math.MinInt64 { // it ended, and others began before it
		first -= int64(longest)
	}
	return &found{format: "nfcapd", begin: first}
}

func (n nfcapdFiles) streams(files []*file) []*stream {
	o := nfcapd.Options{Link: n.exports.Link}
	if n.o.Apart {
		o.Wanted, o.Unwanted = n.o.Wanted, n.o.Unwanted
	}
	return oneByOne(files, true, func(in io.Reader, f *file) (reader, error) {
		return nfcapd.NewReader(in, f.name, &f.skips, o), nil
	})
}
