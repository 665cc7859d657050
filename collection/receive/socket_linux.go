package receive

import (
	"encoding/binary"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// share lets several sockets have one port.
func share(_, _ string, raw syscall.RawConn) error {
	var failed error
	err := raw.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	})
	if err != nil {
		return err
	}
	return failed
}

// prepare asks for room and for counts of what is dropped. given is what the kernel says
// it holds; it doubles what it is asked for, for its own book-keeping, and that half is
// taken off.
func prepare(conn *net.UDPConn, asked int) (given int, forced bool) {
	control(conn, func(fd int) {
		if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, asked) == nil {
			forced = true
		} else {
			// What it gives is read below, also when it refuses.
			_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, asked)
		}
		if n, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF); err == nil {
			given = n / 2
		}
		// Without it, Drops still asks.
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1)
	})
	return given, forced
}

func control(conn *net.UDPConn, f func(fd int)) {
	if raw, err := conn.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { f(int(fd)) }) // fails only on a closed socket
	}
}

// dropCount finds the kernel's count in what came beside a datagram.
func dropCount(oob []byte) (uint32, bool) {
	for len(oob) >= unix.SizeofCmsghdr {
		h, data, rest, err := unix.ParseOneSocketControlMessage(oob)
		if err != nil {
			return 0, false
		}
		if h.Level == unix.SOL_SOCKET && h.Type == unix.SO_RXQ_OVFL && len(data) >= 4 {
			return binary.NativeEndian.Uint32(data), true
		}
		oob = rest
	}
	return 0, false
}

// dropsNow asks the kernel for its count: the ninth of the 32-bit words of SO_MEMINFO. The
// library has no call for these; it has one for another answer of the same form, in which
// the ninth word is called Lost.
func dropsNow(conn *net.UDPConn) (count uint32, ok bool) {
	control(conn, func(fd int) {
		if words, err := unix.GetsockoptTCPInfo(fd, unix.SOL_SOCKET, unix.SO_MEMINFO); err == nil {
			count, ok = words.Lost, true
		}
	})
	return count, ok
}
