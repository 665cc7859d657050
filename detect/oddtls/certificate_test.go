package oddtls

import (
	"testing"

	"github.com/noroshi-acd/noroshi/flow"
)

func TestShapes(t *testing.T) {
	for dn, want := range map[string]shape{
		"": shapeEmpty, "C=US": shapeEmpty, "CN=localhost": shapeLocal, "CN=192.0.2.7": shapeLocal, "CN=server": shapeLocal,
		"O=Internet Widgits Pty Ltd,ST=Some-State,C=AU": shapeDefault, "L=Default City,O=Default Company Ltd,C=XX": shapeDefault,
		"CN=www.example.com": shapeNamed, "CN=box,O=Maker,C=TW": shapeNamed, `O=Smith\, Brothers,CN=shop.example.com`: shapeNamed,
		"CN=qzxvrtkw.com": shapeRandom, "CN=a8f3k2p9x1.net,O=x": shapeRandom, "CN=kdjfhgqwx": shapeRandom, "CN=strengths.example": shapeNamed, "CN=schwartz-bau.example": shapeNamed,
	} {
		if got := shapeOf(dn); got != want {
			t.Errorf("%q: %s, want %s", dn, got, want)
		}
	}
	if got := attribute(`O=Smith\, Brothers,CN=a.example`, "cn"); got != "a.example" {
		t.Errorf("CN is %q", got)
	}
}

func TestFit(t *testing.T) {
	for _, c := range []struct {
		sni, subject string
		names        []string
		want         fit
	}{
		{"www.example.com", "CN=x", []string{"example.com", "www.example.com"}, fitYes},
		{"www.example.com", "CN=x", []string{"*.example.com"}, fitYes},
		{"a.b.example.com", "CN=x", []string{"*.example.com"}, fitSite},
		{"www.example.com", "CN=www.example.com", []string{"other.example.net"}, fitNo},
		{"www.example.com", "CN=WWW.example.com", nil, fitYes},
		{"www.example.com", "O=x", nil, fitUnknown},
		{"", "CN=x.example", nil, fitUnknown},
		{"www.example.com", "CN=localhost", nil, fitNo},
	} {
		var b flow.Batch
		x := flow.TLS{Subject: b.AddText([]byte(c.subject))}
		for _, n := range c.names {
			b.Names = append(b.Names, b.AddName([]byte(n)))
		}
		x.Names.To = uint32(len(b.Names))
		if got := fitOf(&b, &x, []byte(c.sni)); got != c.want {
			t.Errorf("%q with %q %v: %d, want %d", c.sni, c.subject, c.names, got, c.want)
		}
	}
}

func FuzzSubject(f *testing.F) {
	for _, s := range []string{"CN=a,O=b", `CN=a\,b`, `\`, "=,=,=", "CN=\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if shapeOf(s) >= shapeNumber {
			t.Errorf("%q has no shape", s)
		}
	})
}
