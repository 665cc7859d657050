// Package share holds what an analysis says to others: findings as they may
// leave, under a marking that says who may read them. Each form of telling (a
// table, a bundle, a page) is a package of its own and starts from [Result].
// It refuses to know more than it shows: an address that was covered comes in
// covered, and there is no way back from here.
package share
