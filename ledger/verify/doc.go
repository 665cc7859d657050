// Package verify is the outside verifier: it takes an export of one log or several, the
// fingerprint of a trust root, and something that says how fresh the export must be, and
// says in a sentence which entry is the first bad one, or that there is none.
//
// It needs no line to anybody and shares no code with those who write logs, but the
// papers. Public mode checks what anyone can: signatures, quorum, tiles, consistency
// with every earlier checkpoint, order by position and by the witnesses' time, and all
// entries that are opened. The inspector's mode wants everything: every entry opened,
// disposed of with proof or counted as sealed with a reason, and every payload.
//
// The package refuses to call anything right that it has not looked at: the report says
// how much was opened, and against what the export is fresh. docs/spec/verify.md
// describes the report.
package verify
