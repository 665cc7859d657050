package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/allow"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/packet"
	"github.com/noroshi-acd/noroshi/flow/source"
	"github.com/noroshi-acd/noroshi/infrastructure/mapping"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/obs"
	"github.com/noroshi-acd/noroshi/internal/usage"
	"github.com/noroshi-acd/noroshi/settings"
	"github.com/noroshi-acd/noroshi/share/document"
	"github.com/noroshi-acd/noroshi/share/outline"
)

// analyzeFlags are analyze's flags as given.
type analyzeFlags struct {
	json, strict, asEdge   bool
	explain, config        string
	since, until, minLevel string
	domestic, mmdb         string
	domesticList           []string
	foreignList            []string
	anycastList            []string
	allow, seeds           []string
	top                    int
	outputs
	methodFlags
}

func newAnalyze(s say) *cobra.Command {
	var f analyzeFlags
	c := &cobra.Command{
		Use: "analyze PATH...", Short: s.text("cli.analyze.short"), Long: s.text("cli.analyze.long"),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &fault.Error{Kind: fault.Invalid, Msg: s.text("cli.analyze.no_path"), Hint: s.text("usage.see", "command", "noroshi analyze")}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if err := usage.NoneEmpty(s.lang, c); err != nil {
				return err
			}
			return runAnalyze(c.Context(), s, f, args)
		},
	}
	fl := c.Flags()
	fl.BoolVar(&f.json, "json", false, s.text("cli.analyze.flag_json"))
	fl.StringVar(&f.explain, "explain", "", s.text("cli.analyze.flag_explain"))
	fl.StringVar(&f.since, "since", "", s.text("cli.analyze.flag_since"))
	fl.StringVar(&f.until, "until", "", s.text("cli.analyze.flag_until"))
	fl.StringVar(&f.minLevel, "min-level", "medium", s.text("cli.analyze.flag_min_level"))
	fl.IntVar(&f.top, "top", 50, s.text("cli.analyze.flag_top"))
	fl.BoolVar(&f.strict, "strict", false, s.text("cli.analyze.flag_strict"))
	fl.BoolVar(&f.asEdge, "as-edge", false, s.text("cli.analyze.flag_as_edge"))
	fl.StringVar(&f.config, "config", "", s.text("cli.config.flag"))
	f.methodFlags.flags(s, c)
	fl.StringArrayVar(&f.allow, "allow", nil, s.text("cli.analyze.flag_allow"))
	fl.StringArrayVar(&f.seeds, "seed", nil, s.text("cli.analyze.flag_seed"))
	borderFlags(s, c, &f.domestic, &f.mmdb, &f.domesticList, &f.foreignList, &f.anycastList)
	f.outputs.flags(s, c)
	return c
}

// borderFlags adds the flags that say where the border runs.
func borderFlags(s say, c *cobra.Command, domestic, mmdb *string, home, abroad, anycast *[]string) {
	fl := c.Flags()
	fl.StringVar(domestic, "domestic", "JP", s.text("cli.border.flag_domestic"))
	fl.StringVar(mmdb, "mmdb", "", s.text("cli.border.flag_mmdb"))
	fl.StringArrayVar(home, "domestic-list", nil, s.text("cli.border.flag_domestic_list"))
	fl.StringArrayVar(abroad, "foreign-list", nil, s.text("cli.border.flag_foreign_list"))
	fl.StringArrayVar(anycast, "anycast-list", nil, s.text("cli.border.flag_anycast_list"))
}

// border makes the direction table that flags ask for.
func border(domestic, mmdb string, home, abroad, anycast []string) (*direction.Table, error) {
	countries, err := direction.ParseCountries(domestic)
	if err != nil {
		return nil, err
	}
	return direction.New(direction.Options{Domestic: countries, MMDB: mmdb, DomesticLists: home, ForeignLists: abroad, AnycastLists: anycast})
}

// analysis is one run of analyze.
type analysis struct {
	say
	flags        analyzeFlags
	minLevel     detect.Level
	since, until int64 // ns, bounds on Record.First
	border       *direction.Table
	allowed      []*allow.List
	set          *settings.Settings
	methods
	listSkips fault.Skips // lines of those lists that say nothing
	engine    *detect.Engine
	mapper    *mapping.Mapper
	records   uint64
	outside   uint64 // records before --since or after --until
	started   time.Time
}

