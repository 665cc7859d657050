package rulestest

import (
	"encoding/json"
	"strings"
	"time"
)

// Close says what the urgent path asks for, in words: "owed alarm stop erase seal".
func (s *Slow) Close(request, history []byte, now int64) (string, error) {
	var q, h object
	if err := json.Unmarshal(request, &q); err != nil {
		return "", err
	}
	if err := json.Unmarshal(history, &h); err != nil {
		return "", err
	}
	urgent := in(in(s.rules, "time"), "urgent")
	if text(q, "path") != "urgent" {
		return "", nil
	}
	if allowed, _ := value(urgent, "allowed"); allowed != true {
		return "alarm stop", nil
	}
	happened := func(name string) bool { return h[name] != nil && instant(h, name) <= now }
	began, until := instant(q, "from"), instant(q, "until")
	if h["began"] != nil {
		began = instant(h, "began")
	}
	if now < began {
		return "", nil
	}
	message, span := "confirmed", "confirm_within"
	if after, _ := value(urgent, "after"); after == "prompt-notice" {
		message, span = "noticed", "notice_within"
	}
	due := until
	if within, known := value(urgent, span); known {
		by, ok := s.after(began, within.(object))
		if !ok {
			by = began
		}
		due = min(due, by)
	}
	return s.say(now >= until || happened("ended"), happened("refused"), happened(message) && instant(h, message) < due, now >= due), nil
}

// say spells the closing out.
func (s *Slow) say(over, refused, good, due bool) string {
	late := !good && due
	does, _ := value(in(in(s.rules, "time"), "urgent"), "on_refusal")
	bad := late || refused
	var words []string
	for _, o := range []struct {
		is   bool
		word string
	}{{!good, "owed"}, {late, "alarm"}, {bad || over, "stop"}, {bad && does == "erase", "erase"}, {bad && does == "judge-orders", "seal"}} {
		if o.is {
			words = append(words, o.word)
		}
	}
	return strings.Join(words, " ")
}

// Undo says what a change without time asks for, in words: "owed alarm undo".
func (s *Slow) Undo(request, history []byte, now int64) (string, error) {
	var q, h object
	if err := json.Unmarshal(request, &q); err != nil {
		return "", err
	}
	if err := json.Unmarshal(history, &h); err != nil {
		return "", err
	}
	happened := func(name string) bool { return h[name] != nil && instant(h, name) <= now }
	rule := in(in(s.rules, "time"), "change")
	if allowed, _ := value(rule, "allowed"); !happened("changed") {
		return "", nil
	} else if allowed != true {
		return "alarm undo", nil
	}
	within, _ := value(rule, "approve_within")
	due, ok := s.after(instant(h, "changed"), within.(object))
	if !ok {
		due = instant(h, "changed")
	}
	good := happened("change_approved") && instant(h, "change_approved") < due
	over := happened("change_refused") || happened("ended") || now >= instant(q, "until")
	return changing(good, now >= due, over), nil
}

// changing spells out what a change asks for.
func changing(good, due, over bool) string {
	switch {
	case !good && due:
		return "owed alarm undo"
	case !good && over:
		return "owed undo"
	case !good:
		return "owed"
	case over:
		return "undo"
	}
	return ""
}

// after adds a span.
func (s *Slow) after(from int64, span object) (int64, bool) {
	n := int64(number(span, "n"))
	switch span["unit"] {
	case "s":
		return from + n, true
	case "h":
		return from + n*3600, true
	case "day":
		return from + n*86400, true
	case "working_day":
		return s.workingDays(from, int(n))
	}
	return s.workingHours(from, n)
}

// workingDays steps through the minutes after an instant, day by day on the wall.
func (s *Slow) workingDays(from int64, n int) (int64, bool) {
	if s.calendar == nil || !s.covered(s.wall(from)) {
		return 0, false
	}
	today := s.wall(from).Format(time.DateOnly)
	t := from
	for {
		t = s.midnight(t)
		day := s.wall(t)
		if n == 0 {
			return t, true
		}
		if !s.covered(day) {
			return 0, false
		}
		if day.Format(time.DateOnly) != today && s.working(day) {
			n--
		}
	}
}

// workingHours steps from midnight to midnight and lets the seconds of working days run.
func (s *Slow) workingHours(from, n int64) (int64, bool) {
	if s.calendar == nil || !s.covered(s.wall(from)) {
		return 0, false
	}
	left := n * 3600
	for t := from; s.covered(s.wall(t)); {
		next := s.midnight(t)
		if s.working(s.wall(t)) {
			if next-t >= left {
				return t + left, true
			}
			left -= next - t
		}
		t = next
	}
	return 0, false
}

// midnight gives the next instant at which another day begins on the wall: changes of
// the clock fall on full quarters of an hour.
func (s *Slow) midnight(t int64) int64 {
	today := s.wall(t).Format(time.DateOnly)
	for u := t - t%900 + 900; ; u += 900 {
		if s.wall(u).Format(time.DateOnly) > today {
			return u
		}
	}
}

// wall gives the clock on the wall, as if it were UTC.
func (s *Slow) wall(t int64) time.Time {
	var east float64
	for i, o := range list(s.calendar, "offsets") {
		if i == 0 || instant(o.(object), "from") <= t {
			east = number(o.(object), "east_s")
		}
	}
	return time.Unix(t+int64(east), 0).UTC()
}

func (s *Slow) covered(day time.Time) bool {
	y := float64(day.Year())
	return y >= number(s.calendar, "first_year") && y <= number(s.calendar, "last_year")
}

func (s *Slow) working(day time.Time) bool {
	for _, h := range list(s.calendar, "holidays") {
		if text(h.(object), "date") == day.Format(time.DateOnly) {
			return false
		}
	}
	weekday := float64(day.Weekday())
	if weekday == 0 {
		weekday = 7
	}
	return !has(list(s.calendar, "weekend"), weekday)
}
