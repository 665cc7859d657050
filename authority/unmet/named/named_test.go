package named_test

import (
	"testing"

	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/unmet/named"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// TestWhatIsPermittedIsListed: who asks for what an instrument does not permit hears what it
// permits, in words where there are some, in both languages; what must be found again in a
// draft keeps its spelling.
func TestWhatIsPermittedIsListed(t *testing.T) {
	for _, tt := range []struct {
		u      unmet.Unmet
		en, ja string
	}{
		{unmet.Unmet{Code: "not-in-profile", Args: []any{"what", "tax", "permitted", unmet.Names{"prevent-damage", "cybersecurity"}}},
			"tax is not among what the instrument permits: preventing damage, cybersecurity", "taxはこの措置で認められていません（認められるもの：特定被害防止目的、サイバーセキュリティ）"},
		{unmet.Unmet{Code: "rule-beyond", Args: []any{"what", "minister", "permitted", unmet.Names{"prime-minister", "x\x1b"}}},
			`minister is not among what the instrument is known to permit: Prime Minister, x\x1b`, `大臣は、この権限で許されると分かっている範囲にありません（許されるもの：内閣総理大臣、x\x1b）`},
		{unmet.Unmet{Code: "rule-beyond", Args: []any{"what", "collection", "permitted", unmet.Names{}}},
			"collection is not among what the instrument is known to permit: nothing", "取得は、この権限で許されると分かっている範囲にありません（許されるもの：なし）"},
		{unmet.Unmet{Code: "rule-mode", Args: []any{"mode", "order"}}, "the instrument does not give the mode order", "この権限に命令という方式はありません"},
		{unmet.Unmet{Code: "scope-missing", Args: []any{"what", "criteria"}}, "the scope must name: criteria", "範囲に必要な記載がありません：criteria"},
	} {
		got := i18n.Both(tt.u.Key(), named.Args(tt.u)...)
		if got.EN != tt.en || got.JA != tt.ja {
			t.Errorf("%s: %q\n%q", tt.u.Code, got.EN, got.JA)
		}
	}
}
