package cosign

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Names of files in the state folder. Each log has a folder named by OriginHash.
const (
	birthFile      = "witness"    // says whose state this is
	lockFile       = "lock"       // held while a process uses the state
	checkpointFile = "checkpoint" // the latest cosigned checkpoint: log's signature and own cosignature
	begunFile      = "begun"      // the log was cosigned at least once
	stopFile       = "stop.json"  // while it is there nothing is cosigned
	anchorFile     = "anchor.json"
	splitPrefix    = "split-"
	doubtPrefix    = "doubt-"
	decisionPrefix = "decision-"
	seenFolder     = "seen" // the latest checkpoints of other witnesses
	tempMark       = ".half-"
)

// OriginHash is what a log is called in paths: the SHA-256 of its origin in lower case
// hexadecimal (tlog-witness).
func OriginHash(origin string) string {
	sum := sha256.Sum256([]byte(origin))
	return hex.EncodeToString(sum[:])
}

// Create makes the state folder of a new witness. A folder that holds anything is
// refused: a state is never replaced in silence.
func Create(dir, vkey string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	list, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if len(list) > 0 {
		return fmt.Errorf("%s is not empty: %w", dir, fs.ErrExist)
	}
	return writeDurably(filepath.Join(dir, birthFile), []byte(vkey+"\n"))
}

// errInUse says that another process has the state open.
var errInUse = errors.New("another process uses this state")

// lockState takes the state for this process. The lock ends with the process, however
// it ends.
func lockState(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", dir, errInUse)
	}
	return f, nil
}

// writeDurably puts data at path so that after a crash at any instant the file is either
// the old one or the new one, and after the return the new one.
//
// Invariant 3: what a witness has answered for is on the disk first.
func writeDurably(path string, data []byte) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, tempMark+"*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(data); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(dir)
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// makeFolder makes a folder and sees to it that it outlives a crash.
func makeFolder(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(filepath.Dir(dir))
}

// clearHalves removes what writes that were cut in half left behind.
func clearHalves(dir string) error {
	list, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range list {
		if strings.HasPrefix(e.Name(), tempMark) {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// filesWith lists the files of dir whose names begin with prefix, in order.
func filesWith(dir, prefix string) ([]string, error) {
	list, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range list {
		if strings.HasPrefix(e.Name(), prefix) && !e.IsDir() {
			names = append(names, filepath.Join(dir, e.Name()))
		}
	}
	return names, err
}
