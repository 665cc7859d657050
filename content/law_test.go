package content_test

import (
	"testing"

	"github.com/noroshi-acd/noroshi/authority/regime/compile"
	"github.com/noroshi-acd/noroshi/content"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

func book(t *testing.T) *compile.Book {
	t.Helper()
	b, err := compile.Load(content.Law())
	if err != nil {
		t.Fatal(fault.Text(err, i18n.EN))
	}
	return b
}

func TestAll(t *testing.T) {
	b := book(t)
	for _, i := range b.Instruments {
		t.Log(i.Rules.ID, i.Digest, i.ProfileDigest, i.None.JA)
	}
}
