package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
)

// MailStopped implements notices.Stops.
func (db MailChoices) MailStopped(ctx context.Context, community int64, user, kind string) (bool, error) {
	var one int64
	return db.one(ctx, &one, `select 1 from mail_stops where community_id = $1 and user_id = $2 and kind = $3`, community, user, kind)
}

// StopMail implements notices.Stops.
func (db MailChoices) StopMail(ctx context.Context, community int64, user, kind string, at time.Time) error {
	_, err := db.exec(ctx, `insert into mail_stops (community_id, user_id, kind, stopped_at) values ($1, $2, $3, $4)
		on conflict (community_id, user_id, kind) do nothing`, community, user, kind, stamp{at})
	return err
}

// ResumeMail implements notices.Stops.
func (db MailChoices) ResumeMail(ctx context.Context, community int64, user, kind string) error {
	_, err := db.exec(ctx, `delete from mail_stops where community_id = $1 and user_id = $2 and kind = $3`, community, user, kind)
	return err
}

// MailTemplates implements notices.Overrides.
func (db MailChoices) MailTemplates(ctx context.Context, community int64) (map[string]notices.Override, error) {
	var rows []struct {
		Name     string `db:"name"`
		Template string `db:"template"`
	}
	if err := db.all(ctx, &rows, `select name, template from mail_templates where community_id = $1 order by name`, community); err != nil {
		return nil, err
	}
	found := map[string]notices.Override{}
	for _, r := range rows {
		var o notices.Override
		if err := json.Unmarshal([]byte(r.Template), &o); err != nil {
			return nil, fmt.Errorf("e-mail template %s of community %d: %w", r.Name, community, err)
		}
		found[r.Name] = o
	}
	return found, nil
}

// SaveMailTemplate implements notices.Overrides.
func (db MailChoices) SaveMailTemplate(ctx context.Context, community int64, name string, o notices.Override, by orchestrator.By) error {
	text, err := encode(o)
	if err != nil {
		return err
	}
	act := by.Act(community, "mail_template.set", object("community", community), map[string]string{"name": name, "after": text})
	return db.act(ctx, act, func(u unit) error {
		_, err := u.exec(ctx, `insert into mail_templates (community_id, name, template) values ($1, $2, $3)
			on conflict (community_id, name) do update set template = excluded.template`, community, name, text)
		return err
	})
}

// DropMailTemplate implements notices.Overrides.
func (db MailChoices) DropMailTemplate(ctx context.Context, community int64, name string, by orchestrator.By) error {
	act := by.Act(community, "mail_template.dropped", object("community", community), map[string]string{"name": name})
	return db.act(ctx, act, func(u unit) error {
		_, err := u.exec(ctx, `delete from mail_templates where community_id = $1 and name = $2`, community, name)
		return err
	})
}
