package obs

import (
	"io"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

func TestResult(t *testing.T) {
	var b strings.Builder
	if n, err := (&Result{W: &b, Lang: i18n.EN}).Write([]byte("abc")); n != 3 || err != nil || b.String() != "abc" {
		t.Errorf("%d, %v, %q", n, err, b.String())
	}
	r, w := io.Pipe()
	r.Close()
	_, err := (&Result{W: w, Lang: i18n.JA}).Write([]byte("abc"))
	if err == nil || !strings.Contains(err.Error(), "結果を書き出せません") || fault.Hint(err) == "" {
		t.Error(err)
	}
}
