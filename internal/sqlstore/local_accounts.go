package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/internal/pass"
	"github.com/handsel-dev/handsel/orchestrator"
)

// localRow is an account as it is stored: its secrets are sealed.
type localRow struct {
	pass.Local
	secrets string
}

var localTable = tableOf("console_accounts",
	number("community_id", func(a *localRow) *int64 { return &a.CommunityID }).fixed(),
	text("name", func(a *localRow) *string { return &a.Name }).fixed(),
	text("role", func(a *localRow) *string { return &a.Role }),
	text("secrets", func(a *localRow) *string { return &a.secrets }),
	number("used", func(a *localRow) *int64 { return &a.Used }),
	number("revision", func(a *localRow) *int64 { return &a.Revision }),
	instant("created_at", func(a *localRow) *time.Time { return &a.CreatedAt }).fixed(),
	instant("disabled_at", func(a *localRow) *time.Time { return &a.DisabledAt }),
)

func localBound(community int64, name string) []byte {
	return fmt.Appendf(nil, "console account\x00%d\x00%s", community, name)
}

// LocalAccount finds an account. One whose key is missing here has no secrets, and lets nobody in.
func (db LocalAccounts) LocalAccount(ctx context.Context, community int64, name string) (pass.Local, bool, error) {
	r, found, err := findOne(ctx, db, localTable, `where community_id = $1 and name = $2`, community, name)
	if err != nil || !found {
		return pass.Local{}, false, err
	}
	if plain, err := db.openText(ctx, r.secrets, localBound(community, name)); err == nil {
		r.Secrets = []byte(plain)
	}
	return r.Local, true, nil
}

// ListLocalAccounts lists those of a community, at most 500, without their secrets.
func (db LocalAccounts) ListLocalAccounts(ctx context.Context, community int64) ([]pass.Local, error) {
	rows, err := find(ctx, db, localTable, `where community_id = $1 order by name limit 500`, community)
	return each(rows, func(r localRow) pass.Local { return r.Local }), err
}

// PutLocalAccount stores an account as its next revision, with its line in the audit log, and reports whether it still had the
// revision that it names.
func (db LocalAccounts) PutLocalAccount(ctx context.Context, a pass.Local, act orchestrator.Act) (done bool, err error) {
	r := localRow{Local: a}
	if r.secrets, err = db.sealText(ctx, string(a.Secrets), localBound(a.CommunityID, a.Name)); err != nil {
		return false, err
	}
	before := a.Revision
	r.Revision++
	args, err := localTable.row(&r)
	if err != nil {
		return false, err
	}
	err = db.act(ctx, act, func(u unit) (err error) {
		n := int64(0)
		if before == 0 {
			n, err = u.exec(ctx, localTable.insertion(1)+` on conflict (community_id, name) do nothing`, args...)
		} else {
			n, err = u.exec(ctx, `update console_accounts set `+localTable.assignments(4, "used")+`, used = case when used > $6 then used else $6 end where community_id = $1 and name = $2 and revision = $3`,
				append(row{a.CommunityID, a.Name, before}, localTable.changes(args)...)...)
		}
		if err == nil && n == 0 {
			err = errMovedOn
		}
		if err == nil && !a.DisabledAt.IsZero() { // who may not sign in is out
			_, err = u.exec(ctx, `delete from console_sessions where community_id = $1 and name = $2`, a.CommunityID, a.Name)
		}
		return err
	})
	if errors.Is(err, errMovedOn) {
		return false, nil
	}
	return err == nil, err
}

// UseCode notes the step of a code that is taken, and reports whether no code of it or of a later one was taken before: of many at
// once, one is.
func (db LocalAccounts) UseCode(ctx context.Context, community int64, name string, step int64) (bool, error) {
	n, err := db.exec(ctx, `update console_accounts set used = $3 where community_id = $1 and name = $2 and used < $3 and disabled_at is null`, community, name, step)
	return n == 1, err
}

// CountTry counts a try to sign in under a key, and answers how many there were with it, none of which came since after the one before.
func (db LocalAccounts) CountTry(ctx context.Context, community int64, key string, now, since time.Time) (tries int, err error) {
	var rows []struct {
		Tries int `db:"tries"`
	}
	err = db.change(ctx, &rows, `insert into console_tries (community_id, key, tries, at) values ($1, $2, 1, $3)
		on conflict (community_id, key) do update set tries = case when console_tries.at < $4 then 1 else console_tries.tries + 1 end, at = excluded.at returning tries`,
		community, key, stamp{now}, stamp{since})
	if err == nil && len(rows) == 1 {
		tries = rows[0].Tries
	}
	return tries, err
}

// ForgetTries forgets the tries under a key.
func (db LocalAccounts) ForgetTries(ctx context.Context, community int64, key string) error {
	_, err := db.exec(ctx, `delete from console_tries where community_id = $1 and key = $2`, community, key)
	return err
}
