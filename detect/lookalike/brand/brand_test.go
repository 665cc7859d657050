package brand

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"golang.org/x/net/idna"
	"pgregory.net/rapid"
)

func book(t testing.TB) *Book {
	t.Helper()
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestJudge(t *testing.T) {
	b := book(t)
	puny := func(s string) string {
		p, err := idna.Punycode.ToASCII(s)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for name, want := range map[string]string{
		"rakuten.co.jp": "", "www.rakuten.co.jp": "", "login.account.rakuten.com": "", "pages.rakuten-card.co.jp": "",
		"amazon.fr": "", "amazon.ie": "", "global.toyota": "", "www.nta.go.jp": "", "": "", "localhost": "", "jp": "",
		"example.com": "", "amazonia.org": "", "amazone.de": "", "appleton.org": "", "sonny.com": "", "cannon.com": "",
		"pineapple.com": "", "personal.com": "", "office.example": "", "github.io": "",
		"rakutem.co.jp": "typo rakuten", "rakutne.com": "typo rakuten", "rakutten.net": "typo rakuten", "raku-ten.com": "typo rakuten",
		"microsfot.com": "typo microsoft", "gooogle.com": "typo google", "facebok.com": "typo facebook", "kuronekoyamat.com": "typo kuronekoyamato",
		"arnazon.co": "visual amazon", "paypa1.com": "visual paypal", "g00gle.com": "visual google", "faceb00k-login.com": "visual facebook",
		"rakuten-login.com": "bait rakuten", "secure-smbc-card.xyz": "bait smbc", "loginrakuten.com": "bait rakuten", "amazonsupport.net": "bait amazon",
		"mufg-secure.top": "bait mufg", "amazon-verify2024.com": "bait amazon", "japanpost-redelivery.com": "bait japanpost",
		"rakuten.xyz": "suffix rakuten", "amazon.shop": "suffix amazon", "mercari.top": "suffix mercari",
		"www.amazon.co.jp.account-check.xyz": "front amazon.co.jp", "amazon-co-jp.buzz": "front amazon-co-jp", "login.microsoftonline.com.evil.net": "front microsoftonline.com",
		"rakuten.verify-id.com": "bait rakuten", "rakuten.partner.example": "part rakuten", "amazon-rainforest.org": "beside amazon",
		puny("rаkuten.com"): "script rakuten", puny("аррӏе.com"): "script apple", puny("gооgle.com"): "script google", puny("mizuhо-login.com"): "script mizuho",
		puny("楽天ログイン.com"): "bait 楽天", puny("楽天.shop"): "suffix 楽天", puny("日本郵便再配達.com"): "bait 日本郵便", puny("кракен.com"): "", puny("東京大学.jp"): "",
	} {
		m, ok := b.Judge(name)
		got := ""
		if ok {
			got = m.Way.String() + " " + m.Word
		}
		if got != want {
			t.Errorf("%s: %q (cost %.1f, baits %d), want %q", name, got, m.Cost, m.Baits, want)
		}
	}
}

// imitate makes an imitation of word in one of the ways by which people did.
func imitate(r *rand.Rand, word string) (name, how string) {
	at := 1 + r.IntN(len(word)-1)
	suffix := []string{".com", ".net", ".xyz", ".top", ".shop", ".co", ".info", ".cn"}[r.IntN(8)]
	bait := []string{"login", "support", "secure", "account", "verify", "update"}[r.IntN(6)]
	switch r.IntN(8) {
	case 0:
		return word[:at] + word[at:at+1] + word[at:] + suffix, "doubled"
	case 1:
		for at+1 < len(word) && word[at] == word[at-1] {
			at++
		}
		return word[:at] + word[at+1:] + suffix, "dropped"
	case 2:
		at = min(at, len(word)-2)
		return word[:at] + word[at+1:at+2] + word[at:at+1] + word[at+2:] + suffix, "swapped"
	case 3:
		for c := range byte('z' + 1) {
			if c >= 'a' && c != word[at] && beside[word[at]&127][c] {
				return word[:at] + string(c) + word[at+1:] + suffix, "neighbour"
			}
		}
		return word + "-" + bait + suffix, "bait"
	case 4:
		return bait + "-" + word + suffix, "bait"
	case 5:
		return word + bait + suffix, "glued"
	case 6:
		likes := []rune(likes[rune(word[at])])
		p, _ := idna.Punycode.ToASCII(word[:at] + string(likes[r.IntN(len(likes))]) + word[at+1:] + suffix)
		return p, "script"
	}
	return "www." + word + ".com." + bait + "-center" + suffix, "front"
}

// TestImitations measures how many of made-up imitations are seen.
func TestImitations(t *testing.T) {
	b := book(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	var words []string
	for i := range b.words {
		if w := b.words[i]; len(w.text) >= 6 && w.text[0] < 0x80 && !b.brands[w.brand].Everyday && b.domains[w.text+".com"] == w.brand {
			if _, own := b.domains[w.text+".com"]; own {
				words = append(words, w.text)
			}
		}
	}
	seen, all := map[string]int{}, map[string]int{}
	for range 4000 {
		word := words[r.IntN(len(words))]
		name, how := imitate(r, word)
		if b.Own(name) {
			continue
		}
		all[how]++
		if m, ok := b.Judge(name); ok && m.Way >= Suffix {
			seen[how]++
		}
	}
	for how, n := range all {
		t.Logf("%-9s %d of %d", how, seen[how], n)
		if least := map[string]float64{"swapped": 0.9, "dropped": 0.9}[how]; float64(seen[how]) < max(least, 0.9)*float64(n) {
			t.Errorf("%s: only %d of %d are seen", how, seen[how], n)
		}
	}
}

// slowDistance is distance by recursion: the obvious form.
func slowDistance(want, got string, i, j int) float64 {
	if i == 0 && j == 0 {
		return 0
	}
	d := noDistance
	if i > 0 {
		d = min(d, slowDistance(want, got, i-1, j)+dropped(want, i-1))
	}
	if j > 0 {
		d = min(d, slowDistance(want, got, i, j-1)+added(want, got, i, j-1))
	}
	if i > 0 && j > 0 {
		d = min(d, slowDistance(want, got, i-1, j-1)+replaced(want, got, i-1, j-1))
	}
	if i > 1 && j > 1 && want[i-1] == got[j-2] && want[i-2] == got[j-1] && want[i-1] != want[i-2] {
		cost := slipSwap
		if i == 2 {
			cost += slipFirst
		}
		d = min(d, slowDistance(want, got, i-2, j-2)+cost)
	}
	return d
}

func TestDistanceAgainstRecursion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.StringMatching(`[a-e1-]{1,6}`).Draw(t, "want")
		got := rapid.StringMatching(`[a-e1-]{1,6}`).Draw(t, "got")
		most := rapid.Float64Range(0, 4).Draw(t, "most")
		slow := slowDistance(want, got, len(want), len(got))
		fast := distance(want, got, most)
		if n := len(want) - len(got); n > 2 || n < -2 || slow > most+1e-9 {
			slow = noDistance
		}
		if diff := slow - fast; diff > 1e-6 || diff < -1e-6 {
			t.Fatalf("%s → %s within %.2f: %.2f, recursion %.2f", want, got, most, fast, slow)
		}
	})
}

