// Package aggregate adds up flow records by what they have in common: who sent most, to
// which port, in which five minutes. It keeps sums, not records.
//
// Memory is bounded: so many groups are kept exactly. When more come, each new group
// takes the place of the smallest one and inherits its sum (the space-saving sketch of
// Metwally, Agrawal and El Abbadi, 2005), so that no large group is lost, and each row
// says by how much its sum may be too high. The package refuses to call such a sum exact.
package aggregate
