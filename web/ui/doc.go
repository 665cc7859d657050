// Package ui is what the pages share: the look, and figures that Go draws as SVG.
// A figure is one function that makes the picture and its table twin from the same
// numbers, with a caption in words; nothing is said by colour alone. Text from
// outside is escaped here, whoever calls. It refuses scripts, styles in attributes
// and anything that a browser would have to fetch, so that its output may stand in
// a page whose policy forbids all of these.
package ui
