package cli_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what the handbook says of the configuration anew")

// TestHandbookShowsTheConfiguration: the page of each language holds what config show
// prints, so that nobody has to keep it up by hand.
func TestHandbookShowsTheConfiguration(t *testing.T) {
	for _, lang := range []string{"en", "ja"} {
		status, shown, errs := run(t, "config", "show", "--lang", lang)
		if status != 0 {
			t.Fatal(errs)
		}
		name := "../docs/handbook/" + lang + "/config.md"
		page, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		before, rest, ok := strings.Cut(string(page), "<!-- config show -->\n```toml\n")
		_, after, ends := strings.Cut(rest, "```\n<!-- end -->\n")
		if !ok || !ends {
			t.Fatalf("%s has no place for what config show prints", name)
		}
		fresh := before + "<!-- config show -->\n```toml\n" + shown + "```\n<!-- end -->\n" + after
		if *update {
			if err := os.WriteFile(name, []byte(fresh), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if diff := cmp.Diff(string(page), fresh); diff != "" {
			t.Errorf("%s is old; go test ./cli -update writes it anew: -is +must be\n%s", name, diff)
		}
	}
}
