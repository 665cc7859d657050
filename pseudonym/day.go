package pseudonym

import "time"

// Day is a UTC day, counted from 1970-01-01. The day of a key is that of the window in
// which a record was let through, by the edge's proven time, and not the record's own:
// times in records are what an exporter says, and who could choose them could choose
// the key. A window lies inside one UTC minute, so all of it has one day.
type Day int32

const dayLength = int64(24 * time.Hour)

// DayOf gives the day in which an instant lies, ns since 1970-01-01 UTC.
func DayOf(ns int64) Day {
	d := ns / dayLength
	if ns%dayLength < 0 {
		d--
	}
	return Day(d)
}

// Start is the day's first instant, ns since 1970-01-01 UTC; End the first after it.
func (d Day) Start() int64 { return int64(d) * dayLength }

// End is the first instant after the day, ns since 1970-01-01 UTC.
func (d Day) End() int64 { return d.Start() + dayLength }

// String writes the day as "2026-11-22".
func (d Day) String() string { return time.Unix(0, d.Start()).UTC().Format(time.DateOnly) }
