package cli_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/text/width"

	"github.com/noroshi-acd/noroshi/cli"
)

// TestInterruptWhileWaiting: a pipe that says nothing holds nobody.
func TestInterruptWhileWaiting(t *testing.T) {
	silent, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(50*time.Millisecond, cancel)
	var out, errs bytes.Buffer
	done := make(chan int, 1)
	go func() {
		done <- cli.Main(ctx, cli.World{Args: []string{"analyze", "-"}, Stdin: silent, Stdout: &out, Stderr: &errs, Getenv: func(string) string { return "" }})
	}()
	select {
	case status := <-done:
		if status != 130 {
			t.Errorf("status %d: %s", status, errs.String())
		}
	case <-time.After(20 * time.Second):
		t.Fatal("still waiting")
	}
}

// full is a device without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no room") }

func TestOutputCannotBeWritten(t *testing.T) {
	s := newStage(t)
	s.conn(begin, "203.0.113.5", "198.51.100.77", 4444, 0.5, "SF")
	logs := s.write(t)
	for _, args := range [][]string{{"analyze", logs}, {"analyze", "--json", logs}, {"detectors"}, {"direction", "198.51.100.1"}, {"version"}} {
		var errs bytes.Buffer
		status := cli.Main(context.Background(), cli.World{Args: args, Stdin: strings.NewReader(""), Stdout: full{}, Stderr: &errs, Getenv: func(string) string { return "" }})
		if status != 2 || !strings.Contains(errs.String(), "cannot be written") || !strings.Contains(errs.String(), "hint") {
			t.Errorf("%v: status %d, %q", args, status, errs.String())
		}
	}
}

func TestFlagsThatMakeNoSense(t *testing.T) {
	s := newStage(t)
	s.conn(begin, "203.0.113.5", "198.51.100.77", 4444, 0.5, "SF")
	logs := s.write(t)
	for name, flags := range map[string][]string{
		"no time between": {"--since", "2026-11-21", "--until", "2026-11-20"}, "the same time": {"--since", "2026-11-20", "--until", "2026-11-20"},
		"not a time": {"--since", "1h5"}, "top": {"--top", "-1"}, "no list": {"--allow", ""}, "no bad list": {"--known-bad="}, "no finding": {"--explain", ""},
		"no country": {"--domestic", "ZZ"}, "no database": {"--mmdb", ""}, "no level": {"--min-level", "HIGH"}, "no language": {"--lang", "xx"},
	} {
		if status, out, errs := run(t, append([]string{"analyze", logs}, flags...)...); status != 2 || out != "" || errs == "" {
			t.Errorf("%s: status %d, %q, %q", name, status, out, errs)
		}
	}
	for name, flags := range map[string][]string{"far future": {"--until", "9999-12-31"}, "far past": {"--since", "0001-01-01"}} {
		if _, out, _ := run(t, append([]string{"analyze", "--json", logs}, flags...)...); !strings.Contains(out, `"records": 1,`) {
			t.Errorf("%s: %s", name, out)
		}
	}
	if status, out, _ := run(t, "direction", "fe80::1%\x1b[2J"); status != 0 || strings.Contains(out, "\x1b") {
		t.Errorf("a zone of an address: status %d, %q", status, out)
	}
}

// TestTableIsPlainAndNarrow: with names as an attacker would choose them, in both
// languages, no line is wider than 80 columns and every character shows as itself.
func TestTableIsPlainAndNarrow(t *testing.T) {
	names := []string{strings.Repeat("x", 250), strings.Repeat("a", 63) + "." + strings.Repeat("b", 63) + ".example", "\u202egnp.exe.example", "日本語ドメイン.example",
		"\u200bzero.example", strings.Repeat("😀", 30) + ".example", "\xf0\x9f\xff.example", "é́́́.example", "{src}.example", "[2001:db8:f::1]"}
	s := newStage(t)
	for i, name := range names {
		for k := range 50 {
			at := begin + 600*float64(k) + 3*s.rnd.Float64()
			src, dst := "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ff0"+string(rune('0'+i)), "2001:db8:f:bbbb:cccc:dddd:eeee:ff0"+string(rune('0'+i))
			s.sni(at, s.conn(at, src, dst, 443, 0.5, "SF"), src, dst, name)
		}
	}
	s.file(t, "logs/"+strings.Repeat("n", 100)+"\x1b[2J\u202e.log", "#separator \\x09\n#path\tconn\n#fields\tts\tuid\tid.orig_h\nx\ty\tz\n")
	logs := s.write(t)
	for _, lang := range []string{"en", "ja"} {
		base := []string{"analyze", logs, "--lang", lang, "--min-level", "low"}
		texts := []string{}
		for _, more := range [][]string{nil, {"--as-edge"}, {"--explain", "1"}, {"--explain", "5"}, {"--explain", "10"}} {
			_, out, _ := run(t, append(base, more...)...)
			texts = append(texts, out)
		}
		if n := strings.Count(texts[0], "→"); n != len(names) {
			t.Errorf("%s: %d of %d are shown", lang, n, len(names))
		}
		for _, text := range texts {
			for line := range strings.Lines(text) {
				line = strings.TrimSuffix(line, "\n")
				if n := columnsOf(line); n > 80 {
					t.Errorf("%s: %d columns: %s", lang, n, line)
				}
				for _, r := range line {
					if !unicode.IsGraphic(r) || r == unicode.ReplacementChar {
						t.Errorf("%s: %U in %q", lang, r, line)
					}
				}
			}
		}
	}
}

// columnsOf is how wide a terminal shows s, counted apart from the product.
func columnsOf(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me):
		case width.LookupRune(r).Kind() == width.EastAsianWide || width.LookupRune(r).Kind() == width.EastAsianFullwidth || r >= 0x1f300 && r < 0x1fb00:
			n += 2
		default:
			n++
		}
	}
	return n
}
