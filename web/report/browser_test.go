package report_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// browser finds Chromium, or skips.
func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("NOROSHI_REQUIRE_BROWSER") == "1" {
		t.Fatal("there is no Chromium")
	}
	t.Skip("there is no Chromium")
	return ""
}

// visit opens a page and gives its tree as the browser sees it, what it says on the
// console, and the addresses that it asks the network for.
func visit(t *testing.T, page string, flags ...string) (dom string, console, asked []string) {
	t.Helper()
	path, dir := browser(t), t.TempDir()
	file, netlog := filepath.Join(dir, "page.html"), filepath.Join(dir, "net.json")
	if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, path, append(flags, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--enable-logging=stderr", "--log-net-log="+netlog, "--dump-dom", "file://"+file)...)
	var out, said strings.Builder
	c.Stdout, c.Stderr = &out, &said
	c.WaitDelay = 5 * time.Second
	if err := c.Run(); err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	for _, line := range strings.Split(said.String(), "\n") {
		if strings.Contains(line, ":CONSOLE") {
			console = append(console, line)
		}
	}
	text, err := os.ReadFile(netlog)
	if err != nil {
		t.Fatal(err)
	}
	var log struct {
		Events []struct {
			Params struct{ URL, Initiator string }
		}
	}
	if err := json.Unmarshal(text, &log); err != nil {
		t.Fatal(err)
	}
	for _, e := range log.Events {
		// What the browser asks of itself has no origin.
		if p := e.Params; p.Initiator != "" && p.Initiator != "not an origin" && !strings.HasPrefix(p.URL, "file:") {
			asked = append(asked, p.URL)
		}
	}
	return out.String(), console, asked
}

// TestBrowser: a real browser shows the page without a word on its console and
// without asking the network for anything.
func TestBrowser(t *testing.T) {
	dom, console, asked := visit(t, write(t, sample(i18n.JA)))
	if len(console) > 0 || len(asked) > 0 {
		t.Errorf("the console says %q, the network was asked for %q", console, asked)
	}
	if n := strings.Count(dom, "<figure"); n != 38 {
		t.Errorf("the browser sees %d figures, want 38", n)
	}
}

// TestBrowserBites: the test above sees what it looks for.
func TestBrowserBites(t *testing.T) {
	_, console, asked := visit(t, `<!DOCTYPE html><title>x</title><img src="http://192.0.2.1/x.png"><script>console.error("boom")</script>`)
	if len(console) == 0 || len(asked) == 0 {
		t.Errorf("the console says %q, the network was asked for %q", console, asked)
	}
	// The page's own policy would stop both.
	policy := write(t, sample(i18n.EN))
	i := strings.Index(policy, "<body>")
	_, console, asked = visit(t, policy[:i]+`<body><img src="http://192.0.2.1/x.png"><script>console.error("boom")</script></body></html>`)
	if len(asked) > 0 || strings.Contains(strings.Join(console, " "), "boom") {
		t.Errorf("under the policy the console says %q, the network was asked for %q", console, asked)
	}
}
