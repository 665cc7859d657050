// Package content holds what is reviewed as data, not as code: facts and words that
// detectors and people go by, each file with its form described at its head. It refuses
// to interpret them: whoever uses a file reads and checks it.
package content

import "embed"

//go:embed brands.toml
var brands string

// Brands gives the list of names that others imitate, in TOML.
func Brands() string { return brands }

//go:embed regimes/*.toml calendars/*.toml
var law embed.FS

// Law gives the folders regimes and calendars: instruments of law, overlays, the names of
// laws, and working days.
func Law() embed.FS { return law }
