package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// cluster is a PostgreSQL server of this process alone, reached by a socket in its
// folder.
type cluster struct {
	dir, bin string
	user     string       // the account that runs it
	as       []string     // how to become it
	schemas  atomic.Int64 // made so far
	hold     io.Closer    // our end of the pipe; kept, or it would be closed when nobody can reach it
}

const startWait = 60 * time.Second

// running starts the cluster once.
var running = sync.OnceValues(start)

// start makes a cluster and waits until it answers. A shell holds the server; it stops
// it and removes its folder when our end of a pipe closes, which also happens when we
// are killed.
func start() (*cluster, error) {
	bins, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(bins) == 0 {
		return nil, errors.New("there is no /usr/lib/postgresql/*/bin/initdb (apt-get install postgresql)")
	}
	slices.Sort(bins)
	c := &cluster{bin: filepath.Dir(bins[len(bins)-1])}
	dir, err := os.MkdirTemp("", "pg") // short: the name of a socket has at most 107 bytes
	if err != nil {
		return nil, err
	}
	c.dir = dir
	if err := c.account(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	data := filepath.Join(dir, "data")
	if out, err := c.command("initdb", "-D", data, "-U", c.user, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions").CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("initdb: %w: %s", err, out), os.RemoveAll(dir))
	}
	if err := c.serve(data); err != nil {
		return nil, err
	}
	for end := time.Now().Add(startWait); ; time.Sleep(50 * time.Millisecond) {
		out, err := c.run("postgres", "CREATE DATABASE noroshi")
		if err == nil {
			return c, nil
		}
		if time.Now().After(end) {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			return nil, fmt.Errorf("the server does not answer: %w: %s\n%s", err, out, log)
		}
	}
}

// account finds who may run a server: not root.
func (c *cluster) account() error {
	if os.Getuid() != 0 {
		me, err := user.Current()
		if err != nil {
			return err
		}
		c.user = me.Username
		return nil
	}
	var who *user.User
	var err error
	for _, name := range []string{"postgres", "nobody"} {
		if who, err = user.Lookup(name); err == nil {
			break
		}
	}
	if err != nil {
		return err
	}
	uid, err1 := strconv.Atoi(who.Uid)
	gid, err2 := strconv.Atoi(who.Gid)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	c.user, c.as = who.Username, []string{"runuser", "-u", who.Username, "--"}
	return errors.Join(os.Chown(c.dir, uid, gid), os.Chmod(c.dir, 0o755)) // the socket's folder
}

// command is a program of the server's package, run by its account.
func (c *cluster) command(name string, args ...string) *exec.Cmd {
	line := append(slices.Clone(c.as), append([]string{filepath.Join(c.bin, name)}, args...)...)
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Dir = c.dir
	return cmd
}

// serve starts the server under a shell that ends it with us.
func (c *cluster) serve(data string) error {
	log, err := os.Create(filepath.Join(c.dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	const script = `"$1/postgres" -D "$2" -k "$3" -h "" -c fsync=off -c full_page_writes=off -c max_connections=200 -c shared_buffers=32MB &
pid=$!
cat >/dev/null
kill -QUIT $pid
wait $pid
cd / && rm -rf "$3"`
	line := append(slices.Clone(c.as), "sh", "-c", script, "sh", c.bin, data, c.dir)
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.dir, log, log
	if c.hold, err = cmd.StdinPipe(); err != nil { // ours until we end
		return err
	}
	return cmd.Start()
}

// psql runs one statement in the tests' database.
func (c *cluster) psql(statement string) ([]byte, error) { return c.run("noroshi", statement) }

func (c *cluster) run(database, statement string) ([]byte, error) {
	cmd := c.command("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", c.dir, "-U", c.user, "-d", database, "-c", statement)
	out, err := cmd.CombinedOutput()
	return bytes.TrimSpace(out), err
}
