package store_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/internal/store/storetest"
)

// Names of the environment of a child that is to be killed.
const childDSN, kills = "NOROSHI_TEST_CHILD_DSN", "NOROSHI_KILLS"

// TestMain lets the test's program be the child as well.
func TestMain(m *testing.M) {
	if dsn := os.Getenv(childDSN); dsn != "" {
		work(dsn)
	}
	os.Exit(m.Run())
}

// work books tasks one after the other until it is killed: the first that is not booked,
// whatever was written before, and says each number once its transaction has returned.
// A booking is a row and a total, so that half of one shows.
func work(dsn string) {
	ctx := context.Background()
	db, err := store.Open(ctx, dsn)
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	for {
		var number int64
		err := db.Tx(ctx, func(tx *store.Tx) error {
			if err := tx.Row("SELECT coalesce(max(number), 0) + 1 FROM task_done").Scan(&number); err != nil {
				return err
			}
			if _, err := tx.Exec("INSERT INTO task_done (number, note) VALUES ($1, $2)", number, strings.Repeat("x", int(number)%3000)); err != nil {
				return err
			}
			_, err := tx.Exec("UPDATE task SET total = total + 1, sum = sum + $1", number)
			return err
		})
		if err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		fmt.Println(number)
	}
}

// A program that is killed at any instant has lost nothing for which it was told that it
// was kept, has kept nothing by half, and nothing twice.
func TestKilledAtAnyInstant(t *testing.T) {
	rounds := 40
	if n, err := strconv.Atoi(os.Getenv(kills)); err == nil {
		rounds = n
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	task := noun("task", `CREATE TABLE task (id BIGINT PRIMARY KEY, total BIGINT NOT NULL, sum BIGINT NOT NULL);
CREATE TABLE task_done (number BIGINT PRIMARY KEY, note TEXT NOT NULL);
INSERT INTO task (id, total, sum) VALUES (1, 0, 0);`)
	storetest.Each(t, func(t *testing.T, dsn string) {
		g := rand.New(rand.NewPCG(seed, 1))
		db, err := store.Create(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Migrate(t.Context(), task); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		var said int64
		for round := range rounds {
			said = max(said, killed(t, dsn, g))
			db, err := store.Open(t.Context(), dsn)
			if err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
			var total, sum, rows, last int64
			err = db.View(t.Context(), func(tx *store.Tx) error {
				if err := tx.Row("SELECT total, sum FROM task").Scan(&total, &sum); err != nil {
					return err
				}
				return tx.Row("SELECT count(*), coalesce(max(number), 0) FROM task_done").Scan(&rows, &last)
			})
			if err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
			if total != rows || rows != last || sum != last*(last+1)/2 || last < said || last > said+1 {
				t.Fatalf("round %d: total %d, sum %d, %d rows up to %d; %d was said to be kept", round, total, sum, rows, last, said)
			}
			said = last
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if said < int64(rounds) {
			t.Errorf("only %d tasks were booked in %d rounds", said, rounds)
		}
		t.Logf("%d tasks in %d rounds", said, rounds)
	})
}

// killed runs a child, kills it at an instant by chance and gives the last number it said.
func killed(t *testing.T, dsn string, g *rand.Rand) int64 {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDSN+"="+dsn)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	after := g.IntN(30)                                    // tasks, and then
	wait := time.Duration(g.IntN(4000)) * time.Microsecond // somewhere in the next
	lines := bufio.NewScanner(out)
	var last int64
	for n := 0; lines.Scan(); n++ {
		number, err := strconv.ParseInt(lines.Text(), 10, 64)
		if err != nil {
			_ = cmd.Process.Kill()
			t.Fatalf("the child says %q", lines.Text())
		}
		last = number
		if n == after {
			time.Sleep(wait)
			_ = cmd.Process.Kill()
		}
	}
	_ = cmd.Wait() // it was killed
	return last
}
