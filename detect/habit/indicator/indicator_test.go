package indicator_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/detect/habit/indicator"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

func loadText(t testing.TB, text string) ([]indicator.Habit, error) {
	path := filepath.Join(t.TempDir(), "habits.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return indicator.Load(path)
}

// written is a file with one sound habit.
const written = `schema = "noroshi-habit/1"
[[habit]]
id = "habit-0123456789ab"
[habit.source]
finding = "beacon-0123456789ab"
kind = "beacon"
score = 0.9
hosts = 1
check_ins = 100
[habit.rhythm]
period_s = 300.0
jitter = 0.1
connections_per_check_in = 1
gaps_s = [280.0, 290.0, 300.0, 310.0, 320.0]
hours_utc = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
[habit.exchange]
port = 443
protocol = 6
named = true
unanswered = 0.0
sent_octets = [500.0, 501.0, 502.0, 503.0, 504.0]
received_octets = [300.0, 301.0, 302.0, 303.0, 304.0]
`

func TestLoadRefuses(t *testing.T) {
	if all, err := loadText(t, written); err != nil || len(all) != 1 {
		t.Fatalf("%d, %v", len(all), err)
	}
	for name, c := range map[string]struct {
		text, says string
		kind       fault.Kind
	}{
		"an address":        {strings.Replace(written, "port = 443", "port = 443\naddress = \"192.0.2.1\"", 1), "address", fault.Invalid},
		"another version":   {strings.Replace(written, "habit/1", "habit/9", 1), "noroshi-habit/9", fault.Invalid},
		"falling quantiles": {strings.Replace(written, "290.0, 300.0", "310.0, 300.0", 1), "rhythm.gaps_s", fault.Invalid},
		"not a number":      {strings.Replace(written, "300.0, 301.0", "nan, 301.0", 1), "exchange.received_octets", fault.Invalid},
		"infinite":          {strings.Replace(written, "504.0", "inf", 1), "exchange.sent_octets", fault.Invalid},
		"a text as id":      {strings.Replace(written, "habit-0123456789ab", "www.example.com", 1), "id", fault.Invalid},
		"a name as a shape": {written + "[habit.tls.certificate]\nself_signed = true\nvalidity_days = 90.0\nsubject_shape = \"CN=www.example.com\"\nissuer_shape = \"\"\nnames = 0\n", "tls", fault.Invalid},
		"a name as ja4":     {written + "[habit.tls]\nja4 = \"www.example.com\"\n", "tls", fault.Invalid},
		"hours":             {strings.Replace(written, "[1.0, 0.0", "[0.0", 1), "rhythm.hours_utc", fault.Invalid},
		"no TOML":           {"habit = [", "TOML", fault.Invalid},
		"large":             {written + strings.Repeat("#", 4<<20), "4 MiB", fault.Limit},
	} {
		_, err := loadText(t, c.text)
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != c.kind || !strings.Contains(err.Error(), c.says) || f.Hint == "" || f.JA.Hint == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := indicator.Load(filepath.Join(t.TempDir(), "none")); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a file that is not there: %v", err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(written)
	f.Add("schema = \"noroshi-habit/1\"\n")
	f.Add(written + "[habit.tls]\nja3 = \"0\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := loadText(t, text)
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := indicator.Write(&b, all); err != nil {
			t.Fatal(err)
		}
		back, err := loadText(t, b.String())
		if err != nil {
			t.Fatalf("what we write we refuse: %v\n%s", err, b.String())
		}
		if d := cmp.Diff(all, back, cmpopts.EquateEmpty()); d != "" {
			t.Error(d)
		}
	})
}

// TestShapes: a shape holds only words of ours, whatever the name.
func TestShapes(t *testing.T) {
	for name, want := range map[string]string{
		"":                                  "",
		"CN=gw.example.com,O=ACME Ltd,C=US": "CN=host,O=words,C=country",
		"CN=*.example.com":                  "CN=wildcard",
		"CN=192.0.2.7":                      "CN=address",
		"CN=deadbeef01+OU=7":                "CN=hex,OU=digits",
		`O="a, b",CN=x@example.com,ST=`:     "O=words,CN=mail,ST=empty",
		"anything at all":                   "?=empty",
		"CN=localhost,1.2.3.4=password":     "CN=word,?=word",
	} {
		if got := indicator.Shape(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	word := map[string]bool{"address": true, "empty": true, "country": true, "wildcard": true, "mail": true, "digits": true, "hex": true, "words": true, "host": true, "word": true}
	rapid.Check(t, func(t *rapid.T) {
		shape := indicator.Shape(rapid.String().Draw(t, "name"))
		if shape == "" {
			return
		}
		for part := range strings.SplitSeq(shape, ",") {
			_, value, ok := strings.Cut(part, "=")
			if !ok || !word[value] {
				t.Fatalf("%q holds %q", shape, part)
			}
		}
	})
}
