package ui

import _ "embed"

// look is the style sheet in three layers: values, what they are for (in light and
// in dark), and components, which know only what is for what.
//
//go:embed look.css
var look string

// Look gives the style sheet of every page.
func Look() string { return look }
