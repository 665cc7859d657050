package noroshi_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// documents lists the Markdown files of the repository.
func documents(t *testing.T) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && p != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules"):
			return fs.SkipDir
		case !d.IsDir() && strings.HasSuffix(p, ".md"):
			list = append(list, p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// rows reads the tables of a Markdown text: the cells of each row, without heads
// and rules.
func rows(text string) [][]string {
	var list [][]string
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "| ---") || strings.HasPrefix(line, "|---") {
			continue
		}
		if i+1 < len(lines) && (strings.HasPrefix(lines[i+1], "| ---") || strings.HasPrefix(lines[i+1], "|---")) {
			continue // a head
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		list = append(list, cells)
	}
	return list
}

var (
	quoted   = regexp.MustCompile("`([^`]+)`")
	testName = regexp.MustCompile(`^(Test|Fuzz|Benchmark)[A-Z0-9]\w*$`)
	goFile   = regexp.MustCompile(`^[\w./-]+\.go$`)
)

// invariantFaults: thirty rows in order; each names the code that enforces it, a
// test that exists, a check for outsiders and whom it binds, or says "not yet".
func invariantFaults(text string, tests map[string]bool, readFile func(string) (string, error)) []string {
	var found []string
	list := rows(text)
	if len(list) != 30 {
		found = append(found, fmt.Sprintf("docs/invariants.md has %d rows, must have 30", len(list)))
	}
	for i, cells := range list {
		n := i + 1
		if len(cells) != 6 || cells[0] != strconv.Itoa(n) {
			found = append(found, fmt.Sprintf("row %d: must be number, invariant, code, test, outsider's check, whom it binds", n))
			continue
		}
		found = append(found, rowFaults(n, cells, tests, readFile)...)
	}
	for name := range tests {
		if m := regexp.MustCompile(`^TestInvariant(\d\d)_`).FindStringSubmatch(name); m != nil {
			n, _ := strconv.Atoi(m[1])
			if n < 1 || n > len(list) || !strings.Contains(strings.Join(list[n-1], "|"), "`"+name+"`") {
				found = append(found, fmt.Sprintf("%s is in no row of docs/invariants.md", name))
			}
		}
	}
	slices.Sort(found)
	return found
}

func rowFaults(n int, cells []string, tests map[string]bool, readFile func(string) (string, error)) []string {
	var found []string
	code, test, binds := cells[2], cells[3], cells[5]
	for _, q := range quoted.FindAllStringSubmatch(test, -1) {
		if testName.MatchString(q[1]) && !tests[q[1]] {
			found = append(found, fmt.Sprintf("row %d: test %s does not exist", n, q[1]))
		}
	}
	if !strings.Contains(test, "`") && !strings.Contains(test, "not yet") {
		found = append(found, fmt.Sprintf("row %d names no test and does not say \"not yet\"", n))
	}
	if strings.Contains(test, "`") == strings.HasPrefix(code, "not yet") {
		found = append(found, fmt.Sprintf("row %d: code and test must both be there or both be \"not yet\"", n))
	}
	for _, q := range quoted.FindAllStringSubmatch(code, -1) {
		if !goFile.MatchString(q[1]) {
			continue
		}
		if text, err := readFile(q[1]); err != nil || !strings.Contains(text, fmt.Sprintf("Invariant %d", n)) {
			found = append(found, fmt.Sprintf("row %d: %s does not say \"Invariant %d\" where it enforces it", n, q[1], n))
		}
	}
	for _, who := range strings.Split(binds, ",") {
		if !slices.Contains([]string{"user", "admin", "hub", "hub+edge", "hub+carrier"}, strings.TrimSpace(who)) {
			found = append(found, fmt.Sprintf("row %d binds %q: must be user, admin, hub, hub+edge or hub+carrier", n, who))
		}
	}
	return found
}

func TestInvariants(t *testing.T) {
	report(t, invariantFaults(read(t, "docs/invariants.md"), tree(t).testFunctions(), func(name string) (string, error) {
		text, err := os.ReadFile(name)
		return string(text), err
	}))
}

