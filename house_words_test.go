package noroshi_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/pelletier/go-toml/v2"
)

// catalogue is one language's sentences: key → sentence.
type catalogue map[string]string

// catalogues reads the files under dir: language → catalogue.
func catalogues(t *testing.T, dir string) map[string]catalogue {
	t.Helper()
	all := map[string]catalogue{}
	for _, l := range []string{"ja", "en"} {
		all[l] = catalogue{}
		files, err := filepath.Glob(filepath.Join(dir, l, "*.toml"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no catalogue for %s: %v", l, err)
		}
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var values map[string]any
			if err := toml.Unmarshal(text, &values); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			all[l].add(strings.TrimSuffix(filepath.Base(name), ".toml"), values)
		}
	}
	return all
}

func (c catalogue) add(prefix string, values map[string]any) {
	for k, v := range values {
		switch v := v.(type) {
		case map[string]any:
			c.add(prefix+"."+k, v)
		default:
			c[prefix+"."+k] = fmt.Sprint(v)
		}
	}
}

var placeholder = regexp.MustCompile(`\{([a-z0-9_]+)(\|[^{}]*)?\}`)

// arguments is the sorted set of names of a sentence's arguments.
func arguments(sentence string) []string {
	set := map[string]bool{}
	for _, m := range placeholder.FindAllStringSubmatch(sentence, -1) {
		set[m[1]] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// needsNoJapanese are sentences that are the same in every language.
var needsNoJapanese = regexp.MustCompile(`^[^\p{L}]*$|^[A-Z0-9 .,:/+&-]+$`)

func japanese(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) })
}

// languageFaults: both languages have the same keys with the same arguments, each
// in its own script.
func languageFaults(all map[string]catalogue) []string {
	var found []string
	ja, en := all["ja"], all["en"]
	for _, k := range slices.Sorted(maps.Keys(ja)) {
		if _, ok := en[k]; !ok {
			found = append(found, k+" is missing in English")
		}
	}
	for _, k := range slices.Sorted(maps.Keys(en)) {
		j, ok := ja[k]
		if !ok {
			found = append(found, k+" is missing in Japanese")
			continue
		}
		if a, b := arguments(j), arguments(en[k]); !slices.Equal(a, b) {
			found = append(found, fmt.Sprintf("%s has the arguments %v in Japanese and %v in English", k, a, b))
		}
		rest := placeholder.ReplaceAllString(j, "")
		if !japanese(rest) && !needsNoJapanese.MatchString(rest) {
			found = append(found, fmt.Sprintf("%s in Japanese is not Japanese: %q", k, j))
		}
		if japanese(en[k]) {
			found = append(found, fmt.Sprintf("%s in English holds Japanese: %q", k, en[k]))
		}
		for lang, s := range map[string]string{"Japanese": j, "English": en[k]} {
			if left := placeholder.ReplaceAllString(s, ""); strings.ContainsAny(left, "{}") {
				found = append(found, fmt.Sprintf("%s in %s has a broken argument: %q", k, lang, s))
			}
		}
	}
	return found
}

func TestLanguagesAgree(t *testing.T) {
	report(t, languageFaults(catalogues(t, "internal/i18n")))
}

func TestLanguagesAgreeBites(t *testing.T) {
	got := languageFaults(map[string]catalogue{
		"ja": {"a.only.ja": "日本", "a.args": "{n}件", "a.latin": "records", "a.broken": "件 {n", "a.same": "TLS {n}", "a.plural": "{n}件"},
		"en": {"a.only.en": "x", "a.args": "{m} records", "a.latin": "records", "a.broken": "n", "a.same": "TLS {n}", "a.plural": "{n} {n|record|records}", "a.mixed": "件"},
	})
	want := []string{
		"a.only.ja is missing in English",
		"a.args has the arguments [n] in Japanese and [m] in English",
		`a.broken in Japanese has a broken argument: "件 {n"`,
		`a.latin in Japanese is not Japanese: "records"`,
		"a.mixed is missing in Japanese",
		"a.only.en is missing in Japanese",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// keyShape is what a key looks like: area.place.meaning.
var keyShape = regexp.MustCompile(`^[a-z0-9]+(\.[a-z0-9_-]+)+\.?$`)

var keyEnding = regexp.MustCompile(`^[-_.][a-z0-9_-]+$`)

// keyUse is what the code says about catalogue keys.
type keyUse struct {
	literals map[string]bool // whole string literals
	prefixes map[string]bool // literals that end with a dot or have a verb: "detect.kind."
	endings  map[string]bool // literals that are put behind a key: "-hint"
	calls    []keyCall
}

// keyCall is a call of i18n.Say or i18n.Both with a literal key.
type keyCall struct {
	place, key string
	args       []string // names of the arguments
	sure       bool     // all names are literals
}

func keyUses(s *source) keyUse {
	use := keyUse{literals: map[string]bool{}, prefixes: map[string]bool{}, endings: map[string]bool{}}
	for _, f := range s.files {
		if f.test {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				use.literal(n)
			case *ast.Field:
				if n.Tag != nil {
					tag, _ := strconv.Unquote(n.Tag.Value)
					for _, v := range regexp.MustCompile(`"([^"]*)"`).FindAllStringSubmatch(tag, -1) {
						use.literals[v[1]] = true
					}
				}
			case *ast.CallExpr:
				use.call(f, n)
			}
			return true
		})
	}
	return use
}

