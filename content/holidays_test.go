package content_test

import (
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// TestDaysOverHolidays counts by hand over Christmas, with its substitutes, and over
// Japan's Golden Week: three working days after a moment end with the last of them.
func TestDaysOverHolidays(t *testing.T) {
	law := book(t)
	for name, tt := range map[string]struct {
		country   paper.ID
		from, end string
		days      int64
	}{
		"Christmas 2026: 24, 29, 30":        {"gb", "2026-12-23T12:00:00Z", "2026-12-31T00:00:00Z", 3},
		"five: 24, 29, 30, 31, 4 January":   {"gb", "2026-12-23T12:00:00Z", "2027-01-05T00:00:00Z", 5},
		"Christmas 2027 on a Saturday":      {"gb", "2027-12-24T12:00:00Z", "2027-12-31T00:00:00Z", 2},
		"Easter 2027: 25 March, 30, 31":     {"gb", "2027-03-24T23:59:59Z", "2027-03-31T23:00:00Z", 3},
		"Golden Week 2027: 30 April, 6, 7":  {"jp", "2027-04-28T12:00:00+09:00", "2027-05-08T00:00:00+09:00", 3},
		"Golden Week 2026: 6 May makes up":  {"jp", "2026-05-01T12:00:00+09:00", "2026-05-08T00:00:00+09:00", 1},
		"New Year: offices open on the 4th": {"jp", "2026-12-28T12:00:00+09:00", "2027-01-05T00:00:00+09:00", 1},
		"Anzac Day 2028, a Tuesday":         {"au", "2028-04-24T12:00:00+10:00", "2028-04-27T00:00:00+10:00", 1},
	} {
		days, err := law.Calendar(tt.country).Table()
		if err != nil {
			t.Fatal(err)
		}
		got, err := days.AddDays(paper.TimeOf(instant(t, tt.from)), tt.days)
		if want := paper.TimeOf(instant(t, tt.end)); err != nil || got != want {
			t.Errorf("%s: %s, want %s (%v)", name, got, want, err)
		}
	}
}

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
