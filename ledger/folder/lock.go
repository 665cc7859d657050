package folder

import (
	"os"
	"syscall"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Hold takes the lock that makes this process the only writer.
func Hold(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, Wrong(fault.Limit, "locked", fault.Place{Path: path}, nil)
	}
	return f, nil
}
