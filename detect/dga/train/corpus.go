package main

import (
	"bufio"
	"bytes"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/noroshi-acd/noroshi/detect/dga/lexical"
)

// sample is one name with its teacher's word.
type sample struct {
	label, suffix string
	dga           bool
	weight        float32
	group         int // index into corpus.groups
}

// group is one list.
type group struct {
	dga            bool
	source, family string
	learnt, kept   int
}

type corpus struct {
	learn, measure []sample
	groups         []group
	banned         map[string]bool // registrable domains to be left out
	seen           map[string]bool // registrable domains taken
	left           int             // names left out because of -exclude
}

const measureShare = 10 // one name in so many is kept back

func readCorpus(manifest string, exclude, holdout []string) (*corpus, error) {
	c := &corpus{banned: map[string]bool{}, seen: map[string]bool{}}
	for _, path := range exclude {
		err := eachName(path, func(name []byte) {
			c.banned[string(name)] = true
			if p, ok := lexical.Split(name); ok {
				c.banned[string(p.Site)] = true
			}
		})
		if err != nil {
			return nil, err
		}
	}
	data, err := os.ReadFile(manifest)
	if err != nil {
		return nil, err
	}
	for i, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		f := strings.Split(line, "\t")
		if len(f) != 6 {
			return nil, fmt.Errorf("%s:%d has %d fields, 6 are needed", manifest, i+1, len(f))
		}
		weight, err := strconv.ParseFloat(f[1], 32)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: weight %q is no number", manifest, i+1, f[1])
		}
		most, err := strconv.Atoi(f[2])
		if err != nil {
			return nil, fmt.Errorf("%s:%d: most %q is no number", manifest, i+1, f[2])
		}
		only := strings.HasPrefix(f[0], "measure-") || slices.Contains(holdout, f[4])
		if err := c.readList(f[5], strings.HasSuffix(f[0], "dga"), float32(weight), most, only, f[3], f[4]); err != nil {
			return nil, err
		}
	}
	fmt.Printf("%d names must not be learnt; %d occurrences of them were left out\n", len(c.banned), c.left)
	return c, nil
}

func (c *corpus) readList(path string, dga bool, weight float32, most int, only bool, source, family string) error {
	var all []sample
	id := len(c.groups)
	taken := map[string]bool{}
	err := eachName(path, func(name []byte) {
		p, ok := lexical.Split(name)
		if !ok || bytes.Contains(p.Label, []byte("--")) || taken[string(p.Site)] {
			return
		}
		taken[string(p.Site)] = true
		if c.banned[string(p.Site)] || c.banned[string(name)] {
			c.left++
			return
		}
		if c.seen[string(p.Site)] {
			return
		}
		all = append(all, sample{string(p.Label), string(p.Suffix), dga, weight, id})
	})
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(1, uint64(id)))
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	all = all[:min(most, len(all))]
	g := group{dga: dga, source: source, family: family}
	for _, s := range all {
		c.seen[s.label+"."+s.suffix] = true
		if only || kept(s.label) {
			c.measure = append(c.measure, s)
			g.kept++
		} else {
			c.learn = append(c.learn, s)
			g.learnt++
		}
	}
	c.groups = append(c.groups, g)
	return nil
}

// kept says whether the names with this label are kept back, in every list.
func kept(label string) bool {
	h := fnv.New32a()
	h.Write([]byte(label))
	return h.Sum32()%measureShare == 0
}

// shuffle brings the names into an order that depends on nothing but the lists.
func (c *corpus) shuffle() {
	r := rand.New(rand.NewPCG(2, 2))
	r.Shuffle(len(c.learn), func(i, j int) { c.learn[i], c.learn[j] = c.learn[j], c.learn[i] })
	var sum [2]float64
	for _, s := range c.learn {
		sum[side(s.dga)] += float64(s.weight)
	}
	for i := range c.learn { // both sides weigh the same
		s := &c.learn[i]
		s.weight *= float32((sum[0] + sum[1]) / 2 / sum[side(s.dga)])
	}
}

func side(dga bool) int {
	if dga {
		return 1
	}
	return 0
}

func (c *corpus) counts() string {
	var b strings.Builder
	for _, g := range c.groups {
		kind := "legit"
		if g.dga {
			kind = "dga"
		}
		fmt.Fprintf(&b, "%s\t%s\t%s\tlearnt %d\tkept back %d\n", kind, g.source, g.family, g.learnt, g.kept)
	}
	return b.String()
}

func eachName(path string, each func([]byte)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		name := bytes.TrimSuffix(bytes.ToLower(bytes.TrimSpace(sc.Bytes())), []byte("."))
		if len(name) > 0 {
			each(name)
		}
	}
	return sc.Err()
}
