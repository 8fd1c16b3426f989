package sqlstore

import (
	"context"
	"strings"

	"github.com/handsel-dev/handsel/orchestrator"
)

// Origins are those of the web pages that a community lets call, in their order.
func (db Pages) Origins(ctx context.Context, community int64) ([]string, error) {
	var found []string
	err := db.all(ctx, &found, `select origin from community_origins where community_id = $1 order by origin`, community)
	return found, err
}

// OriginCommunities are the communities that let pages of an origin call.
func (db Pages) OriginCommunities(ctx context.Context, origin string) ([]int64, error) {
	if !storable(origin) {
		return nil, nil
	}
	var found []int64
	err := db.all(ctx, &found, `select community_id from community_origins where origin = $1 order by community_id`, origin)
	return found, err
}

// SaveOrigins replaces what a community lets call.
func (db Pages) SaveOrigins(ctx context.Context, community int64, origins []string, by orchestrator.By) error {
	before, err := db.Origins(ctx, community)
	if err != nil {
		return err
	}
	data := map[string]string{"before": strings.Join(before, " "), "after": strings.Join(origins, " ")}
	return db.act(ctx, by.Act(community, "origins.set", object("community", community), data), func(u unit) error {
		if _, err := u.exec(ctx, `delete from community_origins where community_id = $1`, community); err != nil {
			return err
		}
		for _, origin := range origins {
			if _, err := u.exec(ctx, `insert into community_origins (community_id, origin) values ($1, $2)`, community, origin); err != nil {
				return err
			}
		}
		return nil
	})
}
