package sqlstore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
)

// lookedSetting begins the names of the settings that say who looked through everything when, and what they found.
const lookedSetting = "looked:"

// NoteLook notes that somebody (doctor, or a gateway's name for a comparison with it) has looked through everything.
func (db Checks) NoteLook(ctx context.Context, l orchestrator.Look) error {
	return db.noteLook(ctx, l)
}

func (db *database) noteLook(ctx context.Context, l orchestrator.Look) error {
	_, err := db.exec(ctx, `insert into settings (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value where settings.value < excluded.value`,
		lookedSetting+l.Who, fmt.Sprint(stamp{l.At}.text(), " ", l.Found))
	return err
}

// Looks tells who has looked through everything, when, and how much they found, in the order of names.
func (db Checks) Looks(ctx context.Context) ([]orchestrator.Look, error) {
	var rows []struct {
		Name  string `db:"name"`
		Value string `db:"value"`
	}
	err := db.all(ctx, &rows, `select name, value from settings where name >= $1 and name < $2 order by name`, lookedSetting, strings.TrimSuffix(lookedSetting, ":")+";")
	var all []orchestrator.Look
	for _, r := range rows {
		l := orchestrator.Look{Who: strings.TrimPrefix(r.Name, lookedSetting)}
		at, found, _ := strings.Cut(r.Value, " ")
		if l.At, err = time.Parse(layout, at); err != nil {
			return nil, fmt.Errorf("read when %s has looked: %w", l.Who, err)
		}
		if _, err = fmt.Sscan(found, &l.Found); err != nil {
			return nil, fmt.Errorf("read what %s has found: %w", l.Who, err)
		}
		all = append(all, l)
	}
	return all, err
}
