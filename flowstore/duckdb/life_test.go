//go:build linux && cgo

package duckdb

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flowstore"
	"github.com/noroshi-acd/noroshi/flowstore/flowstoretest"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

const now = warranttest.Now

// victim is set for the process that is killed: its folder.
const victim = "NOROSHI_TEST_FLOWSTORE"

func TestMain(m *testing.M) {
	if dir := os.Getenv(victim); dir != "" {
		die(dir)
	}
	os.Exit(m.Run())
}

// series are the deliveries of the killed process, the same each time.
func series(c *flowstoretest.Country) (list []flowstore.Delivery) {
	made := c.NewMade(9)
	for i := range 400 {
		list = append(list, made.Delivery(flowstoretest.Minute(paper.Time(i%3)*86400), flowstoretest.Far, 40))
	}
	return list
}

// die stores until it is killed, says what is acknowledged, and seals often.
func die(dir string) {
	c, err := flowstoretest.New()
	if err == nil {
		config := testConfig(dir)
		config.Pending = 300
		var e *Engine
		if e, err = Open(context.Background(), config); err == nil {
			for i, d := range series(c) {
				if _, err = e.Put(context.Background(), now, d); err != nil {
					break
				}
				fmt.Println(i)
			}
		}
	}
	fmt.Println(err)
	os.Exit(1)
}

func TestKilledAtAnyInstantItHasEachBatchOnce(t *testing.T) {
	dir := t.TempDir()
	b := flowstoretest.NewBed(t, open, t.TempDir()) // for the country and its gate
	list := series(b.Country)
	acknowledged := 0
	for life := range 4 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), victim+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines, n := bufio.NewScanner(out), 0
		for lines.Scan() {
			i := -1
			if _, err := fmt.Sscan(lines.Text(), &i); err != nil || i != n {
				t.Fatalf("the process says %q", lines.Text())
			}
			if n++; n == 37+53*life { // somewhere, in the middle of what comes next
				time.Sleep(time.Duration(life) * 1100 * time.Microsecond)
				break
			}
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		acknowledged = max(acknowledged, n)
	}
	b.Use(t, open(t, dir))
	who := flowstore.Account{Warrant: b.Data, Link: b.Link}
	before := b.Counts()[who]
	if before.Stored < int64(acknowledged*40) || before.Stored%40 != 0 || before.Received != before.Stored+before.Duplicate {
		t.Errorf("%d batches of 40 were acknowledged; the counts say %+v", acknowledged, before)
	}
	outcomes, err := b.Put(t.Context(), now, list...)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range outcomes {
		if i < acknowledged && o != flowstore.Duplicate || o == flowstore.Refused {
			t.Errorf("delivery %d, brought again, is %d", i, o)
		}
	}
	after := b.Counts()[who]
	if after.Stored != 400*40 || after.Duplicate != before.Duplicate+before.Stored || after.Held != after.Stored {
		t.Errorf("after all came again the counts say %+v", after)
	}
	got, _ := b.Answer(t, flowstoretest.Span(flowstore.MaxRecords))
	var want []string
	for _, d := range list {
		var x flow.Batch
		if err := flow.DecodeBatch(d.Content, &x); err != nil {
			t.Fatal(err)
		}
		for i := range x.Records {
			want = append(want, string(flow.AppendRecord(nil, &x, &x.Records[i])))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%d records are there, want %d, each once", len(got), len(want))
	}
}

