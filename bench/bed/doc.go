// Package bed is what figures are measured on: the built binary, the folders of
// shared tools and public data, a scratch folder, and commands run in a small child
// that reports their time and memory. It refuses to keep anything: the scratch
// folder goes when the run ends.
package bed
