package calendar_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/calendar"
	"github.com/noroshi-acd/noroshi/authority/regime/fact"
)

var both = paper.Words{EN: "a day off", JA: "休日"}

// made gives a calendar of 2025 to 2027 with the clock of a place and some holidays.
func made(t testing.TB, place string, weekend []int64, off ...calendar.Date) (*calendar.Calendar, *time.Location) {
	t.Helper()
	where, err := time.LoadLocation(place)
	if err != nil {
		t.Fatal(err)
	}
	c := &calendar.Calendar{Cite: fact.Cites{"a law"}, Country: "lab", ID: "lab-days", FirstYear: 2025, LastYear: 2027, Mark: fact.Seen, Weekend: weekend, Holidays: []calendar.Holiday{}}
	for _, d := range off {
		c.Holidays = append(c.Holidays, calendar.Holiday{Date: d, Name: both})
	}
	last := 1 << 40
	for at := time.Date(2024, 12, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2029; at = at.Add(15 * time.Minute) {
		if _, east := at.In(where).Zone(); east != last {
			c.Offsets = append(c.Offsets, calendar.Offset{EastS: int64(east), From: paper.TimeOf(at)})
			last = east
		}
	}
	return c, where
}

func at(t testing.TB, where *time.Location, text string) paper.Time {
	t.Helper()
	when, err := time.ParseInLocation("2006-01-02 15:04:05", text, where)
	if err != nil {
		t.Fatal(err)
	}
	return paper.TimeOf(when)
}

func TestAddDays(t *testing.T) {
	c, where := made(t, "Europe/London", []int64{6, 7}, "2026-04-03", "2026-04-06", "2026-12-25", "2026-12-28")
	table, err := c.Table()
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []struct {
		from string
		n    int64
		want string
	}{
		{"2026-11-23 09:00:00", 3, "2026-11-27 00:00:00"}, // Monday: Tuesday, Wednesday, Thursday
		{"2026-11-23 00:00:00", 1, "2026-11-25 00:00:00"},
		{"2026-11-23 23:59:59", 1, "2026-11-25 00:00:00"},
		{"2026-11-20 18:00:00", 1, "2026-11-24 00:00:00"}, // Friday: Monday
		{"2026-11-21 12:00:00", 3, "2026-11-26 00:00:00"}, // Saturday: Monday is the first
		{"2026-04-02 10:00:00", 1, "2026-04-08 00:00:00"}, // over Easter
		{"2026-03-27 10:00:00", 1, "2026-03-31 00:00:00"}, // over the change of the clock
		{"2026-12-24 10:00:00", 5, "2027-01-05 00:00:00"},
	} {
		got, err := table.AddDays(at(t, where, o.from), o.n)
		if want := at(t, where, o.want); got != want || err != nil {
			t.Errorf("%s + %d working days: %v, want %v; %v", o.from, o.n, got, want, err)
		}
	}
	for _, o := range []struct {
		from string
		n    int64
	}{{"2024-12-31 23:59:59", 1}, {"2028-01-01 00:00:00", 1}, {"2027-12-31 10:00:00", 1}, {"2026-01-01 00:00:00", 1000}, {"2026-01-05 00:00:00", 0}, {"2026-01-05 00:00:00", -3}} {
		if got, err := table.AddDays(at(t, where, o.from), o.n); !errors.Is(err, calendar.ErrOutside) {
			t.Errorf("%s + %d: %v, %v: nothing is known of that", o.from, o.n, got, err)
		}
	}
}

func TestAddHours(t *testing.T) {
	c, where := made(t, "Asia/Tokyo", []int64{6, 7}, "2026-11-23")
	table, err := c.Table()
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []struct {
		from string
		n    int64
		want string
	}{
		{"2026-11-24 10:00:00", 5, "2026-11-24 15:00:00"},
		{"2026-11-24 20:00:00", 4, "2026-11-25 00:00:00"},
		{"2026-11-20 20:00:00", 5, "2026-11-24 01:00:00"}, // Friday; Monday is off
		{"2026-11-22 09:30:00", 24, "2026-11-25 00:00:00"},
		{"2026-11-22 09:30:00", 72, "2026-11-27 00:00:00"},
	} {
		got, err := table.AddHours(at(t, where, o.from), o.n)
		if want := at(t, where, o.want); got != want || err != nil {
			t.Errorf("%s + %d working hours: %v, want %v; %v", o.from, o.n, got, want, err)
		}
	}
}

// TestCountsLikeTheWall: the table agrees with who steps through the days with the
// clocks of real places, over their changes, for instants and numbers by chance.
func TestCountsLikeTheWall(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1))
	for _, place := range []string{"Asia/Tokyo", "Europe/London", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Asia/Kathmandu"} {
		c, where := made(t, place, []int64{5, 7}, "2025-05-01", "2026-02-11", "2026-09-06", "2026-10-25", "2027-01-01")
		table, err := c.Table()
		if err != nil {
			t.Fatal(err)
		}
		works := func(day time.Time) bool {
			off := slices.ContainsFunc(c.Holidays, func(h calendar.Holiday) bool { return string(h.Date) == day.Format(time.DateOnly) })
			return !off && day.Weekday() != time.Friday && day.Weekday() != time.Sunday
		}
		for range 3000 {
			from := paper.TimeOf(time.Date(2025, 1, 2, 0, 0, 0, 0, where)) + paper.Time(rnd.IntN(2*365*86400))
			n := int64(rnd.IntN(40) + 1)
			wall := from.Time().In(where)
			day := time.Date(wall.Year(), wall.Month(), wall.Day(), 12, 0, 0, 0, where)
			for left := n; left > 0; {
				if day = day.AddDate(0, 0, 1); works(day) {
					left--
				}
			}
			// The first instant of the day after: step to it from its noon.
			end := day.AddDate(0, 0, 1)
			for end.Add(-time.Minute).Day() == end.Day() {
				end = end.Add(-time.Minute)
			}
			got, err := table.AddDays(from, n)
			if err != nil || got != paper.TimeOf(end) {
				t.Fatalf("%s: %v + %d: %v, want %v; %v", place, wall, n, got.Time().In(where), end, err)
			}
			if is, err := table.Working(from); err != nil || is != works(wall) {
				t.Fatalf("%s: %v works: %v, %v", place, wall, is, err)
			}
		}
	}
}

