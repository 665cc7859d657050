package calendar

import (
	"errors"
	"sort"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// ErrOutside is a day outside the years of the calendar: nothing is known of it.
var ErrOutside = errors.New("the day lies outside the calendar's years")

const dayS = 86400

// Table is a calendar made ready for counting. It does not change and may be shared.
type Table struct {
	id      paper.ID
	first   int64   // the first day, in days since 1970
	upTo    []int32 // working days before the ith day; one more than there are days
	working []int32 // the working days, rising
	offsets []Offset
}

// Table makes c ready for counting; the error is that of Check.
func (c *Calendar) Table() (*Table, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	start := time.Date(int(c.FirstYear), 1, 1, 0, 0, 0, 0, time.UTC)
	end := time.Date(int(c.LastYear)+1, 1, 1, 0, 0, 0, 0, time.UTC)
	t := &Table{id: c.ID, first: start.Unix() / dayS, offsets: c.Offsets, upTo: []int32{0}}
	rest := c.Holidays
	for d, i := start, int32(0); d.Before(end); d, i = d.AddDate(0, 0, 1), i+1 {
		holiday := len(rest) > 0 && string(rest[0].Date) == d.Format(dateForm)
		if holiday {
			rest = rest[1:]
		}
		if !holiday && !c.weekendHas(d.Weekday()) {
			t.working = append(t.working, i)
		}
		t.upTo = append(t.upTo, int32(len(t.working)))
	}
	return t, nil
}

// ID names the calendar.
func (t *Table) ID() paper.ID { return t.id }

// east is the clock on the wall at an instant, s east of UTC.
func (t *Table) east(at paper.Time) int64 {
	i := sort.Search(len(t.offsets), func(i int) bool { return t.offsets[i].From > at })
	return t.offsets[max(i-1, 0)].EastS
}

// day gives the number of the day, on the wall, of an instant.
func (t *Table) day(at paper.Time) (int64, error) {
	if at < t.offsets[0].From {
		return 0, ErrOutside
	}
	d := int64(at) + t.east(at)
	if d < 0 {
		return 0, ErrOutside
	}
	if d = d/dayS - t.first; d < 0 || d >= int64(len(t.upTo)-1) {
		return 0, ErrOutside
	}
	return d, nil
}

// begins gives the first instant at which it is that day or later on the wall.
func (t *Table) begins(day int64) paper.Time {
	wall := (t.first + day) * dayS
	for i, o := range t.offsets {
		at := max(paper.Time(wall-o.EastS), o.From)
		if i+1 == len(t.offsets) || at < t.offsets[i+1].From {
			return at
		}
	}
	return 0 // not reached: the last offset has no end
}

// Working says whether the day of an instant is a working day.
func (t *Table) Working(at paper.Time) (bool, error) {
	d, err := t.day(at)
	if err != nil {
		return false, err
	}
	return t.upTo[d+1] > t.upTo[d], nil
}

// AddDays gives the end of the nth working day after the day of from: the first instant
// of the day that follows it. n is at least 1.
func (t *Table) AddDays(from paper.Time, n int64) (paper.Time, error) {
	d, err := t.day(from)
	if err != nil {
		return 0, err
	}
	i := int64(t.upTo[d+1]) + n - 1
	if n < 1 || i >= int64(len(t.working)) {
		return 0, ErrOutside
	}
	return t.begins(int64(t.working[i]) + 1), nil
}

// AddHours gives the instant at which n hours of working days have passed since from;
// hours of other days do not count. n is at least 1.
func (t *Table) AddHours(from paper.Time, n int64) (paper.Time, error) {
	d, err := t.day(from)
	if err != nil || n < 1 || n > int64(len(t.working))*25 {
		return 0, ErrOutside
	}
	left := paper.Time(n * 3600)
	for i := t.upTo[d]; int(i) < len(t.working); i++ {
		day := int64(t.working[i])
		begin, end := max(from, t.begins(day)), t.begins(day+1)
		if end-begin >= left {
			return begin + left, nil
		}
		left -= end - begin
	}
	return 0, ErrOutside
}
