package lexical

import (
	"bytes"
	_ "embed" // the learned parameters
	"encoding/binary"
	"fmt"
	"math"
	"sync"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Bound is the greatest log-odds, for or against, that one name gives.
const Bound = 10

// Sure is the log-odds that one honest name in 200 of the lists kept back from
// learning reaches.
const Sure = 3.4

// bagOffset is the mean bounded score above which a bag of names is called made
// up: the middle between honest bags and those of made-up names kept back.
const bagOffset = 0.5

// bagBound bounds what one name adds to a bag, so that no single one decides.
const bagBound = 4

// Unjudged is the score of what the model cannot judge: what nobody can have
// registered, and internationalised labels, whose coded form looks random.
const Unjudged = -4.0

// Model holds the learned parameters. It is immutable.
type Model struct {
	Table  []int8 // Rows × Dim
	Scale  [Dim]float32
	W1     [Hidden][Inputs]float32
	B1, W2 [Hidden]float32
	B2     float32
}

//go:embed model.bin
var embedded []byte

var shared = sync.OnceValue(func() *Model {
	m, err := Read(embedded)
	if err != nil {
		panic("lexical: " + err.Error()) // it is in the binary
	}
	return m
})

// Score gives the natural log-odds that a program made name up, at even prior
// odds: above zero speaks for it. It lies within ±[Bound]; what cannot be judged
// gives [Unjudged]. name is lower case without its final dot; any bytes are safe.
func Score(name []byte) float64 {
	p, ok := Split(name)
	if !ok {
		return Unjudged
	}
	return ScoreParts(&p)
}

// BagScore judges names that one host asked for together: their mean score, each
// bounded, less an offset, in log-odds per name. Zero and above says that a
// program made them up; below -1 that none did. An empty bag gives [Unjudged].
func BagScore(names [][]byte) float64 {
	if len(names) == 0 {
		return Unjudged
	}
	sum := 0.0
	for _, n := range names {
		sum += Bounded(Score(n))
	}
	return sum/float64(len(names)) - bagOffset
}

// Bounded limits a score to what one name may add to a bag.
func Bounded(z float64) float64 { return max(-bagBound, min(bagBound, z)) }

// ScoreParts is [Score] of a name already taken apart.
func ScoreParts(p *Parts) float64 {
	if len(p.Label) > 3 && p.Label[2] == '-' && p.Label[3] == '-' {
		return Unjudged
	}
	var f Features
	f.Extract(p.Label, p.Suffix)
	return shared().LogOdds(&f)
}

// LogOdds runs the model.
func (m *Model) LogOdds(f *Features) float64 {
	var in [Inputs]float32
	start := 0
	for g, end := range f.End {
		var sum [Dim]int32
		for _, r := range f.Row[start:end] {
			cells := m.Table[r*Dim : r*Dim+Dim : r*Dim+Dim]
			for i := range sum {
				sum[i] += int32(cells[i])
			}
		}
		by := float32(1 / math.Sqrt(float64(max(end-start, 1))))
		for i, s := range sum {
			in[g*Dim+i] = float32(s) * m.Scale[i] * by
		}
		start = end
	}
	copy(in[Groups*Dim:], f.Count[:])
	out := m.B2
	for h := range m.W1 {
		w := &m.W1[h]
		a := m.B1[h]
		for i, x := range in {
			a += w[i] * x
		}
		if a > 0 {
			out += m.W2[h] * a
		}
	}
	return max(-Bound, min(Bound, float64(out)))
}

// magic begins a model file and names its shape.
const magic = "noroshi-lexical-1"

// Append writes m: the magic, the parameters as little-endian 32-bit floats, the
// table.
func (m *Model) Append(b []byte) []byte {
	b = append(b, magic...)
	for _, x := range m.floats() {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(*x))
	}
	for _, c := range m.Table {
		b = append(b, byte(c))
	}
	return b
}

// Read reads what Append wrote.
func Read(b []byte) (*Model, error) {
	m := &Model{Table: make([]int8, Rows*Dim)}
	fields := m.floats()
	if want := len(magic) + 4*len(fields) + len(m.Table); len(b) != want || !bytes.HasPrefix(b, []byte(magic)) {
		return nil, &fault.Error{Op: "reading the name model", Kind: fault.Invalid, Place: fault.Place{Path: "model.bin", Offset: -1},
			Msg: fmt.Sprintf("it has %d bytes, %d are expected after %q", len(b), want, magic), Hint: "train it again with this version's detect/dga/train"}
	}
	b = b[len(magic):]
	for i, x := range fields {
		v := math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		if v != v || v > 1e6 || v < -1e6 {
			return nil, &fault.Error{Op: "reading the name model", Kind: fault.Invalid, Place: fault.Place{Path: "model.bin", Offset: int64(len(magic) + 4*i)}, Msg: "a parameter is out of range"}
		}
		*x = v
	}
	for i, c := range b[4*len(fields):] {
		m.Table[i] = int8(c)
	}
	return m, nil
}

// floats lists the parameters other than the table, in file order.
func (m *Model) floats() []*float32 {
	var all []*float32
	for i := range m.Scale {
		all = append(all, &m.Scale[i])
	}
	for h := range m.W1 {
		for i := range m.W1[h] {
			all = append(all, &m.W1[h][i])
		}
	}
	for h := range m.B1 {
		all = append(all, &m.B1[h], &m.W2[h])
	}
	return append(all, &m.B2)
}
