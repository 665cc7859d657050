// Package stage is the life of one application, from its receipt to its decision, and of
// the warrants that come of it: which act is possible when, and where it leads. It is
// a table and a clock, pure, so that it can be held against a slow model.
//
// It refuses every act that the table does not have: a vote on what was withdrawn, a
// second warrant, a decision without deliberation, a suspension of what is over.
package stage
