package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/console"
)

type devCommand struct {
	databaseSetting `embed:""`
	worldSettings   `embed:""`
	Addr            string          `env:"HANDSEL_ADDR" default:"127.0.0.1:8420" help:"Address of the engine."`
	SandboxAddr     string          `env:"HANDSEL_SANDBOX_ADDR" default:"127.0.0.1:8421" help:"Address of the sandbox."`
	OpsAddr         string          `env:"HANDSEL_OPS_ADDR" placeholder:"ADDRESS" help:"Address of the metrics; 127.0.0.1:8429, or any free port where that is taken."`
	Emulators       plugins         `embed:""` // the addresses of app.Emulators, in their order
	Samples         string          `env:"HANDSEL_SAMPLES" enum:"on,off" placeholder:"on" help:"Begin with listings, ads, orders and deals in several states: on or off. Default: on, and off with --env-file, for scripts that count what is there."`
	EnvFile         string          `placeholder:"PATH" names:"files" help:"Also write URLs, keys and tokens as NAME=value lines for scripts."`
	RateLimits      string          `env:"HANDSEL_RATE_LIMITS" default:"off" enum:"on,off" help:"Limit requests per key: on or off."`
	WSOrigins       []string        `name:"ws-origins" env:"HANDSEL_WS_ORIGINS" placeholder:"ORIGIN" help:"Origins of pages whose scripts may call and open the websocket, separated by commas; those of this machine may in any case."`
	Console         consoleSettings `embed:""`
	logQuietly      `embed:""`
}

// logQuietly is logSettings with a level that leaves the terminal to the banner.
type logQuietly struct {
	LogLevel  string `env:"HANDSEL_LOG_LEVEL" default:"warn" enum:"debug,info,warn,error" help:"debug, info, warn or error."`
	LogFormat string `env:"HANDSEL_LOG_FORMAT" default:"text" enum:"text,json" help:"text or json."`
}

// Run serves a testbed until it is told to stop. Without a world or a database it uses a new
// file that is removed at the end, because the sandbox beside it forgets as well.
func (c devCommand) Run(env environment) error {
	log, err := quietLogger(env, c.logQuietly)
	if err != nil {
		return err
	}
	world, err := c.openWorld(c.DatabaseURL)
	if err != nil {
		return err
	}
	defer world.close()
	config, cleanUp, err := c.config(env, world, log)
	if err != nil {
		return err
	}
	defer cleanUp()
	addresses, err := world.addresses(c.addresses())
	if err != nil {
		return err
	}
	d, err := startTestbed(env, config, addresses)
	if err != nil {
		return err
	}
	values, err := d.values()
	if err != nil {
		return errors.Join(err, d.stop())
	}
	if c.EnvFile != "" {
		if err := writeEnvFile(c.EnvFile, values); err != nil {
			return errors.Join(err, d.stop())
		}
	}
	d.banner(env, values)
	if c.Samples == "on" || c.Samples == "" && c.EnvFile == "" {
		d.work.Go(func() { d.fill(env, log) })
	}
	select {
	case <-env.Done():
		return d.stop()
	case err := <-d.failed:
		return errors.Join(err, d.stop())
	}
}

// config is what the testbed is made of. cleanUp removes what is not kept.
func (c devCommand) config(env environment, world keptWorld, log *slog.Logger) (config app.TestbedConfig, cleanUp func(), err error) {
	if problems := c.Console.check(c.Addr); len(problems) > 0 {
		return config, nil, refused(problems)
	}
	config = app.TestbedConfig{World: world.Home, Follow: true, Seed: 1, Send: sendPlay, Log: log, RateLimits: c.RateLimits == "on", Origins: c.WSOrigins}
	if config.SSO, config.Grants, err = c.Console.config(); err != nil || world.Home != nil {
		return config, func() {}, err
	}
	if config.DatabaseURL, cleanUp, err = c.database(); err != nil {
		return config, nil, err
	}
	if err := checkFresh(env, config.DatabaseURL); err != nil {
		cleanUp()
		return config, nil, err
	}
	return config, cleanUp, nil
}

// addresses are where a testbed listens.
type addresses struct {
	engine, sandbox, ops string
	emulators            map[string]string // by gateway
}

func (c devCommand) addresses() addresses {
	a := addresses{engine: c.Addr, sandbox: c.SandboxAddr, ops: c.OpsAddr, emulators: map[string]string{}}
	for i, e := range app.Emulators() {
		a.emulators[e.Gateway] = c.Emulators[i].(app.Address).Address()
	}
	return a
}

