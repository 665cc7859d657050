package commission

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/actor"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/internal/store/storetest"
	"github.com/noroshi-acd/noroshi/role/commission/settings"
)

const bodyText = "[[body]]\nid = \"commission\"\njurisdiction = \"jp\"\nfrom = 2026-01-01T00:00:00Z\n[body.name]\nen = \"the commission\"\nja = \"監理委員会\"\n"

// TestInvariant12_TheServiceReadsTheRegister: what the configured document says is in the
// service's store after a start, a second start changes nothing, and one that leaves
// something out keeps the service from starting.
func TestInvariant12_TheServiceReadsTheRegister(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		if err := db.Migrate(ctx, actor.Noun()); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "people.toml")
		s := &Service{config: &settings.Config{Commission: settings.Identity{Role: "registrar", People: file}}, store: db, now: time.Now}
		person := "[[person]]\nid = \"person/m1\"\n[person.name]\nen = \"Member One\"\nja = \"委員一\"\n[[duty]]\nbody = \"commission\"\nperson = \"person/m1\"\nrole = \"member\"\nfrom = 2026-01-01T00:00:00Z\nact = \"order 1\"\n"
		for range 2 {
			if err := os.WriteFile(file, []byte(bodyText+person), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := s.people(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if at, err := actor.New(db, time.Now).Holds(ctx, "person/m1", "member", 1800000000); err != nil || !at.Holds {
			t.Errorf("%+v %v", at, err)
		}
		if err := os.WriteFile(file, []byte(bodyText), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.people(ctx); fault.KindOf(err) != fault.Permission {
			t.Errorf("a document that leaves somebody out: %v", err)
		}
	})
}
