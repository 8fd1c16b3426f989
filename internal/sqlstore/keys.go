package sqlstore

import (
	"context"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/orchestrator"
)

type key = apikey.Key

var keyTable = tableOf("api_keys",
	text("id", func(k *key) *string { return &k.ID }),
	number("community_id", func(k *key) *int64 { return &k.CommunityID }),
	text("name", func(k *key) *string { return &k.Name }),
	text("mode", func(k *key) *string { return (*string)(&k.Mode) }),
	text("hash", func(k *key) *string { return &k.Hash }),
	encoded("scopes", encodeScopes, decodeScopes),
	instant("created_at", func(k *key) *time.Time { return &k.CreatedAt }),
	instant("expires_at", func(k *key) *time.Time { return &k.ExpiresAt }),
	instant("revoked_at", func(k *key) *time.Time { return &k.RevokedAt }),
	text("origin", func(k *key) *string { return &k.Origin }),
	instant("last_used_at", func(k *key) *time.Time { return &k.LastUsedAt }),
)

func encodeScopes(k *key) (string, error) { return strings.Join(texts(k.Scopes), ","), nil }

func decodeScopes(k *key, text string) error {
	k.Scopes = nil
	for _, s := range strings.FieldsFunc(text, func(c rune) bool { return c == ',' }) {
		k.Scopes = append(k.Scopes, apikey.Scope(s))
	}
	return nil
}

// AddKey stores an API key of a community that exists. A key whose id is known
// already is left as it is, so that a deployment may add its own at every start.
func (db APIKeys) AddKey(ctx context.Context, k apikey.Key, by orchestrator.By) error {
	if _, known, err := db.FindKey(ctx, k.ID); err != nil || known {
		return err
	}
	args, err := keyTable.row(&k)
	if err != nil {
		return err
	}
	data := map[string]string{"name": k.Name, "mode": string(k.Mode), "scopes": strings.Join(texts(k.Scopes), ",")}
	if !k.ExpiresAt.IsZero() {
		data["expires_at"] = k.ExpiresAt.UTC().Format(time.RFC3339)
	}
	return db.act(ctx, by.Act(k.CommunityID, "key.add", "key:"+k.ID, data), func(u unit) error {
		_, err := u.exec(ctx, keyTable.insertion(1)+` on conflict (id) do nothing`, args...)
		return err
	})
}

// FindKey finds an API key by its public id, revoked and expired ones too.
func (db APIKeys) FindKey(ctx context.Context, id string) (apikey.Key, bool, error) {
	return findOne(ctx, db, keyTable, `where id = $1`, id)
}

// Keys lists the API keys of a community, oldest first.
func (db APIKeys) Keys(ctx context.Context, community int64) ([]apikey.Key, error) {
	return find(ctx, db, keyTable, `where community_id = $1 order by created_at, id`, community)
}

// UseKeys notes when keys were used last, by their ids. It only ever goes forward.
func (db APIKeys) UseKeys(ctx context.Context, used map[string]time.Time) error {
	for id, at := range used {
		if _, err := db.exec(ctx, `update api_keys set last_used_at = $2 where id = $1 and (last_used_at is null or last_used_at < $2)`, id, stamp{at}); err != nil {
			return err
		}
	}
	return nil
}

// RevokeKey ends an API key at an instant. The first revocation counts. A key
// that does not exist is a NotFound fault, key_not_found.
func (db APIKeys) RevokeKey(ctx context.Context, id string, at time.Time, by orchestrator.By) error {
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
