package packet

import "testing"

func TestHost(t *testing.T) {
	for _, c := range []struct {
		in         string
		is, tunnel bool
		host       string
	}{
		{"GET / HTTP/1.1\r\nHost: A.Example\r\n\r\n", true, false, "A.Example"},
		{"GET / HTTP/1.0\nx: y\nhOsT:\ta.example:8080 \n\n", true, false, "a.example"},
		{"CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n\r\n", true, true, "2001:db8::1"},
		{"POST / HTTP/1.1\r\n\r\nHost: body.example\r\n", true, false, ""},
		{"GET / HTTP/1.1\r\nHost: person@a.example\r\n\r\n", true, false, ""},
		{"GET / HTTP/1.1\r\nHost: a/secret\r\n\r\n", true, false, ""},
		{"GET / HTTP/1.1\r\nHost: cut.exam", true, false, ""}, // the header is not whole
		{"GET /a/very/long/pa", true, false, ""},
		{"GET / SOMETHING\r\nHost: a.example\r\n\r\n", false, false, ""},
		{"HELLO / HTTP/1.1\r\nHost: a.example\r\n\r\n", false, false, ""},
		{"", false, false, ""},
	} {
		is, tunnel, host := request([]byte(c.in))
		if is != c.is || tunnel != c.tunnel || string(host) != c.host {
			t.Errorf("%q: got %v %v %q", c.in, is, tunnel, host)
		}
	}
}
