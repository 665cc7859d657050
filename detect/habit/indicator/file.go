package indicator

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Schema is the version of the form of a file of habits.
const Schema = "noroshi-habit/1"

const (
	maxFile   = 4 << 20 // bytes
	maxHabits = 1000    // of one file
)

// document is a file of habits.
type document struct {
	Schema string  `toml:"schema"`
	Habits []Habit `toml:"habit"`
}

// Load reads the habits at path. Its errors are NotFound, Invalid or Limit and name
// the file, the place and what to do; a file is read whole or not at all.
func Load(path string) ([]Habit, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, problem(fault.NotFound, path, 0, "", "open", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, problem(fault.Invalid, path, 0, "", "open", err)
	}
	if len(data) > maxFile {
		return nil, problem(fault.Limit, path, 0, "", "large", nil)
	}
	return parse(path, data)
}

// LoadAll reads the habits of all paths, as Load does.
func LoadAll(paths []string) ([]Habit, error) {
	var all []Habit
	for _, path := range paths {
		habits, err := Load(path)
		if err != nil {
			return nil, err
		}
		all = append(all, habits...)
	}
	return all, nil
}

// Write writes habits to w in the form that Load reads.
func Write(w io.Writer, habits []Habit) error {
	e := toml.NewEncoder(w)
	e.SetArraysMultiline(false)
	return e.Encode(document{Schema, habits})
}

func problem(kind fault.Kind, path string, line int64, field, key string, err error, args ...any) error {
	return fault.Said(fault.Error{Kind: kind, Place: fault.Place{Path: path, Line: line, Offset: -1, Field: field}, Err: err},
		i18n.Both("habit.op"), i18n.Both("habit.fault."+key, args...), i18n.Both("habit.hint."+key, args...))
}

func parse(path string, data []byte) ([]Habit, error) {
	var doc document
	decoder := toml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff")))).DisallowUnknownFields()
	if err := decoder.Decode(&doc); err != nil {
		return nil, decodeProblem(path, err)
	}
	if doc.Schema != Schema {
		return nil, problem(fault.Invalid, path, 0, "schema", "schema", nil, "schema", doc.Schema)
	}
	if len(doc.Habits) > maxHabits {
		return nil, problem(fault.Limit, path, 0, "habit", "many", nil, "limit", maxHabits)
	}
	for i := range doc.Habits {
		if field := doc.Habits[i].unsound(); field != "" {
			return nil, problem(fault.Invalid, path, 0, field, "value", nil, "n", i+1, "field", field)
		}
	}
	return doc.Habits, nil
}

func decodeProblem(path string, err error) error {
	var missing *toml.StrictMissingError
	if errors.As(err, &missing) && len(missing.Errors) > 0 {
		row, _ := missing.Errors[0].Position()
		return problem(fault.Invalid, path, int64(row), strings.Join(missing.Errors[0].Key(), "."), "unknown", nil)
	}
	var wrong *toml.DecodeError
	if errors.As(err, &wrong) {
		row, _ := wrong.Position()
		return problem(fault.Invalid, path, int64(row), strings.Join(wrong.Key(), "."), "toml", err)
	}
	return problem(fault.Invalid, path, 0, "", "toml", err)
}

// unsound names the first key of h whose value cannot be, "" for none.
func (h *Habit) unsound() string {
	const year = 366 * 86400
	for _, c := range []struct {
		key string
		ok  bool
	}{
		{"id", identifier(h.ID)},
		{"source.finding", h.Source.Finding == "" || identifier(h.Source.Finding)},
		{"source.kind", h.Source.Kind == "" || identifier(h.Source.Kind)},
		{"source.score", within(h.Source.Score, 0, 1)},
		{"source.hosts", within(float64(h.Source.Hosts), 1, 1e9)},
		{"source.check_ins", within(float64(h.Source.CheckIns), 5, 1e9)},
		{"rhythm.period_s", within(h.Rhythm.Period, 0, year)},
		{"rhythm.jitter", within(h.Rhythm.Jitter, 0, 1)},
		{"rhythm.second_period_s", within(h.Rhythm.Second, 0, year)},
		{"rhythm.connections_per_check_in", within(float64(h.Rhythm.PerWake), 1, 1e6)},
		{"rhythm.gaps_s", h.Rhythm.Gaps.sound(0, year) && h.Rhythm.Gaps.Median() > 0},
		{"rhythm.hours_utc", hours(h.Rhythm.HoursUTC)},
		{"exchange.port", h.Exchange.Port > 0},
		{"exchange.protocol", h.Exchange.Protocol > 0},
		{"exchange.service", knownService(h.Exchange.Service)},
		{"exchange.unanswered", within(h.Exchange.Failed, 0, 1)},
		{"exchange.sent_octets", h.Exchange.Sent.sound(0, 1e15)},
		{"exchange.received_octets", h.Exchange.Received.sound(0, 1e15)},
		{"exchange.duration_s", h.Exchange.Duration == nil || within(h.Exchange.Duration.Median, 0, year) && within(h.Exchange.Duration.Spread, 0, 100)},
		{"tls", h.TLS == nil || h.TLS.sound()},
	} {
		if !c.ok {
			return c.key
		}
	}
	return ""
}

func within(x, least, most float64) bool { return x >= least && x <= most }

func hours(h []float64) bool {
	sum := 0.0
	for _, x := range h {
		if !within(x, 0, 1) {
			return false
		}
		sum += x
	}
	return len(h) == 24 && within(sum, 0.9, 1.1)
}

// identifier says whether s looks like an ID or a kind of ours.
func identifier(s string) bool {
	for i := range len(s) {
		if c := s[i]; !('0' <= c && c <= '9' || 'a' <= c && c <= 'z' || c == '-') {
			return false
		}
	}
	return s != "" && len(s) <= 60
}

func (t *TLS) sound() bool {
	c := t.Certificate
	return (t.JA4 == "" || Fingerprint(t.JA4)) && (t.JA3 == "" || Fingerprint(t.JA3)) &&
		(c == nil || within(c.Validity, 0, 1e6) && isShape(c.Subject) && isShape(c.Issuer) && within(float64(c.Names), 0, 8))
}