func (u keyUse) literal(n *ast.BasicLit) {
	if n.Kind != token.STRING {
		return
	}
	text, _ := strconv.Unquote(n.Value)
	u.literals[text] = true
	if keyEnding.MatchString(text) {
		u.endings[text] = true
	}
	if i := strings.IndexByte(text, '%'); i > 0 {
		text = text[:i]
	}
	if strings.Count(text, ".") >= 1 && strings.HasSuffix(text, ".") {
		u.prefixes[text] = true
	}
}

// call notes calls of Say and Both, and of the methods named text, say, Say and both
// that rooms put before them. In i18n.Say the key comes second.
func (u *keyUse) call(f *file, n *ast.CallExpr) {
	at := -1
	name := spell(n.Fun)
	switch name[strings.LastIndexByte(name, '.')+1:] {
	case "Say", "Both", "text", "say", "both":
		at = 0
	}
	if name == "i18n.Say" || name == "Say" {
		at = 1
	}
	if at < 0 || len(n.Args) <= at {
		return
	}
	lit, ok := n.Args[at].(*ast.BasicLit)
	if !ok {
		return
	}
	key, _ := strconv.Unquote(lit.Value)
	if !strings.HasPrefix(name, "i18n.") && !keyShape.MatchString(key) {
		return // another method of that name
	}
	c := keyCall{place: f.line(n), key: key, sure: !n.Ellipsis.IsValid()}
	for i := at + 1; i < len(n.Args); i += 2 {
		name, ok := n.Args[i].(*ast.BasicLit)
		if !ok {
			c.sure = false
			break
		}
		text, _ := strconv.Unquote(name.Value)
		c.args = append(c.args, text)
	}
	slices.Sort(c.args)
	u.calls = append(u.calls, c)
}

// keyFaults: every key that is said exists and gets its arguments; every key that
// exists is said; an area is a package.
func keyFaults(keys catalogue, s *source) []string {
	use := keyUses(s)
	var found []string
	for _, c := range use.calls {
		sentence, ok := keys[c.key]
		prefix := use.prefixes[c.key] || strings.Contains(c.key, "%")
		switch {
		case !ok && !prefix:
			found = append(found, fmt.Sprintf("%s says %s, which is not in the catalogue", c.place, c.key))
		case ok && c.sure && !slices.Equal(slices.Compact(c.args), arguments(sentence)) && !subset(arguments(sentence), c.args):
			found = append(found, fmt.Sprintf("%s gives %s the arguments %v, it has %v", c.place, c.key, c.args, arguments(sentence)))
		}
	}
	names := map[string]bool{"general": true}
	for _, p := range s.packages() {
		names[path.Base(p.path)] = true
	}
	for _, f := range s.files {
		if f.dir == "cli" { // one file per verb
			names[strings.TrimSuffix(f.name, ".go")] = true
		}
	}
	areas := map[string]bool{}
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		area, _, _ := strings.Cut(k, ".")
		if !names[area] && !areas[area] {
			found = append(found, fmt.Sprintf("the catalogue's area %s is no package", area))
		}
		areas[area] = true
		if area != "general" && !use.says(k) {
			found = append(found, k+" is said nowhere")
		}
	}
	return found
}

