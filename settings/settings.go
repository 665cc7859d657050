package settings

import (
	"io"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/roster"
	"github.com/noroshi-acd/noroshi/flow/packet/meter"
	"github.com/noroshi-acd/noroshi/infrastructure"
	"github.com/noroshi-acd/noroshi/internal/conf"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Settings are the values in force.
type Settings struct {
	Engine         detect.Config
	Meter          meter.Options
	Methods        roster.Configs
	Infrastructure infrastructure.Config
}

// Default gives the values that are in force without a file.
func Default() *Settings {
	return &Settings{Engine: detect.DefaultConfig(), Meter: meter.Options{}.WithDefaults(), Methods: roster.DefaultConfigs(), Infrastructure: infrastructure.DefaultConfig()}
}

// Load gives the values in force with the file at path, or without one when path is
// empty. Its error lists all that is wrong with the file, in language l, each with
// line and key.
func Load(l i18n.Lang, path string) (*Settings, error) {
	s := Default()
	if err := conf.Load(l, path, s.sections()...); err != nil {
		return nil, err
	}
	return s, nil
}

// Show writes s as a configuration file, each value with what it means in language l.
func (s *Settings) Show(w io.Writer, l i18n.Lang) error { return conf.Show(w, l, s.sections()...) }

// sections are the parts of the file, in the order in which they are shown.
func (s *Settings) sections() []conf.Section {
	return append([]conf.Section{
		{Name: "engine", Value: &s.Engine, Say: "detect.config.about"},
		{Name: "meter", Value: &s.Meter, Say: "meter.config.about"},
		{Name: "infrastructure", Value: &s.Infrastructure, Say: "infrastructure.config.about"},
	}, s.Methods.Sections()...)
}
