package roster

import (
	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/beacon"
	"github.com/noroshi-acd/noroshi/detect/dga"
	"github.com/noroshi-acd/noroshi/detect/dnstunnel"
	"github.com/noroshi-acd/noroshi/detect/fanin"
	"github.com/noroshi-acd/noroshi/detect/fastflux"
	"github.com/noroshi-acd/noroshi/detect/habit"
	"github.com/noroshi-acd/noroshi/detect/knownbad"
	"github.com/noroshi-acd/noroshi/detect/longlived"
	"github.com/noroshi-acd/noroshi/detect/lookalike"
	"github.com/noroshi-acd/noroshi/detect/oddhours"
	"github.com/noroshi-acd/noroshi/detect/oddregion"
	"github.com/noroshi-acd/noroshi/detect/oddtls"
	"github.com/noroshi-acd/noroshi/detect/oddvolume"
	"github.com/noroshi-acd/noroshi/detect/scan"
	"github.com/noroshi-acd/noroshi/detect/spread"
	"github.com/noroshi-acd/noroshi/internal/conf"
)

// Configs are the configurations of all methods.
type Configs struct {
	Beacon    beacon.Config
	LongLived longlived.Config
	DNSTunnel dnstunnel.Config
	DGA       dga.Config
	Scan      scan.Config
	Spread    spread.Config
	FanIn     fanin.Config
	KnownBad  knownbad.Config
	FastFlux  fastflux.Config
	OddHours  oddhours.Config
	OddVolume oddvolume.Config
	OddRegion oddregion.Config
	LookAlike lookalike.Config
	OddTLS    oddtls.Config
	Habit     habit.Config
}

// DefaultConfigs is every method's default.
func DefaultConfigs() Configs {
	return Configs{
		Beacon: beacon.DefaultConfig(), LongLived: longlived.DefaultConfig(), DNSTunnel: dnstunnel.DefaultConfig(),
		DGA: dga.DefaultConfig(), Scan: scan.DefaultConfig(), Spread: spread.DefaultConfig(), FanIn: fanin.DefaultConfig(),
		KnownBad: knownbad.DefaultConfig(), FastFlux: fastflux.DefaultConfig(), OddVolume: oddvolume.DefaultConfig(),
		OddHours: oddhours.DefaultConfig(), OddRegion: oddregion.DefaultConfig(),
		LookAlike: lookalike.DefaultConfig(), OddTLS: oddtls.DefaultConfig(), Habit: habit.DefaultConfig(),
	}
}

// Sections are the parts of the configuration file that set c, each called as the
// method's findings are.
func (c *Configs) Sections() []conf.Section {
	return []conf.Section{
		{Name: string(detect.Beacon), Value: &c.Beacon, Say: "beacon.config.about"},
		{Name: string(detect.LongLived), Value: &c.LongLived, Say: "longlived.config.about"},
		{Name: string(detect.DNSTunnel), Value: &c.DNSTunnel, Say: "dnstunnel.config.about"},
		{Name: string(detect.DGA), Value: &c.DGA, Say: "dga.config.about"},
		{Name: string(detect.Scan), Value: &c.Scan, Say: "scan.config.about"},
		{Name: string(detect.Spread), Value: &c.Spread, Say: "spread.config.about"},
		{Name: string(detect.FanIn), Value: &c.FanIn, Say: "fanin.config.about"},
		{Name: string(detect.KnownBad), Value: &c.KnownBad, Say: "knownbad.config.about"},
		{Name: string(detect.FastFlux), Value: &c.FastFlux, Say: "fastflux.config.about"},
		{Name: string(detect.OddHours), Value: &c.OddHours, Say: "oddhours.config.about"},
		{Name: string(detect.OddVolume), Value: &c.OddVolume, Say: "oddvolume.config.about"},
		{Name: string(detect.OddRegion), Value: &c.OddRegion, Say: "oddregion.config.about"},
		{Name: string(detect.LookAlike), Value: &c.LookAlike, Say: "lookalike.config.about"},
		{Name: string(detect.OddTLS), Value: &c.OddTLS, Say: "oddtls.config.about"},
		{Name: string(detect.Habit), Value: &c.Habit, Say: "habit.config.about"},
	}
}
