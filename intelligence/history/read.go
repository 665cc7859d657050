package history

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

func (r *reader) place(line int64) fault.Place {
	return fault.Place{Path: r.path, Line: line, Offset: -1}
}

// certificate is an entry of a crt.sh export.
type certificate struct {
	CommonName string `json:"common_name"`
	NameValue  string `json:"name_value"`
	Entry      string `json:"entry_timestamp"`
	NotBefore  string `json:"not_before"`
}

// certificates reads an export of certificate transparency, JSON or CSV by its first
// character.
func (b *Book) certificates(r *reader) error {
	if c := r.first(); c != '{' && c != '[' && c != 0 {
		return b.certificateTable(r)
	}
	return r.objects(func(object []byte, line int64) error {
		var c certificate
		if err := json.Unmarshal(object, &c); err != nil {
			return r.skip(line, "json", err)
		}
		if !b.certificate(c) {
			return r.skip(line, "certificate", nil)
		}
		return nil
	})
}

// certificate takes one entry; false when it has no name or no time.
func (b *Book) certificate(c certificate) bool {
	at := instant(c.NotBefore)
	if logged := instant(c.Entry); at == 0 || logged != 0 && logged < at {
		at = logged
	}
	if at == 0 {
		return false
	}
	names := strings.FieldsFunc(strings.ReplaceAll(c.NameValue, "<BR>", "\n"), func(r rune) bool { return r == '\n' || r == '\r' || r == ',' || r == ' ' })
	if c.CommonName != "" {
		names = append(names, c.CommonName)
	}
	seen := map[string]bool{}
	for _, n := range names {
		if !seen[n] {
			seen[n] = true
			b.note(n, at, 0, 0)
		}
	}
	return len(seen) > 0
}

// columns are the heads of a crt.sh table, as the export and as the page write them.
var columns = map[string]string{
	"common_name": "name", "common name": "name", "name_value": "names", "matching identities": "names",
	"entry_timestamp": "entry", "logged at": "entry", "not_before": "before", "not before": "before",
}

// bounded gives an error instead of more than a record's worth of bytes.
type bounded struct {
	in   io.Reader
	left int
}

var errLarge = errors.New("record too large")

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLarge
	}
	n, err := b.in.Read(p)
	b.left -= n
	return n, err
}

// certificateTable reads CSV with a head.
func (b *Book) certificateTable(r *reader) error {
	in := &bounded{in: r.in, left: maxObject}
	table := csv.NewReader(in)
	table.FieldsPerRecord, table.LazyQuotes, table.ReuseRecord = -1, true, true
	at := map[string]int{}
	for first := true; ; first = false {
		in.left = maxObject
		row, err := table.Read()
		switch {
		case err == io.EOF:
			return nil
		case errors.Is(err, errLarge):
			return problem(fault.Limit, r.place(r.line), "large", nil)
		}
		line, _ := table.FieldPos(0)
		switch {
		case err != nil:
			err = r.skip(int64(line), "csv", err)
		case first:
			for i, head := range row {
				if to := columns[strings.ToLower(strings.TrimSpace(head))]; to != "" {
					at[to] = i
				}
			}
			if _, named := at["name"]; !named && len(at) < 2 {
				return problem(fault.Invalid, r.place(1), "head", nil)
			}
		default:
			cell := func(name string) string {
				if i, ok := at[name]; ok && i < len(row) {
					return row[i]
				}
				return ""
			}
			if !b.certificate(certificate{cell("name"), cell("names"), cell("entry"), cell("before")}) {
				err = r.skip(int64(line), "certificate", nil)
			}
		}
		if err != nil {
			return err
		}
	}
}

// record is an object of passive DNS in the common output format, or in the envelope
// of a streaming answer.
type record struct {
	Name      string          `json:"rrname"`
	First     json.RawMessage `json:"time_first"`
	Last      json.RawMessage `json:"time_last"`
	ZoneFirst json.RawMessage `json:"zone_time_first"`
	ZoneLast  json.RawMessage `json:"zone_time_last"`
	Inner     json.RawMessage `json:"obj"`
	Condition string          `json:"cond"`
}

// passive reads an export of passive DNS.
func (b *Book) passive(r *reader) error {
	return r.objects(func(object []byte, line int64) error {
		var x record
		err := json.Unmarshal(object, &x)
		if err == nil && len(x.Inner) > 0 {
			err = json.Unmarshal(x.Inner, &x)
		}
		if err != nil {
			return r.skip(line, "json", err)
		}
		first, last := instant(string(x.First)), instant(string(x.Last))
		if zone := instant(string(x.ZoneFirst)); first == 0 || zone != 0 && zone < first {
			first, last = zone, max(last, instant(string(x.ZoneLast)))
		}
		switch {
		case x.Condition != "" && x.Name == "": // "begin", "succeeded" of an envelope
			return nil
		case x.Name == "" || first == 0:
			return r.skip(line, "passive", nil)
		}
		b.note(x.Name, 0, first, last)
		return nil
	})
}

// Bounds of a time that can be meant: 1990 to 2100, in s.
const (
	earliest = 631_152_000
	latest   = 4_102_444_800
)

// instant reads a time: seconds since 1970 or one of the forms that exports use, in
// UTC; 0 when it is none.
func instant(s string) int64 {
	s = strings.Trim(strings.TrimSpace(s), `"`)
	if s == "" || len(s) > 40 {
		return 0
	}
	var at time.Time
	if d, err := time.ParseDuration(s + "s"); err == nil {
		at = time.Unix(0, int64(d))
	} else {
		for _, layout := range []string{"2006-01-02T15:04:05", time.RFC3339, "2006-01-02 15:04:05", "2006-01-02 15:04:05 MST", "2006-01-02"} {
			if at, err = time.Parse(layout, s); err == nil {
				break
			}
		}
	}
	if sec := at.Unix(); sec < earliest || sec > latest {
		return 0
	}
	return at.UnixNano()
}
