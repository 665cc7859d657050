// The house rules as tests: what may import what, how large a thing may grow,
// and what a package owes its reader. Each rule carries its reason, each
// exception too. house_code_test.go looks into the code, house_words_test.go at
// its words, house_docs_test.go at the documents. Every rule is tried on a made-up
// tree that breaks it, so that it cannot fall asleep.
package noroshi_test

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/noroshi-acd/noroshi"

// papers are what crosses a border between parties; the extra imports are those
// that a paper may have beside the standard library and other papers.
var papers = map[string][]string{
	"flow":                       nil,
	"books":                      nil,
	"openc2":                     nil,
	"selection/set":              nil,
	"authority/paper":            {"golang.org/x/text/unicode/norm"},
	"authority/unmet":            nil,
	"authority/trust":            nil,
	"authority/regime":           nil,
	"authority/regime/calendar":  nil,
	"authority/regime/fact":      nil,
	"authority/regime/judge":     nil,
	"authority/regime/rules":     nil,
	"authority/liveness":         nil,
	"authority/grant":            nil,
	"authority/application":      nil,
	"authority/decision":         nil,
	"authority/likeness":         {"golang.org/x/text/unicode/norm"},
	"authority/repeat":           nil,
	"oversight/act":              nil,
	"oversight/opening":          nil,
	"oversight/figures":          nil,
	"authority/warrant":          nil,
	"authority/warrant/criteria": nil,
	"ledger/proof":               {"golang.org/x/mod/sumdb"},
	"ledger/testimony":           {"golang.org/x/mod/sumdb"},
}

// importRule says what a package must not import. Patterns are paths below the
// module, or whole import paths; "x/..." is x and all below it, "*x" all that end
// in x.
type importRule struct {
	who     []string // whom it binds
	but     []string // whom it does not bind
	never   []string // what they must not import
	only    []string // within the module, what alone they may import (nil: all)
	through bool     // also not through others
	reason  string
}

