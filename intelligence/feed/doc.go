// Package feed reads feeds of indicators as a file describes them: lists and CSV, STIX
// bundles, MISP events, each with who publishes it, how far they are to be believed,
// its licence, its marking and how long what it says holds. It counts what it does not
// take, and why. It reads files only and refuses to fetch: who asks for a feed at the
// wrong moment tells somebody that he looks.
package feed
