package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"

	"github.com/handsel-dev/handsel/internal/app"
)

// worldSettings name a world that dev keeps.
type worldSettings struct {
	World  string `env:"HANDSEL_WORLD" placeholder:"NAME" help:"Keep everything under this name for the next start: deals, what the emulators hold, keys, tokens and ports. Default: all is forgotten at the end."`
	Worlds string `env:"HANDSEL_WORLDS" placeholder:"FOLDER" names:"files" help:"Folder in which worlds are kept; default handsel/worlds in your folder for settings, such as ~/.config/handsel/worlds."`
	Fresh  bool   `help:"Begin the named world anew; what it holds is removed."`
}

var worldName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$`)

// keptWorld is the world that dev goes on with; none without a name.
type keptWorld struct{ *app.Home }

func (c worldSettings) openWorld(database string) (keptWorld, error) {
	switch {
	case c.World == "" && c.Fresh:
		return keptWorld{}, usage(errors.New("--fresh begins a world anew; name it with --world"))
	case c.World == "":
		return keptWorld{}, nil
	case database != "":
		return keptWorld{}, usage(errors.New("a world has a database of its own; leave out HANDSEL_DATABASE_URL or --world"))
	case !worldName.MatchString(c.World):
		return keptWorld{}, usage(fmt.Errorf("%.64q cannot be the name of a world; use up to 40 letters, digits, - and _", c.World))
	}
	in := c.Worlds
	if in == "" {
		own, err := os.UserConfigDir()
		if err != nil {
			return keptWorld{}, usage(fmt.Errorf("there is no folder for worlds; set HANDSEL_WORLDS: %w", err))
		}
		in = filepath.Join(own, "handsel", "worlds")
	}
	w, err := app.OpenHome(filepath.Join(in, c.World), c.Fresh)
	if err != nil {
		return keptWorld{}, fmt.Errorf("world %s: %w", c.World, err)
	}
	return keptWorld{w}, nil
}

func (w keptWorld) close() {
	if w.Home != nil {
		_ = w.Close() // the lock ends with the program
	}
}

// addresses are those of the world: what its deals and its people know it by does not change.
func (w keptWorld) addresses(asked addresses) (addresses, error) {
	if w.Home == nil || !w.Known() {
		return asked, nil
	}
	var problems []error
	at := func(name, asked, usual string) string {
		kept := w.Addresses[name]
		if _, port, _ := net.SplitHostPort(asked); asked != "" && asked != usual && asked != kept && port != "0" {
			problems = append(problems, fmt.Errorf("%s of this world listens at %s, not at %s; leave the address out, or begin the world anew with --fresh", name, kept, asked))
		}
		return kept
	}
	asked.engine, asked.sandbox, asked.ops = at("engine", asked.engine, "127.0.0.1:8420"), at("sandbox", asked.sandbox, "127.0.0.1:8421"), at("ops", asked.ops, "")
	for gateway, address := range asked.emulators {
		asked.emulators[gateway] = at(gateway, address, "")
	}
	if len(problems) > 0 {
		return asked, usage(errors.Join(problems...))
	}
	return asked, nil
}

// addresses are where it listens.
func (p ports) addresses() map[string]string {
	all := map[string]string{"engine": p.engine.Addr().String(), "sandbox": p.sandbox.Addr().String(), "ops": p.ops.Addr().String()}
	for gateway, l := range p.emulators {
		all[gateway] = l.Addr().String()
	}
	return all
}
