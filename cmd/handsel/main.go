// Handsel is an escrow and transaction engine for marketplaces: this is its one
// binary. Run "handsel dev" to try it and "handsel --help" for the rest.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // listings have time zones, and a bare machine or container knows none

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

// version is set by the build.
var version = "dev"

type cli struct {
	Dev         devCommand         `cmd:"" help:"Run everything on this machine: engine, sandbox and sample data. Needs no settings."`
	Serve       serveCommand       `cmd:"" help:"Run the engine for production. Refuses missing or unsafe settings."`
	Sandbox     sandboxCommand     `cmd:"" help:"Run emulators alone: Trustap's, or those that --only names."`
	Demo        demoCommand        `cmd:"" help:"Play deals step by step: escrow, invoice or p2p."`
	Migrate     migrateCommand     `cmd:"" help:"Bring the database to this version's schema."`
	Communities communitiesCommand `cmd:"" help:"Name communities and set their fees."`
	Operators   operatorsCommand   `cmd:"" help:"Say who may act as a community's staff."`
	Approvals   approvalsCommand   `cmd:"" help:"Approve or reject acts above the limit."`
	Audit       auditCommand       `cmd:"" help:"List privileged acts, and check the chain that seals them."`
	Keys        keysCommand        `cmd:"" help:"Make and revoke API keys."`
	Processes   processesCommand   `cmd:"" help:"Show the processes as tables and diagrams, or check them."`
	Events      eventsCommand      `cmd:"" help:"List what backends can read and be sent, with schemas and examples."`
	Listen      listenCommand      `cmd:"" help:"Send the events of a running server to an address of this machine, signed as webhooks are."`
	Trigger     triggerCommand     `cmd:"" help:"Play at handsel dev what makes an event. Without a name: list what can be played."`
	Doctor      doctorCommand      `cmd:"" help:"Check the invariants of a database."`
	Reconcile   reconcileCommand   `cmd:"" help:"Compare a gateway's payments with the books, and adopt the payments that their deals have lost."`
	Recovery    recoveryCommand    `cmd:"" help:"Show, begin or end recovery: the mode after a restore in which nothing is sent to gateways."`
	Bench       benchCommand       `cmd:"" help:"Measure the store and whole deals on this machine."`
	Version     versionCommand     `cmd:"" help:"Print the version."`
}

// newCLI has the settings of all gateways and the addresses of all emulators.
func newCLI(gateways []gateway.Plugin) *cli {
	c := &cli{Serve: serveCommand{gatewaySettings: settingsOf(gateways)}, Reconcile: reconcileCommand{gatewaySettings: settingsOf(gateways)}}
	for _, e := range app.Emulators() {
		c.Dev.Emulators = append(c.Dev.Emulators, e.Flag())
		c.Sandbox.Emulators = append(c.Sandbox.Emulators, e.Flag())
	}
	return c
}

// environment is what commands get from the outside.
type environment struct {
	context.Context
	out, errOut io.Writer
	gateways    []gateway.Plugin // all that there are
	settings    []string         // the environment variables that some command reads
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
	return runWith(ctx, app.Gateways(), args, out, errOut)
}

func runWith(ctx context.Context, gateways []gateway.Plugin, args []string, out, errOut io.Writer) error {
	if err := readSecretFiles(secretSettings(gateways)); err != nil {
		return err
	}
	env := environment{Context: ctx, out: out, errOut: errOut, gateways: gateways}
	b := &binder{lookup: os.LookupEnv}
	root := b.bind("handsel", about, newCLI(gateways))
	env.settings = knownSettings(root, secretSettings(gateways))
	b.run = func(r runner) error { return r.Run(env) }
	root.SetOut(out)
	root.SetErr(errOut)
	root.SetArgs(append([]string{}, args...)) // nil would be the arguments of this process
	return root.ExecuteContext(ctx)
}

const about = "Escrow and transaction engine for marketplaces. Every setting is also an environment variable; secrets are also read from the file that NAME_FILE names."

func exitCode(err error, errOut io.Writer) int {
	if err == nil || errors.Is(err, context.Canceled) {
		return 0
	}
	var f *fault.Error
	if errors.As(err, &f) && f.Err == nil {
		fmt.Fprintf(errOut, "handsel: %s (%s)\n", f.Message, f.Reason)
		return 1
	}
	fmt.Fprintf(errOut, "handsel: %v\n", err)
	return 1
}

type versionCommand struct{}

func (versionCommand) Run(env environment) error {
	_, err := fmt.Fprintln(env.out, "handsel", version)
	return err
}
