package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/orchestrator"
)

type devCommand struct {
	databaseSetting `embed:""`
	Addr            string `env:"HANDSEL_ADDR" default:"127.0.0.1:8420" help:"Address of the engine."`
	SandboxAddr     string `env:"HANDSEL_SANDBOX_ADDR" default:"127.0.0.1:8421" help:"Address of the sandbox."`
	OpsAddr         string `env:"HANDSEL_OPS_ADDR" placeholder:"ADDRESS" help:"Address of the metrics; 127.0.0.1:8429, or any free port where that is taken."`
	StripeAddr      string `env:"HANDSEL_STRIPE_SANDBOX_ADDR" placeholder:"ADDRESS" help:"Address of the Stripe emulator; 127.0.0.1:8422, or any free port where that is taken."`
	EnvFile         string `placeholder:"PATH" help:"Also write URLs, keys and tokens as NAME=value lines for scripts."`
	RateLimits      string `env:"HANDSEL_RATE_LIMITS" default:"off" enum:"on,off" help:"Limit requests per key: on or off."`
	logQuietly      `embed:""`
}

// logQuietly is logSettings with a level that leaves the terminal to the banner.
type logQuietly struct {
	LogLevel  string `env:"HANDSEL_LOG_LEVEL" default:"warn" enum:"debug,info,warn,error" help:"debug, info, warn or error."`
	LogFormat string `env:"HANDSEL_LOG_FORMAT" default:"text" enum:"text,json" help:"text or json."`
}

// Run serves a world until it is told to stop. Without a database it uses a new
// file that is removed at the end, because the sandbox beside it forgets as well.
func (c devCommand) Run(env environment) error {
	log, err := quietLogger(env, c.logQuietly)
	if err != nil {
		return err
	}
	database, cleanUp, err := c.database()
	if err != nil {
		return err
	}
	defer cleanUp()
	if err := checkFresh(env, database); err != nil {
		return err
	}
	d, err := startWorld(env, app.WorldConfig{DatabaseURL: database, Follow: true, Seed: 1, Log: log, RateLimits: c.RateLimits == "on"}, c.Addr, c.SandboxAddr, c.StripeAddr, c.OpsAddr)
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
	select {
	case <-env.Done():
		return d.stop()
	case err := <-d.failed:
		return errors.Join(err, d.stop())
	}
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

// devServer is a world with its two listeners and its ticks.
type devServer struct {
	*app.World
	cancel context.CancelFunc
	opsURL string
	work   sync.WaitGroup
	failed chan error
}

// startWorld opens the ports first, so that the world knows its own addresses.
func startWorld(env environment, c app.WorldConfig, addr, sandboxAddr, stripeAddr, opsAddr string) (*devServer, error) {
	engine, err := listen(env, addr, "HANDSEL_ADDR")
	if err != nil {
		return nil, err
	}
	emulator, err := listen(env, sandboxAddr, "HANDSEL_SANDBOX_ADDR")
	if err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	till, err := listenStripe(env, stripeAddr)
	if err != nil {
		return nil, errors.Join(err, engine.Close(), emulator.Close())
	}
	ops, err := listenUsual(env, opsAddr, "127.0.0.1:8429", "HANDSEL_OPS_ADDR")
	if err != nil {
		return nil, errors.Join(err, engine.Close(), emulator.Close(), till.Close())
	}
	c.URL, c.SandboxURL, c.StripeURL = "http://"+engine.Addr().String(), "http://"+emulator.Addr().String(), "http://"+till.Addr().String()
	ctx, cancel := context.WithCancel(env)
	world, err := app.OpenWorld(ctx, c)
	if err != nil {
		cancel()
		return nil, errors.Join(err, engine.Close(), emulator.Close(), till.Close(), ops.Close())
	}
	d := &devServer{World: world, cancel: cancel, failed: make(chan error, 4), opsURL: "http://" + ops.Addr().String()}
	d.work.Go(func() {
		if err := serveHTTP(ctx, ops, d.Server.Ops()); err != nil {
			d.failed <- err
		}
	})
	d.serve(ctx, engine, emulator, till)
	return d, nil
}

// listenStripe opens the port of the Stripe emulator.
func listenStripe(env environment, addr string) (net.Listener, error) {
	return listenUsual(env, addr, "127.0.0.1:8422", "HANDSEL_STRIPE_SANDBOX_ADDR")
}

func (d *devServer) serve(ctx context.Context, engine, emulator, till net.Listener) {
	d.work.Go(func() {
		if err := serveApp(ctx, engine, d.App, 0); err != nil {
			d.failed <- err
		}
	})
	d.work.Go(func() {
		if err := serveHTTP(ctx, emulator, d.Prompt(d.Sandbox)); err != nil {
			d.failed <- err
		}
	})
	d.work.Go(func() {
		if err := serveHTTP(ctx, till, d.Prompt(d.Stripe)); err != nil {
			d.failed <- err
		}
	})
	d.work.Go(func() { d.Due.Run(ctx) })
	d.work.Go(func() { d.Emulators.Run(ctx) })
}

func (d *devServer) stop() error {
	d.cancel()
	d.work.Wait()
	return d.Close()
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

// values is what a script needs to use this world.
func (d *devServer) values() ([]setting, error) {
	values := []setting{
		{"HANDSEL_URL", d.Config.URL}, {"HANDSEL_API_KEY", d.Key}, {"HANDSEL_OTHER_API_KEY", d.OtherKey},
		{"HANDSEL_COMMUNITY_ID", fmt.Sprint(app.SampleCommunity)}, {"HANDSEL_SANDBOX_URL", d.Config.SandboxURL},
		{"HANDSEL_STRIPE_URL", d.Config.StripeURL}, {"HANDSEL_OPS_URL", d.opsURL}, {"HANDSEL_JWT_SECRET", d.Config.TokenSecret},
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
	return values, nil
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

func (d *devServer) banner(env environment, values []setting) {
	fmt.Fprintf(env.out, `Handsel runs at %s (Trustap sandbox: %s, Stripe emulator: %s). Stop it with Ctrl-C.
`, d.Config.URL, d.Config.SandboxURL, d.Config.StripeURL)
	for _, v := range values[1:] {
		if v.value != "" && v.name != "HANDSEL_OPS_URL" && v.name != "HANDSEL_SANDBOX_URL" && v.name != "HANDSEL_STRIPE_URL" {
			fmt.Fprintf(env.out, "%s=%s\n", v.name, v.value)
		}
	}
	fmt.Fprintf(env.out, `Open a deal:
curl -s %s/v1/transactions -H 'Authorization: Bearer %s' -H 'Idempotency-Key: first' -H 'Content-Type: application/json' -d '{"process":"escrow_online","gateway":"trustap","starter_id":"bea","author_id":"sam","listing":{"title":"Old city bike"},"unit_price":{"amount":5000,"currency":"EUR"}}'
`, d.Config.URL, d.Key)
}
