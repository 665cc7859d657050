// Package oddhours finds machines that move data to rare ends at hours at which they
// otherwise rest. It learns each machine's own week from how many different ends it
// turns to in each local hour, and is silent for at least three days.
//
// Machines that work day and night have no odd hours. A machine whose person is awake
// (it turns to many ends at that hour too: night work, another time zone) is left
// alone, and so are ends that many machines use at night (updates, backups). It
// refuses to know anybody's working hours beforehand: a night watch has its own.
package oddhours
