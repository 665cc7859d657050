package noroshi_test

import (
	"bytes"
	"context"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/cli"
)

// shown finds the command lines of a page: in back quotes, and in blocks.
var shown = regexp.MustCompile("(?m)`(noroshi [a-z][^`\n]*)`|^(?:    |\t)?(?:\\$ )?(noroshi [a-z].*)$")

var (
	bare     = regexp.MustCompile(`^[a-z][a-z-]*$`)
	flagged  = regexp.MustCompile(`(^| )--([a-z][a-z-]*)`)
	usedWith = regexp.MustCompile(`(?m)^  (noroshi(?: [a-z-]+)*)(?: (COMMAND))?`)
)

// commandFaults gives the commands of a page that the program does not have as they are
// written: verbs that lead nowhere, and flags that the help does not know.
func commandFaults(place, page string, help func(words []string) string) []string {
	var found []string
	for _, m := range shown.FindAllStringSubmatch(page, -1) {
		line, _, _ := strings.Cut(m[1]+m[2], " | ")
		line, _, _ = strings.Cut(line, " #")
		var words []string
		for _, w := range strings.Fields(line)[1:] {
			if !bare.MatchString(w) {
				break
			}
			words = append(words, w)
		}
		text := help(words)
		u := usedWith.FindStringSubmatch(text)
		switch {
		case u == nil:
			found = append(found, place+": "+line+": no such command")
			continue
		case u[2] != "" && len(words) >= len(strings.Fields(u[1])):
			found = append(found, place+": "+line+": "+u[1]+" has no such verb")
			continue
		}
		for _, f := range flagged.FindAllStringSubmatch(line, -1) {
			if !strings.Contains(text, "--"+f[2]) {
				found = append(found, place+": "+line+": no flag --"+f[2])
			}
		}
	}
	return found
}

// help is what the program says about a command.
func help(words []string) string {
	var out bytes.Buffer
	args := append(slices.Clone(words), "--help", "--lang", "en")
	cli.Main(context.Background(), cli.World{Args: args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, Getenv: func(string) string { return "" }})
	return out.String()
}

// TestHandbookShowsWhatThereIs: every command on every page of the handbook and of the
// READMEs is one that the program has, with flags that it knows.
func TestHandbookShowsWhatThereIs(t *testing.T) {
	pages, err := filepath.Glob("docs/handbook/*/*.md")
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, page := range append(pages, "README.md", "README.ja.md") {
		text := read(t, page)
		tried += len(shown.FindAllString(text, -1))
		report(t, commandFaults(page, text, help))
	}
	if tried < 100 {
		t.Errorf("only %d commands were found", tried)
	}
}

func TestHandbookShowsWhatThereIsBites(t *testing.T) {
	page := "`noroshi regime list --json`, `noroshi regime lists`, `noroshi vanish`\n\n    noroshi regime show jp-gg --colour\n    noroshi commission wait x\n"
	got := commandFaults("x", page, help)
	want := []string{"x: noroshi regime lists: noroshi regime has no such verb", "x: noroshi vanish: noroshi has no such verb", "x: noroshi regime show jp-gg --colour: no flag --colour",
		"x: noroshi commission wait x: noroshi commission has no such verb"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}