// anywhere are free ports.
func anywhere() addresses {
	const free = "127.0.0.1:0"
	a := addresses{engine: free, sandbox: free, ops: free, emulators: map[string]string{}}
	for _, e := range app.Emulators() {
		a.emulators[e.Gateway] = free
	}
	return a
}

func (c devCommand) database() (url string, cleanUp func(), err error) {
	if c.DatabaseURL != "" {
		return c.DatabaseURL, func() {}, nil
	}
	dir, err := os.MkdirTemp("", "handsel-dev-")
	if err != nil {
		return "", nil, err
	}
	return filepath.Join(dir, "handsel.db"), func() { _ = os.RemoveAll(dir) }, nil
}

// devServer is a testbed with its listeners and its ticks.
type devServer struct {
	*app.Testbed
	cancel context.CancelFunc
	opsURL string
	work   sync.WaitGroup
	failed chan error
}

// ports are the listeners of a testbed.
type ports struct {
	engine, sandbox, ops net.Listener
	emulators            map[string]net.Listener // by gateway
	open                 []net.Listener          // all of them
}

// openPorts opens all ports or none.
func openPorts(ctx context.Context, a addresses) (p ports, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	opened := func(l net.Listener, err error) (net.Listener, error) {
		if err == nil {
			p.open = append(p.open, l)
		}
		return l, err
	}
	if p.engine, err = opened(listen(ctx, a.engine, "HANDSEL_ADDR")); err != nil {
		return p, err
	}
	if p.sandbox, err = opened(listen(ctx, a.sandbox, "HANDSEL_SANDBOX_ADDR")); err != nil {
		return p, err
	}
	p.emulators = map[string]net.Listener{}
	for _, e := range app.Emulators() {
		if p.emulators[e.Gateway], err = opened(listenUsual(ctx, a.emulators[e.Gateway], e.Usual, e.Setting)); err != nil {
			return p, err
		}
	}
	p.ops, err = opened(listenUsual(ctx, a.ops, "127.0.0.1:8429", "HANDSEL_OPS_ADDR"))
	return p, err
}

func (p ports) close() error {
	var errs []error
	for _, l := range p.open {
		errs = append(errs, l.Close())
	}
	return errors.Join(errs...)
}

func origin(l net.Listener) string { return "http://" + l.Addr().String() }

// startTestbed opens the ports first, so that the testbed knows its own addresses.
func startTestbed(env environment, c app.TestbedConfig, a addresses) (*devServer, error) {
	p, err := openPorts(env, a)
	if err != nil {
		return nil, err
	}
	c.URL, c.SandboxURL, c.EmulatorURLs = origin(p.engine), origin(p.sandbox), map[string]string{}
	for gateway, l := range p.emulators {
		c.EmulatorURLs[gateway] = origin(l)
	}
	if c.World != nil {
		c.World.Addresses = p.addresses()
	}
	ctx, cancel := context.WithCancel(env)
	testbed, err := app.OpenTestbed(ctx, c)
	if err != nil {
		cancel()
		return nil, errors.Join(err, p.close())
	}
	d := &devServer{Testbed: testbed, cancel: cancel, failed: make(chan error, len(p.open)), opsURL: origin(p.ops)}
	d.serve(ctx, p)
	return d, nil
}

func (d *devServer) serve(ctx context.Context, p ports) {
	d.answer(func() error { return serveHTTP(ctx, p.ops, d.Server.Ops()) })
	d.answer(func() error { return serveApp(ctx, p.engine, d.App, 0) })
	d.answer(func() error { return serveHTTP(ctx, p.sandbox, d.Kept("trustap", d.Prompt(d.Sandbox))) })
	for gateway, l := range p.emulators {
		d.answer(func() error { return serveHTTP(ctx, l, d.Kept(gateway, d.Prompt(d.Emulator(gateway)))) })
	}
	d.work.Go(func() { d.Due.Run(ctx) })
	d.work.Go(func() { d.Testbed.Emulators.Run(ctx) })
}

// answer serves one port until the end.
func (d *devServer) answer(serve func() error) {
	d.work.Go(func() {
		if err := serve(); err != nil {
			d.failed <- err
		}
	})
}

func (d *devServer) stop() error {
	d.cancel()
	d.work.Wait()
	return d.Close()
}

// fill gives a new world samples. It ends with the server.
func (d *devServer) fill(ctx context.Context, log *slog.Logger) {
	if err := d.Fill(ctx); err != nil && ctx.Err() == nil {
		log.WarnContext(ctx, "some samples are missing", "error", err)
	}
}

