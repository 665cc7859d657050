package cli

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/noroshi-acd/noroshi/internal/usage"
	"github.com/noroshi-acd/noroshi/settings"
)

func newConfig(s say) *cobra.Command {
	c := &cobra.Command{
		Use: "config", Short: s.text("cli.config.short"), Long: s.text("cli.config.long"), Args: usage.Args(s.lang, 0, 0),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(&cobra.Command{
		Use: "show [FILE]", Short: s.text("cli.config.show"), Args: usage.Args(s.lang, 0, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			set, err := settings.Load(s.lang, append(args, "")[0])
			if err != nil {
				return err
			}
			return set.Show(s.Stdout, s.lang)
		},
	}, &cobra.Command{
		Use: "check FILE", Short: s.text("cli.config.check"), Args: usage.Args(s.lang, 1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			if _, err := settings.Load(s.lang, filepath.Clean(args[0])); err != nil {
				return err
			}
			_, err := s.Stdout.Write([]byte(s.text("cli.config.right", "path", args[0]) + "\n"))
			return err
		},
	})
	return c
}
