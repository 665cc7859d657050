package scalar_test

import (
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/flow/scalar"
)

func TestHost(t *testing.T) {
	for in, want := range map[string]string{
		"www.example.net": "www.example.net", "WWW.example.NET:8080": "WWW.example.NET", "192.0.2.1:80": "192.0.2.1",
		"[2001:db8::1]:443": "2001:db8::1", "2001:db8::1": "2001:db8::1", "bücher.example": "bücher.example", "a_b.example.": "a_b.example.",
		"": "", "a b": "", "a/b": "", "user:secret@example.net": "", "user@example.net": "", "a?b": "", "a:secret": "", "[secret]": "",
		"[::1": "", "a:b:c": "", strings.Repeat("x", 300): "", ":80": "",
	} {
		if got := string(scalar.Host([]byte(in))); got != want {
			t.Errorf("Host(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestHostName(t *testing.T) {
	for in, want := range map[string]bool{
		"a": true, "_dmarc.example.": true, "10.0.0.1": true, strings.Repeat("x", 255): true, strings.Repeat("x", 255) + ".": true,
		"": false, "a b": false, "a=b": false, "b\u00fccher.example": false, "*.example": false, strings.Repeat("x", 256): false,
	} {
		if got := scalar.HostName([]byte(in)); got != want {
			t.Errorf("HostName(%q) = %v, want %v", in, got, want)
		}
	}
}
