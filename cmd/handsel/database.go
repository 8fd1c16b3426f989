package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/internal/secretbox"
	"github.com/handsel-dev/handsel/internal/sqlstore"
)

func (d databaseSetting) open(env environment, seal ...secretbox.Key) (*sqlstore.DB, error) {
	if err := d.require(); err != nil {
		return nil, err
	}
	return sqlstore.Open(env, d.DatabaseURL, sqlstore.Options{Patience: -1, Existing: true, SealKeys: seal}) // commands may read everything
}

// openFor opens the database for a command about one community, which must be known.
func (d databaseSetting) openFor(env environment, community int64, seal ...secretbox.Key) (*sqlstore.DB, error) {
	db, err := d.open(env, seal...)
	if err != nil {
		return nil, err
	}
	known, err := hasCommunity(env, db, community)
	if err == nil && !known {
		err = unknownCommunity(community)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

type migrateCommand struct {
	databaseSetting `embed:""`
}

// Run brings the schema up to date; opening a store does that.
func (c migrateCommand) Run(env environment) error {
	if err := c.require(); err != nil {
		return err
	}
	db, err := sqlstore.Open(env, c.DatabaseURL, sqlstore.Options{Patience: -1})
	if err != nil {
		return err
	}
	defer db.Close()
	env.say("the database has this version's schema")
	return nil
}

type keysCommand struct {
	Generate keysGenerate `cmd:"" help:"Print a new key without storing it, for HANDSEL_BOOTSTRAP_API_KEY." example:"handsel keys generate --mode test"`
	Add      keysAdd      `cmd:"" help:"Make a key for a community, store its hash and print it once." example:"handsel keys add --community 7 --name shop --expires 90d --reason 'the first key'"`
	List     keysList     `cmd:"" help:"List the keys, without their secrets." example:"handsel keys list --community 7"`
	Revoke   keysRevoke   `cmd:"" help:"Revoke a key by its id." example:"handsel keys revoke 0123456789abcdef --reason 'it was in a log'"`
}

type keysGenerate struct {
	Mode apikey.Mode `enum:"test,live" default:"live" help:"test or live."`
}

// Run prints a key.
func (c keysGenerate) Run(env environment) error {
	_, text := apikey.Generate(0, "", c.Mode, nil, time.Now())
	_, err := fmt.Fprintln(env.out, text)
	return err
}

type keysAdd struct {
	databaseSetting `embed:""`
	reasonSetting   `embed:""`
	Community       int64       `required:"" help:"Community that the key belongs to."`
	Name            string      `required:"" help:"What the key is for."`
	Mode            apikey.Mode `enum:"test,live" default:"live" help:"test or live."`
	Scopes          string      `default:"read,write" help:"Any of read, write, operator; or publishable alone, for a key that stands in web pages."`
	Expires         string      `placeholder:"WHEN" help:"When the key expires: after 90d or 12h, or at the end of the day 2027-01-31 (UTC). Default: never."`
}

// Run makes and stores a key.
func (c keysAdd) Run(env environment) error {
	scopes, err := c.scopes()
	if err != nil {
		return err
	}
	by, err := c.by()
	if err != nil {
		return err
	}
	now := time.Now()
	expires, err := expiry(c.Expires, now)
	if err != nil {
		return err
	}
	db, err := c.openFor(env, c.Community)
	if err != nil {
		return err
	}
	defer db.Close()
	key, text := apikey.Generate(c.Community, c.Name, c.Mode, scopes, now)
	key.ExpiresAt = expires
	if err := db.AddKey(env, key, by); err != nil {
		return err
	}
	fmt.Fprintln(env.out, text)
	env.say("This is the only time that the key is shown. Its id is %s.", key.ID)
	return nil
}

func (c keysAdd) scopes() ([]apikey.Scope, error) {
	if c.Scopes == string(apikey.Publish) {
		return []apikey.Scope{apikey.Publish}, nil
	}
	var scopes []apikey.Scope
	for s := range strings.SplitSeq(c.Scopes, ",") {
		switch scope := apikey.Scope(s); scope {
		case apikey.Read, apikey.Write, apikey.Operate:
			scopes = append(scopes, scope)
		case apikey.Publish:
			return nil, errors.New("a publishable key has no other scope: it stands in web pages")
		default:
			return nil, fmt.Errorf("scope %q is not read, write, operator or publishable", s)
		}
	}
	return scopes, nil
}

type keysRevoke struct {
	databaseSetting `embed:""`
	reasonSetting   `embed:""`
	ID              string `arg:"" help:"The key's id: the 16 digits in its middle."`
}

// Run revokes a key; it stops working at once on every replica.
func (c keysRevoke) Run(env environment) error {
	by, err := c.by()
	if err != nil {
		return err
	}
	db, err := c.open(env)
	if err != nil {
		return err
	}
	defer db.Close()
	_, found, err := db.FindKey(env, c.ID)
	if err != nil {
		return err
	}
	if !found {
		return errors.New("there is no key with this id; handsel keys list shows them")
	}
	if err := db.RevokeKey(env, c.ID, time.Now(), by); err != nil {
		return err
	}
	env.say("key %s is revoked", c.ID)
	return nil
}