func runAnalyze(ctx context.Context, s say, f analyzeFlags, paths []string) error {
	if err := f.outputs.check(s, paths); err != nil {
		return err
	}
	a, err := newAnalysis(s, f)
	if err != nil {
		return err
	}
	set, err := source.Open(paths, source.Options{Strict: f.strict, Lang: s.lang, Stdin: s.Stdin, Packet: packet.Options{Meter: a.set.Meter}})
	if err != nil {
		return err
	}
	defer set.Close()
	if err := f.spare(set); err != nil {
		return err
	}
	if err := a.read(ctx, set); err != nil {
		return err
	}
	r, all := a.result(set)
	if err := a.tiers(ctx, r, all, paths); err != nil {
		return err
	}
	if err := errors.Join(a.output(r), a.writeHabits(all)); err != nil {
		return err
	}
	switch {
	case f.explain != "":
		return a.explain(r, f.explain)
	case f.json:
		err = document.Write(s.Stdout, document.New(r))
	default:
		err = errors.Join(a.table(r), outline.Write(s.Stdout, s.lang, r.Graph))
	}
	if err == nil && len(r.Findings) > 0 {
		return statusError(1)
	}
	return err
}

func newAnalysis(s say, f analyzeFlags) (*analysis, error) {
	a := &analysis{say: s, flags: f, started: time.Now()}
	var err error
	if f.top < 0 {
		return nil, &fault.Error{Kind: fault.Invalid, Msg: s.text("cli.analyze.bad_top", "n", f.top), Hint: s.text("cli.analyze.bad_top_hint")}
	}
	var ok bool
	if a.minLevel, ok = detect.ParseLevel(f.minLevel); !ok {
		return nil, &fault.Error{Kind: fault.Invalid, Msg: s.text("cli.analyze.bad_level", "level", f.minLevel), Hint: s.text("cli.analyze.levels")}
	}
	if a.since, a.until, err = a.period(f.since, f.until); err != nil {
		return nil, err
	}
	if a.border, err = border(f.domestic, f.mmdb, f.domesticList, f.foreignList, f.anycastList); err != nil {
		return nil, err
	}
	for _, path := range f.allow {
		l, err := allow.Load(path)
		if err != nil {
			return nil, err
		}
		a.allowed = append(a.allowed, l)
	}
	a.listSkips.Strict = f.strict
	if a.set, err = settings.Load(s.lang, f.config); err != nil {
		return nil, err
	}
	if a.methods, err = newMethods(s, f.methodFlags, &a.set.Methods, a.border, &a.listSkips); err != nil {
		return nil, err
	}
	cfg := a.set.Engine
	cfg.AsEdge = f.asEdge
	if f.report != "" || f.json {
		cfg.History = detect.ReportHistory
	}
	if a.mapper, err = s.newMapper(a.set.Infrastructure, f.seeds); err != nil {
		return nil, err
	}
	a.engine = detect.NewEngine(cfg, a.border, append(a.methods.all, a.mapper.Detector())...)
	return a, nil
}

// read feeds everything in set to the engine, with progress on a terminal.
func (a *analysis) read(ctx context.Context, set *source.Set) error {
	terminal, _ := a.Stderr.(*os.File)
	progress := obs.NewProgress(terminal, a.lang, 0)
	defer progress.Done()
	batches, free := make(chan *flow.Batch, 4), make(chan *flow.Batch, 6)
	for range cap(free) {
		free <- new(flow.Batch)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	failed := make(chan error, 1)
	go func() {
		defer close(batches)
		failed <- feed(ctx, set, batches, free)
	}()
	for b := range batches {
		a.cut(b)
		a.records += uint64(len(b.Records))
		a.engine.Observe(b)
		done, total := set.Progress()
		progress.Update(a.records, done, total)
		free <- b
	}
	return <-failed
}

// feed reads batches until the end of set or of ctx.
func feed(ctx context.Context, set *source.Set, batches chan<- *flow.Batch, free <-chan *flow.Batch) error {
	for {
		b := <-free
		b.Reset()
		err := set.Next(b)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case batches <- b:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// cut drops the records outside --since and --until from b.
func (a *analysis) cut(b *flow.Batch) {
	if a.flags.since == "" && a.flags.until == "" {
		return
	}
	kept := b.Records[:0]
	for _, r := range b.Records {
		if r.First >= a.since && r.First < a.until {
			kept = append(kept, r)
		}
	}
	a.outside += uint64(len(b.Records) - len(kept))
	b.Records = kept
}
