package check_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/noroshi-acd/noroshi/share/stix/check"
)

// examples gives the folder of the shared examples, or skips.
func examples(t *testing.T) string {
	t.Helper()
	root := os.Getenv("NOROSHI_DATA")
	if root == "" {
		if os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
			t.Fatal("NOROSHI_DATA is not set")
		}
		t.Skip("NOROSHI_DATA is not set")
	}
	return filepath.Join(root, "sharing", "stix-examples")
}

// TestExamples: the standard's own examples are valid.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(examples(t), "examples", "example_json", "*.json"))
	if err != nil || len(files) < 11 {
		t.Fatalf("%d examples, want at least 11 (%v)", len(files), err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range check.Bundle(text) {
			t.Errorf("%s: %v", filepath.Base(name), c)
		}
	}
}
