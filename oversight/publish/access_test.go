package publish_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/oversight/publish"
)

// TestAxe: in a real browser the page keeps the rules of WCAG that a program can judge, in
// both languages, light and dark.
func TestAxe(t *testing.T) {
	rules, err := os.ReadFile("../../.work/axe/node_modules/axe-core/axe.min.js")
	browser, missing := exec.LookPath("chromium")
	if err != nil || missing != nil {
		if os.Getenv("NOROSHI_REQUIRE_BROWSER") == "1" {
			t.Fatal("there is no axe-core (.ci/axe brings it), or no Chromium")
		}
		t.Skip("there is no axe-core (.ci/axe brings it), or no Chromium")
	}
	policy := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy"[^>]*>`)
	run := "<script>" + string(rules) + `
axe.run(document, {resultTypes: ["violations"]}).then(r => document.title = "axe: " + r.violations.map(v => v.id + " " + v.nodes[0].html.slice(0, 200)).join("; ") + " (" + r.passes.length + " kept)", e => document.title = "axe failed " + e)
</script></body>`
	verdict := regexp.MustCompile(`(?s)<title>axe: (.*?) \((\d+) kept\)</title>`)
	for _, l := range []i18n.Lang{i18n.JA, i18n.EN} {
		for scheme, flag := range map[string]string{"light": "1", "dark": "0"} {
			t.Run(string(l)+" "+scheme, func(t *testing.T) {
				var page bytes.Buffer
				if err := publish.HTML(&page, year(), l, nil); err != nil {
					t.Fatal(err)
				}
				dir := t.TempDir()
				file := filepath.Join(dir, "page.html")
				if err := os.WriteFile(file, []byte(strings.Replace(policy.ReplaceAllString(page.String(), ""), "</body>", run, 1)), 0o600); err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
				defer cancel()
				c := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--host-resolver-rules=MAP * ~NOTFOUND",
					"--blink-settings=preferredColorScheme="+flag, "--user-data-dir="+filepath.Join(dir, "profile"), "--virtual-time-budget=60000", "--dump-dom", "file://"+file)
				c.WaitDelay = 5 * time.Second
				dom, err := c.Output()
				if err != nil {
					t.Fatal(err)
				}
				said := verdict.FindSubmatch(dom)
				if said == nil || string(said[2]) == "0" {
					t.Fatal("axe said nothing")
				}
				if len(said[1]) > 0 {
					t.Errorf("%s", said[1])
				}
			})
		}
	}
}