// TestMaskHidesNothing: the letters' mask never keeps a name from its word.
func TestMaskHidesNothing(t *testing.T) {
	b := book(t)
	rapid.Check(t, func(t *rapid.T) {
		w := []byte(b.words[rapid.IntRange(0, len(b.words)-1).Draw(t, "word")].text)
		for range rapid.IntRange(0, 2).Draw(t, "slips") {
			w[rapid.IntRange(0, len(w)-1).Draw(t, "at")] = rapid.SampledFrom([]byte("abcdefghijklmnopqrstuvwxyz0123456789")).Draw(t, "letter")
		}
		label := string(w)
		best := noDistance
		for i := range b.words {
			x := &b.words[i]
			if most := min(limit(len(label)+1), limit(len(x.text))); len(x.text) >= 5 && x.text[0] < 0x80 && x.mask != 0 && most >= 0 && !b.brands[x.brand].Everyday {
				best = min(best, distance(x.text, label, most))
			}
		}
		m := b.typo(label)
		if got := m.Cost; (m.Way == Typo) != (best < noDistance) && !b.near[label] && !b.bait[label] || m.Way == Typo && got != best {
			t.Fatalf("%s: %v, without the mask %.2f", label, m, best)
		}
	})
}

// TestOwn: no brand's domain, and nothing beneath one, is an imitation.
func TestOwn(t *testing.T) {
	b := book(t)
	if b.Len() < 140 || len(b.domains) < 400 {
		t.Fatalf("%d brands, %d domains: the list is not whole", b.Len(), len(b.domains))
	}
	for d := range b.domains {
		for _, name := range []string{d, "www." + d, "login.secure-" + "x." + d} {
			if m, ok := b.Judge(name); ok {
				t.Errorf("%s is taken for %v", name, m)
			}
		}
	}
}

