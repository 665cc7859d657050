// Package act is what oversight puts on paper: an inspection with its random sample, a
// notice of a breach, a demand, a recommendation and what was done about it, an error
// with its clock, a complaint of somebody affected, its answer, and redress; and what a
// monitor or an adviser has to say before the members vote.
//
// It refuses a sample that one side alone could have chosen, a finding without a place,
// an error without a clock, an answer that says nothing, and an opinion of anybody else.
package act
