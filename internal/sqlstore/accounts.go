package sqlstore

import (
	"context"
	"fmt"

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

type profileRow struct {
	CommunityID     int64  `db:"community_id"`
	UserID          string `db:"user_id"`
	Email           string `db:"email"`
	FirstName       string `db:"first_name"`
	LastName        string `db:"last_name"`
	CountryCode     string `db:"country_code"`
	TermsAcceptedAt stamp  `db:"terms_accepted_at"`
	TermsIP         string `db:"terms_ip"`
}

const profileColumns = `community_id, user_id, email, first_name, last_name, country_code, terms_accepted_at, terms_ip`

// Profile implements orchestrator.Accounts.
func (db *DB) Profile(ctx context.Context, community int64, user string) (orchestrator.Profile, bool, error) {
	var r profileRow
	found, err := db.one(ctx, &r, `select `+profileColumns+` from profiles where community_id = $1 and user_id = $2`, community, user)
	if err != nil || !found {
		return orchestrator.Profile{}, false, err
	}
	return orchestrator.Profile{
		CommunityID: r.CommunityID, UserID: r.UserID, Email: r.Email, FirstName: r.FirstName, LastName: r.LastName,
		CountryCode: r.CountryCode, TermsAcceptedAt: r.TermsAcceptedAt.at, TermsIP: r.TermsIP,
	}, true, nil
}

// SaveProfile implements orchestrator.Accounts.
func (db *DB) SaveProfile(ctx context.Context, p orchestrator.Profile) error {
	_, err := db.exec(ctx, `insert into profiles (`+profileColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8)
		on conflict (community_id, user_id) do update set email = excluded.email, first_name = excluded.first_name,
		last_name = excluded.last_name, country_code = excluded.country_code,
		terms_accepted_at = excluded.terms_accepted_at, terms_ip = excluded.terms_ip`,
		p.CommunityID, p.UserID, p.Email, p.FirstName, p.LastName, p.CountryCode, stamp{p.TermsAcceptedAt}, p.TermsIP)
	return err
}
