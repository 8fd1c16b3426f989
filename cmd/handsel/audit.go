package main

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/internal/paging"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/orchestrator"
)

type auditCommand struct {
	databaseSetting    `embed:""`
	reading[auditLine] `embed:""`
	Community          int64  `placeholder:"ID" help:"The community's id; 0 is the audit log of the whole server."`
	Since              moment `placeholder:"TIME" help:"Only acts at or after this time: a day (UTC) or an RFC 3339 time."`
	Actor              string `placeholder:"NAME" help:"Only acts of this person, such as operator:olga or command:root."`
	Act                string `placeholder:"NAME" help:"Only these acts, such as transaction.refund."`
	Limit              int    `default:"100" help:"How many of the newest acts to show."`
}

// auditLine is a line of the audit log.
type auditLine struct {
	ID        int64             `json:"id"`
	At        time.Time         `json:"at"`
	Actor     string            `json:"actor"`
	Act       string            `json:"act"`
	Object    string            `json:"object"`
	Reason    string            `json:"reason"`
	RequestID string            `json:"request_id"`
	Data      map[string]string `json:"data"`
}

// Run prints the newest lines, newest first, and fails when the chain that seals them
// is broken.
func (c auditCommand) Run(env environment) error {
	if c.Limit < 1 {
		return usage(errors.New("--limit must be 1 or more"))
	}
	db, err := c.open(env)
	if err != nil {
		return err
	}
	defer db.Close()
	if c.Community != 0 {
		if known, err := hasCommunity(env, db, c.Community); err != nil || !known {
			return cmp.Or(err, unknownCommunity(c.Community))
		}
	}
	if err := c.list(env, db); err != nil {
		return err
	}
	return c.seals(env, db)
}

// list prints the acts, a page of the database at a time.
func (c auditCommand) list(env environment, db *sqlstore.DB) error {
	if !c.JSON {
		fmt.Fprintln(env.out, "time  who  act  object  reason")
	}
	const page = 100
	f := orchestrator.ActFilter{CommunityID: c.Community, Since: c.Since.Time, Actor: c.Actor, Name: c.Act}
	for left := c.Limit; left > 0; {
		f.Limit = min(left, page)
		acts, err := db.Acts(env, f)
		if err != nil {
			return err
		}
		for _, a := range acts {
			if err := c.print(env, a); err != nil {
				return err
			}
			f.Before = a.ID
		}
		if left -= len(acts); !paging.GoesOn(acts, f.Limit) {
			break
		}
	}
	return nil
}

// seals prints how far the chain reaches, and fails where it is broken.
func (c auditCommand) seals(env environment, db *sqlstore.DB) error {
	reach, broken, err := db.Seals(env)
	if err != nil {
		return err
	}
	for _, r := range reach {
		if r.CommunityID == c.Community {
			fmt.Fprintf(env.errOut, "sealed: %d rows in %d seals up to %s, head %x\n", r.Rows, r.Seals, r.At.Format(time.RFC3339), r.Head)
		}
	}
	for _, v := range broken {
		fmt.Fprintf(env.errOut, "%-5s transaction %d: %s\n", v.Invariant, v.TransactionID, v.Message)
	}
	if len(broken) > 0 {
		return found(fmt.Errorf("the chain is broken in %d places; do not move money until the cause is known", len(broken)))
	}
	return nil
}

func (c auditCommand) print(env environment, a orchestrator.Act) error {
	return c.show(env, func() error {
		_, err := fmt.Fprintf(env.out, "%s  %s  %s  %s  %s\n", utc(a.At), a.Actor, a.Name, a.Object, oneLine(a.Reason))
		return err
	}, auditLine{a.ID, a.At.UTC(), a.Actor, a.Name, a.Object, a.Reason, a.RequestID, a.Data})
}
