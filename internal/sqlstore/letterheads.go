package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
)

// Letterhead is what a community has set of how it writes to people, and the
// community's name. An unknown community is a NotFound fault.
func (db Terms) Letterhead(ctx context.Context, community int64) (l notices.Letterhead, name string, err error) {
	var row struct {
		Name       string `db:"name"`
		Letterhead string `db:"letterhead"`
	}
	const query = `select name, coalesce((select letterhead from letterheads where community_id = $1), '{}') as letterhead
		from communities where id = $1`
	found, err := db.one(ctx, &row, query, community)
	switch {
	case err != nil:
		return l, "", err
	case !found:
		return l, "", noCommunity(community)
	}
	if err := json.Unmarshal([]byte(row.Letterhead), &l); err != nil {
		return l, "", fmt.Errorf("letterhead of community %d: %w", community, err)
	}
	return l, row.Name, nil
}

// SaveLetterhead replaces what a community has set. It returns invalid_letterhead,
// unknown_language, or NotFound for an unknown community.
func (db Terms) SaveLetterhead(ctx context.Context, community int64, l notices.Letterhead, by orchestrator.By) error {
	if err := l.Validate(); err != nil {
		return err
	}
	before, _, err := db.Letterhead(ctx, community)
	if err != nil {
		return err
	}
	data := map[string]string{}
	if data["before"], err = encode(before); err != nil {
		return err
	}
	if data["after"], err = encode(l); err != nil {
		return err
	}
	return db.act(ctx, by.Act(community, "letterhead.set", object("community", community), data), func(u unit) error {
		_, err := u.exec(ctx, `insert into letterheads (community_id, letterhead) values ($1, $2)
			on conflict (community_id) do update set letterhead = excluded.letterhead`, community, data["after"])
		return err
	})
}
