package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/migrations"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
)

// Account implements orchestrator.Accounts.
func (db Accounts) Account(ctx context.Context, community int64, user, gateway string) (string, bool, error) {
	var id string
	found, err := db.one(ctx, &id, `select account_id from gateway_accounts
		where community_id = $1 and user_id = $2 and gateway = $3`, community, user, gateway)
	return id, found, err
}

// SaveAccount implements orchestrator.Accounts.
func (db Accounts) SaveAccount(ctx context.Context, community int64, user, gateway, id string) (string, error) {
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

// ReplaceAccount implements orchestrator.Accounts.
func (db Accounts) ReplaceAccount(ctx context.Context, community int64, user, gateway, was, id string) (string, error) {
	err := db.atomically(ctx, func(u unit) error {
		if err := db.unlinked(ctx, u, orchestrator.SellerLink{CommunityID: community, UserID: user, Gateway: gateway, AccountID: id}); err != nil {
			return err
		}
		n, err := u.exec(ctx, `update gateway_accounts set account_id = $1
			where community_id = $2 and user_id = $3 and gateway = $4 and account_id = $5`, id, community, user, gateway, was)
		if err != nil || n == 0 || was == id {
			return err
		}
		return db.keepFormer(ctx, u, community, user, gateway, was)
	})
	if err != nil {
		return "", err
	}
	stored, _, err := db.Account(ctx, community, user, gateway)
	return stored, err
}

// LinkAccount implements orchestrator.Accounts.
func (db Accounts) LinkAccount(ctx context.Context, l orchestrator.SellerLink, by orchestrator.By) error {
	name, data := "seller.link", map[string]string{"gateway": l.Gateway, "account_id": l.AccountID}
	if l.AccountID == "" {
		name, data = "seller.unlink", map[string]string{"gateway": l.Gateway}
	}
	id, err := db.nextID(ctx)
	if err != nil {
		return err
	}
	return db.act(ctx, by.Act(l.CommunityID, name, "user:"+l.UserID, data), func(in unit) error {
		u := announcer{in, id}
		if l.AccountID != "" {
			if err := db.unlinked(ctx, u.unit, l); err != nil {
				return err
			}
			if err := db.replaces(ctx, u.unit, l); err != nil {
				return err
			}
			_, err := u.exec(ctx, `insert into gateway_accounts (community_id, user_id, gateway, account_id) values ($1, $2, $3, $4)
				on conflict (community_id, user_id, gateway) do update set account_id = excluded.account_id,
					status = case when gateway_accounts.account_id = excluded.account_id then gateway_accounts.status else '' end`, l.CommunityID, l.UserID, l.Gateway, l.AccountID)
			if err != nil {
				return err
			}
			return u.announceSeller(ctx, events.SellerLinked, l, by.At, nil)
		}
		var was []string
		err := u.tx.SelectContext(ctx, &was, `delete from gateway_accounts where community_id = $1 and user_id = $2 and gateway = $3
			returning account_id`, l.CommunityID, l.UserID, l.Gateway)
		if err == nil && len(was) == 0 {
			err = fault.New(fault.NotFound, "seller_not_linked", "the user has no account at %s here", l.Gateway)
		}
		if err != nil {
			return err
		}
		if err := u.announceSeller(ctx, events.SellerUnlinked, l, by.At, nil); err != nil {
			return err
		}
		return db.keepFormer(ctx, u.unit, l.CommunityID, l.UserID, l.Gateway, was[0])
	})
}

// KeepStanding implements orchestrator.SellerLinks. Mostly nothing has changed, which costs a read.
func (db Accounts) KeepStanding(ctx context.Context, l orchestrator.SellerLink, status orchestrator.SellerStatus, at time.Time) error {
	const of = ` where community_id = $1 and user_id = $2 and gateway = $3 and account_id = $4`
	var was orchestrator.SellerStatus
	found, err := db.one(ctx, &was, `select status from gateway_accounts`+of, l.CommunityID, l.UserID, l.Gateway, l.AccountID)
	if err != nil || !found || was == status || status == orchestrator.SellerUnknown {
		return err
	}
	return db.announcing(ctx, func(u announcer) error {
		n, err := u.exec(ctx, `update gateway_accounts set status = $5`+of+` and status = $6`, l.CommunityID, l.UserID, l.Gateway, l.AccountID, string(status), string(was))
		happened := events.OfSeller(was, status)
		if err != nil || n == 0 || happened == "" {
			return err
		}
		return u.announceSeller(ctx, happened, l, at, map[string]any{"status": string(status), "before": string(was)})
	})
}

// replaces remembers the account that a user has before another one takes its place. The table
// is locked by unlinked.
func (db Accounts) replaces(ctx context.Context, u unit, l orchestrator.SellerLink) error {
	var had []string
	err := u.tx.SelectContext(ctx, &had, `select account_id from gateway_accounts
		where community_id = $1 and user_id = $2 and gateway = $3 and account_id <> $4`, l.CommunityID, l.UserID, l.Gateway, l.AccountID)
	for _, was := range had {
		err = cmp.Or(err, db.keepFormer(ctx, u, l.CommunityID, l.UserID, l.Gateway, was))
	}
	return err
}

func (db Accounts) keepFormer(ctx context.Context, u unit, community int64, user, gateway, was string) error {
	_, err := u.exec(ctx, `insert into former_accounts (community_id, user_id, gateway, account_id) values ($1, $2, $3, $4)
		on conflict (community_id, user_id, gateway, account_id) do nothing`, community, user, gateway, was)
	return err
}

// FormerAccounts implements orchestrator.Accounts.
func (db Accounts) FormerAccounts(ctx context.Context, community int64, user, gateway string) (ids []string, err error) {
	err = db.all(ctx, &ids, `select account_id from former_accounts where community_id = $1 and user_id = $2 and gateway = $3
		order by account_id`, community, user, gateway)
	return ids, err
}

// unlinked refuses an account that is another user's, of whatever community: who gets a link
// to it could have somebody else's money paid to their own bank.
func (db Accounts) unlinked(ctx context.Context, u unit, l orchestrator.SellerLink) error {
	if db.dialect == migrations.Postgres { // SQLite has one writer
		if _, err := u.exec(ctx, `lock table gateway_accounts in share row exclusive mode`); err != nil {
			return err
		}
	}
	var others int
	err := u.tx.GetContext(ctx, &others, `select count(*) from gateway_accounts
		where gateway = $1 and account_id = $2 and not (community_id = $3 and user_id = $4)`, l.Gateway, l.AccountID, l.CommunityID, l.UserID)
	if err == nil && others > 0 {
		err = fault.New(fault.Conflict, "account_taken", "the account is linked to another user; it has to be unlinked there first").With("field", "account_id")
	}
	return err
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
	text("language", func(p *profile) *string { return &p.Language }),
)

// Profile implements orchestrator.Accounts.
func (db Accounts) Profile(ctx context.Context, community int64, user string) (orchestrator.Profile, bool, error) {
	return findOne(ctx, db, profileTable, `where community_id = $1 and user_id = $2`, community, user)
}

// SaveProfile implements orchestrator.Accounts.
func (db Accounts) SaveProfile(ctx context.Context, p orchestrator.Profile) error {
	args, err := profileTable.row(&p)
	if err != nil {
		return err
	}
	_, err = db.exec(ctx, profileTable.insertion(1)+` on conflict (community_id, user_id) do update set `+profileTable.renewals("excluded"), args...)
	return err
}
