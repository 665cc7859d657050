package settings

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

const whole = "[commission]\nmachine = \"m\"\ntrust = \"t\"\n[store]\ndsn = \"sqlite:s\"\n[ledger]\ndir = \"l\"\nkeys = \"k\"\norigin = \"o\"\nkey = \"k\"\n[liveness]\ndir = \"d\"\nkey = \"k\"\n"

func loaded(t *testing.T, text string) (*Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c.toml")
	if err := os.WriteFile(path, []byte(whole+text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(i18n.EN, path)
}

// TestEveryLimitIsAField: each limit of the server and of openings can be set, has a
// default, and a value that cannot be is named with its file, line and key.
func TestEveryLimitIsAField(t *testing.T) {
	c, err := loaded(t, "")
	if err != nil || c.Opening != Default().Opening || c.Server != Default().Server {
		t.Fatalf("the defaults: %+v %v", c, err)
	}
	c, err = loaded(t, "[server]\nper_body = 3\ntime = \"7s\"\n[opening]\nby_hand = 5\nfresh = \"2m\"\n")
	if err != nil || c.Server.PerBody != 3 || c.Server.Time.Seconds() != 7 || c.Opening.ByHand != 5 || c.Opening.Fresh.Minutes() != 2 {
		t.Fatalf("%+v %v", c, err)
	}
	line := 2 + strings.Count(whole, "\n")
	for key, value := range map[string]string{
		"server.max_header": "1", "server.max_body": "1048576", "server.connections": "70000", "server.per_address": "100000", "server.at_work": "20000",
		"server.per_body": "0", "server.header_time": "\"1ms\"", "server.time": "\"2h\"", "server.idle_time": "\"0s\"", "server.stop_time": "\"1h\"",
		"server.listen": "\"here\"", "server.health": "\"192.0.2.1:80\"",
		"opening.by_hand": "201", "opening.fresh": "\"2h\"",
	} {
		section, name, _ := strings.Cut(key, ".")
		_, err := loaded(t, "["+section+"]\n"+name+" = "+value+"\n")
		var wrong *fault.Error
		if !errors.As(err, &wrong) {
			t.Errorf("%s = %s: %v", key, value, err)
			continue
		}
		place := wrong.Place
		if place.Field != key || place.Line != int64(line) || !strings.HasSuffix(place.Path, "c.toml") {
			t.Errorf("%s = %s: %v (%+v)", key, value, err, place)
		}
	}
}

// TestTheFileSaysEveryLimit: what is written to be completed has each key with its default.
func TestTheFileSaysEveryLimit(t *testing.T) {
	for _, l := range []i18n.Lang{i18n.EN, i18n.JA} {
		var b strings.Builder
		if err := Default().Show(&b, l); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"max_header", "max_body", "connections", "per_address", "at_work", "per_body", "header_time", "idle_time", "stop_time", "by_hand", "fresh", "promise"} {
			if !strings.Contains(b.String(), "\n"+key+" = ") && !strings.Contains(b.String(), "# "+key+" = ") {
				t.Errorf("%s: nothing says %s", l, key)
			}
		}
	}
}
