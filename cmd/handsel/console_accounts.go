package main

import (
	"cmp"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/console"
)

type consoleInvite struct {
	databaseSetting `embed:""`
	reasonSetting   `embed:""`
	Name            string `arg:"" help:"The operator's name; where the community has a list of operators, it must be on it."`
	Community       int64  `required:"" placeholder:"ID" help:"The community's id."`
	Role            string `default:"viewer" enum:"viewer,support,finance,admin" help:"viewer reads; support takes tasks on and steps that move no money; finance moves money and decides what others asked for; admin does everything."`
	PublicURL       string `env:"HANDSEL_PUBLIC_URL" placeholder:"URL" required:"" help:"Origin at which people reach the server, such as https://pay.example.com."`
}

// Run prints the invitation alone, so that it can be piped.
func (c consoleInvite) Run(env environment) error {
	s := console.SignIn{Community: c.Community, Name: c.Name, Role: console.Role(c.Role)}
	return invite(env, c.databaseSetting, c.reasonSetting, c.PublicURL, s, false)
}

func invite(env environment, d databaseSetting, r reasonSetting, origin string, s console.SignIn, again bool) error {
	var link string
	var until time.Time
	listed := s.Name
	if again { // who is off the list is locked out by a reset, too
		listed = ""
	}
	err := linking(env, d, s.Community, listed, r, origin, func(d *console.Door, by orchestrator.By) (err error) {
		link, until, err = d.Invite(env, s, again, by)
		return err
	})
	if err != nil {
		return err
	}
	env.say("this invitation works once, until %s; %s signs in as %s@%d then", until.Format(time.RFC3339), s.Name, s.Name, s.Community)
	_, err = fmt.Fprintln(env.out, link)
	return err
}

type consoleAccounts struct {
	List    consoleAccountsList    `cmd:"" help:"List a community's accounts." example:"handsel console accounts list --community 7"`
	Disable consoleAccountsDisable `cmd:"" help:"Let an account sign in no more, and end its sessions." example:"handsel console accounts disable olga --community 7 --reason 'has left the team'"`
	Reset   consoleAccountsReset   `cmd:"" help:"Let an account sign in no more, and make an invitation by which its owner sets a new password and new codes." example:"handsel console accounts reset olga --community 7 --public-url https://pay.example.com --reason 'a lost telephone'"`
}

type consoleAccountsList struct {
	databaseSetting      `embed:""`
	reading[accountLine] `embed:""`
	Community            int64 `required:"" placeholder:"ID" help:"The community's id."`
}

// accountLine is an account by which somebody signs in to the console.
type accountLine struct {
	Name       string    `json:"name"`
	Role       string    `json:"role"`
	CreatedAt  time.Time `json:"created_at"`
	DisabledAt time.Time `json:"disabled_at,omitzero" help:"Absent: it may sign in."`
}

func (l accountLine) row() string {
	disabled := ""
	if !l.DisabledAt.IsZero() {
		disabled = utc(l.DisabledAt)
	}
	return fmt.Sprintf("%s\t%s\t%s\t%s", l.Name, l.Role, utc(l.CreatedAt), cmp.Or(disabled, "-"))
}

// Run prints one line for each account.
func (c consoleAccountsList) Run(env environment) error {
	db, err := c.openFor(env, c.Community)
	if err != nil {
		return err
	}
	defer db.Close()
	all, err := db.ListLocalAccounts(env, c.Community)
	if err != nil {
		return err
	}
	lines := make([]accountLine, len(all))
	for i, a := range all {
		lines[i] = accountLine{a.Name, a.Role, a.CreatedAt.UTC(), a.DisabledAt.UTC()}
	}
	return c.list(env, "NAME\tROLE\tMADE\tDISABLED", accountLine.row, lines)
}

type consoleAccountsDisable struct {
	databaseSetting `embed:""`
	reasonSetting   `embed:""`
	Name            string `arg:"" help:"The operator's name."`
	Community       int64  `required:"" placeholder:"ID" help:"The community's id."`
}

// Run ends what the account may do at once.
func (c consoleAccountsDisable) Run(env environment) error {
	by, err := c.by()
	if err != nil {
		return err
	}
	db, err := c.openFor(env, c.Community)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := doorOf(db, "").Disable(env, c.Community, c.Name, by); err != nil {
		return err
	}
	env.say("%s signs in no more, and is signed out", c.Name)
	return nil
}

type consoleAccountsReset struct {
	databaseSetting `embed:""`
	reasonSetting   `embed:""`
	Name            string `arg:"" help:"The operator's name."`
	Community       int64  `required:"" placeholder:"ID" help:"The community's id."`
	PublicURL       string `env:"HANDSEL_PUBLIC_URL" placeholder:"URL" required:"" help:"Origin at which people reach the server, such as https://pay.example.com."`
}

// Run prints the invitation alone, so that it can be piped. The role stays.
func (c consoleAccountsReset) Run(env environment) error {
	s := console.SignIn{Community: c.Community, Name: c.Name, Role: console.Viewer}
	return invite(env, c.databaseSetting, c.reasonSetting, c.PublicURL, s, true)
}