// importRules is the table of "Import rules"; papers have a test of their own.
var importRules = []importRule{
	{
		who:    []string{"internal/..."},
		only:   []string{"internal/..."},
		reason: "plumbing that knows the domain cannot be used below the domain",
	},
	{
		who:    []string{"..."},
		but:    []string{"cmd/...", "cli/...", "role/...", "web/...", "bench/..."},
		never:  []string{"cmd/...", "cli/...", "role/...", "web/..."},
		reason: "a domain package that knows its doors cannot be used behind another door",
	},
	{
		who:    []string{"..."},
		but:    []string{"cmd/...", "cli"}, // cli itself puts its larger verbs together
		never:  []string{"cli/...", "cmd/..."},
		reason: "the command line is one of several doors; only the main package opens it",
	},
	{
		who:    []string{"flow/..."},
		never:  []string{"direction/...", "detect/..."},
		reason: "a reader must not know what becomes of its records",
	},
	{
		who:    []string{"direction/..."},
		never:  []string{"detect/..."},
		reason: "the border does not depend on what is looked for",
	},
	{
		who:    []string{"detect/..."},
		but:    []string{"*test"},
		never:  []string{"flow/source/...", "flow/zeek/...", "flow/packet/...", "flow/eve/...", "flow/argus/..."},
		reason: "detectors see records, whatever read them",
	},
	{
		who:     []string{"role/tap/...", "role/edge/..."},
		never:   []string{"measure/...", "openc2/...", "casework/...", "flowstore/...", "internal/store/..."},
		through: true,
		reason:  "what stands in a carrier's rack must not even contain the code to act or to keep",
	},
	{
		who:     []string{"role/witness/..."},
		only:    []string{"ledger/cosign/...", "ledger/testimony", "flow", "books", "openc2", "authority/warrant/...", "authority/paper", "authority/unmet", "authority/trust", "authority/liveness", "authority/grant", "authority/regime", "ledger/proof", "internal/..."},
		through: true,
		reason:  "a witness cosigns and can do nothing else",
	},
	{
		who:    []string{"ledger/verify/..."},
		but:    []string{"*test"},
		only:   []string{"ledger/verify/...", "books", "authority/warrant/...", "authority/paper", "authority/unmet", "authority/trust", "authority/liveness", "authority/grant", "authority/regime", "ledger/proof", "oversight/act", "oversight/figures", "internal/..."},
		reason: "an outsider who runs the code of those who write logs checks nothing: papers and plumbing alone",
	},
	{
		who:     []string{"role/agent/..."},
		only:    []string{"openc2/carry/...", "adapter/...", "authority/live/...", "flow", "books", "openc2", "authority/warrant/...", "authority/paper", "authority/unmet", "authority/trust", "authority/liveness", "authority/grant", "authority/regime", "ledger/proof", "internal/..."},
		through: true,
		reason:  "an agent checks a warrant, acts, reports; it neither looks nor decides",
	},
	{
		who:    []string{"..."},
		but:    []string{"bench/...", "*test"},
		never:  []string{"*test", "github.com/gopacket/gopacket/...", "github.com/transparency-dev/formats/...", "github.com/transparency-dev/merkle/...", "github.com/miekg/dns/...", "github.com/netsampler/goflow2/...", "pgregory.net/rapid/...", "github.com/google/go-cmp/...", "github.com/rogpeppe/go-internal/...", "github.com/santhosh-tekuri/jsonschema/...", "testing"},
		reason: "oracles and test tools (packages named …test) must not reach the product: an oracle that is used is no oracle",
	},
	{
		who:    []string{"..."},
		but:    []string{"internal/obs/..."},
		never:  []string{"log"},
		reason: "log/slog alone; the old logger has one global sink",
	},
	{
		who:    []string{"..."},
		but:    []string{"flowstore/duckdb"},
		never:  []string{"github.com/duckdb/..."},
		reason: "an engine written in C++ stays behind flowstore.Engine; who does not keep records does not link it",
	},
	{
		who:     []string{"..."},
		but:     []string{"role/hub/...", "role/lab/...", "cmd/noroshi", "flowstore/...", "bench/..."},
		never:   []string{"flowstore/duckdb"},
		through: true,
		reason:  "C++ reaches the hub alone; all other programs are built without it",
	},
	{
		who:    []string{"..."},
		never:  []string{"plugin", "C"},
		reason: "one static binary without C",
	},
}

// matches says whether the import path (module-relative, or whole for others) is
// one of the patterns.
func matches(p string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		if pattern == "..." {
			return true
		}
		if end, ok := strings.CutPrefix(pattern, "*"); ok {
			return strings.HasSuffix(p, end)
		}
		if base, deep := strings.CutSuffix(pattern, "/..."); deep {
			return p == base || strings.HasPrefix(p, base+"/")
		}
		return p == pattern
	})
}

// breaches lists what in imports (package → imports) breaks the rule.
func (r importRule) breaches(imports map[string][]string) []string {
	var found []string
	for _, p := range slices.Sorted(maps.Keys(imports)) {
		if !matches(p, r.who) || matches(p, r.but) {
			continue
		}
		for _, reached := range r.reach(p, imports) {
			_, ours := imports[reached]
			switch {
			case matches(reached, r.never):
			case r.only != nil && ours && reached != p && !matches(reached, r.only) && !matches(reached, r.who):
			default:
				continue
			}
			found = append(found, fmt.Sprintf("%s imports %s: %s", p, reached, r.reason))
		}
	}
	return found
}

func (r importRule) reach(p string, imports map[string][]string) []string {
	if !r.through {
		return imports[p]
	}
	seen := map[string]bool{p: true}
	for todo := []string{p}; len(todo) > 0; todo = todo[1:] {
		for _, q := range imports[todo[0]] {
			if !seen[q] {
				seen[q] = true
				todo = append(todo, q)
			}
		}
	}
	delete(seen, p)
	return slices.Sorted(maps.Keys(seen))
}

