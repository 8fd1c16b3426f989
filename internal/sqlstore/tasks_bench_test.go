package sqlstore_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/pgtest"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// BenchmarkTasks reads pages of 300,000 tasks of three kinds on PostgreSQL. One in a
// hundred is of community 501, the others of 502.
func BenchmarkTasks(b *testing.B) {
	url := pgtest.URL(b)
	db, err := sqlstore.Open(b.Context(), url, sqlstore.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	for _, c := range []int64{501, 502} {
		if err := db.AddCommunity(b.Context(), c, fmt.Sprint(c), orchestrator.By{Actor: "system", Reason: "x", At: tenantNoon}); err != nil {
			b.Fatal(err)
		}
	}
	if err := db.Apply(b.Context(), confided(7, orchestrator.IntentOpen)); err != nil {
		b.Fatal(err)
	}
	const many, whose, at = ` generate_series(1, 100000) i`, `case when i % 100 = 0 then 501 else 502 end`, `timestamptz '2026-03-02' + i * interval '1 second'`
	for _, text := range []string{
		`insert into transactions select (jsonb_populate_record(t, jsonb_build_object('id', t.id + i, 'payment_id', 'pi_' || i, 'community_id', ` + whose + `))).* from transactions t,` + many + ` where t.id = 7`,
		`insert into intents select (jsonb_populate_record(t, jsonb_build_object('id', 'i' || i, 'community_id', ` + whose + `, 'created_at', ` + at + `))).* from intents t,` + many + ` where t.transaction_id = 7`,
		`insert into mails (id, community_id, user_id, kind, data, at, attempts, claimable_at, ended_at, note)
			select 'm' || i, ` + whose + `, 'zoe', 'welcome', '{}', ` + at + `, 9, ` + at + `, ` + at + `, 'given up' from` + many,
		`insert into inbox (id, gateway, dedupe_key, payment_id, code, body, received_at, attempts, claimable_at, done, note)
			select i, 'stripe', 'k' || i, 'pi_' || i, 'paid', '', ` + at + `, 9, ` + at + `, 1, 'given up: internal' from` + many,
		`analyze`,
	} {
		if _, err := rawDB(b, url).ExecContext(b.Context(), text); err != nil {
			b.Fatal(err)
		}
	}
	for n := int64(1); n > 0; {
		if n, err = db.SealOld(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	f := orchestrator.TaskFilter{Limit: 50, Rules: orchestrator.TaskRules{Now: ticketTime, Late: ticketTime, OpenEnded: []process.State{"disputed"}, Refused: []process.TimerName{"settle_rest"}}}
	for name, of := range map[string]struct {
		community int64
		after     time.Duration
	}{"few": {501, 0}, "many": {502, 0}, "late page": {502, 90_000 * time.Second}} {
		b.Run(name, func(b *testing.B) {
			f := f
			f.CommunityID = of.community
			if of.after > 0 {
				f.After = &orchestrator.Task{Since: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC).Add(of.after), Kind: orchestrator.TaskMailDead, Subject: "m90000"}
			}
			for b.Loop() {
				found, err := db.Tasks(b.Context(), f)
				if err != nil || len(found) != f.Limit {
					b.Fatal(len(found), err)
				}
			}
		})
	}
}