func TestCalendarsRefuse(t *testing.T) {
	for name, spoil := range map[string]func(*calendar.Calendar){
		"no year":               func(c *calendar.Calendar) { c.LastYear = 2024 },
		"a century":             func(c *calendar.Calendar) { c.LastYear = 2125 },
		"a week of holidays":    func(c *calendar.Calendar) { c.Weekend = []int64{1, 2, 3, 4, 5, 6, 7} },
		"an eighth day":         func(c *calendar.Calendar) { c.Weekend = []int64{8} },
		"a weekend twice":       func(c *calendar.Calendar) { c.Weekend = []int64{6, 6} },
		"holidays out of order": func(c *calendar.Calendar) { slices.Reverse(c.Holidays) },
		"a holiday outside":     func(c *calendar.Calendar) { c.Holidays[0].Date = "2024-12-31" },
		"a day that is none":    func(c *calendar.Calendar) { c.Holidays[0].Date = "2025-02-30" },
		"no clock":              func(c *calendar.Calendar) { c.Offsets = nil },
		"a clock too late":      func(c *calendar.Calendar) { c.Offsets = c.Offsets[1:] },
		"a clock of two days":   func(c *calendar.Calendar) { c.Offsets[0].EastS = 172800 },
		"nobody knows it":       func(c *calendar.Calendar) { c.Cite = fact.Cites{} },
		"a nameless holiday":    func(c *calendar.Calendar) { c.Holidays[0].Name.JA = "" },
	} {
		c, _ := made(t, "Europe/London", []int64{6, 7}, "2025-05-01", "2026-02-11")
		spoil(c)
		if _, err := paper.Marshal(c); err == nil {
			t.Errorf("%s: written", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	c, _ := made(f, "Europe/London", []int64{6, 7}, "2025-05-01", "2026-02-11")
	data, err := paper.Marshal(c)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data, int64(1795402800), int64(3))
	f.Fuzz(func(t *testing.T, data []byte, from, n int64) {
		c, err := calendar.Parse(data)
		if err != nil {
			return
		}
		if again, err := paper.Marshal(c); err != nil || string(again) != string(data) {
			t.Fatalf("%q is written again as %q, %v", data, again, err)
		}
		table, err := c.Table()
		if err != nil {
			t.Fatal(err)
		}
		if end, err := table.AddDays(paper.Time(from), n); err == nil && end <= paper.Time(from) {
			t.Errorf("%d + %d days ends at %d", from, n, end)
		}
		if end, err := table.AddHours(paper.Time(from), n); err == nil && end < paper.Time(from)+paper.Time(n*3600) {
			t.Errorf("%d + %d hours ends at %d", from, n, end)
		}
	})
}
