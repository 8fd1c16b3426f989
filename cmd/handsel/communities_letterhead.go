package main

import (
	"fmt"

	"github.com/handsel-dev/handsel/notices"
)

type communitiesLetterhead struct {
	databaseSetting             `embed:""`
	reasonSetting               `embed:""`
	reading[notices.Letterhead] `embed:""`
	ID                          int64   `arg:"" help:"The community's id."`
	Marketplace                 *string `placeholder:"NAME" help:"Name of the marketplace in its e-mails; empty: the community's name."`
	Sender                      *string `placeholder:"ADDRESS" help:"Sender of its e-mails, with or without a name; empty: HANDSEL_MAIL_FROM."`
	ReplyTo                     *string `placeholder:"ADDRESS" help:"Where answers to its e-mails go; empty: HANDSEL_MAIL_REPLY_TO, or the sender."`
	Link                        *string `placeholder:"URL" help:"Page of a deal, with {order} for its number; empty: HANDSEL_MAIL_LINK."`
	Language                    *string `placeholder:"CODE" help:"Language of its e-mails, en, de or es; empty: HANDSEL_MAIL_LANGUAGE."`
	Operators                   *string `placeholder:"ADDRESS" help:"Where e-mails about its operators' tasks go; empty: HANDSEL_OPERATORS_EMAIL."`
}

// Run changes what is given, leaves the rest, and prints what is set.
func (c communitiesLetterhead) Run(env environment) error {
	db, err := c.open(env)
	if err != nil {
		return err
	}
	defer db.Close()
	head, name, err := db.Letterhead(env, c.ID)
	if err != nil {
		return err
	}
	changed := false
	for _, change := range []struct{ given, stored *string }{
		{c.Marketplace, &head.Marketplace}, {c.Sender, &head.Sender}, {c.ReplyTo, &head.ReplyTo}, {c.Link, &head.Link},
		{c.Language, &head.Language}, {c.Operators, &head.Operators},
	} {
		if change.given != nil {
			*change.stored, changed = *change.given, true
		}
	}
	if changed {
		by, err := c.by()
		if err != nil {
			return err
		}
		if err := db.SaveLetterhead(env, c.ID, head, by); err != nil {
			return err
		}
	}
	return c.show(env, func() error { return printLetterhead(env, name, head) }, head)
}

func printLetterhead(env environment, name string, head notices.Letterhead) error {
	for _, m := range []struct{ name, value, without string }{
		{"marketplace", head.Marketplace, "(the community's name: " + name + ")"}, {"sender", head.Sender, "(HANDSEL_MAIL_FROM)"},
		{"reply_to", head.ReplyTo, "(HANDSEL_MAIL_REPLY_TO, or the sender)"},
		{"link", head.Link, "(HANDSEL_MAIL_LINK)"}, {"language", head.Language, "(HANDSEL_MAIL_LANGUAGE)"},
		{"operators", head.Operators, "(HANDSEL_OPERATORS_EMAIL)"},
	} {
		if m.value == "" {
			m.value = m.without
		}
		fmt.Fprintf(env.out, "%-12s %s\n", m.name, m.value)
	}
	return nil
}
