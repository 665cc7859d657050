package allow

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// maxFile bounds a list, in bytes.
const maxFile = 4 << 20

// kinds are the kinds of finding that an entry may name.
var kinds = []detect.Kind{detect.Beacon, detect.LongLived, detect.DNSTunnel, detect.DGA, detect.Scan, detect.Spread, detect.KnownBad, detect.FanIn, detect.Habit, detect.OddHours, detect.OddVolume, detect.OddRegion, detect.FastFlux, detect.LookAlike, detect.OddTLS}

// written is an entry as it stands in the file.
type written struct {
	Src     string `toml:"src"`
	Dst     string `toml:"dst"`
	Name    string `toml:"name"`
	Port    *int64 `toml:"port"`
	Kind    string `toml:"kind"`
	Reason  string `toml:"reason"`
	Expires any    `toml:"expires"`
}

// lines says where an entry and its keys stand.
type lines struct {
	entry int64
	keys  map[string]int64
}

func (l lines) of(key string) int64 {
	if n := l.keys[key]; n != 0 {
		return n
	}
	return l.entry
}

// Load reads the list at path. Its errors are NotFound, Invalid or Limit and name
// the file, the line and the key; a list is read whole or not at all.
func Load(path string) (*List, error) {
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

func problem(kind fault.Kind, path string, line int64, field, key string, err error, args ...any) error {
	return fault.Said(fault.Error{Kind: kind, Place: fault.Place{Path: path, Line: line, Offset: -1, Field: field}, Err: err},
		i18n.Both("allow.op"), i18n.Both("allow.fault."+key, args...), i18n.Both("allow.hint."+key, args...))
}

func parse(path string, data []byte) (*List, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	var doc struct {
		Allow []written `toml:"allow"`
	}
	decoder := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields()
	if err := decoder.Decode(&doc); err != nil {
		return nil, decodeProblem(path, err)
	}
	places := locate(data)
	if len(places) != len(doc.Allow) {
		return nil, problem(fault.Invalid, path, 1, "allow", "form", nil)
	}
	l := &List{}
	for i := range doc.Allow {
		e, err := entry(path, &doc.Allow[i], places[i])
		if err != nil {
			return nil, err
		}
		l.Entries = append(l.Entries, e)
	}
	return l, nil
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

// locate finds the line of each [[allow]] and of the keys beneath it. data has been
// decoded before, so it is well formed.
func locate(data []byte) []lines {
	var found []lines
	var p unstable.Parser
	p.Reset(data)
	line, at := int64(1), 0 // expressions come in order: lines are counted once
	for p.NextExpression() {
		e := p.Expression()
		key := e.Key()
		if !key.Next() {
			continue
		}
		node := key.Node()
		start := int(node.Raw.Offset)
		line += int64(bytes.Count(data[at:max(at, start)], []byte("\n")))
		at = max(at, start)
		switch {
		case e.Kind == unstable.ArrayTable:
			found = append(found, lines{line, map[string]int64{}})
		case e.Kind == unstable.KeyValue && len(found) > 0:
			found[len(found)-1].keys[string(node.Data)] = line
		}
	}
	return found
}

// entry checks w, which stands at place.
func entry(path string, w *written, place lines) (Entry, error) {
	e := Entry{Path: path, Line: place.entry, Reason: strings.TrimSpace(w.Reason), Kind: detect.Kind(w.Kind)}
	fail := func(field, key string, args ...any) (Entry, error) {
		return Entry{}, problem(fault.Invalid, path, place.of(field), field, key, nil, args...)
	}
	if e.Reason == "" {
		return fail("reason", "reason")
	}
	var ok bool
	if e.Expires, ok = expiry(w.Expires); !ok {
		return fail("expires", "expires")
	}
	if field, key, value := e.conditions(w); key != "" {
		return fail(field, key, "value", value)
	}
	if !e.Src.IsValid() && !e.Dst.IsValid() && e.Name == "" && e.Port == 0 && e.Kind == "" {
		return fail("allow", "empty")
	}
	return e, nil
}

// conditions reads what must hold; key names the fault of a field that cannot be
// read.
func (e *Entry) conditions(w *written) (field, key string, value any) {
	var ok bool
	if e.Src, ok = prefix(w.Src); !ok {
		return "src", "address", w.Src
	}
	if e.Dst, ok = prefix(w.Dst); !ok {
		return "dst", "address", w.Dst
	}
	if e.Name, ok = name(w.Name); !ok {
		return "name", "name", w.Name
	}
	if w.Port != nil {
		if *w.Port < 1 || *w.Port > 65535 {
			return "port", "port", *w.Port
		}
		e.Port = uint16(*w.Port)
	}
	if e.Kind != "" && !slices.Contains(kinds, e.Kind) {
		return "kind", "kind", w.Kind
	}
	return "", "", nil
}

// expiry gives the instant from which an entry no longer acts. A day acts through
// its end in UTC.
func expiry(v any) (time.Time, bool) {
	switch v := v.(type) {
	case toml.LocalDate:
		return v.AsTime(time.UTC).AddDate(0, 0, 1), true
	case time.Time:
		return v.UTC(), true
	case string:
		if t, err := time.Parse(time.DateOnly, v); err == nil {
			return t.AddDate(0, 0, 1), true
		}
		t, err := time.Parse(time.RFC3339, v)
		return t.UTC(), err == nil
	}
	return time.Time{}, false
}

// prefix reads an address or a prefix that holds less than a whole family; none when
// s is empty.
func prefix(s string) (netip.Prefix, bool) {
	if s == "" {
		return netip.Prefix{}, true
	}
	if a, err := netip.ParseAddr(s); err == nil {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), a.Zone() == ""
	}
	p, err := netip.ParsePrefix(s)
	if err == nil && p.Addr().Is4In6() && p.Bits() > 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p, err == nil && p == p.Masked() && p.Bits() > 0
}

// name reads a host name, or a zone with a leading dot that somebody has
// registered: a bare public suffix would hide strangers. It may be empty.
func name(s string) (string, bool) {
	if s == "" {
		return "", true
	}
	s = strings.TrimSuffix(s, ".")
	zone, dotted := strings.CutPrefix(s, ".")
	ascii, err := idna.Punycode.ToASCII(strings.ToLower(zone))
	if err != nil || ascii == "" || len(ascii) > 253 || strings.ContainsAny(ascii, " */:@") {
		return "", false
	}
	if !dotted {
		return ascii, true
	}
	suffix, _ := publicsuffix.PublicSuffix(ascii)
	return "." + ascii, suffix != ascii
}
