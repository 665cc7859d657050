package flaw

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/books"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

var (
	latin  = regexp.MustCompile(`[A-Za-z][A-Za-z0-9._:/\[\]_-]*`)
	quoted = regexp.MustCompile(`「[^」]*」`) // the name of a member
	// names are what stands in no language: with a mark or a digit, or one of these.
	names = regexp.MustCompile(`[0-9._:/\[\]_-]|^(JSON|top|decisions|acts|state|private|lab|ordinary|urgent)$`)
)

// english gives the words of a Japanese sentence that are neither Japanese nor a name.
func english(ja string) (words []string) {
	for _, w := range latin.FindAllString(quoted.ReplaceAllString(ja, ""), -1) {
		if !names.MatchString(strings.TrimRight(w, ".:-")) {
			words = append(words, w)
		}
	}
	return words
}

// errorsOfOthers are errors that the verifier meets: of papers with every code, of
// files, of checkpoints, keys, profiles, and one that nobody knows.
func errorsOfOthers(t *testing.T) []error {
	list := []error{
		&fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist}, &fs.PathError{Op: "read", Path: "x", Err: errors.New("input/output error")},
		fs.ErrPermission, io.ErrUnexpectedEOF, errors.New("nobody knows this"), nil, Because("page"), Because("keys"), Because("log"), Because("note"), As("unsigned", errors.New("in English alone")),
		Because("large", "n", 7), Because("index", "index", i18n.Nominal(3)),
		fault.Said(fault.Error{Msg: "in English alone"}, i18n.Text{}, i18n.Text{}, i18n.Text{}),
		proof.Class("x").Check(), proof.Opened{}.Check(),
	}
	for _, c := range []paper.Code{
		paper.BadSyntax, paper.BadForm, paper.BadOrder, paper.Duplicate, paper.Unknown, paper.Missing, paper.Empty, paper.BadNumber,
		paper.BadText, paper.BadValue, paper.BadType, paper.TooDeep, paper.TooLarge, paper.BadSignature,
	} {
		list = append(list, &paper.Error{Code: c, Msg: "in English alone"}, fmt.Errorf("wrapped: %w", &paper.Error{Code: c, Path: "scope.links[2]", Msg: "in English alone"}))
	}
	_, parse := proof.ParseCheckpoint("x")
	_, key := proof.ParseLogKey("x")
	_, quorum := proof.NewQuorum(nil, 3)
	_, profile := regime.Parse([]byte("{}"))
	for _, err := range []error{parse, key, quorum, profile} {
		if err == nil {
			t.Fatal("no error to try")
		}
		list = append(list, err)
	}
	return list
}

// values are what the verifier and the papers put into a sentence.
func values(t *testing.T) map[string][]any {
	v := map[string][]any{"class": nil, "duty": {"decisions", "acts"}, "party": {"tap", "edge", "hub"}}
	for _, err := range errorsOfOthers(t) {
		v["why"] = append(v["why"], err)
	}
	v["why"] = append(v["why"], "nothing is there") // of a condition
	for _, c := range proof.Classes() {
		v["class"] = append(v["class"], string(c))
	}
	for _, k := range []books.Kind{books.Unequal, books.Ahead, books.Behind, books.Missing, books.Late, books.Backwards, books.Twice, books.Withheld, books.Early, books.Future} {
		v["kind"] = append(v["kind"], string(k))
	}
	for _, k := range []regime.Kind{regime.Collection, regime.Query, regime.Reidentify, regime.Share, regime.Access, regime.Neutralise} {
		v["kind"] = append(v["kind"], string(k))
	}
	for _, s := range books.Sheets() {
		v["sheet"] = append(v["sheet"], string(s))
		for _, n := range s.Columns() {
			v["name"] = append(v["name"], string(n))
		}
	}
	for _, e := range books.Equations() {
		v["equation"] = append(v["equation"], e.ID)
	}
	for _, m := range []string{"records", "bytes", "targets", "uses", "max_targets", "max_uses", "memory_s", "links", "link", "directions", "direction", "direction_table", "criteria", "selector", "selector_set", "target", "links, criteria, targets"} {
		v["what"] = append(v["what"], m)
	}
	return v
}

var argument = regexp.MustCompile(`\{([a-z_]+)[|}]`)

// each calls f with arguments for a sentence: each value of each argument once.
func each(sentence string, v map[string][]any, f func(args []any)) {
	var args []any
	most := 1
	for _, m := range argument.FindAllStringSubmatch(sentence, -1) {
		if !slices.Contains(args, any(m[1])) {
			args = append(args, m[1], "name/1")
		}
		most = max(most, len(v[m[1]]))
	}
	for k := range most {
		for i := 0; i < len(args); i += 2 {
			if list := v[args[i].(string)]; len(list) > 0 {
				args[i+1] = list[k%len(list)]
			}
		}
		f(args)
	}
}

// TestJapanese: every flaw and every condition is said wholly in Japanese, whatever the
// reason, but for names.
func TestJapanese(t *testing.T) {
	text, err := os.ReadFile("../../../internal/i18n/ja/verify.toml")
	if err != nil {
		t.Fatal(err)
	}
	var catalogue struct {
		Flaw map[string]string `toml:"flaw"`
	}
	if err := toml.Unmarshal(text, &catalogue); err != nil || len(catalogue.Flaw) < 50 {
		t.Fatal(err, len(catalogue.Flaw))
	}
	v := values(t)
	said := 0
	judge := func(code string, got i18n.Text) {
		said++
		if words := english(got.JA); len(words) > 0 || strings.ContainsAny(got.JA, "{}") || got.EN == "" {
			t.Errorf("%s: %q in %q", code, words, got.JA)
		}
	}
	for code, sentence := range catalogue.Flaw {
		each(sentence, v, func(args []any) { judge(code, (&Flaw{Code: code, Args: args}).Text()) })
	}
	for code := range unmet.Codes {
		each(i18n.Say(i18n.JA, unmet.Unmet{Code: code}.Key()), v, func(args []any) { judge(code, Condition(unmet.Unmet{Code: code, Args: args})) })
	}
	for _, err := range errorsOfOthers(t) {
		if err == nil {
			continue
		}
		got := i18n.Text{JA: fault.Text(Unread("opened/000000000001.json", err), i18n.JA), EN: err.Error()}
		if errors.As(err, new(*fault.Error)) {
			continue // its words are its own
		}
		judge("unread", got)
	}
	if said < 400 {
		t.Errorf("only %d sentences were looked at", said)
	}
	if got := english("回線は closed であり、sha256:00ff と logs/0 は名前です"); !slices.Equal(got, []string{"closed"}) {
		t.Errorf("the test does not see English: %q", got)
	}
}
