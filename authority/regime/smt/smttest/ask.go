package smttest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/regime/smt"
)

// limit is how long the solver thinks about one question, ms.
const limit = 20000

// Faults asks all questions about the input and gives those with another answer than
// they want: "name: sat, want unsat". Not knowing is an answer that no question wants.
func Faults(t testing.TB, in smt.Input) []string {
	t.Helper()
	solver, err := exec.LookPath("z3")
	if err != nil {
		if os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
			t.Fatal("z3 must be there: make tools")
		}
		t.Skip("z3 is not there: make tools")
	}
	questions := smt.Questions(in)
	var script strings.Builder
	fmt.Fprintf(&script, "(set-option :timeout %d)\n", limit)
	for _, q := range questions {
		script.WriteString(q.Script + "(reset)\n")
		fmt.Fprintf(&script, "(set-option :timeout %d)\n", limit)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, solver, "-in", "-smt2")
	cmd.Stdin = strings.NewReader(script.String())
	out, err := cmd.CombinedOutput()
	answers := strings.Fields(string(out))
	if bytes.Contains(out, []byte("error")) || err != nil || len(answers) != len(questions) {
		t.Fatalf("the solver gave %d answers to %d questions, %v:\n%s", len(answers), len(questions), err, out)
	}
	var faults []string
	for i, q := range questions {
		if answers[i] != string(q.Want) {
			faults = append(faults, fmt.Sprintf("%s: %s, want %s", q.Name, answers[i], q.Want))
		}
	}
	return faults
}
