package flowtest

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/flow"
)

// Reader is what every reader of flow records is.
type Reader interface {
	Next(b *flow.Batch) error
}

// Plants hands out canaries and remembers where they went. It has one owner.
type Plants struct {
	rnd    *rand.Rand
	plants []plant
}

type plant struct {
	place  string
	canary []byte
	keep   bool
}

// Content gives a fresh canary for a place that holds content, e.g. "cookie".
// It MUST NOT arrive in any batch.
func (p *Plants) Content(place string) []byte { return p.at(place, false) }

// Keep gives a fresh canary for a place that holds machine information, e.g.
// "DNS question". It MUST arrive: it proves that the input was read at all.
func (p *Plants) Keep(place string) []byte { return p.at(place, true) }

func (p *Plants) at(place string, keep bool) []byte {
	c := NewCanary(p.rnd)
	p.plants = append(p.plants, plant{place, c, keep})
	return c
}

// CheckNoContent is the property that no content comes through a reader: for
// many inputs made by craft, none of the canaries of [Plants.Content] is in any
// batch that the reader gives, and each of [Plants.Keep] is. craft may draw from
// rt how the input looks; the reader of each input is closed if it can be.
func CheckNoContent(t *testing.T, craft func(rt *rapid.T, p *Plants) []byte, newReader func(input []byte) (Reader, error)) {
	t.Helper()
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64().Draw(rt, "seed of the canaries")
		p := &Plants{rnd: rand.New(rand.NewPCG(seed, 0x6e6f726f736869))}
		input := craft(rt, p)
		if err := check(p, input, newReader); err != nil {
			rt.Fatal(err)
		}
	})
}

func check(p *Plants, input []byte, newReader func([]byte) (Reader, error)) error {
	r, err := newReader(input)
	if err != nil {
		return fmt.Errorf("opening the crafted input: %w", err)
	}
	if c, ok := r.(io.Closer); ok {
		defer c.Close()
	}
	arrived, records := make([]bool, len(p.plants)), 0
	var b flow.Batch
	for {
		b.Reset()
		err := r.Next(&b)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("reading the crafted input: %w", err)
		}
		records += len(b.Records)
		for i, pl := range p.plants {
			form := Holds(&b, pl.canary)
			if form != "" && !pl.keep {
				return fmt.Errorf("content of %q came through: canary %q %s", pl.place, pl.canary, form)
			}
			arrived[i] = arrived[i] || form != ""
		}
	}
	if records == 0 {
		return errors.New("the reader made no record of the crafted input, so that nothing is proven")
	}
	for i, pl := range p.plants {
		if pl.keep && !arrived[i] {
			return fmt.Errorf("the canary %q planted in %q did not arrive, so that the input was not read as meant", pl.canary, pl.place)
		}
	}
	return nil
}
