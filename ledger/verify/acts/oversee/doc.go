// Package oversee judges what the opened entries of a log say of oversight: whether each
// random sample is the one draw that its commitment gives, and all of it was looked at; and
// to which errors, demands, complaints and findings of redress an answer is still owed.
//
// It refuses to take an answer that the body has not signed for one. It calls what is owed
// no flaw: a log may be right, and its keeper late. What is not opened it does not see.
package oversee
