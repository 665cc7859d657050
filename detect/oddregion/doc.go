// Package oddregion finds machines that turn again and again to a part of the world
// where hardly any other machine of the population has business: by how rare the
// destination's country is among the hosts and how regularly the machine goes there.
//
// A country says little: people travel, have families and read. A few visits, many
// sites of one country, destinations that others know and time services are weighed
// down, and the finding alone is never above medium. It refuses to hold any country
// for bad; it knows only rare ones.
package oddregion
