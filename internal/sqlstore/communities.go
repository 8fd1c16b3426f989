package sqlstore

import (
	"context"
	"fmt"
	"strconv"

	"github.com/handsel-dev/handsel/orchestrator"
)

// Community is a marketplace. Every row belongs to one.
type Community struct {
	ID   int64  `db:"id"`
	Name string `db:"name"`
}

// AddCommunity adds a community or renames the one with this id.
func (db Marketplaces) AddCommunity(ctx context.Context, id int64, name string, by orchestrator.By) error {
	var before string
	known, err := db.one(ctx, &before, `select name from communities where id = $1`, id)
	if err != nil || known && before == name {
		return err
	}
	data := map[string]string{"name": name}
	if known {
		data["name_before"] = before
	}
	return db.act(ctx, by.Act(id, "community.set", object("community", id), data), func(u unit) error {
		_, err := u.exec(ctx, `insert into communities (id, name) values ($1, $2)
			on conflict (id) do update set name = excluded.name`, id, name)
		return err
	})
}

func object(kind string, id int64) string { return kind + ":" + strconv.FormatInt(id, 10) }

// Communities lists all communities by id.
func (db Marketplaces) Communities(ctx context.Context) ([]Community, error) {
	var all []Community
	err := db.all(ctx, &all, `select id, name from communities order by id`)
	return all, err
}

// Setting returns the stored value of a setting. If there is none, make says what
// it is from now on; of two at the same moment the first is stored and both get it.
func (db Marketplaces) Setting(ctx context.Context, name string, make func() string) (string, error) {
	const query = `select value from settings where name = $1`
	var value string
	found, err := db.one(ctx, &value, query, name)
	if err != nil || found {
		return value, err
	}
	for try := 1; ; try++ {
		_, err := db.exec(ctx, `insert into settings (name, value) values ($1, $2) on conflict (name) do nothing`, name, make())
		if err == nil {
			break
		}
		if diagnose(err) != raced || try == maxUnitTries {
			return "", err
		}
	}
	if found, err = db.one(ctx, &value, query, name); err == nil && !found {
		err = fmt.Errorf("setting %s was not stored", name)
	}
	return value, err
}
