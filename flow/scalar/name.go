package scalar

import "bytes"

// MaxName is the most bytes that a host name can have (RFC 1035, 2.3.4).
const MaxName = 255

// HostName says whether v can be a host name of letters, digits, hyphens,
// underlines and dots. A text with spaces, as Zeek writes TXT data, is none.
func HostName(v []byte) bool {
	if len(v) == 0 || len(bytes.TrimSuffix(v, []byte("."))) > MaxName {
		return false
	}
	for _, c := range v {
		if !nameByte(c) {
			return false
		}
	}
	return true
}

func nameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.'
}

// Host gives the name or address of a Host header or SNI without its port, nil
// when it is none. Names beyond ASCII are let through as they were sent.
func Host(v []byte) []byte {
	if len(v) > 0 && v[0] == '[' {
		end := bytes.IndexByte(v, ']')
		return address(v[1:max(end, 1)])
	}
	name, port, found := bytes.Cut(v, []byte(":"))
	switch {
	case bytes.IndexByte(port, ':') >= 0:
		return address(v)
	case found && !digits(port), len(name) == 0, len(bytes.TrimSuffix(name, []byte("."))) > MaxName:
		return nil
	}
	for _, c := range name {
		if c < 0x80 && !nameByte(c) {
			return nil
		}
	}
	return name
}

// address gives v if it is an IP address, else nil.
func address(v []byte) []byte {
	if _, ok := IP(v); ok {
		return v
	}
	return nil
}

func digits(v []byte) bool {
	for _, c := range v {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// Hexadecimal says whether v holds hexadecimal digits only.
func Hexadecimal(v []byte) bool {
	for _, c := range v {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F') {
			return false
		}
	}
	return true
}
