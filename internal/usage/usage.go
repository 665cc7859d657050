package usage

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// columns is the width that help is written for.
const columns = 80

// Speak makes root and the commands below it explain themselves in language l. It
// must be called when all commands and flags are there.
func Speak(root *cobra.Command, l i18n.Lang) {
	v := voice{l}
	root.PersistentFlags().BoolP("help", "h", false, v.say("usage.flag.help"))
	root.SetUsageFunc(func(c *cobra.Command) error {
		_, err := io.WriteString(c.OutOrStdout(), v.usage(c))
		return err
	})
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return v.flag(c, err) })
	root.SetHelpCommand(v.help())
	root.Args = func(c *cobra.Command, args []string) error { return v.unknown(c, args) }
	root.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	v.completion(root)
	v.reflow(root)
}

// Args wants at least least and at most most arguments, without limit when most is
// negative.
func Args(l i18n.Lang, least, most int) cobra.PositionalArgs {
	v := voice{l}
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return v.wrong(c, v.say("usage.args.few", "least", least))
		case most == 0 && len(args) > 0 && c.HasAvailableSubCommands():
			return v.unknown(c, args)
		case most >= 0 && len(args) > most:
			return v.wrong(c, v.say("usage.args.many", "arg", args[most]))
		}
		return nil
	}
}

type voice struct{ lang i18n.Lang }

// reflow fits the descriptions of c and the commands below it to the width.
// Paragraphs are parted by an empty line; one that begins with a space stays.
func (v voice) reflow(c *cobra.Command) {
	gap := " "
	if v.lang == i18n.JA {
		gap = ""
	}
	var out []string
	for _, p := range strings.Split(strings.TrimSpace(c.Long), "\n\n") {
		if !strings.HasPrefix(p, " ") {
			p = strings.Join(i18n.Wrap(strings.ReplaceAll(p, "\n", gap), columns), "\n")
		}
		out = append(out, p)
	}
	c.Long = strings.Join(out, "\n\n")
	for _, sub := range c.Commands() {
		v.reflow(sub)
	}
}

func (v voice) say(key string, args ...any) string { return i18n.Say(v.lang, key, args...) }

// wrong is an error about how c was called.
func (v voice) wrong(c *cobra.Command, msg string) error {
	return &fault.Error{Kind: fault.Invalid, Msg: msg, Hint: v.say("usage.see", "command", c.CommandPath())}
}

// flag words an error of the flag library.
func (v voice) flag(c *cobra.Command, err error) error {
	var (
		gone    *pflag.NotExistError
		lacking *pflag.ValueRequiredError
		value   *pflag.InvalidValueError
		syntax  *pflag.InvalidSyntaxError
	)
	switch {
	case errors.As(err, &gone):
		return v.wrong(c, v.say("usage.flag.unknown", "flag", dashed(gone.GetSpecifiedName(), gone.GetSpecifiedShortnames())))
	case errors.As(err, &lacking):
		return v.wrong(c, v.say("usage.flag.lacking", "flag", dashed(lacking.GetSpecifiedName(), lacking.GetSpecifiedShortnames())))
	case errors.As(err, &value):
		key := "usage.flag.value"
		if value.GetFlag().Value.Type() == "int" {
			key = "usage.flag.number"
		}
		return v.wrong(c, v.say(key, "flag", "--"+value.GetFlag().Name, "value", value.GetValue()))
	case errors.As(err, &syntax):
		return v.wrong(c, v.say("usage.flag.unknown", "flag", syntax.GetSpecifiedFlag()))
	}
	return v.wrong(c, err.Error())
}

func dashed(name, short string) string {
	if short == "" {
		return "--" + name
	}
	return "-" + name
}

// unknown is what root, or a group of commands, says to one that does not exist.
func (v voice) unknown(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	e := &fault.Error{Kind: fault.Invalid, Msg: v.say("usage.command.unknown", "command", strings.TrimPrefix(c.CommandPath()+" ", c.Root().Name()+" ")+args[0]), Hint: v.say("usage.see", "command", c.CommandPath())}
	c.SuggestionsMinimumDistance = 2
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		e.Hint = v.say("usage.command.near", "command", c.CommandPath()+" "+near[0])
	}
	return e
}

// help is the command that shows the help of another.
func (v voice) help() *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Short: v.say("usage.help.short"),
		RunE: func(c *cobra.Command, args []string) error {
			of, _, err := c.Root().Find(args)
			if err != nil || of == c.Root() && len(args) > 0 {
				return v.unknown(c.Root(), args)
			}
			return of.Help()
		},
	}
}

// completion words cobra's completion commands.
func (v voice) completion(root *cobra.Command) {
	root.CompletionOptions.HiddenDefaultCmd = true
	root.InitDefaultCompletionCmd()
	load := map[string]string{
		"bash": "source <(%s completion bash)", "zsh": "source <(%s completion zsh)",
		"fish": "%s completion fish | source", "powershell": "%s completion powershell | Out-String | Invoke-Expression",
	}
	for _, c := range root.Commands() {
		if c.Name() != "completion" {
			continue
		}
		c.Short, c.Long = v.say("usage.completion.short"), ""
		for _, shell := range c.Commands() {
			shell.Short = v.say("usage.completion.shell", "shell", shell.Name())
			shell.Long = shell.Short + "\n\n  " + fmt.Sprintf(load[shell.Name()], root.Name())
			if f := shell.Flags().Lookup("no-descriptions"); f != nil {
				f.Usage = v.say("usage.completion.plain")
			}
		}
	}
}

// usage is the part of the help below the description.
func (v voice) usage(c *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintln(&b, v.say("usage.head.usage"))
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "  %s COMMAND\n", c.CommandPath())
	} else {
		fmt.Fprintf(&b, "  %s\n", strings.TrimSuffix(c.UseLine(), " [flags]"))
	}
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n%s\n", v.say("usage.head.commands"))
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() || sub.Name() == "help" {
				item(&b, "  "+i18n.Pad(sub.Name(), 11), sub.Short)
			}
		}
	}
	v.flags(&b, v.say("usage.head.flags"), c.LocalFlags())
	v.flags(&b, v.say("usage.head.global"), c.InheritedFlags())
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n%s\n", v.say("usage.see", "command", c.CommandPath()+" COMMAND"))
	}
	return b.String()
}

// flags lists flags under a head, if there are any.
func (v voice) flags(b *strings.Builder, head string, set *pflag.FlagSet) {
	if !set.HasAvailableFlags() {
		return
	}
	fmt.Fprintf(b, "\n%s\n", head)
	names, texts, widest := []string{}, []string{}, 0
	set.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, text := pflag.UnquoteUsage(f)
		name := "      --" + f.Name
		if f.Shorthand != "" {
			name = "  -" + f.Shorthand + ", --" + f.Name
		}
		name = strings.TrimRight(name+" "+value, " ")
		if d := f.DefValue; d != "" && d != "false" && d != "[]" {
			if len(d) > columns/2 { // a digest is not broken, and would not fit
				d = d[:columns/5] + "…"
			}
			text += v.say("usage.flag.default", "value", d)
		}
		names, texts, widest = append(names, name), append(texts, text), max(widest, i18n.Width(name))
	})
	for i := range names {
		item(b, i18n.Pad(names[i], widest), texts[i])
	}
}

// item writes a name and, behind it, what it means.
func item(b *strings.Builder, name, text string) {
	margin := i18n.Width(name) + 2
	lines := i18n.Wrap(text, columns-margin)
	fmt.Fprintln(b, name+"  "+cmp.Or(strings.Join(lines, "\n"+strings.Repeat(" ", margin)), ""))
}
