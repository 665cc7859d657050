package ledger

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/ledger/ask"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// childEnv holds what a child process of these tests is to do.
const childEnv = "LEDGER_TEST_CHILD"

// errand is what a child is told.
type errand struct {
	Dir, Keys, Birthday string
	Key                 []byte
	Witnesses           []ask.Witness
	First               int
}

func TestMain(m *testing.M) {
	if text := os.Getenv(childEnv); text != "" {
		var e errand
		err := json.Unmarshal([]byte(text), &e)
		if err == nil {
			err = e.run()
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// run records acts and data from several goroutines, and disposes of days, until the
// process is killed. Each line on standard output tells of what was acknowledged.
func (e errand) run() error {
	l, err := Open(context.Background(), Config{Dir: e.Dir, Keys: e.Keys, Birthday: e.Birthday, Origin: origin, Key: e.Key, Role: "hub", Keeper: paper.Ed25519(e.Key), Witnesses: e.Witnesses, Quorum: 3, Interval: time.Millisecond})
	if err != nil {
		return err
	}
	fmt.Println("open")
	var failed error
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := 0; ; i++ {
				n := e.First + i*8 + g
				a := act(n)
				if g%2 == 1 {
					a = data(n, "2026-03-"+fmt.Sprintf("%02d", 1+n/8%27))
				}
				index, err := l.Append(context.Background(), a)
				if fault.KindOf(err) == fault.Permission {
					continue // of a day that was disposed of
				}
				if err != nil {
					failed = err
					return
				}
				fmt.Println("act", n, index)
			}
		})
	}
	all.Go(func() {
		for {
			time.Sleep(time.Duration(rand.IntN(60)) * time.Millisecond)
			day := fmt.Sprintf("2026-03-%02d", 1+rand.IntN(27))
			_, index, err := l.Dispose(context.Background(), warrantA, day)
			if fault.KindOf(err) == fault.NotFound && err != nil {
				continue
			}
			if err != nil {
				failed = err
				return
			}
			fmt.Println("dispose", day, index)
		}
	})
	all.Wait()
	return failed
}

// acknowledged is what children told.
type acknowledged struct {
	acts map[int]int64    // number of the act, index
	days map[string]int64 // day that was disposed of, index of the proof
}

// TestKilled kills a writing process again and again, at no particular time. What it
// had acknowledged is there, at its index, and nothing is there twice; what it disposed
// of is dead with one proof each; and the log grew from the same past, which honest
// witnesses vouch for.
func TestKilled(t *testing.T) {
	p := newPlace(t, "")
	told := acknowledged{map[int]int64{}, map[string]int64{}}
	rounds := 8
	if testing.Short() {
		rounds = 3
	}
	for round := range rounds {
		killOne(t, p, round, &told)
	}
	if len(told.acts) < rounds {
		t.Fatalf("only %d acts were acknowledged", len(told.acts))
	}
	l := p.open(t)
	seen, proofs := map[string]int64{}, map[string]int{}
	for index := range l.edge.Size() {
		o, content, err := l.Read(index)
		if err != nil {
			if fault.KindOf(err) != fault.NotFound {
				t.Errorf("entry %d: %v", index, err)
			}
			continue
		}
		if o.Entry.Class == proof.Disposal {
			var death proof.KeyDeath
			envelope, err := paper.ParseEnvelope(content)
			if err == nil {
				err = envelope.Open(proof.DisposalType, &death)
			}
			if err != nil {
				t.Fatal(err)
			}
			proofs[death.Day]++
			continue
		}
		if before, ok := seen[string(content)]; ok {
			t.Errorf("%q stands at %d and %d", content, before, index)
		}
		seen[string(content)] = index
	}
	dead := 0
	for n, index := range told.acts {
		kind, day := "act", ""
		if n%8%2 == 1 {
			kind, day = "data", fmt.Sprintf("2026-03-%02d", 1+n/8%27)
		}
		if proofs[day] > 0 {
			dead++
			if _, _, err := l.Read(index); err == nil {
				t.Errorf("data %d of %s are readable", n, day)
			}
			continue
		}
		if at, ok := seen[fmt.Sprint(kind, " ", n)]; !ok || at != index {
			t.Errorf("%s %d was acknowledged at %d and is at %d (%v)", kind, n, index, at, ok)
		}
	}
	for day := range told.days {
		if proofs[day] != 1 {
			t.Errorf("%s has %d proofs of its disposal", day, proofs[day])
		}
	}
	for day, n := range proofs {
		if n != 1 {
			t.Errorf("%s has %d proofs of its disposal", day, n)
		}
	}
	if _, err := l.Receipt(t.Context(), l.edge.Size()-1); err != nil {
		t.Error(err)
	}
	t.Logf("%d acknowledged, of them %d disposed of; %d entries; %d disposals", len(told.acts), dead, l.edge.Size(), len(proofs))
}

