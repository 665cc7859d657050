// Package allow holds what people have decided to tolerate: entries that hide
// findings, each with a reason and an expiry. A list acts on findings when they are
// shown, so that it takes effect at once and on the past too, and nothing is lost
// when an entry goes. It refuses an entry without a reason or an expiry, one that
// would hide everything, and any key that it does not know.
//
// A list is a TOML file:
//
//	[[allow]]
//	dst = "198.51.100.7"     # address or prefix; also src
//	name = ".example.org"    # exact, or with a dot: the zone and all beneath it
//	port = 443
//	kind = "beacon"
//	reason = "our own monitoring, ticket 4711"
//	expires = 2027-03-31     # through the end of that day in UTC, or a full time
//
// All conditions of an entry must hold. An expired entry no longer acts.
package allow
