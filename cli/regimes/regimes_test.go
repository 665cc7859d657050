package regimes

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/compile"
	"github.com/noroshi-acd/noroshi/authority/regime/spoken"
	"github.com/noroshi-acd/noroshi/content"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/usage"
)

// do runs the verb.
func do(l i18n.Lang, stdin string, args ...string) (string, error) {
	var out bytes.Buffer
	c := New(Door{Stdin: strings.NewReader(stdin), Stdout: &out, Lang: l})
	c.SetArgs(args)
	c.SilenceErrors, c.SilenceUsage = true, true
	err := c.Execute()
	return out.String(), err
}

func must(t *testing.T, l i18n.Lang, stdin string, args ...string) string {
	t.Helper()
	out, err := do(l, stdin, args...)
	if err != nil {
		t.Fatalf("%v: %v", args, fault.Text(err, i18n.EN))
	}
	return out
}

func ids(t *testing.T) []string {
	t.Helper()
	b, err := compile.Load(content.Law())
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, i := range b.Instruments {
		list = append(list, string(i.Rules.ID))
	}
	return list
}

const sign = `{"name": {"en": "signs of an attack, nothing has happened yet", "ja": "攻撃の予兆。まだ何も起きていない"},
 "at": "2026-11-22T00:00:00Z", "from": "2026-11-23T00:00:00Z", "until": "2026-11-30T00:00:00Z", "path": "ordinary",
 "instruments": ["jp-gg", "uk-bi", "us-smco", "au-ddw", "ca-aco", "jp-wiretap"], "kinds": ["collection", "neutralise"],
 "directions": ["transit"], "effects": ["forward", "select", "disarm"], "data_classes": ["machine-information"],
 "purposes": ["prevent-damage", "national-security", "defence", "frustrate-offences"], "foreign_target": true,
 "findings": [{"condition": "crime-suspected", "met": false, "text": "no offence is suspected"},
  {"condition": "suspicion", "met": true, "evidence": ["finding"], "text": "one two three four five six seven eight nine ten"}]}`

// TestWidth: whatever is shown fits its width, in both languages.
func TestWidth(t *testing.T) {
	for _, l := range []i18n.Lang{i18n.EN, i18n.JA, i18n.Pseudo} {
		outputs := map[string]int{must(t, l, "", "list"): columns, must(t, l, sign, "compare", "-"): columns, must(t, l, sign, "compare", "-", "--width", "160"): 160}
		outputs[must(t, l, "", append([]string{"show"}, ids(t)...)...)] = columns
		outputs[must(t, l, "", append([]string{"explain"}, ids(t)...)...)] = columns
		for out, width := range outputs {
			for line := range strings.Lines(out) {
				if line = strings.TrimSuffix(line, "\n"); i18n.Width(line) > width {
					t.Errorf("%s: %d columns: %s", l, i18n.Width(line), line)
				}
			}
		}
	}
}

// TestEveryFactHasItsMark: show leaves no fact out, and none without its mark and its
// citations beside it.
func TestEveryFactHasItsMark(t *testing.T) {
	b, err := compile.Load(content.Law())
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []i18n.Lang{i18n.EN, i18n.JA} {
		for _, i := range b.Instruments {
			v := &spoken.Voice{Lang: l, Book: b}
			out := flat(v.Show(i))
			var facts map[string]any
			data, err := json.Marshal(i.Rules)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(data, &facts); err != nil {
				t.Fatal(err)
			}
			wanted := map[string]int{}
			marked(facts, func(mark string, cite []string) {
				s := "[" + mark + "]"
				if len(cite) > 0 {
					s += v.Paren(v.Cites(cite))
				}
				wanted[flat(s)]++
			})
			for s, n := range wanted {
				if got := strings.Count(out, s); got < n {
					t.Errorf("%s (%s): %q stands %d times, of %d", i.Rules.ID, l, s, got, n)
				}
			}
			for _, m := range []string{"[S] ", "[R] ", "[U] ", "[Q] "} {
				if key := "regimes.mark." + m[1:2]; !strings.Contains(out, flat(i18n.Say(l, key))) {
					t.Errorf("%s: the mark %s is not explained", i.Rules.ID, m)
				}
			}
		}
	}
}

