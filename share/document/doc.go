// Package document writes an analysis for programs: one JSON document whose form
// docs/spec/analyze.schema.json describes, and of which members are only added within
// a version. It refuses to show a control character, and to know more than
// [share.Result] holds.
package document
