package settings_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/settings"
)

func load(t *testing.T, text string) (*settings.Settings, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "noroshi.toml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return settings.Load(i18n.EN, name)
}

// TestDefaults: they are valid, and what is shown of them is read back as the same.
func TestDefaults(t *testing.T) {
	without, err := settings.Load(i18n.EN, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []i18n.Lang{i18n.EN, i18n.JA} {
		var b bytes.Buffer
		if err := without.Show(&b, l); err != nil {
			t.Fatal(err)
		}
		with, err := load(t, b.String())
		if err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
		if diff := cmp.Diff(settings.Default(), with); diff != "" {
			t.Errorf("-default +read\n%s", diff)
		}
	}
}

// TestEverythingIsExplained: each section and each key has a sentence before it, not
// the key of one.
func TestEverythingIsExplained(t *testing.T) {
	bare := regexp.MustCompile(`^# [a-z]+\.config\.`)
	for _, l := range []i18n.Lang{i18n.EN, i18n.JA} {
		var b bytes.Buffer
		if err := settings.Default().Show(&b, l); err != nil {
			t.Fatal(err)
		}
		before := ""
		for line := range strings.Lines(b.String()) {
			if line != "\n" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(before, "#") {
				t.Errorf("%s: nothing explains %q", l, line)
			}
			if bare.MatchString(line) {
				t.Errorf("%s: %q is not in the catalogue", l, line)
			}
			before = line
		}
	}
}

// TestEverySectionCanBeSet sets a value in each section, and sees every wrong one
// refused under its own name.
func TestEverySectionCanBeSet(t *testing.T) {
	var b bytes.Buffer
	if err := settings.Default().Show(&b, i18n.EN); err != nil {
		t.Fatal(err)
	}
	section := ""
	for line := range strings.Lines(b.String()) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section = strings.Trim(line, "[]")
		}
		key, value, ok := strings.Cut(line, " = ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		wrong := "-1"
		if strings.HasPrefix(value, "'") {
			wrong = `"-1s"`
		}
		_, err := load(t, "\n["+section+"]\n"+key+" = "+wrong+"\n")
		var e *fault.Error
		if !errors.As(err, &e) || e.Place.Line != 3 || e.Place.Field != section+"."+key {
			t.Errorf("%s.%s = %s: %v", section, key, wrong, err)
		}
		if s, err := load(t, "["+section+"]\n"+line+"\n"); err != nil || !cmp.Equal(s, settings.Default()) {
			t.Errorf("%s: %v", line, err)
		}
	}
	s, err := load(t, "[scan]\nwindow = \"90m\"\n[engine]\nnames = 5000\n[meter]\nidle_udp = \"2m\"\n")
	if err != nil || s.Methods.Scan.Window != 90*time.Minute || s.Engine.Names != 5000 || s.Meter.IdleUDP != 2*time.Minute {
		t.Errorf("%+v, %v", s, err)
	}
}
