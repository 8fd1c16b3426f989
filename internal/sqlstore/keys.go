package sqlstore

import (
	"context"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/orchestrator"
)

const keyColumns = `id, community_id, name, mode, hash, scopes, created_at, expires_at, revoked_at, origin, last_used_at`

type keyRow struct {
	ID          string `db:"id"`
	CommunityID int64  `db:"community_id"`
	Name        string `db:"name"`
	Mode        string `db:"mode"`
	Hash        string `db:"hash"`
	Scopes      string `db:"scopes"`
	CreatedAt   stamp  `db:"created_at"`
	ExpiresAt   stamp  `db:"expires_at"`
	RevokedAt   stamp  `db:"revoked_at"`
	Origin      string `db:"origin"`
	LastUsedAt  stamp  `db:"last_used_at"`
}

func (r keyRow) key() (apikey.Key, error) {
	k := apikey.Key{
		ID: r.ID, CommunityID: r.CommunityID, Name: r.Name, Mode: apikey.Mode(r.Mode), Hash: r.Hash,
		CreatedAt: r.CreatedAt.at, ExpiresAt: r.ExpiresAt.at, RevokedAt: r.RevokedAt.at,
		Origin: r.Origin, LastUsedAt: r.LastUsedAt.at,
	}
	for _, s := range strings.FieldsFunc(r.Scopes, func(c rune) bool { return c == ',' }) {
		k.Scopes = append(k.Scopes, apikey.Scope(s))
	}
	return k, nil
}

// AddKey stores an API key of a community that exists. A key whose id is known
// already is left as it is, so that a deployment may add its own at every start.
func (db *DB) AddKey(ctx context.Context, k apikey.Key, by orchestrator.By) error {
	if _, known, err := db.FindKey(ctx, k.ID); err != nil || known {
		return err
	}
	scopes := make([]string, len(k.Scopes))
	for i, s := range k.Scopes {
		scopes[i] = string(s)
	}
	data := map[string]string{"name": k.Name, "mode": string(k.Mode), "scopes": strings.Join(scopes, ",")}
	if !k.ExpiresAt.IsZero() {
		data["expires_at"] = k.ExpiresAt.UTC().Format(time.RFC3339)
	}
	return db.act(ctx, by.Act(k.CommunityID, "key.add", "key:"+k.ID, data), func(u unit) error {
		_, err := u.exec(ctx, `insert into api_keys (`+keyColumns+`)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (id) do nothing`,
			k.ID, k.CommunityID, k.Name, string(k.Mode), k.Hash, strings.Join(scopes, ","),
			stamp{k.CreatedAt}, stamp{k.ExpiresAt}, stamp{k.RevokedAt}, k.Origin, stamp{k.LastUsedAt})
		return err
	})
}

// FindKey finds an API key by its public id, revoked and expired ones too.
func (db *DB) FindKey(ctx context.Context, id string) (apikey.Key, bool, error) {
	var r keyRow
	found, err := db.one(ctx, &r, `select `+keyColumns+` from api_keys where id = $1`, id)
	if err != nil || !found {
		return apikey.Key{}, false, err
	}
	k, err := r.key()
	return k, true, err
}

// Keys lists the API keys of a community, oldest first.
func (db *DB) Keys(ctx context.Context, community int64) ([]apikey.Key, error) {
	var rows []keyRow
	if err := db.all(ctx, &rows, `select `+keyColumns+` from api_keys where community_id = $1 order by created_at, id`, community); err != nil {
		return nil, err
	}
	return convert(rows, keyRow.key)
}

// UseKeys notes when keys were used last, by their ids. It only ever goes forward.
func (db *DB) UseKeys(ctx context.Context, used map[string]time.Time) error {
	for id, at := range used {
		if _, err := db.exec(ctx, `update api_keys set last_used_at = $2 where id = $1 and (last_used_at is null or last_used_at < $2)`, id, stamp{at}); err != nil {
			return err
		}
	}
	return nil
}

// RevokeKey ends an API key at an instant. The first revocation counts. A key
// that does not exist is a NotFound fault, key_not_found.
func (db *DB) RevokeKey(ctx context.Context, id string, at time.Time, by orchestrator.By) error {
	k, found, err := db.FindKey(ctx, id)
	switch {
	case err != nil:
		return err
	case !found:
		return fault.New(fault.NotFound, "key_not_found", "there is no such API key")
	}
	return db.act(ctx, by.Act(k.CommunityID, "key.revoke", "key:"+id, map[string]string{"name": k.Name}), func(u unit) error {
		_, err := u.exec(ctx, `update api_keys set revoked_at = coalesce(revoked_at, $2) where id = $1`, id, stamp{at})
		return err
	})
}
