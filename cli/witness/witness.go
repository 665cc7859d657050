package witness

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/keyfile"
	"github.com/noroshi-acd/noroshi/internal/obs"
	"github.com/noroshi-acd/noroshi/internal/usage"
	"github.com/noroshi-acd/noroshi/ledger/cosign"
	"github.com/noroshi-acd/noroshi/ledger/cosign/exchange"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	role "github.com/noroshi-acd/noroshi/role/witness"
)

// Door is what the verb needs of the command line around it.
type Door struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Lang           i18n.Lang
}

func (d Door) text(key string, args ...any) string {
	return i18n.Say(d.Lang, "witness.cli."+key, args...)
}

// wrong makes an error of a place.
func wrong(key string, place fault.Place, cause error, args ...any) error {
	return fault.Said(fault.Error{Kind: fault.Invalid, Place: place, Err: cause}, i18n.Text{}, i18n.Both("witness.cli."+key, args...), i18n.Both("witness.cli."+key+"_hint", args...))
}

// New makes the command.
func New(d Door) *cobra.Command {
	c := &cobra.Command{Use: "witness", Short: d.text("short"), Long: d.text("long"), Args: usage.Args(d.Lang, 0, 0), RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(d.init(), d.run(), d.show(), d.check(), d.status(), d.decide("stop"), d.decide("resume"), d.adopt(), d.judge())
	return c
}

// init makes a new witness in a folder.
func (d Door) init() *cobra.Command {
	var name string
	var asJSON bool
	c := &cobra.Command{Use: "init FOLDER", Short: d.text("init_short"), Long: d.text("init_long"), Args: usage.Args(d.Lang, 1, 1)}
	c.Flags().StringVar(&name, "name", "", d.text("flag_name"))
	c.Flags().BoolVar(&asJSON, "json", false, d.text("flag_json"))
	c.RunE = func(_ *cobra.Command, args []string) error {
		folder := args[0]
		config := role.DefaultConfig()
		config.Witness.Name = name
		config.Witness.Key = filepath.Join(folder, "witness"+keyfile.KeyEnding)
		config.Witness.State = filepath.Join(folder, "state")
		if bad := config.Witness.Validate(); len(bad) > 0 {
			return wrong("bad_name", fault.Place{}, errors.New(bad[0].What.EN))
		}
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return err
		}
		key, err := keyfile.New(keyfile.Labels{Person: "witness", Body: "witness"}, rand.Reader)
		if err != nil {
			return err
		}
		_, vkey, err := proof.NewCosigner(name, key.Public.Key)
		if err != nil {
			return wrong("bad_name", fault.Place{}, err)
		}
		if err := key.Save(filepath.Join(folder, "witness"), nil); err != nil {
			return err
		}
		if err := cosign.Create(config.Witness.State, vkey); err != nil {
			return wrong("no_state", fault.Place{Path: config.Witness.State}, err)
		}
		path := filepath.Join(folder, "witness.toml")
		if err := d.skeleton(path, config); err != nil {
			return err
		}
		if asJSON {
			return d.json(map[string]string{"key": vkey, "config": path, "state": config.Witness.State})
		}
		fmt.Fprintln(d.Stdout, d.text("made", "key", vkey, "config", path))
		return nil
	}
	return c
}

// skeleton writes the configuration file that the operator completes.
func (d Door) skeleton(path string, config *role.Config) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return wrong("no_config", fault.Place{Path: path}, err)
	}
	return errors.Join(config.Show(f, d.Lang), f.Close())
}

