package cases

import (
	"fmt"
	"math/rand/v2"

	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/flow"
)

// Client programs of honest machines.
const (
	browser = "t13d1516h2_8daaf6152771_b186095e22b6"
	system  = "t12d1209h1_d34a8e72043a_b39be8c56a14"
)

// office is six days of honest work: sites by Zipf's law in working hours, what
// machines do around the clock, files and calls, machines that never rest.
func (w *world) office() {
	sites := rand.NewZipf(w.Rand, 1.2, 8, 900)
	for h := range population {
		src := detecttest.Home(h)
		for d := range days {
			from, to, n := 9.0, 18.0, 60
			switch {
			case h%12 == 11: // a machine of the night as much as of the day
				from, to, n = 0, 24, 160
			case d == 1 || d == 2:
				n = 0
			}
			for range n {
				w.visit(src, int(sites.Uint64()), float64(d)*day+(from+(to-from)*w.Float64())*hour)
			}
			for k := range 24 {
				w.all = append(w.all, contact{at: float64(d)*day + (float64(k)+w.Float64())*hour, src: src, dst: detecttest.Abroad(20000 + w.IntN(2)), port: 443, name: "telemetry.maker.example", out: 900, in: 700})
			}
			if n > 0 {
				w.all = append(w.all, contact{at: float64(d)*day + (9+8*w.Float64())*hour, src: src, dst: detecttest.Abroad(20010), port: 443, name: "files.sync.example", out: 2*mega + w.Uint64N(50*mega), in: 3 * mega, lasts: 20})
			}
			if n > 0 && h%3 == 0 { // a call: as much back
				w.all = append(w.all, contact{at: float64(d)*day + (9+8*w.Float64())*hour, src: src, dst: detecttest.Abroad(20020 + h%4), port: 3478, proto: 17, out: 150*mega + w.Uint64N(99*mega), in: 180*mega + w.Uint64N(99*mega), lasts: 1500})
			}
		}
	}
}

// visit is a burst at a site: the look-up, then a few exchanges.
func (w *world) visit(src flow.Addr, site int, at float64) {
	name := fmt.Sprintf("www.shop%d.example", site)
	dst := detecttest.Abroad(site)
	w.all = append(w.all, contact{at: at - 0.1, src: src, dst: resolver(), question: name, answers: []flow.Addr{dst}, ttl: 300, out: 70, in: 120})
	h := &hello{ja4: browser}
	if src[15]%5 == 0 {
		h.ja4 = system
	}
	if site%3 == 0 { // of an older version, so that the certificate is seen
		h.subject, h.issuer = "CN="+name, fmt.Sprintf("CN=R%d,O=Public Trust %d,C=US", site%4, site%7)
		h.names, h.before, h.after = []string{name}, -int64(site%80), 90-int64(site%80)
	}
	for range 1 + w.IntN(3) {
		w.all = append(w.all, contact{at: at, src: src, dst: dst, port: 443, name: name, hello: h, out: uint64(500 + w.ExpFloat64()*2500), in: uint64(3000 + w.ExpFloat64()*60000), lasts: w.ExpFloat64() * 5})
		at += w.Float64() * 15
	}
}

// places says in which made-up country an address lies: that of the office's sites, or
// one of 25 others by the first octet; those of [abroadIn] apart.
type places struct{}

func (places) CountryOf(a flow.Addr) string {
	switch {
	case !a.Is4() || a[12] == 10:
		return ""
	case a[12] == 198 && a[13] == 18:
		return "AA"
	case a[12] == 198 && a[13] == 19:
		return string([]byte{'C', 'A' + a[14]%26})
	}
	return string([]byte{'B', 'A' + a[12]%26})
}

// abroadIn gives an address in the i-th rare country.
func (w *world) abroadIn(i int) flow.Addr {
	return flow.Addr4([4]byte{198, 19, byte(i % 26), byte(1 + w.IntN(250))})
}
