package main

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// A command is a struct. Its fields are flags, and tags say the rest:
//
//	cmd         the field is a command below this one
//	example     command lines, of a command; tests run them
//	embed       the fields of the field, a struct or plugins, stand beside this struct's own;
//	            those of an embedded struct do so without the tag
//	arg         an argument by its position; it is required unless it is optional, and a list
//	            at the end takes all that are left
//	name        how the flag is called; without it the field's name with dashes
//	env         the environment variable that is read where the flag is not given
//	default     the value where neither is given; of a command, "withargs": it is run when
//	            none of its neighbours is named
//	enum        the values that there are, separated by commas
//	names       what a shell is offered as values: files, or one of the lists of names
//	required    the flag has to be given
//	placeholder what stands for the value in help, help what it means, short a letter
//	hidden      help does not show it, nor what is below it
//
// Only fields are read by reflection: a method that is looked up by a name which the linker
// does not know would keep every method of every type in the binary.

// runner is a command that does something; the others only hold commands.
type runner interface {
	Run(environment) error
}

// plugins are structs whose fields become flags of a command: pointers, each to one struct.
type plugins []any

// binder makes commands for cobra out of structs.
type binder struct {
	lookup   func(variable string) (string, bool)
	run      func(*command, runner) error // carries out what the command line asks for
	names    map[string]func() []string   // lists that a shell is offered, by the tag names
	commands map[*cobra.Command]*command
}

// command is a bound struct. Flags, arguments and commands stand in the order of its fields.
type command struct {
	*cobra.Command
	target      reflect.Value
	flags, args []*field
	below       []*command
	usual       *command // of those below it: what is run when none is named
}

// bind binds a pointer to the struct of the whole program.
func (b *binder) bind(name, help string, program any) *command {
	b.commands = map[*cobra.Command]*command{}
	root := b.command(name, help, reflect.ValueOf(program).Elem())
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { b.commands[c].help(c.OutOrStdout()) })
	root.SetHelpCommand(b.helpCommand(root))
	return root
}

// helpCommand is "handsel help keys list".
func (b *binder) helpCommand(root *command) *cobra.Command {
	c := &cobra.Command{Use: "help", Short: "Show the help of a command.", RunE: func(_ *cobra.Command, args []string) error {
		found, rest, err := root.Find(args)
		if err != nil || len(rest) == 0 {
			return cmp.Or(err, found.Help())
		}
		return b.commands[found].unexpected(rest[0])
	}}
	b.commands[c] = &command{Command: c}
	return c
}

func (b *binder) command(name, help string, target reflect.Value) *command {
	c := &command{target: target, Command: &cobra.Command{
		Use: name, Short: help, SilenceErrors: true, SilenceUsage: true, Args: b.checkArgs, RunE: b.execute, ValidArgsFunction: b.completeArg,
	}}
	b.commands[c.Command] = c
	c.Flags().SortFlags = false
	c.Flags().BoolP("help", "h", false, "Show this help.")
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return c.misused(c.flagError(err)) })
	b.fields(c, target)
	return c
}

// fields binds the fields of a struct to a command.
func (b *binder) fields(c *command, of reflect.Value) {
	for i := range of.NumField() {
		f, tag := of.Type().Field(i), of.Type().Field(i).Tag
		switch {
		case has(tag, "cmd"):
			b.below(c, f, of.Field(i))
		case f.Anonymous || has(tag, "embed"):
			b.embedded(c, of.Field(i))
		case !f.IsExported():
		case has(tag, "arg"):
			c.args = append(c.args, b.field(f, of.Field(i)))
		default:
			c.addFlag(b.field(f, of.Field(i)))
		}
	}
}

func (b *binder) below(c *command, f reflect.StructField, target reflect.Value) {
	sub := b.command(nameOf(f), f.Tag.Get("help"), target)
	sub.Example, sub.Hidden = f.Tag.Get("example"), has(f.Tag, "hidden")
	c.below = append(c.below, sub)
	c.AddCommand(sub.Command)
	if f.Tag.Get("default") == "withargs" {
		c.usual = sub
		c.Flags().AddFlagSet(sub.Flags())
	}
}

