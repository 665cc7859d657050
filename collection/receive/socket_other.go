//go:build !linux

package receive

import (
	"errors"
	"net"
	"syscall"
)

// share: several sockets of one port are for Linux.
func share(_, _ string, _ syscall.RawConn) error { return errors.ErrUnsupported }

// prepare asks for room. What was given cannot be asked here.
func prepare(conn *net.UDPConn, asked int) (given int, forced bool) {
	if conn.SetReadBuffer(asked) == nil {
		return asked, false
	}
	return 0, false
}

func dropCount([]byte) (uint32, bool) { return 0, false }

func dropsNow(*net.UDPConn) (uint32, bool) { return 0, false }
