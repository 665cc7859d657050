package flows

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/aggregate"
	"github.com/noroshi-acd/noroshi/flow/filter"
	"github.com/noroshi-acd/noroshi/flow/source"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/usage"
)

// Door is what the verb needs of the command line around it.
type Door struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Lang           i18n.Lang
	// Border adds the flags of the border to a command, and gives what makes the table
	// that they ask for.
	Border func(*cobra.Command) func() (*direction.Table, error)
}

// flags are the verb's flags as given.
type flags struct {
	filter, by, sum   string
	bin               time.Duration
	top, groups       int
	json, csv, strict bool
	apart             bool
}

// run is one run of the verb.
type run struct {
	Door
	flags
	match         filter.Match
	classes       []string
	class         func(src, dst flow.Addr) int
	sums          []aggregate.Sum
	keys          []aggregate.Key
	table         *aggregate.Table // nil when records are listed
	read, matched uint64
	dropped       uint64 // of read, by the goroutine that reads
}

// New makes the command.
func New(d Door) *cobra.Command {
	var f flags
	var border func() (*direction.Table, error)
	text := func(key string) string { return i18n.Say(d.Lang, "flows."+key) }
	c := &cobra.Command{Use: "flows PATH...", Short: text("short"), Long: text("long"), Args: usage.Args(d.Lang, 1, -1)}
	fl := c.Flags()
	fl.StringVarP(&f.filter, "filter", "f", "", text("flag_filter"))
	fl.StringVar(&f.by, "by", "", text("flag_by"))
	fl.StringVar(&f.sum, "sum", "bytes,packets,flows", text("flag_sum"))
	fl.DurationVar(&f.bin, "bin", 0, text("flag_bin"))
	fl.IntVar(&f.top, "top", 0, text("flag_top"))
	fl.IntVar(&f.groups, "groups", aggregate.DefaultMost, text("flag_groups"))
	fl.BoolVar(&f.json, "json", false, text("flag_json"))
	fl.BoolVar(&f.csv, "csv", false, text("flag_csv"))
	fl.BoolVar(&f.strict, "strict", false, i18n.Say(d.Lang, "cli.analyze.flag_strict"))
	fl.BoolVar(&f.apart, "apart", false, text("flag_apart"))
	asked := added(fl, func() { border = d.Border(c) })
	c.RunE = func(c *cobra.Command, args []string) (err error) {
		r := &run{Door: d, flags: f, classes: classes()}
		if r.class, err = lazily(border, asked()); err != nil {
			return err
		}
		if err := r.prepare(c.Flags().Changed("top")); err != nil {
			return err
		}
		return r.files(c.Context(), args)
	}
	return c
}

// added lets add add flags, and gives what says whether one of them was set.
func added(fl *pflag.FlagSet, add func()) (set func() bool) {
	old := map[string]bool{}
	fl.VisitAll(func(f *pflag.Flag) { old[f.Name] = true })
	add()
	return func() (is bool) {
		fl.Visit(func(f *pflag.Flag) { is = is || !old[f.Name] })
		return is
	}
}

// lazily gives the class of a pair of addresses. The table takes longer to make than
// many a question to answer: it is made when the first class is wanted, unless somebody
// said what it is to be, and is to hear at once what is wrong with that.
func lazily(border func() (*direction.Table, error), asked bool) (func(src, dst flow.Addr) int, error) {
	table := sync.OnceValues(border)
	if asked {
		if _, err := table(); err != nil {
			return nil, err
		}
	}
	return func(src, dst flow.Addr) int {
		t, err := table()
		if err != nil { // not the table that comes with the program
			return 0
		}
		return int(t.Of(src, dst))
	}, nil
}

// classes gives the words of directions by number.
func classes() []string {
	all := make([]string, direction.Classes)
	for i := range all {
		all[i] = direction.Class(i).String()
	}
	return all
}

// bad makes an error about a flag.
func (r *run) bad(key string, args ...any) error {
	return fault.Said(fault.Error{Kind: fault.Invalid}, i18n.Text{}, i18n.Both("flows."+key, args...), i18n.Both("flows."+key+"_hint", args...))
}

