package cases

import (
	"fmt"

	"golang.org/x/net/idna"

	"github.com/noroshi-acd/noroshi/detect"
)

// again repeats x on one day as people do: some times in a row, then not for a while.
func (w *world) again(x contact, n int) (all []contact) {
	x.at = []float64{0, 3, 4, 5}[w.IntN(4)]*day + 9*hour + w.Float64()*hour
	for range n {
		all = append(all, x)
		x.at += w.ExpFloat64() * []float64{20, 20, 20, 2500}[w.IntN(4)]
		x.out, x.in = 1500+w.Uint64N(3000), 3000+w.Uint64N(9000)
	}
	return all
}

// program makes the fingerprint of a client that nobody else has.
func (w *world) program() string {
	return fmt.Sprintf("t12i%02d0500_%012x_%012x", 3+w.IntN(40), w.Uint64()>>16, w.Uint64()>>16)
}

// handshakes are servers as tools make them.
func handshakes() []class {
	own := func(subject string, before, after int64) func(w *world) *hello {
		return func(w *world) *hello {
			return &hello{ja4: w.program(), subject: subject, issuer: subject, before: before, after: after}
		}
	}
	tool := func(name string, port uint16, sni bool, h func(w *world) *hello) class {
		return class{detect.OddTLS, name, false, false, func(w *world) []contact {
			x := contact{src: w.host(), dst: w.end(), port: port, hello: h(w), out: 2000, in: 5000}
			if sni {
				x.name = w.site()
			}
			return w.again(x, 25+w.IntN(20))
		}}
	}
	return []class{
		tool("a form's default answers, bare address, own program", 443, false, own("O=Internet Widgits Pty Ltd,ST=Some-State,C=AU", -3, 362)),
		tool("subject by chance, odd port, own program", 4443, false, func(w *world) *hello {
			s := "CN=" + w.chance(8) + ".com,O=" + w.chance(6) + ",C=US"
			return &hello{ja4: w.program(), subject: s, issuer: s, before: -1, after: 3650}
		}),
		tool("short life, another name, own program", 443, true, own("CN=localhost", -1, 14)),
		tool("empty subject, old version, own program", 8080, false, func(w *world) *hello {
			return &hello{ja4: w.program(), subject: "C=US", issuer: "C=US", before: -200, after: 1000, version: 0x0301}
		}),
	}
}

// brands are whom our imitations imitate; the product's own list is not asked.
var brands = [...]struct{ word, domain string }{
	{"rakuten", "rakuten.co.jp"}, {"amazon", "amazon.co.jp"}, {"mercari", "mercari.com"}, {"paypal", "paypal.com"}, {"microsoft", "microsoft.com"}, {"facebook", "facebook.com"},
}

// imitations are names made from brands by four rules.
func imitations() []class {
	rule := func(name string, make func(w *world, word, domain string) string) class {
		return class{detect.LookAlike, name, false, false, func(w *world) []contact {
			b := brands[w.IntN(len(brands))]
			return w.again(contact{src: w.host(), dst: w.end(), port: 443, name: make(w, b.word, b.domain), hello: &hello{ja4: browser}, out: 900, in: 9000}, 3)
		}}
	}
	return []class{
		rule("two letters swapped", func(w *world, word, _ string) string {
			i := 2 + w.IntN(len(word)-3)
			for word[i] == word[i-1] {
				i--
			}
			return word[:i-1] + word[i:i+1] + word[i-1:i] + word[i+1:] + ".com"
		}),
		rule("a letter of another script", func(w *world, word, _ string) string {
			latin, other := []rune("aeocp"), []rune("аеоср")
			runes := []rune(word)
			for i, c := range runes {
				for k, l := range latin {
					if c == l {
						runes[i] = other[k]
						s, err := idna.Punycode.ToASCII(string(runes) + ".com")
						if err != nil {
							return word + "-login.com"
						}
						return s
					}
				}
			}
			return word + "-login.com"
		}),
		rule("the brand's domain before another", func(w *world, _, domain string) string {
			return "www." + domain + "." + w.word(5) + "-" + w.word(4) + []string{".xyz", ".top", ".shop"}[w.IntN(3)]
		}),
		rule("the brand beside a bait", func(w *world, word, _ string) string {
			return word + []string{"-login", "-verify", "-secure"}[w.IntN(3)] + []string{".com", ".top", ".xyz"}[w.IntN(3)]
		}),
	}
}