func (b *binder) embedded(c *command, of reflect.Value) {
	if of.Kind() != reflect.Slice {
		b.fields(c, of)
		return
	}
	for i := range of.Len() {
		b.fields(c, of.Index(i).Elem().Elem())
	}
}

func (c *command) addFlag(f *field) {
	c.flags = append(c.flags, f)
	flag := c.Flags().VarPF(f, f.name, f.short, f.help)
	flag.Hidden = f.hidden
	if f.value.Kind() == reflect.Bool {
		flag.NoOptDefVal = "true"
	}
	_ = c.RegisterFlagCompletionFunc(f.name, f.complete)
}

// all are the command and those below it that are shown.
func (c *command) all() iter.Seq[*command] {
	return func(yield func(*command) bool) { c.each(yield) }
}

func (c *command) each(yield func(*command) bool) bool {
	if !yield(c) {
		return false
	}
	for _, sub := range c.below {
		if !sub.Hidden && !sub.each(yield) {
			return false
		}
	}
	return true
}

// reads tells whether the command has settings, which are read from variables.
func (c *command) reads() bool {
	return slices.ContainsFunc(c.flags, func(f *field) bool { return f.env != "" })
}

// acting is the command that is run where this one is named.
func (c *command) acting() *command {
	if c.usual != nil {
		return c.usual
	}
	return c
}

// checkArgs refuses what no argument is there for.
func (b *binder) checkArgs(cmd *cobra.Command, args []string) error {
	c := b.commands[cmd]
	expected := c.acting().args
	if most := len(expected); len(args) > most && (most == 0 || !expected[most-1].many()) {
		return c.unexpected(args[most])
	}
	return nil
}

// completeArg offers a shell the values of the next argument, where there is a list of them.
func (b *binder) completeArg(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	expected := b.commands[cmd].acting().args
	if len(args) >= len(expected) {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return expected[len(args)].complete(cmd, args, begun)
}

// unexpected refuses an argument, which may be the misspelled name of a command.
func (c *command) unexpected(arg string) error {
	names := make([]string, len(c.below))
	for i, sub := range c.below {
		names[i] = sub.Name()
	}
	return c.misused(fmt.Errorf("unexpected argument %s%s", arg, didYouMean(arg, names)))
}

// execute fills the fields in and runs the command; one that does nothing shows its help.
func (b *binder) execute(cmd *cobra.Command, args []string) error {
	c := b.commands[cmd]
	acting := c.acting()
	for i, text := range args {
		arg := acting.args[min(i, len(acting.args)-1)]
		if err := arg.Set(text); err != nil {
			return c.misused(fmt.Errorf("<%s>: %w", arg.name, err))
		}
	}
	if err := b.finish(acting); err != nil {
		return c.misused(err)
	}
	r, ok := acting.target.Interface().(runner)
	if !ok {
		return cmd.Help()
	}
	return b.run(acting, r)
}

// finish gives what the command line has not set the value of its variable, or its default.
func (b *binder) finish(c *command) error {
	var missing []string
	for _, f := range slices.Concat(c.args, c.flags) {
		err := f.finish(b.lookup)
		if errors.Is(err, errMissing) {
			missing = append(missing, f.usage())
		} else if err != nil {
			return err
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("missing: %s", strings.Join(missing, ", "))
	}
	return nil
}

// flagError says what is wrong with a flag in the words of this program.
func (c *command) flagError(err error) error {
	if e, ok := errors.AsType[*pflag.NotExistError](err); ok && e.GetSpecifiedShortnames() == "" {
		var known []string
		c.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, "--"+f.Name) })
		name := "--" + e.GetSpecifiedName()
		return fmt.Errorf("unknown flag %s%s", name, didYouMean(name, known))
	}
	if e, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return fmt.Errorf("--%s: %w", e.GetFlag().Name, e.Unwrap())
	}
	if e, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return fmt.Errorf("--%s needs a value", e.GetSpecifiedName())
	}
	return err
}

// misused says where the help is for what was not understood.
func (c *command) misused(err error) error {
	return usage(fmt.Errorf("%w; see %s --help", err, c.CommandPath()))
}

// didYouMean names what was probably meant by a name that is not known.
func didYouMean(name string, known []string) string {
	if meant, ok := nearest(name, known); ok {
		return " (did you mean " + meant + "?)"
	}
	return ""
}
