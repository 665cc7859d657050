package bed

import (
	"errors"
	"io"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/beacon"
	"github.com/noroshi-acd/noroshi/detect/dga"
	"github.com/noroshi-acd/noroshi/detect/dnstunnel"
	"github.com/noroshi-acd/noroshi/detect/fanin"
	"github.com/noroshi-acd/noroshi/detect/longlived"
	"github.com/noroshi-acd/noroshi/detect/scan"
	"github.com/noroshi-acd/noroshi/detect/spread"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/source"
)

// NewEngine makes an engine as analyze has it, with the detectors of more besides.
func NewEngine(p detect.Placer, more ...detect.Detector) *detect.Engine {
	return detect.NewEngine(detect.DefaultConfig(), p, append([]detect.Detector{
		beacon.New(beacon.DefaultConfig()),
		longlived.New(longlived.DefaultConfig()),
		dnstunnel.New(dnstunnel.DefaultConfig()),
		dga.New(dga.DefaultConfig()),
		scan.New(scan.DefaultConfig()),
		spread.New(spread.DefaultConfig()),
		fanin.New(fanin.DefaultConfig()),
	}, more...)...)
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
