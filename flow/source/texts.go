package source

import (
	"math"

	"github.com/noroshi-acd/noroshi/flow/argus"
	"github.com/noroshi-acd/noroshi/flow/eve"
	"github.com/noroshi-acd/noroshi/flow/nfdump"
)

// eveLogs are read together: a sensor may write its events to several files.
type eveLogs struct{ o *Options }

func (l eveLogs) recognise(head []byte) *found {
	begin, ok := eve.Recognise(head)
	if !ok {
		return nil
	}
	return &found{format: "suricata eve", begin: begin}
}

func (l eveLogs) streams(files []*file) []*stream {
	var logs []*eve.File
	for _, f := range files {
		log := &eve.File{Path: f.name, Begin: f.found.begin, Open: f.open, Skips: &f.skips}
		f.lines = &log.Records
		logs = append(logs, log)
	}
	return []*stream{{files: files, begin: math.MinInt64, open: func() (reader, error) { return eve.NewReader(logs, l.o.EVE), nil }}}
}

// argusTexts are read one by one.
type argusTexts struct{ o *Options }

func (a argusTexts) recognise(head []byte) *found {
	begin, ok := argus.Recognise(head)
	if !ok {
		return nil
	}
	return &found{format: "argus csv", begin: begin}
}

func (a argusTexts) streams(files []*file) []*stream {
	var all []*stream
	for _, f := range files {
		all = append(all, &stream{files: []*file{f}, begin: f.found.begin, open: func() (reader, error) {
			in, err := f.open()
			if err != nil {
				return nil, err
			}
			return closing{argus.NewReader(in, f.name, &f.skips, a.o.Argus), in}, nil
		}})
	}
	return all
}

// nfdumpTexts are read one by one.
type nfdumpTexts struct{ o *Options }

func (n nfdumpTexts) recognise(head []byte) *found {
	begin, ok := nfdump.Recognise(head)
	if !ok {
		return nil
	}
	return &found{format: "nfdump csv", begin: begin}
}

func (n nfdumpTexts) streams(files []*file) []*stream {
	var all []*stream
	for _, f := range files {
		all = append(all, &stream{files: []*file{f}, begin: f.found.begin, open: func() (reader, error) {
			in, err := f.open()
			if err != nil {
				return nil, err
			}
			return closing{nfdump.NewReader(in, f.name, &f.skips, n.o.NFDump), in}, nil
		}})
	}
	return all
}