// flat takes out what depends on the width.
func flat(s string) string { return strings.Join(strings.Fields(s), "") }

// marked visits every fact that has a mark.
func marked(v any, visit func(mark string, cite []string)) {
	switch v := v.(type) {
	case map[string]any:
		if mark, _ := v["mark"].(string); mark != "" {
			var cite []string
			list, _ := v["cite"].([]any)
			for _, c := range list {
				cite = append(cite, c.(string))
			}
			visit(mark, cite)
		}
		for _, x := range v {
			marked(x, visit)
		}
	case []any:
		for _, x := range v {
			marked(x, visit)
		}
	}
}

// TestNoIdentifiersForReaders: what people read are words; ids stand only where they are
// typed again.
func TestNoIdentifiersForReaders(t *testing.T) {
	word := regexp.MustCompile(`[a-z]+-[a-z]+(-[a-z]+)*`)
	all := ids(t)
	out := must(t, i18n.JA, "", append([]string{"explain"}, all...)...)
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	for _, id := range all {
		out = strings.ReplaceAll(out, id, "")
	}
	for _, w := range word.FindAllString(out, -1) {
		t.Errorf("explain says %q in Japanese", w)
	}
}

func TestListJSON(t *testing.T) {
	var list []listed
	text := must(t, i18n.JA, "", "list", "--json")
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for line := range strings.Lines(text) {
		if key, ok := strings.CutPrefix(line, "    \""); ok && len(keys) < 6 {
			keys = append(keys, key[:strings.IndexByte(key, '"')])
		}
	}
	if want := []string{"id", "jurisdiction", "instrument", "articles", "mode", "status"}; !slices.Equal(keys, want) {
		t.Errorf("an instrument begins with %q, want %q", keys, want)
	}
	at := slices.IndexFunc(list, func(l listed) bool { return l.ID == "jp-gg" })
	if at < 0 || len(list) < 30 {
		t.Fatalf("%d instruments, jp-gg at %d", len(list), at)
	}
	l := list[at]
	if l.Jurisdiction != "jp" || l.Instrument != "外外通信目的送信措置" || !slices.Equal(l.Articles, []string{"17", "18", "19", "20"}) || l.Mode != "approval" || l.Status != "not-in-force" || l.Rules == "" || l.Profile == "" {
		t.Errorf("jp-gg is %+v", l)
	}
}

const asked = `{"instrument":"jp-pol","articles":["6-2"],"applicant":"executor","kind":"neutralise","path":"ordinary","purpose":"prevent-harm","effects":["confirm"],
"foreign_target":true,"named_people":1,"at":"2026-11-22T01:00:00Z","from":"2026-11-22T02:00:00Z","until":"2026-11-25T00:00:00Z",
"consultations":[{"role":"minister-foreign","mode":"consult","outcome":"heard","at":"2026-11-21T00:00:00Z"}],
"findings":[{"condition":"harmful-use","met":true,"evidence":["finding"],"text":"the server commands a botnet of many devices"},
{"condition":"danger","met":true,"evidence":["finding"],"text":"life and health of patients of two hospitals are in danger by tomorrow"},
{"condition":"urgency","met":true,"evidence":["finding"],"text":"the next wave is announced for tomorrow morning"},
{"condition":"proportionality","met":true,"evidence":["finding"],"text":"only the one program is disarmed, nothing else on the device changes"},
{"condition":"through-line","met":true,"evidence":["finding"],"text":"over the internet"}]}`

