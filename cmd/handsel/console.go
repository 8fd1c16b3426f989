package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/handsel-dev/handsel/internal/pass"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/console"

	"crypto/rand"
	"time"
)

type consoleCommand struct {
	Link     consoleLink     `cmd:"" help:"Make a link that signs an operator in to the console, once." example:"handsel console link ann --community 7 --role finance --public-url https://pay.example.com --reason 'her first day'"`
	Invite   consoleInvite   `cmd:"" help:"Make a link by which an operator makes an account, with a password and codes of an app." example:"handsel console invite bob --community 7 --role support --public-url https://pay.example.com --reason 'his first day'"`
	Accounts consoleAccounts `cmd:"" help:"The accounts by which operators sign in to the console."`
}

type consoleLink struct {
	databaseSetting `embed:""`
	reasonSetting   `embed:""`
	Name            string `arg:"" help:"The operator's name; where the community has a list of operators, it must be on it."`
	Community       int64  `required:"" placeholder:"ID" help:"The community's id."`
	Role            string `default:"viewer" enum:"viewer,support,finance,admin" help:"viewer reads; support takes tasks on and steps that move no money; finance moves money and decides what others asked for; admin does everything."`
	PublicURL       string `env:"HANDSEL_PUBLIC_URL" placeholder:"URL" required:"" help:"Origin at which people reach the server, such as https://pay.example.com."`
}

// doorOf is the console's door over a database.
func doorOf(db *sqlstore.DB, origin string) *console.Door {
	return &console.Door{Passes: pass.Book[console.SignIn]{Tickets: db.Tickets, Random: rand.Reader}, Accounts: db.LocalAccounts, Auditor: db.AuditLog, Origin: strings.TrimSuffix(origin, "/"), Now: time.Now}
}

// linking gives what makes a link the door, and who asks for it. It refuses a name that is on no list of operators; an empty one is not looked for.
func linking(env environment, d databaseSetting, community int64, name string, r reasonSetting, origin string, make func(d *console.Door, by orchestrator.By) error) error {
	if err := notices.CheckOrigin(strings.TrimSuffix(origin, "/")); err != nil {
		return usage(fmt.Errorf("--public-url %w", err))
	}
	by, err := r.by()
	if err != nil {
		return err
	}
	db, names, err := openOperators(env, d, community)
	if err != nil {
		return err
	}
	defer db.Close()
	if name != "" && len(names) > 0 && !slices.ContainsFunc(names, func(listed string) bool { return strings.EqualFold(listed, name) }) {
		return fmt.Errorf("%s is not on the list of operators of community %d, so that the console lets nobody in by that name; first: handsel operators add %[1]s --community %[2]d --reason …", name, community)
	}
	return make(doorOf(db, origin), by)
}

// Run prints the link alone, so that it can be piped.
func (c consoleLink) Run(env environment) error {
	var link string
	var until time.Time
	err := linking(env, c.databaseSetting, c.Community, c.Name, c.reasonSetting, c.PublicURL, func(d *console.Door, by orchestrator.By) (err error) {
		link, until, err = d.Link(env, console.SignIn{Community: c.Community, Name: c.Name, Role: console.Role(c.Role)}, by)
		return err
	})
	if err != nil {
		return err
	}
	env.say("this link works once, until %s; it signs %s in as %s", until.Format(time.RFC3339), c.Name, c.Role)
	_, err = fmt.Fprintln(env.out, link)
	return err
}
