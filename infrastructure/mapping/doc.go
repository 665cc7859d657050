// Package mapping maps the infrastructure of one analysis as cheaply as it can: it
// reads the records a second time only where the findings call for it. It refuses to
// cost anything where nothing was found.
package mapping
