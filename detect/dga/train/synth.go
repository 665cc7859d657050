package main

import "math/rand/v2"

// synthetic families stand for the generators that nobody has published: plain
// random labels over several alphabets and lengths.
var synthetic = []struct {
	family   string
	alphabet string
	from, to int
}{
	{"letters-short", "abcdefghijklmnopqrstuvwxyz", 5, 7},
	{"letters", "abcdefghijklmnopqrstuvwxyz", 8, 14},
	{"letters-long", "abcdefghijklmnopqrstuvwxyz", 15, 28},
	{"a-to-y", "abcdefghijklmnopqrstuvwxy", 8, 20},
	{"half-alphabet", "abcdefghijklm", 7, 16},
	{"alphanumeric", "abcdefghijklmnopqrstuvwxyz0123456789", 7, 24},
	{"hexadecimal", "0123456789abcdef", 8, 34},
	{"consonants", "bcdfghjklmnpqrstvwxz", 6, 14},
}

// synthesise adds n names per synthetic family.
func (c *corpus) synthesise(n int) {
	if n == 0 {
		return
	}
	suffixes := []string{"com", "net", "org", "info", "biz", "ru", "cc", "top", "xyz", "cn", "in", "eu"}
	for k, f := range synthetic {
		r := rand.New(rand.NewPCG(3, uint64(k)))
		id := len(c.groups)
		g := group{dga: true, source: "made by this program", family: f.family}
		for range n {
			label := make([]byte, f.from+r.IntN(f.to-f.from+1))
			for i := range label {
				label[i] = f.alphabet[r.IntN(len(f.alphabet))]
			}
			s := sample{string(label), suffixes[r.IntN(len(suffixes))], true, 0.5, id}
			if site := s.label + "." + s.suffix; c.seen[site] || c.banned[site] {
				continue
			}
			if kept(s.label) {
				c.measure = append(c.measure, s)
				g.kept++
			} else {
				c.learn = append(c.learn, s)
				g.learnt++
			}
		}
		c.groups = append(c.groups, g)
	}
}
