package ja4test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/flow"
)

// Prints are the client fingerprints of one capture.
type Prints struct {
	TCP  map[string][]string // by connection: "JA4.1 …" the first, "JA4.2 …" after a HelloRetryRequest; sorted
	QUIC map[string]int      // how many times which
}

// Captures lists the captures below the folder of vectors, in order.
func Captures(dir string) (all []string, err error) {
	err = filepath.WalkDir(filepath.Join(dir, "pcap"), func(p string, _ fs.DirEntry, err error) error {
		if slices.Contains([]string{".pcap", ".pcapng", ".cap"}, filepath.Ext(p)) {
			all = append(all, p)
		}
		return err
	})
	return all, err
}

// Expected gives what the authors expect of one of these captures.
func Expected(dir, capture string) (Prints, error) {
	name := filepath.Base(capture)
	p := Prints{TCP: map[string][]string{}, QUIC: map[string]int{}}
	maps.Copy(p.QUIC, overQUIC(name))
	text, err := os.ReadFile(filepath.Join(dir, "python", "test", "testdata", name+".json"))
	if err != nil {
		return p, err
	}
	var rows []map[string]any
	if err := json.Unmarshal(text, &rows); err != nil {
		return p, fmt.Errorf("reading what is expected of %s: %w", name, err)
	}
	for _, row := range rows {
		for field, v := range row {
			if s, _ := v.(string); strings.HasPrefix(field, "JA4.") && s != "" {
				k := fmt.Sprintf("%v:%v>%v:%v", row["src"], row["srcport"], row["dst"], row["dstport"])
				p.TCP[k] = append(p.TCP[k], field+" "+s)
			}
		}
	}
	if name == "https-connect.pcap" { // listed by another of the authors' programs
		p.TCP["10.11.12.13:54723>10.9.8.7:8080"] = []string{"JA4.1 t12i860500_e18388e7f3a3_a1e935682795"}
	}
	p.sort()
	return p, nil
}

// overQUIC is what the authors expect of QUIC connections in the same captures; the
// files beside these leave it out.
func overQUIC(capture string) map[string]int {
	const chrome = "q13d0310h3_55b375c5d22e_cd85d2d88918"
	return map[string]map[string]int{
		"chrome-cloudflare-quic-with-secrets.pcapng": {chrome: 1},
		"quic-tls-handshake.pcapng":                  {chrome: 1},
		"quic-with-several-tls-frames.pcapng":        {chrome: 1},
		"ssh2.pcapng":                                {"q13d0312h3_55b375c5d22e_73e2d9e6cde6": 2},
		"tls-handshake.pcapng":                       {chrome: 20},
		"tls-sni.pcapng":                             {chrome: 20},
		"tls3.pcapng":                                {chrome: 5, "q13d0311h3_55b375c5d22e_3512bcbbc9ec": 1},
	}[capture]
}

// Found gives the fingerprints in the records of a capture: the first of a connection
// stands in the flow's record, a second one in a record of its own.
func Found(b *flow.Batch) Prints {
	p := Prints{TCP: map[string][]string{}, QUIC: map[string]int{}}
	for i := range b.Records {
		r := &b.Records[i]
		x := b.TLSOf(r)
		if x == nil || x.JA4.Len == 0 {
			continue
		}
		s := b.String(x.JA4)
		if s[0] == 'q' {
			p.QUIC[s]++
			continue
		}
		k, n := fmt.Sprintf("%v:%v>%v:%v", r.Src, r.SrcPort, r.Dst, r.DstPort), 1
		if r.Kind == flow.KindFacts {
			n = 2
		}
		p.TCP[k] = append(p.TCP[k], fmt.Sprintf("JA4.%d %s", n, s))
	}
	p.sort()
	return p
}

func (p *Prints) sort() {
	for _, all := range p.TCP {
		slices.Sort(all)
	}
}

// Agree counts the expected fingerprints, those of them that were found, and what was
// found beyond them.
func (p *Prints) Agree(found Prints) (agree, expected, beyond int) {
	have := 0
	for k, prints := range p.TCP {
		expected += len(prints)
		for _, w := range prints {
			if slices.Contains(found.TCP[k], w) {
				agree++
			}
		}
	}
	for s, n := range p.QUIC {
		expected += n
		agree += min(n, found.QUIC[s])
	}
	for _, prints := range found.TCP {
		have += len(prints)
	}
	for _, n := range found.QUIC {
		have += n
	}
	return agree, expected, have - agree
}
