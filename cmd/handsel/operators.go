package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/handsel-dev/handsel/internal/sqlstore"
)

type operatorsCommand struct {
	List   operatorsList   `cmd:"" default:"withargs" help:"List who may act as a community's staff." example:"handsel operators list --community 7"`
	Add    operatorsAdd    `cmd:"" help:"Add an operator. Once a community has a list, only listed names may act as its staff." example:"handsel operators add olga --community 7 --reason 'new in the team'"`
	Remove operatorsRemove `cmd:"" help:"Remove an operator." example:"handsel operators remove olga --community 7 --reason 'has left the team'"`
}

type operatorsList struct {
	databaseSetting       `embed:""`
	reading[operatorLine] `embed:""`
	Community             int64 `required:"" placeholder:"ID" help:"The community's id."`
}

// operatorLine is somebody who may act as a community's staff.
type operatorLine struct {
	Name string `json:"name"`
}

// Run prints one name a line.
func (c operatorsList) Run(env environment) error {
	db, names, err := openOperators(env, c.databaseSetting, c.Community)
	if err != nil {
		return err
	}
	defer db.Close()
	lines := make([]operatorLine, len(names))
	for i, name := range names {
		lines[i].Name = name
	}
	return c.show(env, func() error { return printOperators(env, names) }, lines...)
}

func printOperators(env environment, names []string) error {
	if len(names) == 0 {
		env.say("this community has no list of operators: any well-formed name may act as staff, and nobody can be a second person")
		return nil
	}
	_, err := fmt.Fprintln(env.out, strings.Join(names, "\n"))
	return err
}

// openOperators opens the database and reads a community's list.
func openOperators(env environment, d databaseSetting, community int64) (*sqlstore.DB, []string, error) {
	db, err := d.openFor(env, community)
	if err != nil {
		return nil, nil, err
	}
	names, err := db.Operators(env, community)
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return db, names, nil
}

type operatorsAdd struct {
	databaseSetting `embed:""`
	Community       int64  `required:"" placeholder:"ID" help:"The community's id."`
	Reason          string `required:"" placeholder:"TEXT" help:"The reason; the audit log keeps it."`
	Name            string `arg:"" help:"Name of the operator, as in the header Handsel-Operator; for operators of the exchange the user id of their token."`
}

// Run adds a name.
func (c operatorsAdd) Run(env environment) error {
	db, names, err := openOperators(env, c.databaseSetting, c.Community)
	if err != nil {
		return err
	}
	defer db.Close()
	if slices.Contains(names, c.Name) {
		return fmt.Errorf("%s is on the list already", c.Name)
	}
	return saveOperators(env, db, c.Community, append(names, c.Name), c.Reason)
}

type operatorsRemove struct {
	databaseSetting `embed:""`
	Community       int64  `required:"" placeholder:"ID" help:"The community's id."`
	Reason          string `required:"" placeholder:"TEXT" help:"The reason; the audit log keeps it."`
	Name            string `arg:"" help:"Name of the operator to remove."`
}

// Run removes a name.
func (c operatorsRemove) Run(env environment) error {
	db, names, err := openOperators(env, c.databaseSetting, c.Community)
	if err != nil {
		return err
	}
	defer db.Close()
	left := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == c.Name })
	if len(left) == len(names) {
		return fmt.Errorf("%s is not on the list; handsel operators list shows it", c.Name)
	}
	return saveOperators(env, db, c.Community, left, c.Reason)
}

func saveOperators(env environment, db *sqlstore.DB, community int64, names []string, reason string) error {
	by, err := because(reason)
	if err != nil {
		return err
	}
	if err := db.SaveOperators(env, community, names, by); err != nil {
		return err
	}
	if names, err = db.Operators(env, community); err != nil {
		return err
	}
	return printOperators(env, names)
}
