package links_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/infrastructure"
	"github.com/noroshi-acd/noroshi/infrastructure/links"
)

func view(all []detecttest.Exchange) *links.View {
	c := links.New(infrastructure.DefaultConfig(), nil)
	e := detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, c)
	detecttest.Play(e, all, nil)
	return c.View()
}

// TestViewCountsAsAnObviousCountDoes holds the links against a plain map.
func TestViewCountsAsAnObviousCountDoes(t *testing.T) {
	r := detecttest.Rand(t, 0)
	var all []detecttest.Exchange
	want := map[[2]flow.Addr]uint32{}
	for k := range 3000 {
		x := detecttest.Exchange{At: float64(k), Src: detecttest.Home(r.IntN(20)), Dst: detecttest.Abroad(r.IntN(40)), Port: 443, Out: 300, In: 300}
		if k%10 == 0 {
			x.Port = 53 // names tell nothing
		} else {
			want[[2]flow.Addr{x.Src, x.Dst}]++
		}
		all = append(all, x)
	}
	v := view(all)
	got := map[[2]flow.Addr]uint32{}
	for i, l := range v.Links {
		src, dst := v.Ends[i][0], v.Ends[i][1]
		got[[2]flow.Addr{v.Addrs[src], v.Addrs[dst]}] = l.Count
		if v.Number[v.Addrs[src]] != src || v.Number[v.Addrs[dst]] != dst {
			t.Errorf("numbers of link %d", i)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	ins, outs := 0, 0
	for at := range v.Addrs {
		ins, outs = ins+len(v.Ins[at]), outs+len(v.Outs[at])
	}
	if ins != len(v.Links) || outs != len(v.Links) || v.Active != 20 {
		t.Errorf("%d links in, %d out of %d; %d active", ins, outs, len(v.Links), v.Active)
	}
}

// TestTool: who treats many alike is a tool, unless most of them belong to the members.
func TestTool(t *testing.T) {
	var all []detecttest.Exchange
	watch := detecttest.Abroad(9)
	for k := range 10 {
		for n := range 4 {
			all = append(all, detecttest.Exchange{At: float64(1000*n + k), Src: watch, Dst: detecttest.Home(k), Port: 443, Out: 320, In: 290})
		}
	}
	v := view(all)
	all10 := func(int32) bool { return true }
	if v.Tool(0, all10) {
		t.Error("who looks after members only is called a tool")
	}
	if !v.Tool(0, func(int32) bool { return false }) {
		t.Error("a watch is none")
	}
}
