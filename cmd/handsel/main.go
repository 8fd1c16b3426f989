// Handsel is an escrow and transaction engine for marketplaces: this is its one
// binary. Run "handsel dev" to try it and "handsel --help" for the rest.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // listings have time zones, and a bare machine or container knows none

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

type cli struct {
	Dev         devCommand         `cmd:"" help:"Run everything on this machine: engine, sandbox and sample data. Needs no settings." example:"handsel dev"`
	Serve       serveCommand       `cmd:"" help:"Run the engine for production. Refuses missing or unsafe settings." example:"handsel serve"`
	Sandbox     sandboxCommand     `cmd:"" help:"Run emulators alone."`
	Chaos       chaosCommand       `cmd:"" help:"Say what fails at the emulators of handsel dev: calls and webhooks."`
	Clock       clockCommand       `cmd:"" help:"Show or move the time of handsel dev or of an emulator."`
	Demo        demoCommand        `cmd:"" help:"Play deals step by step: escrow, invoice or p2p." example:"handsel demo p2p"`
	Migrate     migrateCommand     `cmd:"" help:"Bring the database to this version's schema." example:"handsel migrate"`
	Config      configCommand      `cmd:"" help:"Print or check the settings of serve."`
	Communities communitiesCommand `cmd:"" help:"Name communities and set their fees."`
	Operators   operatorsCommand   `cmd:"" help:"Say who may act as a community's staff."`
	Approvals   approvalsCommand   `cmd:"" help:"Approve or reject acts above the limit."`
	Audit       auditCommand       `cmd:"" help:"List privileged acts, and check the chain that seals them." example:"handsel audit --community 7 --since 2026-03-01 --act operators.set"`
	Console     consoleCommand     `cmd:"" help:"Sign operators in to the console."`
	Keys        keysCommand        `cmd:"" help:"Make and revoke API keys."`
	Processes   processesCommand   `cmd:"" help:"Show the processes as tables and diagrams, or check them."`
	Events      eventsCommand      `cmd:"" help:"List what backends can read and be sent, with schemas and examples."`
	Listen      listenCommand      `cmd:"" help:"Send the events of a running server to an address of this machine, signed as webhooks are." example:"handsel listen --forward-to localhost:3000/webhooks --types 'transaction.*'"`
	Explain     explainCommand     `cmd:"" help:"Say in one sentence what is going on with a deal of a running server, who has to act, and what happens automatically." example:"handsel explain txn_0123456789abcdefghijklmnop"`
	Trigger     triggerCommand     `cmd:"" help:"Play at handsel dev what makes an event. Without a name: list what can be played." example:"handsel trigger transaction.paid"`
	Scenarios   scenariosCommand   `cmd:"" help:"Play whole stories of a deal at handsel dev: chargebacks, lost webhooks, deadlines, disputes."`
	Why         whyCommand         `cmd:"" help:"Show what a request did: steps of deals, operations at gateways, acts of the audit log." example:"handsel why 6f2a3f0e-5c1d-4b7e-9a53-0d6c3f3f1a11"`
	Doctor      doctorCommand      `cmd:"" help:"Check the invariants of a database." example:"handsel doctor --json"`
	Reconcile   reconcileCommand   `cmd:"" help:"Compare a gateway's payments with the books, and adopt the payments that their deals have lost." example:"handsel reconcile --gateway balance --from 2026-03-01"`
	Recovery    recoveryCommand    `cmd:"" help:"Show, begin or end recovery: the mode after a restore in which nothing is sent to gateways."`
	Bench       benchCommand       `cmd:"" help:"Measure the store and whole deals on this machine." example:"handsel bench --time 300ms --rounds 1 --workers 64"`
	Completion  completionCommand  `cmd:"" help:"Print a script that completes commands and flags in a shell." example:"handsel completion bash"`
	Schema      schemaCommand      `cmd:"" help:"Print the JSON Schema of what a command prints with --json. Without a command: list those that have one." example:"handsel schema keys list"`
	Version     versionCommand     `cmd:"" help:"Print the version, and what it was built from." example:"handsel version --json"`
	ShowVersion bool               `name:"version" help:"Print the version."`
}

// Run is the program without a command.
func (c cli) Run(env environment) error {
	if c.ShowVersion {
		return versionCommand{}.Run(env)
	}
	env.program.help(env.out)
	return nil
}

// newCLI has the settings of all gateways and the addresses of all emulators.
func newCLI(gateways []gateway.Plugin) *cli {
	c := &cli{Serve: serveCommand{gatewaySettings: settingsOf(gateways)}, Reconcile: reconcileCommand{gatewaySettings: settingsOf(gateways)}}
	c.Config.Print.gatewaySettings, c.Config.Check.gatewaySettings = settingsOf(gateways), settingsOf(gateways)
	for _, e := range app.Emulators() {
		c.Dev.Emulators = append(c.Dev.Emulators, e.Flag())
		c.Sandbox.Start.Emulators = append(c.Sandbox.Start.Emulators, e.Flag())
	}
	return c
}

// environment is what commands get from the outside.
type environment struct {
	context.Context
	out, errOut io.Writer        // what was asked for, and what is said about it
	gateways    []gateway.Plugin // all that there are
	environ     []string         // NAME=value
	program     *command         // all commands
	command     *command         // the one that runs
	variables   variables        // environ with the files that it names
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(exitCode(err, os.Stderr))
}

// run is the program without the process around it.
func run(ctx context.Context, args []string, out, errOut io.Writer) error {
	return environment{Context: ctx, out: out, errOut: errOut, gateways: app.Gateways(), environ: os.Environ()}.run(args)
}

func (env environment) run(args []string) (err error) {
	env.out, env.errOut = screen{env.out}, screen{env.errOut}
	if env.variables, err = readVariables(env.environ, secretSettings(env.gateways)); err != nil {
		return usage(err)
	}
	b := &binder{lookup: env.variables.lookup, names: env.names()}
	env.program = b.bind("handsel", about, newCLI(env.gateways))
	b.run = func(c *command, r runner) error {
		if err := env.spelled(c, r); err != nil {
			return err
		}
		env := env
		env.command = c
		return r.Run(env)
	}
	env.program.SetOut(env.out)
	env.program.SetErr(env.errOut)
	env.program.SetArgs(append([]string{}, args...)) // nil would be the arguments of this process
	return env.program.ExecuteContext(env)
}

// names are the lists that a shell is offered, by the tag that asks for them.
func (env environment) names() map[string]func() []string {
	return map[string]func() []string{
		"processes": func() []string { return namesOf(catalog.All(), func(p *process.Process) string { return p.Name }) },
		"gateways":  func() []string { return namesOf(env.gateways, func(p gateway.Plugin) string { return p.Name }) },
		"events":    eventNames, "plays": playNames, "scenarios": scenarioNames, "emulators": emulatorNames,
	}
}

func namesOf[T any](of []T, name func(T) string) []string {
	names := make([]string, len(of))
	for i, one := range of {
		names[i] = name(one)
	}
	return names
}

// spelled refuses an environment with a misspelled setting to a command that reads settings:
// it would work with another value than the one that was meant. serve names it beside its
// other problems, and so does who checks for it.
func (env environment) spelled(c *command, r runner) error {
	switch r.(type) {
	case serveCommand, configCheck:
		return nil
	}
	misspelled, _ := env.unknown()
	if len(misspelled) == 0 || !c.reads() {
		return nil
	}
	return usage(errors.New(strings.Join(misspelled, "\n")))
}

const about = "Escrow and transaction engine for marketplaces. Every setting is also an environment variable; secrets are also read from the file that NAME_FILE names."
