package bed

import (
	"errors"
	"io"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/roster"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/source"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// NewEngine makes an engine as analyze has it without lists, with the detectors of
// more besides.
func NewEngine(p detect.Placer, more ...detect.Detector) *detect.Engine {
	methods, err := roster.New(roster.Options{}, &fault.Skips{})
	if err != nil {
		panic("bed: " + err.Error()) // without lists there is nothing that could fail
	}
	return detect.NewEngine(detect.DefaultConfig(), p, append(methods.All, more...)...)
}

// Each reads all records under paths and gives them in batches; a batch is valid
// until each returns. An error of each ends the reading, io.EOF without complaint.
func Each(paths []string, each func(b *flow.Batch) error) error {
	set, err := source.Open(paths, source.Options{})
	if err != nil {
		return err
	}
	defer set.Close()
	var b flow.Batch
	for {
		b.Reset()
		err := set.Next(&b)
		if err == nil {
			err = each(&b)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
