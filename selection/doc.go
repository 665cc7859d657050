// Package selection decides, record by record and in memory, what may be kept (自動選別).
// It compiles a numbered selector set (package set) into a [Matcher] that makes as many
// looks for a million selectors as for ten (over more memory, which costs two to three
// times as much), and says which selector a record met. What meets none is gone.
//
// Beside it stand what else binds an edge before a record may go on: [Zero] takes away
// the half of an exchange whose direction class is not warranted, and a [Holder], which
// changes sets while records flow and lets one go that was withdrawn. Package volume
// refuses what would pass a volume cap.
//
// The package refuses to select by anything that no selector names, to keep a selector
// past its expiry, and to mark more than one record at a time: there is no call that
// selects a batch, a pair or a link.
package selection