// killOne starts a child, lets it write for a while, and kills it.
func killOne(t *testing.T, p *place, round int, told *acknowledged) {
	t.Helper()
	text, err := json.Marshal(errand{Dir: p.config.Dir, Keys: p.config.Keys, Birthday: p.config.Birthday, Key: p.config.Key, Witnesses: p.config.Witnesses, First: round * 1_000_000})
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), os.Args[0])
	c.Env = append(os.Environ(), childEnv+"="+string(text))
	var complaint bytes.Buffer
	c.Stderr = &complaint
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	if first, err := lines.ReadString('\n'); err != nil || first != "open\n" {
		_ = c.Wait()
		t.Fatalf("round %d: the child says %q, %v: %s", round, first, err, &complaint)
	}
	time.AfterFunc(time.Duration(50+rand.IntN(350))*time.Millisecond, func() { _ = c.Process.Kill() })
	for {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) { // what is not a whole line was not told
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		word := strings.Fields(line)
		index, err := strconv.ParseInt(word[2], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if word[0] == "dispose" {
			told.days[word[1]] = index
			continue
		}
		n, err := strconv.Atoi(word[1])
		if err != nil {
			t.Fatal(err)
		}
		told.acts[n] = index
	}
	err = c.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || !exit.Sys().(syscall.WaitStatus).Signaled() {
		t.Fatalf("round %d: the child ended by itself: %v: %s", round, err, &complaint)
	}
}

// TestFullDisk fills the disk under a ledger at several points. The act that does not
// fit is refused with a reason and a hint; all that was acknowledged stays readable;
// when there is room again the ledger goes on, in the same process or after a restart.
func TestFullDisk(t *testing.T) {
	disk := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(disk, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=3m"); err != nil {
		if os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
			t.Fatalf("a small disk cannot be mounted: %v", err)
		}
		t.Skipf("a small disk cannot be mounted: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	p := newPlace(t, disk)
	l := p.open(t)
	told, refused := map[int]int64{}, 0
	for turn := range 12 {
		ballast := filepath.Join(disk, "ballast")
		room := 4096 * (1 + 3*turn)
		grow(t, disk, ballast, room)
		for i := 0; ; i++ {
			n := turn*10_000 + i
			a := act(n)
			a.Payload = append(a.Payload, make([]byte, 700)...)
			index, err := l.Append(t.Context(), a)
			if err == nil {
				told[n] = index
				continue
			}
			if fault.KindOf(err) != fault.Internal || fault.Hint(err) == "" || !strings.Contains(err.Error(), "no space left") {
				t.Fatalf("turn %d: %v (hint %q)", turn, err, fault.Hint(err))
			}
			refused++
			break
		}
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		if l.stopped() != nil || turn%4 == 3 {
			t.Logf("turn %d: opened again (%v)", turn, l.stopped())
			shut(t, l)
			l = p.open(t)
		}
		index, err := l.Append(t.Context(), act(turn*10_000+9_999))
		if err != nil {
			t.Fatalf("turn %d, with room again: %v", turn, err)
		}
		told[turn*10_000+9_999] = index
		if err := l.Collect(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.Receipt(t.Context(), l.edge.Size()-1); err != nil {
		t.Error(err)
	}
	seen := map[int64]bool{}
	for n, index := range told {
		_, content, err := l.Read(index)
		if err != nil || !strings.HasPrefix(string(content), fmt.Sprintf("act %d", n)) || seen[index] {
			t.Errorf("act %d at %d: %.20q, %v", n, index, content, err)
		}
		seen[index] = true
	}
	if int64(len(told)) > l.edge.Size() {
		t.Errorf("%d told, %d entries", len(told), l.edge.Size())
	}
	t.Logf("%d acts, %d refused, %d entries", len(told), refused, l.edge.Size())
}

// grow fills a disk but for some bytes.
func grow(t testing.TB, disk, path string, room int) {
	t.Helper()
	var stat syscall.Statfs_t
	if err := syscall.Statfs(disk, &stat); err != nil {
		t.Fatal(err)
	}
	free := int(stat.Bavail) * int(stat.Bsize)
	if free <= room {
		room = 0
	}
	if err := os.WriteFile(path, make([]byte, max(0, free-room)), 0o600); err != nil {
		t.Fatal(err)
	}
}
