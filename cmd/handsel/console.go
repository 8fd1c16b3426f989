package main

import (
	"fmt"
	"strings"

	"github.com/handsel-dev/handsel/internal/pass"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/server/console"

	"crypto/rand"
	"time"
)

type consoleCommand struct {
	Link consoleLink `cmd:"" help:"Make a link that signs an operator in to the console, once." example:"handsel console link olga --community 7 --role finance --public-url https://pay.example.com --reason 'her first day'"`
}

type consoleLink struct {
	databaseSetting `embed:""`
	reasonSetting   `embed:""`
	Name            string `arg:"" help:"The operator's name; where the community has a list of operators, it must be on it."`
	Community       int64  `required:"" placeholder:"ID" help:"The community's id."`
	Role            string `default:"viewer" enum:"viewer,support,finance,admin" help:"viewer reads; support takes tasks on and steps that move no money; finance moves money and decides what others asked for; admin does everything."`
	PublicURL       string `env:"HANDSEL_PUBLIC_URL" placeholder:"URL" required:"" help:"Origin at which people reach the server, such as https://pay.example.com."`
}

// Run prints the link alone, so that it can be piped.
func (c consoleLink) Run(env environment) error {
	origin := strings.TrimSuffix(c.PublicURL, "/")
	if err := notices.CheckOrigin(origin); err != nil {
		return usage(fmt.Errorf("--public-url %w", err))
	}
	by, err := c.by()
	if err != nil {
		return err
	}
	db, err := c.openFor(env, c.Community)
	if err != nil {
		return err
	}
	defer db.Close()
	door := console.Door{Passes: pass.Book[console.SignIn]{Tickets: db.Tickets, Random: rand.Reader}, Auditor: db.AuditLog, Origin: origin, Now: time.Now}
	link, until, err := door.Link(env, console.SignIn{Community: c.Community, Name: c.Name, Role: console.Role(c.Role)}, by)
	if err != nil {
		return err
	}
	env.say("this link works once, until %s; it signs %s in as %s", until.Format(time.RFC3339), c.Name, c.Role)
	_, err = fmt.Fprintln(env.out, link)
	return err
}
