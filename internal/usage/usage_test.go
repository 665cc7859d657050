package usage

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

func command(l i18n.Lang) *cobra.Command {
	root := &cobra.Command{Use: "beacon", Long: strings.Repeat("検知 ", 60), SilenceErrors: true, SilenceUsage: true}
	light := &cobra.Command{Use: "light PATH...", Short: "灯す", Args: Args(l, 1, 2), RunE: func(*cobra.Command, []string) error { return nil }}
	light.Flags().Int("top", 50, "最大`N`件")
	light.Flags().StringSlice("list", nil, strings.Repeat("一覧の`FILE`、", 20))
	root.AddCommand(light)
	Speak(root, l)
	return root
}

func run(l i18n.Lang, args ...string) (string, error) {
	var b bytes.Buffer
	root := command(l)
	root.SetOut(&b)
	root.SetErr(&b)
	root.SetArgs(args)
	err := root.Execute()
	return b.String(), err
}

// TestHelpIsInOneLanguage: no line of the flag library's own words, none too wide.
func TestHelpIsInOneLanguage(t *testing.T) {
	foreign := regexp.MustCompile(`(?i)usage:|available|flags:|more information|help for|default "|strings|generate`)
	for _, args := range [][]string{{}, {"--help"}, {"light", "--help"}, {"help"}, {"help", "light"}, {"completion", "--help"}, {"completion", "bash", "--help"}} {
		out, err := run(i18n.JA, args...)
		if err != nil || out == "" {
			t.Errorf("%v: %q, %v", args, out, err)
		}
		if m := foreign.FindString(out); m != "" {
			t.Errorf("%v in Japanese holds %q:\n%s", args, m, out)
		}
		for _, line := range strings.Split(out, "\n") {
			if i18n.Width(line) > columns {
				t.Errorf("%v: %d columns: %s", args, i18n.Width(line), line)
			}
		}
	}
	if out, _ := run(i18n.EN, "light", "--help"); !strings.Contains(out, "--top N") || !strings.Contains(out, "(default 50)") {
		t.Errorf("flags are not told:\n%s", out)
	}
}

func TestWrongUse(t *testing.T) {
	for _, tt := range []struct{ args, en, ja, hint string }{
		{"lihgt", "there is no command lihgt", "lihgt というコマンドはありません", "did you mean beacon light?"},
		{"x", "there is no command x", "x というコマンドはありません", "see beacon --help"},
		{"help x", "there is no command x", "x というコマンドはありません", "see beacon --help"},
		{"light", "at least 1 argument is needed", "引数が1個以上必要です", "see beacon light --help"},
		{"light a b c", "c is one argument too many", "引数 c は余分です", "see beacon light --help"},
		{"light --nope a", "there is no flag --nope", "--nope というオプションはありません", "see beacon light --help"},
		{"light -z a", "there is no flag -z", "-z というオプションはありません", "see beacon light --help"},
		{"light a --top", "--top needs a value", "--top には値が必要です", "see beacon light --help"},
		{"light a --top x", "--top takes a whole number, not x", "--top の値は整数で指定します（x は使えません）", "see beacon light --help"},
		{"light a --help=x", "--help cannot take the value x", "--help の値として x は使えません", "see beacon light --help"},
	} {
		for l, want := range map[i18n.Lang]string{i18n.EN: tt.en, i18n.JA: tt.ja} {
			_, err := run(l, strings.Fields(tt.args)...)
			if err == nil || err.Error() != want || fault.KindOf(err) != fault.Invalid {
				t.Errorf("%s in %s: %v, want %q", tt.args, l, err, want)
			}
			if l == i18n.EN && fault.Hint(err) != tt.hint {
				t.Errorf("%s: hint %q, want %q", tt.args, fault.Hint(err), tt.hint)
			}
		}
	}
}
