package source

import (
	"bytes"
	"io"
	"math"

	"github.com/noroshi-acd/noroshi/flow/export"
	"github.com/noroshi-acd/noroshi/flow/packet"
	"github.com/noroshi-acd/noroshi/flow/packet/capture"
	"github.com/noroshi-acd/noroshi/flow/zeek"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// family is a kind of source: how it is recognised, and how its files are read.
type family interface {
	// recognise gives nil for what is not of the family.
	recognise(head []byte) *found
	// streams makes the readers of all files of the family.
	streams(files []*file) []*stream
}

// found is what a file is.
type found struct {
	family family
	format string
	unused bool // recognised, but holds nothing for a flow record
	begin  int64
	log    zeek.Log
}

// families lists what can be read.
func families(o *Options) []family {
	exports := export.NewCollector(o.Exports)
	return []family{captures{o, exports}, ipfixFiles{o, exports}, nfcapdFiles{o, exports}, zeekLogs{o}, eveLogs{o}, argusTexts(o), nfdumpTexts(o)}
}

// captures are read one by one; what exporters say in one serves for the next.
type captures struct {
	o       *Options
	exports *export.Collector
}

func (c captures) recognise(head []byte) *found {
	if !packet.Recognise(head) {
		return nil
	}
	f := &found{format: "pcap", begin: math.MinInt64}
	if head[0] == 0x0a {
		f.format = "pcapng"
	}
	if r, err := capture.NewReader(bytes.NewReader(head), "", &fault.Skips{}); err == nil {
		var first capture.Frame
		if r.Next(&first) == nil && first.Time != capture.NoTime {
			f.begin = first.Time
		}
	}
	return f
}

func (c captures) streams(files []*file) []*stream {
	return oneByOne(files, true, func(in io.Reader, f *file) (reader, error) {
		o := c.o.Packet
		if o.Exports == nil {
			o.Exports = c.exports.Capture()
		}
		return packet.NewReader(in, f.name, &f.skips, o)
	})
}

// oneByOne makes a stream of each file, which read opens once its input is open.
func oneByOne(files []*file, byEnd bool, read func(in io.Reader, f *file) (reader, error)) []*stream {
	var all []*stream
	for _, f := range files {
		all = append(all, &stream{files: []*file{f}, begin: f.found.begin, byEnd: byEnd, open: func() (reader, error) {
			in, err := f.open()
			if err != nil {
				return nil, err
			}
			r, err := read(in, f)
			if err != nil {
				in.Close()
				return nil, err
			}
			return closing{r, in}, nil
		}})
	}
	return all
}

// closing closes the input after its reader.
type closing struct {
	reader
	in io.Closer
}

func (c closing) Close() error {
	err := c.reader.Close()
	c.in.Close()
	return err
}

// zeekLogs are read together, since one exchange stands in several of them.
type zeekLogs struct{ o *Options }

func (z zeekLogs) recognise(head []byte) *found {
	log, ok := zeek.Recognise(head)
	if !ok {
		return nil
	}
	return &found{format: "zeek " + log.String(), unused: log.Kind == zeek.Other, log: log}
}

func (z zeekLogs) streams(files []*file) []*stream {
	var logs []*zeek.File
	for _, f := range files {
		log := &zeek.File{Path: f.name, Log: f.found.log, Open: f.open, Skips: &f.skips}
		f.lines = &log.Records
		logs = append(logs, log)
	}
	return []*stream{{files: files, begin: math.MinInt64, open: func() (reader, error) { return zeek.NewReader(logs, z.o.Zeek), nil }}}
}