// prepare checks the flags.
func (r *run) prepare(topGiven bool) error {
	var err error
	r.match, err = filter.Parse(r.filter, filter.Options{Classes: r.classes, Class: r.class})
	var wrong *filter.Error
	if errors.As(err, &wrong) {
		fmt.Fprint(r.Stderr, wrong.Mark())
		return wrong.Unwrap()
	}
	switch {
	case err != nil:
		return err
	case r.json && r.csv:
		return r.bad("two_forms")
	case r.top < 0 || r.groups < 1 || r.bin < 0 || r.bin > 0 && r.bin < time.Millisecond:
		return r.bad("bad_number")
	}
	if err := r.columns(); err != nil {
		return err
	}
	if len(r.keys) > 0 || r.bin > 0 {
		r.table = aggregate.New(aggregate.Options{By: r.keys, Bin: r.bin, Order: r.sums[0], Most: r.groups, Classes: r.classes, Class: r.class})
		if !topGiven && r.bin == 0 {
			r.top = 20
		}
	}
	return nil
}

// columns reads --by and --sum.
func (r *run) columns() error {
	for name := range strings.SplitSeq(r.by, ",") {
		if r.by == "" {
			break
		}
		k, ok := aggregate.ParseKey(name)
		if !ok || r.repeated(k) {
			return r.bad("bad_key", "key", name, "keys", strings.Join(aggregate.Keys(), ", "))
		}
		r.keys = append(r.keys, k)
	}
	for name := range strings.SplitSeq(r.sum, ",") {
		s, ok := aggregate.ParseSum(strings.TrimSpace(name))
		if !ok {
			return r.bad("bad_sum", "sum", name, "sums", strings.Join(aggregate.Sums(), ", "))
		}
		r.sums = append(r.sums, s)
	}
	return nil
}

func (r *run) repeated(k aggregate.Key) bool {
	for _, old := range r.keys {
		if old.Name == k.Name {
			return true
		}
	}
	return false
}

// files reads everything, then says on the error output how much that was.
func (r *run) files(ctx context.Context, paths []string) error {
	set, err := source.Open(paths, source.Options{Strict: r.strict, Lang: r.Lang, Stdin: r.Stdin, Apart: r.apart, Wanted: r.early(), Unwanted: func(n int) { r.dropped += uint64(n) }})
	if err != nil {
		return err
	}
	defer set.Close()
	if err := r.each(ctx, set); err != nil {
		return err
	}
	if r.table != nil {
		if err := r.summary(); err != nil {
			return err
		}
	}
	var skipped uint64
	var first error
	for _, in := range set.Inputs() {
		if skipped += in.Skipped; first == nil && len(in.Errors) > 0 {
			first = in.Errors[0]
		}
	}
	fmt.Fprintln(r.Stderr, i18n.Say(r.Lang, "flows.done", "read", r.read, "matched", r.matched))
	if first != nil {
		fmt.Fprintln(r.Stderr, i18n.Say(r.Lang, "flows.skipped", "n", skipped, "error", fault.Text(first, r.Lang)))
	}
	return nil
}

// early gives what readers may ask of records, nil when all are wanted. Those that it
// turns down never come.
func (r *run) early() func(b *flow.Batch, rec *flow.Record) bool {
	if strings.TrimSpace(r.filter) == "" {
		return nil
	}
	return r.match
}

// each reads in one goroutine, filters and adds up in another.
func (r *run) each(ctx context.Context, set *source.Set) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	batches, free, failed := make(chan *flow.Batch, 2), make(chan *flow.Batch, 4), make(chan error, 1)
	for range cap(free) {
		free <- new(flow.Batch)
	}
	go func() {
		defer close(batches)
		failed <- feed(ctx, set, batches, free)
	}()
	out := r.lister()
	var stop error
	all := r.table != nil && strings.TrimSpace(r.filter) == ""
	for b := range batches {
		if all {
			r.table.AddAll(b)
			r.read, r.matched = r.read+uint64(len(b.Records)), r.matched+uint64(len(b.Records))
			free <- b
			continue
		}
		for i := range b.Records {
			rec := &b.Records[i]
			r.read++
			if stop != nil || !r.match(b, rec) {
				continue
			}
			r.matched++
			if r.table != nil {
				r.table.Add(b, rec)
			} else if stop = out.record(b, rec); stop != nil {
				cancel()
			}
		}
		free <- b
	}
	err := <-failed
	r.read += r.dropped
	switch {
	case errors.Is(stop, errEnough):
		return out.flush()
	case stop != nil:
		return stop
	case err != nil:
		return err
	}
	return out.flush()
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