func paperBreaches(imports map[string][]string) []string {
	var found []string
	for _, p := range slices.Sorted(maps.Keys(papers)) {
		for _, q := range imports[p] {
			_, paper := papers[q]
			standard := !strings.Contains(strings.Split(q, "/")[0], ".") && !isOurs(q, imports)
			extra := slices.ContainsFunc(papers[p], func(x string) bool { return matches(q, []string{x + "/..."}) })
			io := matches(q, []string{"os/...", "net", "net/http/...", "database/sql/...", "syscall"})
			if (!paper && !standard && !extra) || io {
				found = append(found, fmt.Sprintf("paper %s imports %s: a paper is pure, so that the other party can check it", p, q))
			}
		}
	}
	return found
}

func isOurs(p string, imports map[string][]string) bool { _, ok := imports[p]; return ok }

// webBreaches: pages share only what web/ui offers.
func webBreaches(imports map[string][]string) []string {
	var found []string
	for p, list := range imports {
		mine, isPage := strings.CutPrefix(p, "web/")
		for _, q := range list {
			theirs, page := strings.CutPrefix(q, "web/")
			first := func(s string) string { return strings.Split(s, "/")[0] }
			if isPage && page && first(mine) != first(theirs) && first(theirs) != "ui" {
				found = append(found, fmt.Sprintf("%s imports %s: one page group never imports another", p, q))
			}
		}
	}
	return found
}

func TestImports(t *testing.T) {
	imports := tree(t).imports()
	for _, r := range importRules {
		report(t, r.breaches(imports))
	}
	report(t, paperBreaches(imports))
	report(t, webBreaches(imports))
}