// run serves until the process is told to stop.
func (d Door) run() *cobra.Command {
	var level string
	c := &cobra.Command{Use: "run FILE", Short: d.text("run_short"), Long: d.text("run_long"), Args: usage.Args(d.Lang, 1, 1)}
	c.Flags().StringVar(&level, "log", "info", d.text("flag_log"))
	c.RunE = func(c *cobra.Command, args []string) error {
		config, err := role.LoadConfig(d.Lang, args[0])
		if err != nil {
			return err
		}
		l, ok := obs.ParseLevel(level)
		if !ok {
			return wrong("bad_level", fault.Place{}, nil, "level", level)
		}
		hangup := make(chan os.Signal, 1)
		signal.Notify(hangup, syscall.SIGHUP)
		defer signal.Stop(hangup)
		usage.Serves(c.Context())
		return role.Serve(c.Context(), config, d.Lang, obs.NewLogger(d.Stderr, l, true), hangup)
	}
	return c
}

func (d Door) show() *cobra.Command {
	return &cobra.Command{Use: "show [FILE]", Short: d.text("show_short"), Args: usage.Args(d.Lang, 0, 1), RunE: func(_ *cobra.Command, args []string) error {
		config := role.DefaultConfig()
		if len(args) == 1 {
			var err error
			if config, err = role.LoadConfig(d.Lang, args[0]); err != nil {
				return err
			}
		}
		return config.Show(d.Stdout, d.Lang)
	}}
}

// check reads the configuration, the root, the key and the state, as run would.
func (d Door) check() *cobra.Command {
	return &cobra.Command{Use: "check FILE", Short: d.text("check_short"), Args: usage.Args(d.Lang, 1, 1), RunE: func(_ *cobra.Command, args []string) error {
		config, err := role.LoadConfig(d.Lang, args[0])
		if err != nil {
			return err
		}
		w, err := role.OpenState(config)
		if err != nil {
			return err
		}
		defer w.Close()
		_, err = fmt.Fprintln(d.Stdout, d.text("right", "key", w.Key(), "n", len(w.Origins())))
		return err
	}}
}

// status asks the running witness, or reads the state of one that does not run.
func (d Door) status() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{Use: "status FILE", Short: d.text("status_short"), Args: usage.Args(d.Lang, 1, 1)}
	c.Flags().BoolVar(&asJSON, "json", false, d.text("flag_json"))
	c.RunE = func(c *cobra.Command, args []string) error {
		config, err := role.LoadConfig(d.Lang, args[0])
		if err != nil {
			return err
		}
		r, err := asked(c.Context(), config)
		if err != nil {
			w, second := role.OpenState(config)
			if second != nil {
				return errors.Join(wrong("no_answer", fault.Place{}, err, "address", config.Witness.Health), second)
			}
			report := role.StateReport(w)
			r = &report
			if err := w.Close(); err != nil {
				return err
			}
		}
		if asJSON {
			return d.json(r)
		}
		d.tell(r)
		return nil
	}
	return c
}

// mostStatus bounds the answer of a running witness, in bytes.
const mostStatus = 8 << 20

func asked(ctx context.Context, config *role.Config) (*role.Report, error) {
	a, err := exchange.Get(ctx, &http.Client{Timeout: 5 * time.Second}, "http://"+config.Witness.Health+"/status", mostStatus, time.Now)
	if err != nil {
		return nil, err
	}
	r := new(role.Report)
	return r, json.Unmarshal(a.Body, r)
}

// tell writes a report for people.
func (d Door) tell(r *role.Report) {
	fmt.Fprintln(d.Stdout, d.text("key", "key", r.Key))
	for _, l := range r.Logs {
		fmt.Fprintln(d.Stdout, d.text("log", "origin", l.Origin, "size", l.Size, "time", l.Time))
	}
	for _, p := range r.Peers {
		fmt.Fprintln(d.Stdout, d.text("peer", "peer", p.Peer, "origin", p.Origin, "size", p.Size))
	}
	for _, p := range r.Problems {
		fmt.Fprintln(d.Stdout, "! "+p.In(d.Lang))
	}
	if len(r.Problems) == 0 {
		fmt.Fprintln(d.Stdout, i18n.Say(d.Lang, "witness.well"))
	}
}

func (d Door) json(v any) error {
	e := json.NewEncoder(d.Stdout)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
