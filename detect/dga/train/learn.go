package main

import (
	"math"
	"math/rand/v2"

	"github.com/noroshi-acd/noroshi/detect/dga/lexical"
)

const (
	rate       = 0.05
	dropRow    = 0.12 // share of letter groups left out while learning
	dropSuffix = 0.5  // the suffix is a habit of the day: it must not decide
	decay      = 1e-6
	tableLimit = 1.5 // greatest cell
)

// net is the model while it learns, with AdaGrad's sums of squares.
type net struct {
	table, tableSq []float32
	w1, w1Sq       [lexical.Hidden][lexical.Inputs]float32
	b1, b1Sq       [lexical.Hidden]float32
	w2, w2Sq       [lexical.Hidden]float32
	b2, b2Sq       float32
	r              *rand.Rand
}

func newNet() *net {
	n := &net{table: make([]float32, lexical.Rows*lexical.Dim), tableSq: make([]float32, lexical.Rows*lexical.Dim), r: rand.New(rand.NewPCG(4, 4))}
	for i := range n.table {
		n.table[i] = float32(n.r.NormFloat64()) * 0.02
		n.tableSq[i] = 1e-3
	}
	for h := range n.w1 {
		for i := range n.w1[h] {
			n.w1[h][i] = float32(n.r.NormFloat64()) * 0.25
			n.w1Sq[h][i] = 1e-1
		}
		n.w2[h] = float32(n.r.NormFloat64()) * 0.25
		n.w2Sq[h], n.b1Sq[h] = 1e-1, 1e-1
	}
	n.b2Sq = 1e-1
	return n
}

// state is one forward pass.
type state struct {
	f      lexical.Features
	in, d  [lexical.Inputs]float32
	hidden [lexical.Hidden]float32
	by     [lexical.Groups]float32
}

func (n *net) forward(s *state) float32 {
	s.in = [lexical.Inputs]float32{}
	start := 0
	for g, end := range s.f.End {
		sum := s.in[g*lexical.Dim : (g+1)*lexical.Dim]
		for _, r := range s.f.Row[start:end] {
			for i, c := range n.table[r*lexical.Dim : (r+1)*lexical.Dim] {
				sum[i] += c
			}
		}
		s.by[g] = float32(1 / math.Sqrt(float64(max(end-start, 1))))
		for i := range sum {
			sum[i] *= s.by[g]
		}
		start = end
	}
	copy(s.in[lexical.Groups*lexical.Dim:], s.f.Count[:])
	out := n.b2
	for h := range n.w1 {
		a := n.b1[h]
		for i, x := range s.in {
			a += n.w1[h][i] * x
		}
		s.hidden[h] = max(a, 0)
		out += n.w2[h] * s.hidden[h]
	}
	return out
}

// backward learns from the error g (probability minus truth, weighted).
func (n *net) backward(s *state, g, lr float32) {
	s.d = [lexical.Inputs]float32{}
	for h := range n.w1 {
		if s.hidden[h] == 0 {
			continue
		}
		gh := g * n.w2[h]
		step(&n.w2[h], &n.w2Sq[h], g*s.hidden[h], lr)
		for i, x := range s.in {
			s.d[i] += gh * n.w1[h][i]
			step(&n.w1[h][i], &n.w1Sq[h][i], gh*x, lr)
		}
		step(&n.b1[h], &n.b1Sq[h], gh, lr)
	}
	step(&n.b2, &n.b2Sq, g, lr)
	start := 0
	for k, end := range s.f.End {
		for _, r := range s.f.Row[start:end] {
			at := int(r) * lexical.Dim
			for i, d := range s.d[k*lexical.Dim : (k+1)*lexical.Dim] {
				step(&n.table[at+i], &n.tableSq[at+i], d*s.by[k]+decay*n.table[at+i], lr)
			}
		}
		start = end
	}
}

func step(w, sq *float32, g, lr float32) {
	*sq += g * g
	*w -= lr * g / float32(math.Sqrt(float64(*sq)))
}

// epoch passes once over the names and gives the mean loss.
func (n *net) epoch(names []sample, e, of int) float64 {
	n.r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	var s state
	var loss, weight float64
	for i := range names {
		x := &names[i]
		n.extract(&s.f, x)
		lr := rate * float32(1-(float64(e)+float64(i)/float64(len(names)))/float64(of)+0.02)
		z := float64(n.forward(&s))
		p := 1 / (1 + math.Exp(-z))
		y := float64(side(x.dga))
		w := float64(x.weight)
		loss -= w * (y*math.Log(p+1e-12) + (1-y)*math.Log(1-p+1e-12))
		weight += w
		n.backward(&s, float32((p-y)*w), lr)
	}
	return loss / weight
}

// extract takes the features of x with some left out.
func (n *net) extract(f *lexical.Features, x *sample) {
	suffix := x.suffix
	if n.r.Float64() < dropSuffix {
		suffix = ""
	}
	f.Extract([]byte(x.label), []byte(suffix))
	at, start := 0, 0
	for g, end := range f.End {
		for _, r := range f.Row[start:end] {
			if g < 2 && n.r.Float64() < dropRow {
				continue
			}
			f.Row[at] = r
			at++
		}
		start = end
		f.End[g] = at
	}
}

// quantise gives the model as it ships.
func (n *net) quantise() *lexical.Model {
	m := &lexical.Model{Table: make([]int8, lexical.Rows*lexical.Dim), W1: n.w1, B1: n.b1, W2: n.w2, B2: n.b2}
	var top [lexical.Dim]float32
	for i, c := range n.table {
		top[i%lexical.Dim] = max(top[i%lexical.Dim], min(float32(math.Abs(float64(c))), tableLimit))
	}
	for i := range top {
		m.Scale[i] = top[i] / 127
	}
	for i, c := range n.table {
		q := math.Round(float64(c / m.Scale[i%lexical.Dim]))
		m.Table[i] = int8(max(-127, min(127, q)))
	}
	return m
}
