package feed

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/noroshi-acd/noroshi/detect/knownbad/indicator"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Bounds of a description.
const (
	maxFile  = 4 << 20 // bytes
	maxFeeds = 10_000
	maxText  = 160 // bytes of a source or a licence
	maxDays  = 36_500
)

// Format is how a feed is written.
type Format string

// The formats of feeds.
const (
	Auto Format = "auto" // told by its content
	List Format = "list" // an indicator a line, or CSV
	STIX Format = "stix"
	MISP Format = "misp"
)

// Feed is one feed as its receiver describes it.
type Feed struct {
	Path    string // of a file or a folder
	Format  Format
	Source  string // who publishes it; empty for the name of the file
	Voice   indicator.Voice
	Expires int64 // ns, when all of it ends; 0 for never
	Days    int   // how long an item holds after it was said; 0 for ever
	AsOf    int64 // ns, when the items were said that do not say so themselves
	ByFile  bool  // that is when the file was changed last
	place   fault.Place
}

// written is a feed as it stands in the file.
type written struct {
	Path        string `toml:"path"`
	Format      string `toml:"format"`
	Source      string `toml:"source"`
	Reliability string `toml:"reliability"`
	Credibility int    `toml:"credibility"`
	Licence     string `toml:"licence"`
	Expires     any    `toml:"expires"`
	Days        int    `toml:"days"`
	AsOf        any    `toml:"as_of"`
	TLP         string `toml:"tlp"`
}

