package source

import (
	"io"
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

// texts are logs that are read one by one.
type texts struct {
	format string
	known  func(head []byte) (begin int64, ok bool)
	read   func(in io.Reader, f *file) reader
}

func (t *texts) recognise(head []byte) *found {
	begin, ok := t.known(head)
	if !ok {
		return nil
	}
	return &found{format: t.format, begin: begin}
}

func (t *texts) streams(files []*file) []*stream {
	return oneByOne(files, false, func(in io.Reader, f *file) (reader, error) { return t.read(in, f), nil })
}

func argusTexts(o *Options) *texts {
	return &texts{"argus csv", argus.Recognise, func(in io.Reader, f *file) reader { return argus.NewReader(in, f.name, &f.skips, o.Argus) }}
}

func nfdumpTexts(o *Options) *texts {
	return &texts{"nfdump csv", nfdump.Recognise, func(in io.Reader, f *file) reader { return nfdump.NewReader(in, f.name, &f.skips, o.NFDump) }}
}
