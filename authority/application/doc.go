// Package application is the paper by which somebody asks for a warrant: what is asked,
// under which profile and rules, with a finding and its evidence for each condition; and
// the two papers that may follow it before it is decided, the commission's request for
// correction and the applicant's withdrawal.
//
// It refuses an application that asks for no time, names a condition twice, is urgent
// without facts, or follows another without saying why. It does not say whether the law
// is met: that is for the rules to say.
package application
