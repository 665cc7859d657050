package report_test

import (
	"encoding/json"
	"fmt"
	"html"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// axe gives the text of axe-core, or skips.
func axe(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../.work/axe/node_modules/axe-core/axe.min.js")
	if err == nil {
		return string(text)
	}
	if os.Getenv("NOROSHI_REQUIRE_BROWSER") == "1" {
		t.Fatal(err, "(.ci/axe brings it)")
	}
	t.Skip("there is no axe-core (.ci/axe brings it)")
	return ""
}

var policy = regexp.MustCompile(`<meta http-equiv="Content-Security-Policy"[^>]*>`)

// judge runs script in a browser on page, whose own policy would forbid it, and
// gives the lines that the script hands to say.
func judge(t *testing.T, page, script string, flags ...string) []string {
	t.Helper()
	run := `<script>function say(lines) { const p = document.createElement("pre"); p.id = "said"; p.textContent = JSON.stringify(lines); document.body.append(p); }` + "\n" + script + `</script></body>`
	page = strings.Replace(policy.ReplaceAllString(page, ""), "</body>", run, 1)
	dom, console, _ := visit(t, page, append(flags, "--virtual-time-budget=120000")...)
	said := regexp.MustCompile(`(?s)<pre id="said">(.*?)</pre>`).FindStringSubmatch(dom)
	if said == nil {
		t.Fatalf("the script said nothing; the console says %q", console)
	}
	var lines []string
	if err := json.Unmarshal([]byte(html.UnescapeString(said[1])), &lines); err != nil {
		t.Fatal(err)
	}
	return lines
}

// choose shows the page in language l with every table open.
const choose = `document.getElementById("say-%s").click(); document.querySelectorAll("details").forEach(d => d.open = true);`

const runAxe = `axe.run(document, {resultTypes: ["violations"]}).then(r => say(r.violations.map(v => v.id + ": " + v.help + ", at " + v.nodes.length + " places, as in " + v.nodes[0].html.slice(0, 200))), e => say(["axe failed: " + e]));`

// TestAxe: the rules of WCAG that a program can judge are kept in both languages,
// light and dark.
func TestAxe(t *testing.T) {
	rules := axe(t)
	for _, l := range []i18n.Lang{i18n.JA, i18n.EN} {
		for scheme, flag := range map[string]string{"light": "1", "dark": "0"} {
			t.Run(string(l)+" "+scheme, func(t *testing.T) {
				r := sample(l)
				r.Graph = botnet()
				script := fmt.Sprintf(`if (matchMedia("(prefers-color-scheme: dark)").matches !== %v) say(["the scheme is not %s"]); else {`, scheme == "dark", scheme) + fmt.Sprintf(choose, l) + runAxe + "}"
				for _, line := range judge(t, write(t, r), rules+"\n"+script, "--blink-settings=preferredColorScheme="+flag) {
					t.Error(line)
				}
			})
		}
	}
}

// TestAxeBites: axe sees a picture without a name and text that hardly shows.
func TestAxeBites(t *testing.T) {
	page := `<!DOCTYPE html><html lang="en"><title>x</title><body><main><h1>x</h1><svg role="img"></svg><p style="color: #ccc; background: #fff">faint</p></main></body></html>`
	got := strings.Join(judge(t, page, axe(t)+"\n"+runAxe), "\n")
	for _, want := range []string{"svg-img-alt", "color-contrast"} {
		if !strings.Contains(got, want) {
			t.Errorf("axe does not see %s:\n%s", want, got)
		}
	}
}

// measure lists in every frame what is wider than its room, in the page and in its
// pictures. What scrolls by itself may be wider.
const measure = `onload = () => {
  const bad = [];
  for (const frame of document.querySelectorAll("iframe")) {
    const doc = frame.contentDocument, at = frame.width + " px: ";
    doc.getElementById("say-" + frame.name).click();
    doc.querySelectorAll("details").forEach(d => d.open = true);
    const root = doc.scrollingElement;
    if (root.clientWidth < frame.width - 40) bad.push(at + "the frame is only " + root.clientWidth + " wide");
    if (root.scrollWidth > root.clientWidth) bad.push(at + "the page is " + root.scrollWidth + " wide");
    for (const e of doc.querySelectorAll("body *:not(svg *)")) {
      const look = frame.contentWindow.getComputedStyle(e);
      if (look.display === "inline" || !e.clientWidth || ["auto", "scroll"].includes(look.overflowX)) continue;
      if (e.scrollWidth > e.clientWidth + 1) bad.push(at + "<" + e.tagName + " class=" + e.className + "> " + e.scrollWidth + " > " + e.clientWidth + ": " + e.textContent.slice(0, 60));
    }
    for (const text of doc.querySelectorAll("svg text")) {
      const svg = text.ownerSVGElement;
      if (!svg.getClientRects().length) continue;
      const box = text.getBBox(), view = svg.viewBox.baseVal;
      if (box.x < -1 || box.x + box.width > view.width + 1 || box.y < -1 || box.y + box.height > view.height + 1) bad.push(at + "outside its picture: " + text.textContent);
    }
  }
  say(bad);
};`

// framed shows page in frames of several widths.
func framed(page string, l i18n.Lang, widths ...int) string {
	var b strings.Builder
	b.WriteString(`<!DOCTYPE html><title>x</title><body>`)
	for _, w := range widths {
		fmt.Fprintf(&b, `<iframe name="%s" width="%d" height="900" srcdoc="%s"></iframe>`, l, w, html.EscapeString(policy.ReplaceAllString(page, "")))
	}
	return b.String() + "</body></html>"
}

// TestNothingOverflows: from a small telephone to a wide screen nothing is wider
// than its room.
func TestNothingOverflows(t *testing.T) {
	for _, l := range []i18n.Lang{i18n.JA, i18n.EN} {
		r := sample(l)
		r.Graph = botnet()
		r.Findings[0].Name = "a-very-long-name-that-nobody-would-choose.of-a-network-abroad.example"
		r.Findings[1].Src = "domestic-0123456789ab"
		for _, line := range judge(t, framed(write(t, r), l, 320, 400, 800, 1600), measure) {
			t.Errorf("%s, %s", l, line)
		}
	}
}

func TestNothingOverflowsBites(t *testing.T) {
	page := `<!DOCTYPE html><body><input type="radio" id="say-en"><p style="width: 500px">wide</p><div style="width: 50px"><span style="display: block; white-space: nowrap">too wide for that</span></div><svg viewBox="0 0 10 10"><text x="5" y="9">outside</text></svg></body>`
	got := strings.Join(judge(t, framed(page, i18n.EN, 400), measure), "\n")
	for _, want := range []string{"the page is", "<DIV", "outside its picture"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not seen:\n%s", want, got)
		}
	}
}
