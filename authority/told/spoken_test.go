package told

import (
	"crypto/sha256"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// TestSpoken: what is spoken in either language is heard as the same fingerprint; one
// wrong syllable, or two in the wrong order, is heard as none.
func TestSpoken(t *testing.T) {
	row := strings.Fields(latin)
	rapid.Check(t, func(t *rapid.T) {
		d := paper.DigestOf(rapid.SliceOfN(rapid.Byte(), 1, 8).Draw(t, "seed"))
		for _, l := range []i18n.Lang{i18n.EN, i18n.JA} {
			s := Spoken(d, l)
			if got, ok := Fingerprint(s); !ok || got != d {
				t.Fatalf("%s is heard as %s %v, want %s", s, got, ok, d)
			}
			if n := len(strings.Fields(s)); n != 11 {
				t.Fatalf("%d groups: %s", n, s)
			}
		}
		said := strings.FieldsFunc(Spoken(d, i18n.EN), func(r rune) bool { return r == '-' || r == ' ' })
		i := rapid.IntRange(0, sounds-1).Draw(t, "place")
		other := append([]string{}, said...)
		other[i] = row[rapid.IntRange(0, 63).Draw(t, "syllable")]
		if _, ok := Fingerprint(strings.Join(other, " ")); ok && other[i] != said[i] {
			t.Fatalf("%s for %s goes unnoticed", other[i], said[i])
		}
		if i < sounds-1 && rapid.Bool().Draw(t, "at the end") {
			i = sounds - 2 // where the check itself takes part
		}
		if i < sounds-1 && said[i] != said[i+1] {
			other = append([]string{}, said...)
			other[i], other[i+1] = other[i+1], other[i]
			if _, ok := Fingerprint(strings.Join(other, " ")); ok {
				t.Fatalf("%s and %s change places unnoticed", said[i], said[i+1])
			}
		}
	})
}

// TestSpokenVector: another program writes the same.
func TestSpokenVector(t *testing.T) {
	d := paper.Digest("sha256:" + strings.Repeat("00", 31) + "ff")
	// Worked out by hand: 0b001111 is na, 0b111100 is yo, and (15·x + 60)·x is 7.
	if got, want := Spoken(d, i18n.EN), strings.Repeat("ka-ka-ka-ka ", 10)+"ka-na-yo-su"; got != want {
		t.Errorf("%s, want %s…", got, want)
	}
	if got := Spoken(d, i18n.JA); !strings.HasPrefix(got, "カカカカ カカカカ") || len([]rune(got)) != sounds+10 {
		t.Errorf("%s", got)
	}
}

func TestFingerprint(t *testing.T) {
	sum := sha256.Sum256([]byte("x"))
	d := paper.DigestOf([]byte("x"))
	hex := strings.TrimPrefix(string(d), "sha256:")
	for _, good := range []string{string(d), hex, strings.ToUpper(hex), " " + hex[:32] + " " + hex[32:] + "\n", Spoken(d, i18n.JA), strings.ToUpper(Spoken(d, i18n.EN))} {
		if got, ok := Fingerprint(good); !ok || got != d || got.Bytes() != sum {
			t.Errorf("%q: %s %v", good, got, ok)
		}
	}
	for _, bad := range []string{"", "sha256:", hex[1:], hex + "0", "ka", Spoken(d, i18n.JA) + "カ", "sha512:" + hex, "\x80\xff"} {
		if got, ok := Fingerprint(bad); ok {
			t.Errorf("%q: %s", bad, got)
		}
	}
}

func FuzzFingerprint(f *testing.F) {
	f.Add(Spoken(paper.DigestOf(nil), i18n.JA))
	f.Add("ka-ki ku")
	f.Fuzz(func(t *testing.T, text string) {
		if d, ok := Fingerprint(text); ok && d.Check() != nil {
			t.Errorf("%q: %q", text, d)
		}
	})
}
