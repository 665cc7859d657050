package verify_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/ledger/verify/archive"
	"github.com/noroshi-acd/noroshi/ledger/verify/verifytest"
	page "github.com/noroshi-acd/noroshi/web/verify"
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

// built is the whole page with its engine, built once.
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "noroshi-verify")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	wasm := filepath.Join(dir, "verify.wasm")
	c := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", wasm, "../../cmd/noroshi-verify")
	c.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", err
	}
	run, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		return "", err
	}
	engine, err := os.ReadFile(wasm)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	err = page.Write(&b, engine, run)
	return b.String(), err
})

// zipped is an export as a zip.
func zipped(t *testing.T, m *archive.Memory) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range m.Names() {
		w, err := z.Create("export/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(m.Get(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// busy keeps the browser's made-up time from running out while threads of its own
// compile the engine: each of its ticks takes real time. It ends with the answer.
const busy = `let waste = 0;
const tick = setInterval(() => { for (let i = 0; i < 3e6; i++) waste = (waste * 31 + i) | 0; }, 5);
const idle = () => setTimeout(() => clearInterval(tick), 100);
document.addEventListener("noroshi-answer", idle);
`

// visit opens the page with a script that its policy is told to let pass, and gives what
// the browser sees, says on its console and asks the network for.
func visit(t *testing.T, script string, flags ...string) (dom string, console, asked []string) {
	t.Helper()
	path, dir := browser(t), t.TempDir()
	text, err := built()
	if err != nil {
		t.Fatal(err)
	}
	script = busy + script
	sum := sha256.Sum256([]byte(script))
	text = strings.Replace(text, "script-src ", "script-src 'sha256-"+html.EscapeString(base64.StdEncoding.EncodeToString(sum[:]))+"' ", 1)
	i := strings.LastIndex(text, "</body>")
	text = text[:i] + "<script>" + script + "</script>" + text[i:]
	file, netlog := filepath.Join(dir, "page.html"), filepath.Join(dir, "net.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, path, append(flags, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--lang=en",
		"--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--enable-logging=stderr", "--log-net-log="+netlog, "--virtual-time-budget=60000", "--dump-dom", "file://"+file)...)
	var out, said strings.Builder
	c.Stdout, c.Stderr = &out, &said
	c.WaitDelay = 5 * time.Second
	if err := c.Run(); err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	for line := range strings.SplitSeq(said.String(), "\n") {
		if strings.Contains(line, ":CONSOLE") {
			console = append(console, line)
		}
	}
	data, err := os.ReadFile(netlog)
	if err != nil {
		t.Fatal(err)
	}
	var log struct {
		Events []struct {
			Params struct{ URL, Initiator string }
		}
	}
	if err := json.Unmarshal(data, &log); err != nil {
		t.Fatal(err)
	}
	for _, e := range log.Events {
		if p := e.Params; p.Initiator != "" && p.Initiator != "not an origin" && !strings.HasPrefix(p.URL, "file:") {
			asked = append(asked, p.URL)
		}
	}
	return out.String(), console, asked
}

// choose hands an export to the page as a person would, and asks it to verify.
func choose(m *verifytest.Made, export []byte) string {
	return `document.addEventListener("noroshi-ready", () => {
  const raw = atob("` + base64.StdEncoding.EncodeToString(export) + `"), bytes = Uint8Array.from(raw, c => c.charCodeAt(0));
  const all = new DataTransfer();
  all.items.add(new File([bytes], "export.zip"));
  const input = document.getElementById("archive");
  input.files = all.files;
  input.dispatchEvent(new Event("change"));
  document.getElementById("root").value = "` + string(m.Root) + `";
  document.querySelector("input[name=mode][value=inspector]").checked = true;
  document.querySelector("input[name=fresh][value='0']").checked = true;
  document.getElementById("form").requestSubmit();
});`
}

var answered = regexp.MustCompile(`(?s)<section id="result"[^>]* class="([a-z-]*)".*?<pre id="text-en"[^>]*>(.*?)</pre>\s*<pre id="text-ja"[^>]*>(.*?)</pre>`)

func small(t *testing.T) *verifytest.Made {
	t.Helper()
	m, err := verifytest.Make(verifytest.Options{Minutes: 3, Queries: 2, Seed: "page"})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestPageVerifies: in a real browser, under its own policy, the page finds an honest
// export right and names the first bad entry of another, in both languages, without a
// word on the console and without asking the network for anything.
func TestPageVerifies(t *testing.T) {
	m := small(t)
	bad := m.Export.Clone()
	name := fmt.Sprintf("%sopened/%012d.json", m.Acts.Dir(), 7)
	bad.Set(name, bytes.Replace(bad.Get(name), []byte(`"role":"acquirer"`), []byte(`"role":"acquired"`), 1))
	for _, c := range []struct {
		name, class, en, ja string
		export              *archive.Memory
	}{
		{"honest", "right", "nothing is wrong", "誤りはありません", m.Export},
		{"tampered", "wrong", "entry 7 of acts.lab.example/log", "acts.lab.example/logの記録7", bad},
	} {
		t.Run(c.name, func(t *testing.T) {
			dom, console, asked := visit(t, choose(m, zipped(t, c.export)))
			if len(console) > 0 || len(asked) > 0 {
				t.Errorf("the console says %q, the network was asked for %q", console, asked)
			}
			got := answered.FindStringSubmatch(dom)
			if got == nil {
				i := strings.Index(dom, `<section id="result"`)
				t.Fatalf("the page shows no answer: %s", dom[max(i, 0):min(len(dom), max(i, 0)+600)])
			}
			if got[1] != c.class || !strings.HasPrefix(got[2], c.en) || !strings.Contains(got[3], c.ja) {
				t.Errorf("the page shows %s: %s\n%s", got[1], got[2], got[3])
			}
		})
	}
}

// TestPageAxe: the rules of WCAG that a program can judge are kept, light and dark.
func TestPageAxe(t *testing.T) {
	rules, err := os.ReadFile("../../.work/axe/node_modules/axe-core/axe.min.js")
	if err != nil {
		if os.Getenv("NOROSHI_REQUIRE_BROWSER") == "1" {
			t.Fatal(err, "(.ci/axe brings it)")
		}
		t.Skip("there is no axe-core (.ci/axe brings it)")
	}
	for _, lang := range []string{"ja", "en"} {
		for scheme, flag := range map[string]string{"light": "1", "dark": "0"} {
			script := string(rules) + "\n" + `document.addEventListener("noroshi-ready", () => { document.getElementById("say-` + lang + `").click();
  axe.run(document, {resultTypes: ["violations"]}).then(r => { const p = document.createElement("pre"); p.id = "said"; p.textContent = JSON.stringify(r.violations.map(v => v.id + ": " + v.help + " as in " + v.nodes[0].html.slice(0, 200))); document.body.append(p); idle(); }); });`
			dom, _, _ := visit(t, script, "--blink-settings=preferredColorScheme="+flag)
			said := regexp.MustCompile(`(?s)<pre id="said">(.*?)</pre>`).FindStringSubmatch(dom)
			if said == nil {
				t.Fatal("axe said nothing")
			}
			if said[1] != "[]" {
				t.Errorf("%s, %s: %s", lang, scheme, html.UnescapeString(said[1]))
			}
		}
	}
}
