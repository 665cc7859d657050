package ring

import "golang.org/x/sys/unix"

// InMemory says whether a folder lies in a file system without a disk.
func InMemory(dir string) bool {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return false
	}
	return int64(s.Type) == unix.TMPFS_MAGIC || int64(s.Type) == unix.RAMFS_MAGIC
}
