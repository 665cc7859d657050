package cli

import (
	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/beacon"
	"github.com/noroshi-acd/noroshi/detect/dga"
	"github.com/noroshi-acd/noroshi/detect/dnstunnel"
	"github.com/noroshi-acd/noroshi/detect/fanin"
	"github.com/noroshi-acd/noroshi/detect/longlived"
	"github.com/noroshi-acd/noroshi/detect/scan"
	"github.com/noroshi-acd/noroshi/detect/spread"
)

// newMethods makes every detector with its default configuration; lists are the
// files of known-bad indicators.
func newMethods(lists []string, strict bool) ([]detect.Detector, error) {
	methods := []detect.Detector{
		beacon.New(beacon.DefaultConfig()),
		longlived.New(longlived.DefaultConfig()),
		dnstunnel.New(dnstunnel.DefaultConfig()),
		dga.New(dga.DefaultConfig()),
		scan.New(scan.DefaultConfig()),
		spread.New(spread.DefaultConfig()),
		fanin.New(fanin.DefaultConfig()),
	}
	return methods, nil
}