// says says whether the code can say key: as a literal, as a literal and an ending,
// or as something behind a prefix.
func (u keyUse) says(key string) bool {
	if u.literals[key] {
		return true
	}
	for p := range u.prefixes {
		if strings.HasPrefix(key, p) {
			return true
		}
	}
	for e := range u.endings {
		if base, ok := strings.CutSuffix(key, e); ok && u.literals[base] {
			return true
		}
	}
	return false
}

func subset(small, large []string) bool {
	return !slices.ContainsFunc(small, func(s string) bool { return !slices.Contains(large, s) })
}

func TestKeysAreUsed(t *testing.T) {
	report(t, keyFaults(catalogues(t, "internal/i18n")["en"], tree(t)))
}

func TestKeysAreUsedBites(t *testing.T) {
	s := made(t, map[string]string{"a/a.go": "package a\n\nfunc f() {\n\ti18n.Say(l, \"a.good\", \"n\", 1)\n\ti18n.Both(\"a.gone\")\n\ti18n.Both(\"a.short\")\n\ti18n.Both(\"a.kind.\" + k)\n}\n\ntype T struct {\n\tX int `say:\"a.tag\"`\n}\n"})
	keys := catalogue{"a.good": "{n}", "a.short": "{n}", "a.kind.x": "x", "a.unused": "x", "a.tag": "x", "b.lost": "x"}
	want := []string{
		"a/a.go:5 says a.gone, which is not in the catalogue",
		"a/a.go:6 gives a.short the arguments [], it has [n]",
		"a.unused is said nowhere",
		"the catalogue's area b is no package",
		"b.lost is said nowhere",
	}
	if got := keyFaults(keys, s); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// word is one entry of docs/words.toml.
type word struct {
	Identifier string   `toml:"identifier"`
	JA         string   `toml:"ja"`
	EN         string   `toml:"en"`
	Meaning    string   `toml:"meaning"`
	Folder     string   `toml:"folder"`
	Never      []string `toml:"never"` // other words for the same thing, in either language
}

func words(t *testing.T) []word {
	t.Helper()
	text, err := os.ReadFile("docs/words.toml")
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Plumbing map[string]string
		Word     []word
	}
	d := toml.NewDecoder(strings.NewReader(string(text))).DisallowUnknownFields()
	if err := d.Decode(&list); err != nil {
		t.Fatal(err)
	}
	for folder, meaning := range list.Plumbing {
		list.Word = append(list.Word, word{Identifier: folder, JA: "（構成）", EN: folder, Meaning: meaning, Folder: folder})
	}
	return list.Word
}

// labels are keys whose last part is an identifier of the list and whose sentence is
// its name.
var labels = regexp.MustCompile(`\.(kind|class|direction)\.[a-z-]+$`)

// wordFaults: the list is whole, every root folder stands in it, and no sentence
// uses another word for a thing that has one. A name may be the word's beginning.
func wordFaults(list []word, folders []string, all map[string]catalogue) []string {
	var found []string
	seen, known := map[string]bool{}, map[string]bool{}
	for _, w := range list {
		if w.Identifier == "" || w.EN == "" || w.Meaning == "" || !japanese(w.JA) {
			found = append(found, fmt.Sprintf("word %q must have an identifier, Japanese, English and a meaning", w.Identifier))
		}
		if seen[w.Identifier] {
			found = append(found, fmt.Sprintf("word %q stands twice", w.Identifier))
		}
		seen[w.Identifier], known[w.Folder] = true, true
		for _, k := range slices.Sorted(maps.Keys(all["ja"])) {
			if label := all["ja"][k]; labels.MatchString(k) && strings.HasSuffix(k, "."+w.Identifier) && !strings.HasPrefix(w.JA, label) {
				found = append(found, fmt.Sprintf("%s is %s; the word is %s", k, label, w.JA))
			}
		}
		for _, other := range w.Never {
			for _, lang := range []string{"ja", "en"} {
				for _, k := range slices.Sorted(maps.Keys(all[lang])) {
					if strings.Contains(strings.ToLower(all[lang][k]), other) {
						found = append(found, fmt.Sprintf("%s (%s) says %q; the word is %s, %s", k, lang, other, w.JA, w.EN))
					}
				}
			}
		}
	}
	for _, f := range folders {
		if !known[f] {
			found = append(found, fmt.Sprintf("folder %s has no word in docs/words.toml", f))
		}
	}
	return found
}

