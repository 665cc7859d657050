package ui

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// layer cuts one layer out of the style sheet.
func layer(t *testing.T, name string) string {
	t.Helper()
	_, text, ok := strings.Cut(look, "@layer "+name+" {")
	if !ok {
		t.Fatalf("there is no layer %s", name)
	}
	depth := 1
	for i, c := range text {
		switch c {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return text[:i]
			}
		}
	}
	t.Fatalf("layer %s does not end", name)
	return ""
}

var (
	setting = regexp.MustCompile(`(--[a-z0-9-]+):\s*([^;]+);`)
	value   = regexp.MustCompile(`var\((--[a-z0-9-]+)\)`)
	colour  = regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b|\b(rgb|hsl|oklch)a?\(`)
)

// TestLayers: values are named only by what says what for, and parts know only that.
func TestLayers(t *testing.T) {
	parts, purpose, values := layer(t, "parts"), layer(t, "purpose"), layer(t, "values")
	if bad := colour.FindAllString(parts+purpose, -1); bad != nil {
		t.Errorf("colours outside the layer of values: %q", bad)
	}
	known := map[string]bool{}
	for _, m := range setting.FindAllStringSubmatch(values+purpose, -1) {
		known[m[1]] = true
	}
	for _, m := range value.FindAllStringSubmatch(parts, -1) {
		if strings.HasPrefix(m[1], "--v-") {
			t.Errorf("a part names the value %s", m[1])
		}
		if !known[m[1]] {
			t.Errorf("a part names %s, which nobody sets", m[1])
		}
	}
	for _, m := range value.FindAllStringSubmatch(purpose, -1) {
		if !known[m[1]] {
			t.Errorf("a purpose names %s, which nobody sets", m[1])
		}
	}
	if strings.Contains(look, "url(") || strings.Contains(look, "@import") {
		t.Error("the style sheet fetches something")
	}
}

// scheme gives the colours by purpose, in light or dark.
func scheme(t *testing.T, dark bool) map[string]string {
	t.Helper()
	values := map[string]string{}
	for _, m := range setting.FindAllStringSubmatch(layer(t, "values"), -1) {
		values[m[1]] = m[2]
	}
	light, night, ok := strings.Cut(layer(t, "purpose"), "prefers-color-scheme: dark")
	if !ok {
		t.Fatal("there is no dark scheme")
	}
	if dark {
		light += night
	}
	all := map[string]string{}
	for _, m := range setting.FindAllStringSubmatch(light, -1) {
		if v := value.FindStringSubmatch(m[2]); v != nil {
			all[m[1]] = values[v[1]]
		}
	}
	return all
}

// luminance is WCAG 2.2's relative luminance of #rrggbb.
func luminance(t *testing.T, c string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(c, "#"), 16, 32)
	if err != nil || len(c) != 7 {
		t.Fatalf("%q is no colour", c)
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		s := float64(n>>(16-8*i)&255) / 255
		if s <= 0.04045 {
			s /= 12.92
		} else {
			s = math.Pow((s+0.055)/1.055, 2.4)
		}
		sum += weight * s
	}
	return sum
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// TestContrast: text reaches 4.5 to 1 on whatever it stands on, signs and the
// shapes of figures 3 to 1, in both schemes (WCAG 2.2, 1.4.3 and 1.4.11).
func TestContrast(t *testing.T) {
	for _, dark := range []bool{false, true} {
		s := scheme(t, dark)
		for _, ink := range []string{"--ink", "--muted", "--accent", "--alert", "--severity-1", "--severity-2", "--severity-3", "--severity-4"} {
			for _, ground := range []string{"--surface", "--raised", "--accent-soft"} {
				if got := contrast(t, s[ink], s[ground]); got < 4.5 {
					t.Errorf("dark %v: %s on %s has %.2f to 1", dark, ink, ground, got)
				}
			}
		}
		if got := contrast(t, s["--surface"], s["--accent"]); got < 4.5 {
			t.Errorf("dark %v: the chosen language has %.2f to 1", dark, got)
		}
		for _, shape := range []string{"--edge", "--flow-transit", "--flow-in", "--flow-out", "--flow-unknown"} {
			for _, ground := range []string{"--surface", "--raised"} {
				if got := contrast(t, s[shape], s[ground]); got < 3 {
					t.Errorf("dark %v: %s on %s has %.2f to 1", dark, shape, ground, got)
				}
			}
		}
		for _, fill := range []string{"--flow-transit", "--flow-in", "--flow-out", "--flow-unknown"} {
			if got := contrast(t, s[fill], s["--flow-over"]); got < 3 {
				t.Errorf("dark %v: the pattern on %s has %.2f to 1", dark, fill, got)
			}
		}
	}
}

func TestContrastBites(t *testing.T) {
	if got := contrast(t, "#ffffff", "#000000"); math.Abs(got-21) > 1e-9 {
		t.Errorf("white on black has %v to 1, want 21", got)
	}
	if got := contrast(t, "#777777", "#ffffff"); math.Abs(got-4.478) > 0.001 {
		t.Errorf("#777777 on white has %v to 1, want 4.478", got)
	}
}