// full gives an engine with two days, each with a part and a journal.
func full(t *testing.T, dir string) (*flowstoretest.Bed, []flowstore.Delivery) {
	b := flowstoretest.NewBed(t, open, dir)
	made := b.NewMade(11)
	var list []flowstore.Delivery
	for _, before := range []paper.Time{0, 86400} {
		for range 2 {
			d := made.Delivery(flowstoretest.Minute(before), flowstoretest.Far, 300)
			b.Deliver(t, flowstore.Stored, d)
			list = append(list, d)
			if len(list)%2 == 1 {
				if err := b.Engine.(*Engine).Seal(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return b, list
}

func group(b *flowstoretest.Bed, d flowstore.Delivery) flowstore.Group {
	return flowstore.Group{Warrant: b.Data, Day: d.Header.Minute.Day()}
}

func TestInvariant07_NoBackupOutlivesTheKey(t *testing.T) {
	dir := t.TempDir()
	b, list := full(t, dir)
	backup := t.TempDir()
	if err := os.CopyFS(filepath.Join(backup, "records"), os.DirFS(filepath.Join(dir, "records"))); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(backup, "before"), os.DirFS(filepath.Join(dir, "keys"))); err != nil {
		t.Fatal(err)
	}
	gone := group(b, list[0])
	if _, err := b.Dispose(t.Context(), gone, now); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	// The whole folder of records comes back, with the account that says nothing is gone.
	if err := os.RemoveAll(filepath.Join(dir, "records")); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "records"), os.DirFS(filepath.Join(backup, "records"))); err != nil {
		t.Fatal(err)
	}
	b.Use(t, open(t, dir))
	if got, _ := b.Answer(t, flowstoretest.Span(10_000)); len(got) != 600 {
		t.Errorf("%d records can be read, want the 600 of the other day", len(got))
	}
	b.Deliver(t, flowstore.Refused, list[0])
	// What was in the folder of keys then, the root key but for, opens nothing either.
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	roots, err := filepath.Glob(filepath.Join(backup, "before", "root.*"))
	if err != nil || len(roots) == 0 {
		t.Fatal("the ring has no root key", err)
	}
	for _, path := range roots {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	old := testConfig(backup)
	old.Keys = filepath.Join(backup, "before")
	if e, err := Open(t.Context(), old); err == nil {
		e.Close()
		t.Error("a backup opened without its root key")
	}
}

func TestInvariant08_AStoppedDisposalIsEnded(t *testing.T) {
	dir := t.TempDir()
	b, list := full(t, dir)
	d, err := b.Dispose(t.Context(), group(b, list[0]), now)
	if err != nil {
		t.Fatal(err)
	}
	// As if the process had died after the intent was written and before the key was
	// destroyed: the other day is written down as gone, with its key alive.
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "records", "account.json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var account map[string]any
	if err := json.Unmarshal(text, &account); err != nil {
		t.Fatal(err)
	}
	first := account["gone"].([]any)[0].(map[string]any)
	second := map[string]any{}
	for k, v := range first {
		second[k] = v
	}
	second["day"], second["done"] = group(b, list[2]).Day, false
	account["gone"] = []any{first, second}
	if text, err = json.Marshal(account); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	b.Use(t, open(t, dir))
	if got, _ := b.Answer(t, flowstoretest.Span(10_000)); len(got) != 0 {
		t.Errorf("%d records can be read", len(got))
	}
	all := b.Disposals()
	if len(all) != 2 || all[0] != d || all[1].Group != group(b, list[2]) {
		t.Errorf("the disposals are %+v", all)
	}
	folders, err := filepath.Glob(filepath.Join(dir, "records", "*", "*-*-*"))
	if err != nil || len(folders) != 0 {
		t.Errorf("folders are left: %v, %v", folders, err)
	}
	b.Deliver(t, flowstore.Refused, list[2])
}

func TestNothingButSealedReachesTheDisk(t *testing.T) {
	dir := t.TempDir()
	b := flowstoretest.NewBed(t, open, dir)
	made := b.NewMade(12)
	var needles [][]byte
	for i := range 8 {
		needles = append(needles, []byte(flowstoretest.Name(i)))
		a := flowstoretest.Address(i)
		needles = append(needles, []byte(a.String()), append([]byte{0xff, 0xff}, a[12:]...))
	}
	for i := range 4 {
		b.Deliver(t, flowstore.Stored, made.Delivery(flowstoretest.Minute(paper.Time(i)*60), flowstoretest.Far, 500))
		if i == 1 {
			if err := b.Engine.(*Engine).Seal(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got, _ := b.Answer(t, flowstoretest.Span(10_000)); len(got) != 2000 {
		t.Errorf("%d records", len(got))
	}
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		for _, n := range needles {
			if len(n) > 5 && bytes.Contains(text, n) {
				t.Errorf("%s holds %q", path, n)
			}
		}
		return err
	})
	if err != nil || files < 5 {
		t.Errorf("%d files, %v", files, err)
	}
}

func TestChangedFilesAreNotBelieved(t *testing.T) {
	for _, kind := range []string{"journal.", "part.", "key"} {
		t.Run(kind, func(t *testing.T) {
			dir := t.TempDir()
			b, _ := full(t, dir)
			if err := b.Close(); err != nil {
				t.Fatal(err)
			}
			paths, err := filepath.Glob(filepath.Join(dir, "records", "*", "*", kind+"*"))
			if err != nil || len(paths) == 0 {
				t.Fatal(paths, err)
			}
			text, err := os.ReadFile(paths[0])
			if err != nil {
				t.Fatal(err)
			}
			text[len(text)/4] ^= 1 // of a part: a cell by source, which every question reads
			if err := os.WriteFile(paths[0], text, 0o600); err != nil {
				t.Fatal(err)
			}
			e, err := Open(t.Context(), testConfig(dir))
			if err == nil { // a cell is looked at when it is asked for
				defer e.Close()
				b.Use(t, e)
				q := flowstoretest.Span(10_000)
				q.Kind = flowstore.Records
				_, err = b.Gate.Look(t.Context(), b.Ask(q), func(*flow.Batch) error { return nil })
			}
			if fault.KindOf(err) != fault.Internal || err == nil {
				t.Errorf("a changed file: %v", err)
			}
		})
	}
}

func TestDuckDBCanOpenNothingElse(t *testing.T) {
	e := open(t, t.TempDir()).(*Engine)
	secret := filepath.Join(t.TempDir(), "secret.csv")
	if err := os.WriteFile(secret, []byte("a\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		"SELECT * FROM read_csv('" + secret + "')",
		"COPY (SELECT 1) TO '" + secret + "'",
		"ATTACH '" + secret + ".db'",
		"INSTALL httpfs", "LOAD httpfs",
		"SET temp_directory = '/tmp'", "SET enable_external_access = true", "RESET allowed_directories",
	} {
		if _, err := e.db.ExecContext(t.Context(), q); err == nil {
			t.Errorf("%s: permitted", q)
		}
	}
}

func TestOneProcessOnly(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	if e, err := Open(t.Context(), testConfig(dir)); err == nil {
		e.Close()
		t.Error("a second process opened the store")
	} else if !errors.Is(err, unix.EWOULDBLOCK) {
		t.Error(err)
	}
}

func TestConfig(t *testing.T) {
	for name, spoil := range map[string]func(*Config){
		"no folder": func(c *Config) { c.Dir = "" }, "no keys": func(c *Config) { c.Keys = "" },
		"keys inside": func(c *Config) { c.Keys = filepath.Join(c.Dir, "keys") }, "keys beside records": func(c *Config) { c.Keys = c.Dir },
		"memory": func(c *Config) { c.Memory = 1 }, "threads": func(c *Config) { c.Threads = 0 },
		"pending": func(c *Config) { c.Pending = 0 }, "cell": func(c *Config) { c.Cell = 1 },
	} {
		c := testConfig(t.TempDir())
		if err := c.Validate(); err != nil {
			t.Fatal(err)
		}
		spoil(&c)
		if err := c.Validate(); fault.KindOf(err) != fault.Invalid || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAnAnswerDoesNotStopWhatComesIn: an answer that was read is given to its end, while
// records come and groups go.
func TestAnAnswerDoesNotStopWhatComesIn(t *testing.T) {
	b, list := full(t, t.TempDir())
	q := flowstoretest.Span(10_000)
	q.Kind = flowstore.Records
	made := b.NewMade(13)
	came := 0
	_, err := b.Gate.Look(t.Context(), b.Ask(q), func(x *flow.Batch) error {
		came += len(x.Records)
		b.Deliver(t, flowstore.Stored, made.Delivery(flowstoretest.Minute(120), flowstoretest.Far, 10))
		_, err := b.Dispose(t.Context(), group(b, list[2]), now)
		return err
	})
	if err != nil || came != 1200 {
		t.Errorf("%d records, then %v", came, err)
	}
	if got, _ := b.Answer(t, flowstoretest.Span(10_000)); len(got) != 610 {
		t.Errorf("%d records, want the 600 of the other day and the 10 that came", len(got))
	}
}
