package cli

import (
	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/beacon"
	"github.com/noroshi-acd/noroshi/detect/dga"
	"github.com/noroshi-acd/noroshi/detect/dnstunnel"
	"github.com/noroshi-acd/noroshi/detect/fanin"
	"github.com/noroshi-acd/noroshi/detect/knownbad"
	"github.com/noroshi-acd/noroshi/detect/longlived"
	"github.com/noroshi-acd/noroshi/detect/scan"
	"github.com/noroshi-acd/noroshi/detect/spread"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// newMethods makes every detector with its default configuration; lists are the
// files of known-bad indicators, and skips takes their lines that say nothing.
func newMethods(lists []string, skips *fault.Skips) ([]detect.Detector, *knownbad.Set, error) {
	methods := []detect.Detector{
		beacon.New(beacon.DefaultConfig()),
		longlived.New(longlived.DefaultConfig()),
		dnstunnel.New(dnstunnel.DefaultConfig()),
		dga.New(dga.DefaultConfig()),
		scan.New(scan.DefaultConfig()),
		spread.New(spread.DefaultConfig()),
		fanin.New(fanin.DefaultConfig()),
	}
	if len(lists) == 0 {
		return methods, nil, nil
	}
	set, err := knownbad.LoadLists(lists, skips)
	if err != nil {
		return nil, nil, err
	}
	return append(methods, knownbad.New(knownbad.DefaultConfig(), set)), set, nil
}
