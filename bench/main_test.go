package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/bench/report"
)

func TestParse(t *testing.T) {
	w, err := parse([]string{"-only", "dga, delay", "-quick", "-seed", "5", "-o", "x"}, io.Discard)
	if err != nil || len(w.only) != 2 || w.only[0].key != "dga" || w.only[1].key != "delay" || !w.quick || w.seed != 5 || w.dir != "x" {
		t.Errorf("%+v %v", w, err)
	}
	one, err1 := parse(nil, io.Discard)
	two, err2 := parse(nil, io.Discard)
	if err1 != nil || err2 != nil || len(one.only) != len(sections()) || one.seed == 0 || one.seed == two.seed {
		t.Errorf("seeds %d and %d must be new ones, %d sections", one.seed, two.seed, len(one.only))
	}
	for _, bad := range [][]string{{"-only", "nothing"}, {"day"}, {"-seed", "x"}} {
		if _, err := parse(bad, io.Discard); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

// TestMain lets the test program be the child that measures.
func TestMain(m *testing.M) {
	if bed.Child(os.Args[1:], children()) {
		return
	}
	os.Exit(m.Run())
}

// TestRun runs sections in small sizes with a seed that changes, and writes all forms
// of the report.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the binary")
	}
	seed := fmt.Sprint(1 + rand.Uint32N(1<<30))
	t.Logf("seed %s: go run ./bench -quick -seed %s", seed, seed)
	dir := filepath.Join(t.TempDir(), "out")
	var out bytes.Buffer
	if err := run(context.Background(), []string{"-quick", "-only", "dga,ja4,bareflows,decoders,detectors", "-seed", seed, "-o", dir}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "report.md"))
	if err != nil || string(page) != out.String() || !strings.Contains(out.String(), "seed "+seed) || !strings.Contains(out.String(), "ndpi-dga") {
		t.Errorf("%v\n%s", err, out.String())
	}
	pictures, err := os.ReadFile(filepath.Join(dir, "report.html"))
	if err != nil || !strings.Contains(string(pictures), "<!DOCTYPE html>") || !strings.Contains(string(pictures), "seed "+seed) {
		t.Errorf("%v\n%.200s", err, pictures)
	}
	text, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r report.Report
	if err := json.Unmarshal(text, &r); err != nil || fmt.Sprint(r.Seed) != seed || len(r.Sections) != 5 || len(r.Sections[0].Figures) != 3 {
		t.Errorf("%+v %v", r, err)
	}
}
