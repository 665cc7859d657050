package capture

import (
	"encoding/binary"
	"strings"

	"github.com/noroshi-acd/noroshi/bench/made/world"
)

// question makes the DNS query of x.
func question(x *world.Exchange, id uint16) []byte {
	b := []byte{byte(id >> 8), byte(id), 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0}
	for label := range strings.SplitSeq(x.Name, ".") {
		b = append(append(b, byte(len(label))), label...)
	}
	return append(b, 0, byte(x.Type>>8), byte(x.Type), 0, 1)
}

// answer makes the DNS response of x.
func answer(x *world.Exchange, id uint16, r world.Rand) []byte {
	b := question(x, id)
	b[2], b[3] = 0x81, 0x80|byte(x.Rcode)
	n := 0
	for _, a := range x.Answers {
		data := a.AsSlice()
		kind := uint16(world.TypeA)
		if len(data) == 16 {
			kind = world.TypeAAAA
		}
		b = resource(b, kind, uint32(x.TTL.Seconds()), data)
		n++
	}
	if len(x.Answers) == 0 && x.Rcode == 0 && (x.Type == world.TypeTXT || x.Type == world.TypeNULL) {
		data := random(nil, r, int(min(max(x.Down-int64(len(b))-12, 8), 200)))
		if x.Type == world.TypeTXT {
			data = append([]byte{byte(len(data))}, data...)
		}
		b = resource(b, x.Type, 0, data)
		n++
	}
	b[7] = byte(n)
	return b
}

func resource(b []byte, kind uint16, ttl uint32, data []byte) []byte {
	b = append(b, 0xc0, 12, byte(kind>>8), byte(kind), 0, 1)
	b = binary.BigEndian.AppendUint32(b, ttl)
	b = binary.BigEndian.AppendUint16(b, uint16(len(data)))
	return append(b, data...)
}

// clock makes the 48 bytes of an NTP request (mode 3) or reply (mode 4).
func clock(at int64, reply bool) []byte {
	b := make([]byte, 48)
	b[0] = 0x23
	if reply {
		b[0], b[1], b[2] = 0x24, 2, 6
	}
	binary.BigEndian.PutUint32(b[40:], uint32(at/1e9+2208988800))
	return b
}

// request makes an HTTP request of about n bytes.
func request(x *world.Exchange, n int) []byte {
	host := x.Name
	if host == "" {
		host = x.Dst.String()
	}
	b := []byte("GET / HTTP/1.1\r\nHost: " + host + "\r\nAccept: */*\r\n")
	if fill := n - len(b) - 13; fill > 0 {
		b = append(append(append(b, "X-Filler: "...), strings.Repeat("0", fill)...), "\r\n"...)
	}
	return append(b, "\r\n"...)
}

// response makes an HTTP response with a body of n bytes of nothing.
func response(n int) []byte {
	b := []byte("HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: ")
	b = append(b, []byte(itoa(n)+"\r\n\r\n")...)
	return append(b, make([]byte, n)...)
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}
