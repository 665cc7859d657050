// Package opening is how a member of the commission asks that entries of its log be
// opened to everybody, and answers for it: which entries, for what, under which articles.
//
// It refuses a request that names nothing, gives no purpose or no article, takes more by
// hand than a person can have looked at, or is older than what opens it. It opens nothing
// itself.
package opening
