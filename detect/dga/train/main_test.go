package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/detect/dga/lexical"
)

// lists writes small lists and gives their manifest.
func lists(t *testing.T) (manifest, banned string) {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, lines []string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var honest, made []string
	for i := range 400 {
		honest = append(honest, fmt.Sprintf("www.garden%dhouse.com", i))
		made = append(made, fmt.Sprintf("qx%xzvk%xjw.net", i*7919, i*104729))
	}
	m := []string{
		"legit\t1\t1000\tours\tgarden\t" + write("honest", honest),
		"dga\t1\t1000\tours\tqx\t" + write("made", made),
	}
	return write("manifest", m), write("banned", made[:50])
}

func TestReadCorpus(t *testing.T) {
	manifest, banned := lists(t)
	c, err := readCorpus(manifest, []string{banned}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.left != 50 {
		t.Errorf("%d names left out, 50 are banned", c.left)
	}
	all := len(c.learn) + len(c.measure)
	if all != 750 || len(c.measure) < 30 || len(c.measure) > 150 {
		t.Errorf("%d names, %d of them kept back", all, len(c.measure))
	}
	taken := map[string]bool{}
	for _, s := range c.learn {
		taken[s.label] = true
	}
	for _, s := range c.measure {
		if taken[s.label] {
			t.Errorf("%s is both learnt and kept back", s.label)
		}
	}
	held, err := readCorpus(manifest, nil, []string{"qx"})
	if err != nil || held.groups[1].learnt != 0 || held.groups[1].kept != 400 {
		t.Errorf("held out family: %+v %v", held.groups, err)
	}
}

func TestBadManifest(t *testing.T) {
	for _, text := range []string{"dga\t1\n", "dga\tx\t1\ta\tb\tc\n", "dga\t1\tx\ta\tb\tc\n", "dga\t1\t1\ta\tb\t/no/such/file\n"} {
		path := filepath.Join(t.TempDir(), "m")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readCorpus(path, nil, nil); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

// TestLearns: the model tells the lists apart, and learning it again gives the
// same bytes.
func TestLearns(t *testing.T) {
	manifest, banned := lists(t)
	var models [][]byte
	for i := range 2 {
		out := filepath.Join(t.TempDir(), fmt.Sprint(i))
		if err := run([]string{"-manifest", manifest, "-exclude", banned, "-out", out, "-epochs", "3", "-made", "0"}); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		models = append(models, b)
	}
	if !bytes.Equal(models[0], models[1]) {
		t.Error("the same lists gave two models")
	}
	m, err := lexical.Read(models[0])
	if err != nil {
		t.Fatal(err)
	}
	var f lexical.Features
	f.Extract([]byte("garden999house"), []byte("com"))
	honest := m.LogOdds(&f)
	f.Extract([]byte("qx5f3a1zvk77c2e1jw"), []byte("net"))
	if made := m.LogOdds(&f); made < 1 || honest > -1 {
		t.Errorf("made up %.2f, honest %.2f", made, honest)
	}
}