func TestInvariantsBite(t *testing.T) {
	text := "| # | invariant | code | test | check | binds |\n| --- | --- | --- | --- | --- | --- |\n" +
		"| 1 | a | `a.go` | `TestGone` | – | hub |\n| 2 | b | not yet | `TestThere` | – | hub |\n| 3 | c | not yet | perhaps | – | god |\n"
	got := invariantFaults(text, map[string]bool{"TestThere": true, "TestInvariant02_Lost": true}, func(string) (string, error) { return "// Invariant 7", nil })
	want := []string{
		"TestInvariant02_Lost is in no row of docs/invariants.md",
		"docs/invariants.md has 3 rows, must have 30",
		`row 1: a.go does not say "Invariant 1" where it enforces it`,
		"row 1: test TestGone does not exist",
		`row 2: code and test must both be there or both be "not yet"`,
		`row 3 binds "god": must be user, admin, hub, hub+edge or hub+carrier`,
		`row 3 names no test and does not say "not yet"`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// missionFaults: every id of the mission has one row, and each row names what shows
// it or says "not yet".
func missionFaults(text string, tests map[string]bool) []string {
	want := map[string]bool{}
	for letter, last := range map[string]int{"A": 11, "B": 14, "C": 13, "D": 6} {
		for i := 1; i <= last; i++ {
			want[letter+strconv.Itoa(i)] = true
		}
	}
	var found []string
	for _, cells := range rows(text) {
		if len(cells) != 3 {
			found = append(found, fmt.Sprintf("row %q must be id, matter, what shows it", strings.Join(cells, " ")))
			continue
		}
		id, shown := cells[0], cells[2]
		if !want[id] {
			found = append(found, fmt.Sprintf("%s is no id of the mission, or stands twice", id))
		}
		delete(want, id)
		if !strings.Contains(shown, "`") && !strings.Contains(shown, "not yet") {
			found = append(found, id+" names nothing that shows it and does not say \"not yet\"")
		}
		for _, q := range quoted.FindAllStringSubmatch(shown, -1) {
			if testName.MatchString(q[1]) && !tests[q[1]] {
				found = append(found, fmt.Sprintf("%s: test %s does not exist", id, q[1]))
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(want)) {
		found = append(found, id+" has no row")
	}
	return found
}

func TestMission(t *testing.T) {
	report(t, missionFaults(read(t, "docs/mission.md"), tree(t).testFunctions()))
}

func TestMissionBites(t *testing.T) {
	got := missionFaults("| A1 | x | `TestGone` |\n| A1 | x | not yet |\n| A2 | x | soon |\n| E1 | x |\n", nil)
	if want := 4 + 42; len(got) != want {
		t.Errorf("got %d faults, want %d: %q", len(got), want, got)
	}
}

// required reads go.mod: module → whether it is marked indirect.
func required(gomod string) map[string]bool {
	list := map[string]bool{}
	for _, line := range strings.Split(gomod, "\n") {
		f := strings.Fields(strings.TrimPrefix(line, "require "))
		if len(f) >= 2 && strings.HasPrefix(f[1], "v") && strings.Contains(f[0], ".") {
			list[f[0]] = strings.HasSuffix(line, "// indirect")
		}
	}
	return list
}

// dependencyFaults: every module that our source or a tool line uses has a row that
// says what for, why not ourselves, how to leave; and the reverse; and at most 50.
func dependencyFaults(gomod, doc string, s *source) []string {
	modules, used := required(gomod), map[string]string{}
	owner := func(p string) string {
		best := ""
		for m := range modules {
			if (p == m || strings.HasPrefix(p, m+"/")) && len(m) > len(best) {
				best = m
			}
		}
		return best
	}
	for _, f := range s.files {
		for _, i := range f.imports() {
			if m := owner(i); m != "" {
				used[m] = f.dir
			}
		}
	}
	for _, line := range strings.Split(gomod, "\n") {
		if tool, ok := strings.CutPrefix(strings.TrimSpace(line), "tool "); ok {
			used[owner(tool)] = "go.mod (tool)"
		}
	}
	documented := map[string]bool{}
	var found []string
	for _, cells := range rows(doc) {
		name := strings.Trim(cells[0], "`")
		documented[name] = true
		if len(cells) != 4 || slices.Contains(cells, "") {
			found = append(found, fmt.Sprintf("%s must say what for, why not ourselves, how to leave", name))
		}
		if used[name] == "" {
			found = append(found, fmt.Sprintf("%s is documented and not used", name))
		}
	}
	for _, m := range slices.Sorted(maps.Keys(used)) {
		if !documented[m] {
			found = append(found, fmt.Sprintf("%s (used by %s) is not in docs/dependencies.md", m, used[m]))
		}
		if modules[m] && !strings.HasPrefix(used[m], "go.mod") {
			found = append(found, fmt.Sprintf("%s is used by %s and marked indirect: run go mod tidy", m, used[m]))
		}
	}
	if len(used) > 50 {
		found = append(found, fmt.Sprintf("%d direct dependencies; the budget is 50", len(used)))
	}
	return found
}

func TestDependencies(t *testing.T) {
	report(t, dependencyFaults(read(t, "go.mod"), read(t, "docs/dependencies.md"), tree(t)))
}

func TestDependenciesBite(t *testing.T) {
	s := made(t, map[string]string{"a/a.go": "package a\n\nimport (\n\t_ \"x.org/one/sub\"\n\t_ \"x.org/two\"\n)\n"})
	gomod := "module m\n\nrequire (\n\tx.org/one v1.0.0 // indirect\n\tx.org/two v1.0.0\n\tx.org/tool v1.0.0 // indirect\n\tx.org/three v1.0.0\n)\n\ntool x.org/tool/cmd/t\n"
	doc := "| module | for | why | leave |\n| --- | --- | --- | --- |\n| `x.org/one` | a | b | c |\n| `x.org/three` | a | b | |\n"
	want := []string{
		"x.org/three must say what for, why not ourselves, how to leave",
		"x.org/three is documented and not used",
		"x.org/one is used by a and marked indirect: run go mod tidy",
		"x.org/tool (used by go.mod (tool)) is not in docs/dependencies.md",
		"x.org/two (used by a) is not in docs/dependencies.md",
	}
	if got := dependencyFaults(gomod, doc, s); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestLicence(t *testing.T) {
	text := read(t, "LICENSE")
	for _, part := range []string{"Apache License", "Version 2.0, January 2004", "END OF TERMS AND CONDITIONS"} {
		if !strings.Contains(text, part) {
			t.Errorf("LICENSE lacks %q", part)
		}
	}
	if !strings.Contains(read(t, "NOTICE"), "Noroshi") {
		t.Error("NOTICE does not name the work")
	}
}

// TestNoticeNamesData: whatever data the program embeds, beside our own TOML lists
// and SQL, NOTICE says where it comes from.
func TestNoticeNamesData(t *testing.T) {
	notice := read(t, "NOTICE")
	embed := regexp.MustCompile(`(?m)^//go:embed (.+)$`)
	for _, f := range tree(t).files {
		if f.test {
			continue
		}
		for _, m := range embed.FindAllStringSubmatch(string(f.text), -1) {
			for _, pattern := range strings.Fields(m[1]) {
				if name := path.Join(f.dir, pattern); !slices.Contains([]string{".toml", ".sql"}, path.Ext(name)) && !strings.Contains(notice, name) {
					t.Errorf("%s embeds %s, and NOTICE does not say where it comes from", path.Join(f.dir, f.name), name)
				}
			}
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`)

// TestLinks: a link inside the repository leads somewhere.
func TestLinks(t *testing.T) {
	for _, name := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(read(t, name), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", name, m[1])
			}
		}
	}
}

// TestHandbookInBothLanguages: every page has its twin with as many sections.
func TestHandbookInBothLanguages(t *testing.T) {
	sections := func(lang string) map[string]int {
		pages := map[string]int{}
		for _, name := range documents(t) {
			if page, ok := strings.CutPrefix(filepath.ToSlash(name), "docs/handbook/"+lang+"/"); ok {
				pages[page] = strings.Count("\n"+read(t, name), "\n## ")
			}
		}
		return pages
	}
	en, ja := sections("en"), sections("ja")
	if len(en) == 0 {
		t.Fatal("there is no handbook")
	}
	if !maps.Equal(en, ja) {
		t.Errorf("pages and their sections: English %v, Japanese %v", en, ja)
	}
}
