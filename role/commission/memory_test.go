package commission_test

import (
	"bufio"
	"bytes"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/internal/keyfile"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/internal/store/storetest"
)

// forms are the ways in which a private key may lie in memory, each by its name.
func forms(seed []byte, file []byte) map[string][]byte {
	whole := sha512.Sum512(seed)
	clamped := bytes.Clone(whole[:32])
	clamped[0] &= 248
	clamped[31] = clamped[31]&63 | 64
	all := map[string][]byte{
		"seed": seed, "expanded, first half": whole[:32], "expanded, clamped": clamped, "expanded, second half": whole[32:],
		"hexadecimal": []byte(hex.EncodeToString(seed)), "capital hexadecimal": []byte(strings.ToUpper(hex.EncodeToString(seed))),
	}
	for name, e := range map[string]*base64.Encoding{"base64": base64.StdEncoding, "base64url": base64.URLEncoding} {
		for before := range 3 { // as it comes out with 0, 1 or 2 bytes before it
			text := e.EncodeToString(append(make([]byte, before), seed...))
			from, to := (8*before+5)/6, 8*(before+len(seed))/6 // the letters that say nothing but the seed
			all[fmt.Sprintf("%s after %d", name, before)] = []byte(text[from:to])
		}
	}
	for i, line := range bytes.Split(file, []byte("\n")) {
		if len(line) == 64 && !bytes.Contains(line, []byte(":")) { // a whole line of the PEM block
			all[fmt.Sprintf("PEM, line %d", i)] = line
			break // the first: it has the seed
		}
	}
	return all
}

// plant loads a key as nobody's service may, and holds it in all its forms until the
// function that it gives is called.
func plant(path string) func() {
	if path == "" {
		return func() {}
	}
	k, err := keyfile.Load(path, nil)
	if err != nil {
		panic(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		panic(err)
	}
	held := forms(k.Key().Seed(), text)
	for name, form := range held {
		held[name] = bytes.Clone(form) // each at a place of its own
	}
	return func() { runtime.KeepAlive(held) }
}

// secrets are the forms of some people's keys, by person and form.
func (n *nation) secrets(names ...string) map[string][]byte {
	n.t.Helper()
	all := map[string][]byte{}
	for _, name := range names {
		path := n.at("keys/" + name + keyfile.KeyEnding)
		k, err := keyfile.Load(path, nil)
		if err != nil {
			n.t.Fatal(err)
		}
		for form, text := range forms(k.Key().Seed(), reading(path)) {
			all[name+": "+form] = text
		}
	}
	return all
}

// search looks through the memory of the service and gives what it has found, and how
// many bytes it has seen.
func (n *nation) search(secrets map[string][]byte) (found []string, seen int64) {
	n.t.Helper()
	maps, err := os.Open(fmt.Sprintf("/proc/%d/maps", n.service.Process.Pid))
	if err != nil {
		n.t.Skipf("the memory of another process cannot be read here: %v", err)
	}
	defer maps.Close()
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", n.service.Process.Pid))
	if err != nil {
		n.t.Skipf("the memory of another process cannot be read here: %v", err)
	}
	defer memory.Close()
	const part, overlap = 4 << 20, 256
	buffer := make([]byte, part+overlap)
	hits := map[string]bool{}
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		var from, to int64
		var may string
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x %s", &from, &to, &may); err != nil || may[0] != 'r' || strings.Contains(lines.Text(), "[v") {
			continue
		}
		for at := from; at < to; at += part {
			size, _ := memory.ReadAt(buffer[:min(int64(len(buffer)), to-at)], at) // what is gone meanwhile is not there
			seen += int64(min(size, part))
			for name, form := range secrets {
				if !hits[name] && bytes.Contains(buffer[:size], form) {
					hits[name] = true
				}
			}
		}
	}
	for name := range hits {
		found = append(found, name)
	}
	slices.Sort(found)
	return found, seen
}

// TestInvariant13_NoMembersKeyInTheServicesMemory: members apply, vote, sign and revoke on
// machines of their own while the memory of the running service is searched for their
// keys, in every usual form. The search finds the service's own key, which is there by
// right, and in a service that is made to hold a member's key, every form of that.
func TestInvariant13_NoMembersKeyInTheServicesMemory(t *testing.T) {
	n := found(t, storetest.DSN(t, store.SQLite))
	members := n.secrets("m1", "m2", "m3", "m4", "m5", "pm")
	own := n.secrets("log-d", "live")
	n.serve(true)
	look := func(when string) {
		t.Helper()
		hits, seen := n.search(members)
		if len(hits) > 0 {
			t.Errorf("%s, the service's memory holds %s", when, strings.Join(hits, "; "))
		}
		if seen < 1<<20 {
			t.Errorf("%s, only %d bytes were looked at", when, seen)
		}
	}
	n.life("memory", look)
	hits, seen := n.search(own)
	t.Logf("%d forms of 6 keys were looked for in %d MiB; of the service's own keys these are there: %s", len(members), seen>>20, strings.Join(hits, "; "))
	for _, name := range []string{"log-d: seed", "live: seed"} {
		if !slices.Contains(hits, name) {
			t.Errorf("the search did not find %s, which the service has by right", name)
		}
	}
	n.stop()

	n.serve(true, plantEnv+"="+n.at("keys/m5"+keyfile.KeyEnding))
	planted, want := n.secrets("m5"), 0
	hits, _ = n.search(planted)
	for name := range planted {
		if want++; !slices.Contains(hits, name) {
			t.Errorf("the service was made to hold %s, and the search did not find it", name)
		}
	}
	if want < 12 {
		t.Errorf("only %d forms are looked for", want)
	}
	n.stop()
}
