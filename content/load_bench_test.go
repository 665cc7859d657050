package content_test

import (
	"testing"

	"github.com/noroshi-acd/noroshi/authority/regime/compile"
	"github.com/noroshi-acd/noroshi/content"
)

// BenchmarkLoad compiles all law that ships, as each command that needs it does.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := compile.Load(content.Law()); err != nil {
			b.Fatal(err)
		}
	}
}
