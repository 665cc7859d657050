// Package likenesstest writes reasons as applicants might, in Japanese and in English,
// and repeats them in ways that are known, so that it can be said how many repetitions
// are found and how many warnings are false. It refuses to be part of the product; what
// it writes is made up, and says nothing about how people write.
package likenesstest
