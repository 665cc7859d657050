package calendar

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/fact"
)

// Type is the payload type of a calendar.
const Type = "application/vnd.noroshi.calendar+json"

// Calendar is the working days of one country.
type Calendar struct {
	Cite      fact.Cites `json:"cite"`
	Country   paper.ID   `json:"country"` // jp, gb
	FirstYear int64      `json:"first_year"`
	Holidays  []Holiday  `json:"holidays"` // in the order of their dates
	ID        paper.ID   `json:"id"`
	LastYear  int64      `json:"last_year"` // the last year for which all holidays are known
	Mark      fact.Mark  `json:"mark"`
	Offsets   []Offset   `json:"offsets"` // in the order of their instants
	Weekend   []int64    `json:"weekend"` // 1 Monday to 7 Sunday, rising
}

// Holiday is a day without work that is not a weekend by itself.
type Holiday struct {
	Date Date        `json:"date"`
	Name paper.Words `json:"name"`
}

// Offset is the clock on the wall from an instant on, s east of UTC.
type Offset struct {
	EastS int64      `json:"east_s"`
	From  paper.Time `json:"from"`
}

// Date is a day of the country: "2026-11-23".
type Date string

const dateForm = "2006-01-02"

// Check says whether d is a day of the years 1970 to 9999.
func (d Date) Check() error {
	t, err := time.Parse(dateForm, string(d))
	if err != nil || t.Year() < 1970 || t.Format(dateForm) != string(d) {
		return fmt.Errorf("a date is written like %s", dateForm)
	}
	return nil
}

// The limits of a calendar.
const (
	maxYears    = 60
	maxHolidays = 2000
	maxOffsets  = 200
	maxEastS    = 18 * 3600
)

// Check says whether c can be counted by.
func (c Calendar) Check() error {
	switch {
	case c.FirstYear < 1971 || c.LastYear < c.FirstYear || c.LastYear-c.FirstYear >= maxYears || c.LastYear > 9990:
		return fmt.Errorf("a calendar covers 1 to %d years from 1971 on", maxYears)
	case len(c.Holidays) > maxHolidays || len(c.Offsets) > maxOffsets:
		return fmt.Errorf("a calendar has at most %d holidays and %d offsets", maxHolidays, maxOffsets)
	case len(c.Weekend) > 6:
		return errors.New("a week has a working day")
	case len(c.Cite) == 0:
		return errors.New("a calendar says where it is known from")
	}
	if err := c.checkDays(); err != nil {
		return err
	}
	return c.checkOffsets()
}

func (c Calendar) checkDays() error {
	for i, d := range c.Weekend {
		if d < 1 || d > 7 || i > 0 && d <= c.Weekend[i-1] {
			return errors.New("the weekend is days from 1 Monday to 7 Sunday, rising")
		}
	}
	for i, h := range c.Holidays {
		if i > 0 && h.Date <= c.Holidays[i-1].Date {
			return errors.New("holidays stand in the order of their dates, none twice")
		}
		if y := int64(h.Date.year()); y < c.FirstYear || y > c.LastYear {
			return fmt.Errorf("the holiday %s lies outside the calendar's years", h.Date)
		}
	}
	return nil
}

func (c Calendar) checkOffsets() error {
	if len(c.Offsets) == 0 || c.Offsets[0].From > paper.TimeOf(time.Date(int(c.FirstYear)-1, 12, 30, 0, 0, 0, 0, time.UTC)) {
		return errors.New("the first offset holds before the first year begins anywhere")
	}
	for i, o := range c.Offsets {
		if o.EastS < -maxEastS || o.EastS > maxEastS {
			return fmt.Errorf("an offset is at most %d s either way", maxEastS)
		}
		if i > 0 && o.From <= c.Offsets[i-1].From {
			return errors.New("offsets stand in the order of their instants, none twice")
		}
	}
	return nil
}

func (d Date) year() int {
	t, _ := time.Parse(dateForm, string(d))
	return t.Year()
}

// Parse reads a calendar's bytes.
func Parse(data []byte) (*Calendar, error) {
	c := new(Calendar)
	if err := paper.Unmarshal(data, c); err != nil {
		return nil, err
	}
	return c, nil
}

// Digest is what the calendar is called by.
func (c Calendar) Digest() (paper.Digest, error) { return paper.DigestAs(Type, c) }

// weekendHas says whether a day of the week is no working day.
func (c *Calendar) weekendHas(d time.Weekday) bool {
	n := int64(d)
	if n == 0 {
		n = 7
	}
	return slices.Contains(c.Weekend, n)
}
