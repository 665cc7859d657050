// Package sheet writes an analysis as a table for spreadsheets and scripts: one row
// for a finding, RFC 4180, in a fixed order of columns that docs/spec/findings-csv.md
// describes. It refuses to write a cell that a spreadsheet would run as a formula.
package sheet
