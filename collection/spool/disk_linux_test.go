package spool

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

const diskDir = "NOROSHI_TEST_SPOOL_DISK"

// TestDisk runs onDisk in a process that may mount a small file system of its own.
func TestDisk(t *testing.T) {
	if dir := os.Getenv(diskDir); dir != "" {
		smallDisk(t, dir)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestDisk$", "-test.v")
	cmd.Env = append(os.Environ(), diskDir+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		}
	}
	out, err := cmd.CombinedOutput()
	switch text := string(out); {
	case errors.Is(err, syscall.EPERM) || strings.Contains(text, "cannot mount"):
		t.Skip("this machine lets nobody mount a file system of its own")
	case err != nil || !strings.Contains(text, "--- PASS: TestDisk"):
		t.Errorf("%v: %s", err, text)
	}
}

// smallDisk: a full disk refuses and takes nothing, what was kept is there, and it goes
// on when there is room; a disk that cannot be written refuses and can be read.
func smallDisk(t *testing.T, dir string) {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		t.Fatal("cannot mount", err)
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Fatal("cannot mount", err)
	}
	defer func() { _ = unix.Unmount(dir, unix.MNT_DETACH) }()
	c := Config{Dir: filepath.Join(dir, "spool"), MaxBytes: 1 << 30, SegmentBytes: 32 << 10}
	s := open(t, c)
	var kept []uint64
	var full error
	for full == nil && len(kept) < 1000 {
		n, err := s.Append(batch(one, strings.Repeat("x", 3000)))
		if full = err; err == nil {
			kept = append(kept, n)
		}
	}
	if !errors.Is(full, syscall.ENOSPC) || fault.Hint(full) == "" || errors.Is(full, ErrFull) {
		t.Fatalf("after %d: %v", len(kept), full)
	}
	for range 3 {
		if _, err := s.Append(batch(one, strings.Repeat("x", 3000))); !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("tried again: %v", err)
		}
	}
	if got := drain(t, s); len(got) != len(kept) || len(kept) < 30 {
		t.Fatalf("%d wait, %d were kept", len(got), len(kept))
	}
	if err := s.Ack(kept[:20]...); err != nil { // takes no room
		t.Fatal(err)
	}
	put(t, s, one, "fits again")

	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); !errors.Is(err, unix.EBUSY) {
		t.Fatalf("a file system with files open for writing becomes read-only: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal("cannot mount", err)
	}
	if _, err := Open(c); !errors.Is(err, syscall.EROFS) || fault.Hint(err) == "" {
		t.Fatalf("opened on a disk that cannot be written: %v", err)
	}
}

// TestFileTooLong: a write that the system cuts short leaves no half batch behind.
func TestFileTooLong(t *testing.T) {
	c := config(t)
	c.SegmentBytes = 64 << 10
	s := open(t, c)
	put(t, s, one, "first")
	var was unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	// The process may for now write files of 2,000 bytes at most.
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 2000, Max: was.Max}); err != nil {
		t.Fatal(err)
	}
	_, err := s.Append(batch(one, strings.Repeat("x", 5000)))
	if again := unix.Setrlimit(unix.RLIMIT_FSIZE, &was); again != nil {
		t.Fatal(again)
	}
	if !errors.Is(err, syscall.EFBIG) {
		t.Fatalf("a batch that cannot be written: %v", err)
	}
	put(t, s, one, "second")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, c)
	if got := texts(drain(t, s)); len(got) != 2 || got[1] != "2 second" || s.Found().Missing != 0 {
		t.Errorf("%v, %+v", got, s.Found())
	}
}
