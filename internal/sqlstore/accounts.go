package sqlstore

import (
	"context"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
)

// Account implements orchestrator.Accounts.
func (db *DB) Account(ctx context.Context, community int64, user, gateway string) (string, bool, error) {
	var id string
	found, err := db.one(ctx, &id, `select account_id from gateway_accounts
		where community_id = $1 and user_id = $2 and gateway = $3`, community, user, gateway)
	return id, found, err
}

// SaveAccount implements orchestrator.Accounts.
func (db *DB) SaveAccount(ctx context.Context, community int64, user, gateway, id string) (string, error) {
	if _, err := db.exec(ctx, `insert into gateway_accounts (community_id, user_id, gateway, account_id)
		values ($1, $2, $3, $4) on conflict (community_id, user_id, gateway) do nothing`, community, user, gateway, id); err != nil {
		return "", err
	}
	stored, found, err := db.Account(ctx, community, user, gateway)
	if err == nil && !found {
		return "", fmt.Errorf("the account of a user at %s was not stored", gateway)
	}
	return stored, err
}

type profile = orchestrator.Profile

var profileTable = tableOf("profiles",
	number("community_id", func(p *profile) *int64 { return &p.CommunityID }).fixed(),
	text("user_id", func(p *profile) *string { return &p.UserID }).fixed(),
	text("email", func(p *profile) *string { return &p.Email }),
	text("first_name", func(p *profile) *string { return &p.FirstName }),
	text("last_name", func(p *profile) *string { return &p.LastName }),
	text("country_code", func(p *profile) *string { return &p.CountryCode }),
	instant("terms_accepted_at", func(p *profile) *time.Time { return &p.TermsAcceptedAt }),
	text("terms_ip", func(p *profile) *string { return &p.TermsIP }),
)

// Profile implements orchestrator.Accounts.
func (db *DB) Profile(ctx context.Context, community int64, user string) (orchestrator.Profile, bool, error) {
	return findOne(ctx, db, profileTable, `where community_id = $1 and user_id = $2`, community, user)
}

// SaveProfile implements orchestrator.Accounts.
func (db *DB) SaveProfile(ctx context.Context, p orchestrator.Profile) error {
	args, err := profileTable.row(&p)
	if err != nil {
		return err
	}
	_, err = db.exec(ctx, profileTable.insertion(1)+` on conflict (community_id, user_id) do update set `+profileTable.renewals("excluded"), args...)
	return err
}