func rootFolders(s *source) []string {
	set := map[string]bool{}
	for _, p := range s.packages() {
		if first := strings.Split(p.path, "/")[0]; first != "." {
			set[first] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

func TestWords(t *testing.T) {
	report(t, wordFaults(words(t), rootFolders(tree(t)), catalogues(t, "internal/i18n")))
}

func TestWordsBite(t *testing.T) {
	list := []word{
		{Identifier: "finding", JA: "検知結果", EN: "finding", Meaning: "m", Folder: "detect", Never: []string{"検出結果"}},
		{Identifier: "finding", JA: "検知結果", EN: "finding", Meaning: "m"},
		{Identifier: "x", JA: "latin", EN: "x", Meaning: "m"},
	}
	want := []string{
		`a.b (ja) says "検出結果"; the word is 検知結果, finding`,
		`word "finding" stands twice`,
		`word "x" must have an identifier, Japanese, English and a meaning`,
		"folder flow has no word in docs/words.toml",
		"cli.kind.scan is 走査; the word is スキャン",
	}
	list = append(list, word{Identifier: "scan", JA: "スキャン", EN: "scan", Meaning: "m"})
	got := wordFaults(list, []string{"detect", "flow"}, map[string]catalogue{"ja": {"a.b": "検出結果です", "cli.kind.scan": "走査"}})
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// american finds American spelling in identifiers and English text. "analyze" as a
// whole word is the name of a command; what the standard library spells its own
// way (Canceled, Marshaled, Authorization headers) is left alone.
var american = regexp.MustCompile(`(?i)(neutraliz|(^|[^n])authoriz(e|ed|es|ing)\b|analyz(er|ers|ed|es|ing)\b|recogniz|normaliz|organiz|initializ|summariz|minimiz|maximiz|optimiz|synchroniz|anonymiz|prioritiz|categoriz|generaliz|specializ|serializ|tokeniz|utiliz|randomiz|behavior|neighbor|favorit|honor(ed|ing)?\b|\bcenter(ed|ing)?\b|\bdefense\b|\bcatalog\b|\blabeled\b|\blabeling\b|\bmodeling\b|\bsignaling\b|\bfulfill\b|\bgray\b|\bcolor(s|ed)?\b|\btunnel(ed|ing)\b)`)

// spellingExceptions are words and names of others that we quote.
var spellingExceptions = regexp.MustCompile("`[^`]*`|https?://[^ )>]+|\"[^\"\n]*\"|Number Resource Organization")

func spellingFaults(place, text string) []string {
	var found []string
	for i, line := range strings.Split(text, "\n") {
		if m := american.FindString(spellingExceptions.ReplaceAllString(line, "")); m != "" {
			found = append(found, fmt.Sprintf("%s:%d: %q: British spelling", place, i+1, strings.TrimSpace(m)))
		}
	}
	return found
}

func TestBritishSpelling(t *testing.T) {
	for k, s := range catalogues(t, "internal/i18n")["en"] {
		report(t, spellingFaults(k, s))
	}
	for _, f := range tree(t).files {
		for _, g := range f.ast.Comments {
			report(t, spellingFaults(f.line(g), g.Text()))
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			for _, id := range declared(n) {
				report(t, spellingFaults(f.line(id), spaced(id.Name)))
			}
			return true
		})
	}
	for _, name := range documents(t) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		report(t, spellingFaults(name, string(text)))
	}
}

// declared lists the names that n declares.
func declared(n ast.Node) []*ast.Ident {
	switch n := n.(type) {
	case *ast.FuncDecl:
		return []*ast.Ident{n.Name}
	case *ast.TypeSpec:
		return []*ast.Ident{n.Name}
	case *ast.ValueSpec:
		return n.Names
	case *ast.Field:
		return n.Names
	}
	return nil
}

// spaced writes camel case as words.
func spaced(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func TestBritishSpellingBites(t *testing.T) {
	for text, bad := range map[string]bool{
		"neutralize it": true, "neutralise it": false, "the analyze command": false, "an analyzer": true,
		"a Recognizer": true, spaced("recognizeFile"): true, "`color:` of CSS": false, "unauthorized": false, "authorized": true,
		"behaviour": false, "behavior": true,
	} {
		if got := len(spellingFaults("x", text)) > 0; got != bad {
			t.Errorf("spelling of %q: bad %v, want %v", text, got, bad)
		}
	}
}
