//go:build linux && cgo

package duckdb

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// memoryFile is a file of memory without a name: nobody else can open it by one, and it
// is gone when it is closed or the process dies.
type memoryFile struct{ *os.File }

func newMemoryFile() (memoryFile, error) {
	fd, err := unix.MemfdCreate("cell", unix.MFD_CLOEXEC)
	if err != nil {
		return memoryFile{}, fmt.Errorf("creating a file of memory: %w", err)
	}
	return memoryFile{os.NewFile(uintptr(fd), "cell")}, nil
}

// path is how DuckDB, in the same process, finds the file.
func (m memoryFile) path() string { return fmt.Sprintf("/proc/self/fd/%d", m.Fd()) }

// content gives a copy of what is in the file.
func (m memoryFile) content() ([]byte, error) {
	size, err := m.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	data := make([]byte, size)
	_, err = m.ReadAt(data, 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return data, err
}
