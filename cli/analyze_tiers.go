package cli

import (
	"context"
	"os"
	"slices"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow/packet"
	"github.com/noroshi-acd/noroshi/flow/source"
	"github.com/noroshi-acd/noroshi/infrastructure"
	"github.com/noroshi-acd/noroshi/infrastructure/mapping"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/share"
)

// newMapper makes what maps the infrastructure, from the seeds that flags give.
func (s say) newMapper(cfg infrastructure.Config, given []string) (*mapping.Mapper, error) {
	var seeds []infrastructure.Seed
	for _, text := range given {
		x, ok := infrastructure.ParseSeed(text)
		if !ok {
			return nil, &fault.Error{Kind: fault.Invalid, Msg: s.text("cli.analyze.bad_seed", "seed", text), Hint: s.text("cli.analyze.seeds")}
		}
		seeds = append(seeds, x)
	}
	return mapping.New(cfg, seeds), nil
}

// tiers maps the infrastructure behind found, reading paths once more if it must and
// can.
func (a *analysis) tiers(ctx context.Context, r *share.Result, found []detect.Finding, paths []string) error {
	var again func(d detect.Detector) (*detect.Context, error)
	if !slices.ContainsFunc(paths, once) {
		again = func(d detect.Detector) (*detect.Context, error) { return a.reread(ctx, paths, d) }
	}
	g, err := a.mapper.Map(a.engine.Context(), found, again)
	if err != nil {
		return err
	}
	var c *cover
	if a.flags.asEdge {
		c = newCover(a.border)
	}
	r.Graph = share.TellGraph(g, share.Cover{Addr: c.addr, Text: c.name, ID: c.lift().ID})
	return nil
}

// once says that what is read at path runs by once: standard input, a pipe.
func once(path string) bool {
	info, err := os.Stat(path)
	return path == "-" || err == nil && !info.Mode().IsRegular() && !info.IsDir()
}

// reread shows all records to d alone.
func (a *analysis) reread(ctx context.Context, paths []string, d detect.Detector) (*detect.Context, error) {
	set, err := source.Open(paths, source.Options{Lang: a.lang, Packet: packet.Options{Meter: a.set.Meter}})
	if err != nil {
		return nil, err
	}
	defer set.Close()
	cfg := a.set.Engine
	cfg.AsEdge = a.flags.asEdge
	b := &analysis{say: a.say, flags: a.flags, since: a.since, until: a.until, engine: detect.NewEngine(cfg, a.border, d)}
	if err := b.read(ctx, set); err != nil {
		return nil, err
	}
	return b.engine.Context(), nil
}