// TestHonestNames counts what is said of names that people visit.
func TestHonestNames(t *testing.T) {
	dir := os.Getenv("NOROSHI_DATA")
	if dir == "" {
		if os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
			t.Fatal("NOROSHI_DATA is not set")
		}
		t.Skip("NOROSHI_DATA is not set")
	}
	data, err := os.ReadFile(dir + "/detection/ndpi-dga/tests/dga/test_non_dga.csv")
	if err != nil {
		t.Fatal(err)
	}
	b := book(t)
	names := strings.Fields(string(data))
	ways := map[Way]int{}
	for _, n := range names {
		if m, ok := b.Judge(strings.ToLower(n)); ok {
			ways[m.Way]++
			t.Logf("%s: %s %s cost %.1f baits %d", n, m.Way, m.Word, m.Cost, m.Baits)
		}
	}
	t.Logf("%d names: %v", len(names), ways)
	strong := 0
	for w, n := range ways {
		if w >= Typo {
			strong += n
		}
	}
	if strong*1000 > len(names)*2 {
		t.Errorf("%d of %d honest names are taken for imitations", strong, len(names))
	}
}

func TestLoadErrors(t *testing.T) {
	for what, text := range map[string]string{
		"syntax": "[[brand]\n", "unknown key": "[[brand]]\nname = \"a\"\ncolour = 1\n", "no domain": "[[brand]]\nname = \"A\"\nwords = [\"aaa\"]\n",
		"suffix": "[[brand]]\nname = \"A\"\nwords = [\"aaa\"]\ndomains = [\"co.jp\"]\n", "url": "[[brand]]\nname = \"A\"\nwords = [\"aaa\"]\ndomains = [\"https://a.example\"]\n",
		"word": "[[brand]]\nname = \"A\"\nwords = [\"a.b\"]\ndomains = [\"a.example\"]\n",
	} {
		path := t.TempDir() + "/list.toml"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "list.toml") {
			t.Errorf("%s: error %v", what, err)
		}
	}
	if _, err := Load("/nowhere/list.toml"); err == nil {
		t.Error("a missing list is taken")
	}
}

func FuzzJudge(f *testing.F) {
	b, err := Load()
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"xn--80ak6aa92e.com", "a.b.c", "....", "xn--", "-", "www.amazon.co.jp.x.y", strings.Repeat("a-", 120) + "com", "\xff\x00.com"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if m, ok := b.Judge(s); ok && (m.Brand < 0 || m.Brand >= b.Len() || m.Way == None) {
			t.Errorf("%q: %+v", s, m)
		}
	})
}

func BenchmarkJudge(b *testing.B) {
	k := book(b)
	var names []string
	for i := range 1000 {
		names = append(names, fmt.Sprintf("www.some-site%d-name.example", i), fmt.Sprintf("cdn%d.microsoftish.net", i))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		k.Judge(names[i%len(names)])
	}
}