func TestCheck(t *testing.T) {
	out, err := do(i18n.EN, asked, "check", "-")
	if err != nil || !strings.Contains(out, "nothing is missing") || !strings.Contains(out, "member of the commission (3 of 5)") {
		t.Errorf("complete: %v\n%s", err, out)
	}
	var status usage.Status
	for name, tt := range map[string]struct{ old, new, says string }{
		"consultation":    {`"outcome":"heard"`, `"outcome":"objected"`, ""},
		"not so":          {`"danger","met":true`, `"danger","met":false`, "Police Act art. 6-2) [S]"},
		"too few words":   {`"over the internet"`, `""`, "telecommunication lines alone"},
		"path":            {`"path":"ordinary"`, `"path":"urgent"`, "no time"},
		"another purpose": {`"prevent-harm"`, `"prevent-damage"`, "preventing damage is not among"},
		"before the law":  {`2026-11-2`, `2026-09-2`, "not in force"},
	} {
		out, err := do(i18n.EN, strings.ReplaceAll(asked, tt.old, tt.new), "check", "-")
		if tt.says == "" { // a consultation is not a consent: an objection does not bind
			if err != nil {
				t.Errorf("%s: %v\n%s", name, err, out)
			}
			continue
		}
		if !errors.As(err, &status) || status != 1 || !strings.Contains(strings.Join(strings.Fields(out), " "), tt.says) || !strings.Contains(out, "to meet it:") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
	var c struct {
		Complete bool
		Unmet    []missing
		Clocks   []any
	}
	out, err = do(i18n.JA, strings.Replace(asked, `"danger","met":true`, `"danger","met":false`, 1), "check", "-", "--json")
	if !errors.As(err, &status) || json.Unmarshal([]byte(out), &c) != nil || c.Complete || len(c.Unmet) != 1 || c.Unmet[0].Place != "danger" || c.Unmet[0].Mark != "S" || !strings.Contains(c.Unmet[0].Lacks, "重大な危害") || len(c.Clocks) == 0 {
		t.Errorf("%v: %+v\n%s", err, c, out)
	}
	for _, bad := range []string{`{`, `{"payload": 3}`, strings.Replace(asked, "jp-pol", "jp-none", 1)} {
		if _, err := do(i18n.EN, bad, "check", "-"); err == nil || errors.As(err, &status) || fault.HintIn(err, i18n.JA) == "" {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestCompare(t *testing.T) {
	var list []compared
	if err := json.Unmarshal([]byte(must(t, i18n.EN, sign, "compare", "-", "--json")), &list); err != nil {
		t.Fatal(err)
	}
	answers := []string{}
	for _, c := range list {
		answers = append(answers, string(c.Instrument)+" "+string(c.Answer))
	}
	want := []string{"jp-gg not-yet", "uk-bi lacking", "us-smco lacking", "au-ddw lacking", "ca-aco lacking", "jp-wiretap denied"}
	if !slices.Equal(answers, want) {
		t.Errorf("got %q, want %q", answers, want)
	}
	if last := list[5]; len(last.Because) != 1 || !strings.Contains(last.Because[0].Lacks, "a sign is not yet a crime") || last.Because[0].Mark != "Q" {
		t.Errorf("the wiretapping act says %q", last.Because)
	}
	page := filepath.Join(t.TempDir(), "x.html")
	if out := must(t, i18n.JA, sign, "compare", "-", "--html", page); out != "" {
		t.Errorf("with a page, this is said: %s", out)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`<html lang="ja">`, "予兆はまだ犯罪ではありません", "<caption>", `scope="col"`, `scope="row"`, "[R]", "記憶による", "オーストラリア"} {
		if !strings.Contains(string(text), part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	if strings.Contains(string(text), "<script") || strings.Contains(string(text), "http") {
		t.Error("the page needs something from outside")
	}
	if _, err := do(i18n.EN, sign, "compare", "-", "--width", "20"); err == nil {
		t.Error("a width that nothing fits into is taken")
	}
	if _, err := do(i18n.EN, sign, "compare", "-", "--html", filepath.Join(page, "y")); err == nil {
		t.Error("a page that cannot be written is no error")
	}
}

// TestHostileNames: text from a file cannot steer a terminal or a page.
func TestHostileNames(t *testing.T) {
	evil := strings.Replace(sign, "signs of an attack, nothing has happened yet", "<img src=x>", 1)
	page := filepath.Join(t.TempDir(), "x.html")
	must(t, i18n.EN, evil, "compare", "-", "--html", page)
	text, err := os.ReadFile(page)
	if err != nil || strings.Contains(string(text), "<img") {
		t.Errorf("the page holds what the case wrote: %v", err)
	}
	_, err = do(i18n.EN, "", "show", "\x1b[31m")
	if err == nil || strings.Contains(fault.Text(err, i18n.EN), "\x1b") {
		t.Errorf("an id steers the terminal: %v", err)
	}
}

// TestAnotherLaw: a reader's own folder of law stands in the place of ours.
func TestAnotherLaw(t *testing.T) {
	dir := t.TempDir()
	for _, folder := range []string{"regimes", "calendars"} {
		sub, err := fs.Sub(content.Law(), folder)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(filepath.Join(dir, folder), sub); err != nil {
			t.Fatal(err)
		}
	}
	if out := must(t, i18n.EN, "", "list", "--law", dir); !strings.Contains(out, "jp-gg") {
		t.Error("a copy of the law is not the law")
	}
	if err := os.WriteFile(filepath.Join(dir, "regimes", "x.toml"), []byte("id = 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := do(i18n.EN, "", "list", "--law", dir)
	if text := fault.Text(err, i18n.EN); err == nil || !strings.Contains(text, "regimes/x.toml") {
		t.Errorf("a bad file: %v", text)
	}
}

func TestShowUnknown(t *testing.T) {
	for _, verb := range []string{"show", "explain"} {
		_, err := do(i18n.EN, "", verb, "jp-gg", "jp-none")
		if fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s: %v", verb, err)
		}
	}
	var all []spoken.Shown
	if err := json.Unmarshal([]byte(must(t, i18n.EN, "", "show", "jp-gg", "us-1030f", "--json")), &all); err != nil || len(all) != 2 || all[0].Profile == nil || all[1].None == nil || all[0].Rules.ID != paper.ID("jp-gg") {
		t.Errorf("%v: %s", err, fmt.Sprint(all))
	}
}

// TestHandbookExamples: what the handbook gives to begin with can be begun with.
func TestHandbookExamples(t *testing.T) {
	block := regexp.MustCompile("(?s)```json\n(.*?)```")
	for _, lang := range []string{"en", "ja"} {
		text, err := os.ReadFile("../../docs/handbook/" + lang + "/law.md")
		if err != nil {
			t.Fatal(err)
		}
		found := block.FindAllStringSubmatch(string(text), -1)
		if len(found) != 2 {
			t.Fatalf("%s: %d examples", lang, len(found))
		}
		var status usage.Status
		if out, err := do(i18n.EN, found[0][1], "check", "-"); !errors.As(err, &status) || status != 1 {
			t.Errorf("%s: the request: %v\n%s", lang, err, out)
		}
		if out, err := do(i18n.EN, found[1][1], "compare", "-", "--width", "200"); err != nil || !strings.Contains(out, "a sign is not yet a crime") {
			t.Errorf("%s: the case: %v\n%s", lang, err, out)
		}
	}
}

// TestNoSuchVerb: a verb that is not there is an error with the nearest one, and not the
// help of the group with a good status.
func TestNoSuchVerb(t *testing.T) {
	for _, l := range []i18n.Lang{i18n.EN, i18n.JA} {
		out, err := do(l, "", "lst")
		if fault.KindOf(err) != fault.Invalid || out != "" || !strings.Contains(fault.Hint(err), "regime list") {
			t.Errorf("%s: %q, %v, hint %q", l, out, err, fault.Hint(err))
		}
	}
}