func TestImportRulesBite(t *testing.T) {
	bad := map[string][]string{
		"internal/obs":      {"flow"},
		"flow":              {"internal/fault", "time", "os"},
		"detect":            {"cli", "github.com/miekg/dns"},
		"detect/scan":       {"flow", "flow/zeek"},
		"flow/zeek":         {"flow", "direction"},
		"direction":         {"detect/scan"},
		"cli":               {"detect"},
		"role/tap":          {"collection"},
		"collection":        {"casework"},
		"casework":          {"role/hub"},
		"role/witness":      {"detect", "ledger/cosign"},
		"ledger/cosign":     {},
		"role/agent":        {"adapter/rpz", "measure"},
		"adapter/rpz":       {"openc2"},
		"openc2":            {"golang.org/x/text/unicode/norm"},
		"measure":           {},
		"role/hub":          {},
		"web/case":          {"web/ui", "web/report"},
		"web/ui":            {},
		"web/report":        {},
		"internal/fault":    {},
		"ledger/proof":      {"golang.org/x/mod/sumdb/note", "crypto/sha256"},
		"authority/warrant": {"flow", "ledger/proof"},
	}
	var got []string
	for _, r := range importRules {
		got = append(got, r.breaches(bad)...)
	}
	got = append(got, paperBreaches(bad)...)
	got = append(got, webBreaches(bad)...)
	for i := range got {
		got[i], _, _ = strings.Cut(got[i], ":")
	}
	want := []string{
		"internal/obs imports flow",
		"flow/zeek imports direction", "direction imports detect/scan", "detect/scan imports flow/zeek",
		"casework imports role/hub", "detect imports cli",
		"detect imports cli",
		"role/tap imports casework",
		"role/witness imports detect", "role/witness imports cli",
		"role/agent imports measure",
		"detect imports github.com/miekg/dns",
		"paper flow imports internal/fault", "paper flow imports os",
		"paper openc2 imports golang.org/x/text/unicode/norm",
		"web/case imports web/report",
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the rules found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// The limits of size, in lines of text, tests not counted.
const (
	maxPackage  = 1300
	maxFile     = 500
	maxFunction = 80
	maxCommand  = 120
	maxBranches = 15 // cyclomatic complexity of a function
)

// sizeExceptions names what may be larger (a package, a file or package.Function,
// below the module), with the reason. An exception that is not needed fails.
var sizeExceptions = map[string]string{}

// oversize lists what is larger than its limit, and which exceptions were used.
func oversize(s *source, used map[string]bool) []string {
	var found []string
	over := func(what string, is, limit int, unit string) {
		if is <= limit {
			return
		}
		if sizeExceptions[what] != "" {
			used[what] = true
			return
		}
		found = append(found, fmt.Sprintf("%s has %d %s, the limit is %d", what, is, unit, limit))
	}
	for _, p := range s.packages() {
		total := 0
		for _, f := range p.files {
			if f.test {
				continue
			}
			total += f.lines
			over(path.Join(p.path, f.name), f.lines, maxFile, "lines")
			for _, fn := range f.functions() {
				over(p.path+"."+fn.name, fn.lines, maxFunction, "lines")
				over(p.path+"."+fn.name, fn.branches, maxBranches, "branches")
			}
		}
		if strings.HasPrefix(p.path, "cmd/") {
			over(p.path, total, maxCommand, "lines")
		}
		over(p.path, total, maxPackage, "lines")
	}
	return found
}

func TestSizes(t *testing.T) {
	used := map[string]bool{}
	report(t, oversize(tree(t), used))
	for what, reason := range sizeExceptions {
		if !used[what] {
			t.Errorf("the exception for %s (%s) is not needed", what, reason)
		}
	}
}

func TestSizesBite(t *testing.T) {
	long := "package x\n\nfunc Long() {\n" + strings.Repeat("\tprintln()\n", 79) + "}\n"
	branchy := "package x\n\nfunc (t *T[K]) Branchy(a, b bool) {\n" + strings.Repeat("\tif a && b {\n\t}\n", 8) + "}\n"
	huge := "package x\n" + strings.Repeat("\n", 500)
	s := made(t, map[string]string{"x/long.go": long, "x/branchy.go": branchy, "x/huge.go": huge, "x/huge_test.go": huge, "cmd/noroshi/main.go": "package main\n" + strings.Repeat("\n", 130)})
	want := []string{
		"cmd/noroshi has 131 lines, the limit is 120",
		"x.T.Branchy has 17 branches, the limit is 15",
		"x/huge.go has 501 lines, the limit is 500",
		"x.Long has 81 lines, the limit is 80",
	}
	if got := oversize(s, map[string]bool{}); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// badNames say nothing about what a package is for.
var badNames = []string{"util", "utils", "helper", "helpers", "common", "model", "models", "core", "manager", "misc", "shared", "base", "lib", "types"}

func namingFaults(s *source) []string {
	var found []string
	for _, p := range s.packages() {
		for _, part := range strings.Split(p.path, "/") {
			if slices.Contains(badNames, part) {
				found = append(found, fmt.Sprintf("%s: %q says nothing about what the package is for", p.path, part))
			}
		}
		if name := p.name(); name != "main" && p.path != "." && name != path.Base(p.path) {
			found = append(found, fmt.Sprintf("%s holds package %s: folder and package have one name", p.path, name))
		}
	}
	return found
}

func TestNames(t *testing.T) {
	report(t, namingFaults(tree(t)))
}

func TestNamesBite(t *testing.T) {
	s := made(t, map[string]string{"internal/utils/a.go": "package utils\n", "flow/a.go": "package flows\n", "cmd/noroshi/main.go": "package main\n"})
	if got := namingFaults(s); len(got) != 2 {
		t.Errorf("got %q, want one fault for utils and one for flows", got)
	}
}

func report(t *testing.T, faults []string) {
	t.Helper()
	for _, f := range faults {
		t.Error(f)
	}
}