// checkFresh refuses a database with deals, or of somebody else: the sandbox starts
// empty, knows none of their payments and would give their ids to new ones.
func checkFresh(ctx context.Context, url string) error {
	db, err := sqlstore.Open(ctx, url, sqlstore.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	communities, err := db.Communities(ctx)
	if err != nil {
		return err
	}
	for _, c := range communities {
		deals, err := db.List(ctx, orchestrator.Filter{CommunityID: c.ID, Limit: 1})
		if err != nil {
			return err
		}
		if len(deals) > 0 || (c.ID != app.SampleCommunity && c.ID != app.OtherCommunity) {
			return errors.New("dev needs a database of its own, because its sandbox starts empty and this one holds deals or communities from before: name a new database, or none for a temporary one")
		}
	}
	return nil
}

// setting is one line of the env file.
type setting struct{ name, value string }

// values is what a script needs to use this testbed.
func (d *devServer) values() ([]setting, error) {
	values := []setting{
		{"HANDSEL_URL", d.Config.URL}, {"HANDSEL_API_KEY", d.Key}, {"HANDSEL_OTHER_API_KEY", d.OtherKey}, {"HANDSEL_PUBLISHABLE_KEY", d.PublishableKey},
		{"HANDSEL_COMMUNITY_ID", fmt.Sprint(app.SampleCommunity)}, {"HANDSEL_SANDBOX_URL", d.Config.SandboxURL},
		{"HANDSEL_OPS_URL", d.opsURL}, {"HANDSEL_JWT_SECRET", d.Config.TokenSecret},
	}
	for _, e := range app.Emulators() {
		values = append(values, setting{"HANDSEL_" + strings.ToUpper(e.Gateway) + "_URL", d.Config.EmulatorURLs[e.Gateway]})
	}
	for _, u := range []struct {
		name string
		user app.SampleUser
	}{{"TOKEN_A", app.Alice}, {"TOKEN_B", app.Bob}, {"TOKEN_OP", app.Olga}} {
		token, err := d.Token(u.user)
		if err != nil {
			return nil, fmt.Errorf("sample token: %w", err)
		}
		values = append(values, setting{u.name, token})
	}
	link, err := d.consoleLink()
	return append(values, setting{"HANDSEL_CONSOLE_URL", link}), err
}

// consoleLink signs the sample operator in to the console, once. Nobody else is at this machine: who has the link moves the sample
// money without showing again who they are.
func (d *devServer) consoleLink() (string, error) {
	who := console.SignIn{Community: app.SampleCommunity, Name: app.Olga.ID, Role: console.Admin, Trusted: true}
	link, _, err := d.Door.Link(context.Background(), who, commandBy("handsel dev has started"))
	return link, err
}

func writeEnvFile(path string, values []setting) error {
	var b strings.Builder
	for _, v := range values {
		fmt.Fprintf(&b, "%s=%s\n", v.name, v.value)
	}
	// Readers wait for the file, so it appears whole or not at all.
	// CreateTemp makes a new file for its owner alone and follows no link, and Rename
	// replaces a link instead of writing through it.
	f, err := os.CreateTemp(filepath.Dir(path), ".handsel-env-*")
	if err != nil {
		return fmt.Errorf("env file: %w", err)
	}
	_, err = f.WriteString(b.String())
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("env file: %w", err), os.Remove(f.Name()))
	}
	return nil
}

// banner prints what a person needs; addresses that are not the engine's stand in its
// first line, and the others in the env file.
func (d *devServer) banner(env environment, values []setting) {
	where := "Trustap sandbox: " + d.Config.SandboxURL
	for _, e := range app.Emulators() {
		where += fmt.Sprintf(", %s emulator: %s", e.Title, d.Config.EmulatorURLs[e.Gateway])
	}
	fmt.Fprintf(env.out, "Handsel runs at %s (%s). Stop it with Ctrl-C.", d.Config.URL, where)
	if w := d.Config.World; w != nil {
		fmt.Fprintf(env.out, " This world is kept in %s; --fresh begins it anew.", w.Folder)
	}
	fmt.Fprintln(env.out)
	fmt.Fprintf(env.out, "Console, signed in once by this link: %s\n", values[len(values)-1].value)
	for _, v := range values[1:] {
		if v.value != "" && !strings.HasSuffix(v.name, "_URL") {
			fmt.Fprintf(env.out, "%s=%s\n", v.name, v.value)
		}
	}
	fmt.Fprintf(env.out, `Open a deal (documents: %s/docs):
curl -s %s/v1/transactions -H 'Authorization: Bearer %s' -H 'Idempotency-Key: first' -H 'Content-Type: application/json' -d '{"process":"escrow_online","gateway":"trustap","starter_id":"bea","author_id":"sam","listing":{"title":"Old city bike"},"unit_price":{"amount":5000,"currency":"EUR"}}'
`, d.Config.URL, d.Config.URL, d.Key)
}