// Describe reads the description at path. Paths in it that are not absolute begin at
// its folder. Its errors are NotFound, Invalid or Limit and name the file, the line
// and the key.
func Describe(path string) ([]Feed, error) {
	f, err := os.Open(path)
	if err != nil {
		kind := fault.Invalid
		if errors.Is(err, os.ErrNotExist) {
			kind = fault.NotFound
		}
		return nil, problem(kind, fault.Place{Path: path, Offset: -1}, "description", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, problem(fault.Invalid, fault.Place{Path: path, Offset: -1}, "description", err)
	}
	if len(data) > maxFile {
		return nil, problem(fault.Limit, fault.Place{Path: path, Offset: -1}, "many", nil)
	}
	return parse(path, data)
}

func problem(kind fault.Kind, place fault.Place, key string, err error, args ...any) error {
	return fault.Said(fault.Error{Kind: kind, Place: place, Err: err},
		i18n.Both("feed.op"), i18n.Both("feed.fault."+key, args...), i18n.Both("feed.hint."+key, args...))
}

func parse(path string, data []byte) ([]Feed, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	var doc struct {
		Feed []written `toml:"feed"`
	}
	at := func(line int, field string) fault.Place {
		return fault.Place{Path: path, Line: int64(line), Offset: -1, Field: field}
	}
	if err := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields().Decode(&doc); err != nil {
		var missing *toml.StrictMissingError
		if errors.As(err, &missing) && len(missing.Errors) > 0 {
			row, _ := missing.Errors[0].Position()
			return nil, problem(fault.Invalid, at(row, strings.Join(missing.Errors[0].Key(), ".")), "unknown", nil)
		}
		var wrong *toml.DecodeError
		if errors.As(err, &wrong) {
			row, _ := wrong.Position()
			return nil, problem(fault.Invalid, at(row, strings.Join(wrong.Key(), ".")), "toml", err)
		}
		return nil, problem(fault.Invalid, at(0, ""), "toml", err)
	}
	switch {
	case len(doc.Feed) == 0:
		return nil, problem(fault.Invalid, at(0, ""), "none", nil)
	case len(doc.Feed) > maxFeeds:
		return nil, problem(fault.Limit, at(0, ""), "many", nil)
	}
	lines := heads(data)
	feeds := make([]Feed, 0, len(doc.Feed))
	for i := range doc.Feed {
		line := 0
		if i < len(lines) {
			line = lines[i]
		}
		f, field, key := doc.Feed[i].feed()
		if key != "" {
			return nil, problem(fault.Invalid, at(line, field), key, nil)
		}
		if f.place = at(line, "path"); !filepath.IsAbs(f.Path) {
			f.Path = filepath.Join(filepath.Dir(path), f.Path)
		}
		feeds = append(feeds, f)
	}
	return feeds, nil
}

var head = regexp.MustCompile(`(?m)^[ \t]*\[\[[ \t]*feed[ \t]*\]\]`)

// heads gives the lines in which feeds begin.
func heads(data []byte) []int {
	var lines []int
	line, from := 1, 0
	for _, m := range head.FindAllIndex(data, -1) {
		line += bytes.Count(data[from:m[0]], []byte("\n"))
		from = m[0]
		lines = append(lines, line)
	}
	return lines
}

// feed checks w; key names what is wrong with field, empty for nothing.
func (w *written) feed() (f Feed, field, key string) {
	f = Feed{Path: w.Path, Format: Format(w.Format), Source: strings.TrimSpace(w.Source), Days: w.Days}
	f.Voice.Licence = strings.TrimSpace(w.Licence)
	if f.Path == "" {
		return f, "path", "path"
	}
	switch f.Format {
	case "":
		f.Format = Auto
	case Auto, List, STIX, MISP:
	default:
		return f, "format", "format"
	}
	if len(f.Source) > maxText || strings.ContainsFunc(f.Source, control) {
		return f, "source", "text"
	}
	if len(f.Voice.Licence) > maxText || strings.ContainsFunc(f.Voice.Licence, control) {
		return f, "licence", "text"
	}
	if field, key := w.grades(&f.Voice); key != "" {
		return f, field, key
	}
	if w.Days < 0 || w.Days > maxDays {
		return f, "days", "days"
	}
	if field = w.times(&f); field != "" {
		return f, field, "time"
	}
	return f, "", ""
}

func control(r rune) bool { return r < ' ' || r == 0x7f }

func (w *written) grades(v *indicator.Voice) (field, key string) {
	var ok bool
	if w.Reliability != "" {
		if v.Reliability, ok = indicator.ParseReliability(w.Reliability); !ok {
			return "reliability", "reliability"
		}
	}
	if w.Credibility != 0 {
		if w.Credibility < 1 || w.Credibility > 6 {
			return "credibility", "credibility"
		}
		v.Credibility = indicator.Credibility(w.Credibility)
	}
	if w.TLP != "" {
		if v.TLP, ok = indicator.ParseTLP(w.TLP); !ok {
			return "tlp", "tlp"
		}
	}
	return "", ""
}

// times reads expires and as_of and gives the name of the one that cannot be read.
func (w *written) times(f *Feed) (wrong string) {
	var ok bool
	if f.Expires, ok = moment(w.Expires, true); !ok {
		return "expires"
	}
	if w.AsOf == "file" {
		f.ByFile = true
	} else if f.AsOf, ok = moment(w.AsOf, false); !ok {
		return "as_of"
	}
	return ""
}

// moment reads a day or an instant; nothing is 0. A day means its end when it is the
// last one on which something holds.
func moment(v any, last bool) (ns int64, ok bool) {
	var t time.Time
	var err error
	day := false
	switch v := v.(type) {
	case nil:
		return 0, true
	case time.Time:
		t = v
	case toml.LocalDate:
		t, day = v.AsTime(time.UTC), true
	case toml.LocalDateTime:
		t = v.AsTime(time.UTC)
	case string:
		if t, err = time.Parse(time.DateOnly, v); err == nil {
			day = true
		} else if t, err = time.Parse(time.RFC3339, v); err != nil {
			return 0, false
		}
	default:
		return 0, false
	}
	if day && last {
		t = t.AddDate(0, 0, 1)
	}
	if t.Year() < 1970 || t.Year() > 2200 {
		return 0, false
	}
	return t.UnixNano(), true
}
