package sqlstore_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/webhooks"
)

// troubles bring every kind of trouble into a community with two deals, in statements
// that both databases take.
func troubles(first, second int64) []string {
	at := "'2026-03-02T12:00:00.000000Z'"
	return []string{
		`update communities set hold = 'chain broken at row 7', held_at = ` + at + ` where id = 501`,
		`insert into accounts (community_id, account, currency, balance, hold, held_at) values (501, 'available:zoe', 'EUR', 5, 'edited', ` + at + `)`,
		`insert into strays (community_id, gateway, payment_id, transaction_id, intent_id, amount, currency, note, attempts, due, found_at, listed_at)
			values (501, 'stripe', 'pi_x', ` + fmt.Sprint(first) + `, 'i', 100, 'EUR', 'refused', 1, ` + at + `, ` + at + `, ` + at + `)`,
		`update bank_payouts set status = 'failed', stage = 2, failure = 'account_closed', ended_at = ` + at + ` where community_id = 501 and payout_id = 'po_1'`,
		`update inbox set done = 1, note = 'given up: internal' where dedupe_key = 'k'`,
		`update transactions set payment_id = 'pi_1', gateway = 'stripe' where id = ` + fmt.Sprint(first),
		`insert into mails (id, community_id, user_id, kind, data, at, attempts, claimable_at, ended_at, note)
			values ('m', 501, 'zoe', 'welcome', '{}', ` + at + `, 9, ` + at + `, ` + at + `, 'given up')`,
		fmt.Sprintf(`update transactions set attention = 'the books differ', state = 'canceled' where id = %d`, first),
		fmt.Sprintf(`update transactions set state = 'disputed', authorized = 5, deadlines = '{"evidence_due":"2026-03-09T12:00:00.000000Z","capture_before":"2026-03-04T11:00:00.000000Z"}' where id = %d`, second),
		fmt.Sprintf(`insert into timers (transaction_id, name, community_id, state, due, attempts, claimable_at) values (%d, 'operator_reminder', 501, 'canceled', %s, 0, %s)`, first, at, at),
		fmt.Sprintf(`insert into timers (transaction_id, name, community_id, state, due, attempts, claimable_at) values (%d, 'operator_reminder', 501, 'disputed', %s, 0, %s)`, second, at, at),
		fmt.Sprintf(`insert into timers (transaction_id, name, community_id, state, due, attempts, claimable_at) values (%d, 'settle_rest', 501, 'canceled', %s, 3, %s)`, first, at, at),
		`update timers set claimable_at = '2030-01-03T12:00:00.000000Z' where community_id = 501`,
		fmt.Sprintf(`insert into timers (transaction_id, name, community_id, state, due, attempts, claimable_at) values (%d, 'late', 501, 'disputed', '2026-03-02T11:00:00.000000Z', 0, '2026-03-02T11:00:00.000000Z')`, second),
		`update webhook_endpoints set status = 'disabled', disabled_reason = 'gone' where community_id = 501 and id = (select min(id) from webhook_endpoints where community_id = 501)`,
		`delete from approvals where community_id = 501`,
		`insert into approvals (community_id, id, status, act, object, transaction_id, amount, currency, asked_by, reason, request_id, asked_at, expires_at,
			request, same, decided_by, decision, outcome)
			values (501, 77, 'waiting', 'deposit', 'user:zoe', 0, 5, 'EUR', 'operator:olga', 'paid in', '', ` + at + `, '2026-03-05T12:00:00.000000Z', (select digest from audit_log limit 1), 'same', '', '', '')`,
		openIntent("slow", first, 1, at), openIntent("unknown", first, 5, at),
	}
}

func openIntent(id string, deal int64, attempt int, at string) string {
	return fmt.Sprintf(`insert into intents (id, community_id, transaction_id, gateway, transition, from_state, verb, actor_kind, actor_id, input, request_id,
		status, code, attempt, due, created_at, updated_at) values ('%s', 501, %d, 'stripe', 'complete', 'paid', 'transfer', 'user', 'bea', '{}', '', 'open', '', %d, %s, %s, %s)`,
		id, deal, attempt, at, at, at)
}

// Everything that needs a person is on one list, with its age and its owner.
func TestM34_everyKindIsListed(t *testing.T) {
	t.Parallel()
	for name, newURL := range map[string]func(*testing.T) string{"sqlite": sqliteFile, "postgres": postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := newURL(t)
			db := open(t, url, sqlstore.Options{})
			ours := fill(t, db, 501, ourRows)
			fill(t, db, 502, theirRows)
			if _, err := db.Put(t.Context(), webhooks.Delivery{Gateway: "stripe", DedupeKey: "k", PaymentID: "pi_1", Code: "paid", ReceivedAt: tenantNoon}); err != nil {
				t.Fatal(err)
			}
			for _, statement := range troubles(ours.deals[0].ID, ours.deals[1].ID) {
				if _, err := rawDB(t, url).ExecContext(t.Context(), statement); err != nil {
					t.Fatalf("%s: %v", statement, err)
				}
			}
			if n, err := db.SealOld(t.Context()); n != 1 || err != nil { // the message was given up by an older release
				t.Fatalf("%d rows of an older release, %v", n, err)
			}
			rules := orchestrator.TaskRules{
				OpenEnded: []process.State{"canceled", "disputed"}, Refused: []process.TimerName{"settle_rest"},
				Now: tenantNoon.Add(24 * time.Hour), Late: tenantNoon.Add(23 * time.Hour), Overdue: tenantNoon.Add(23*time.Hour + 30*time.Minute), Soon: tenantNoon.Add(72 * time.Hour),
			}
			list := func(f orchestrator.TaskFilter) []orchestrator.Task {
				t.Helper()
				f.CommunityID, f.Rules = 501, rules
				found, err := db.Tasks(t.Context(), f)
				if err != nil {
					t.Fatal(err)
				}
				return found
			}
			all := list(orchestrator.TaskFilter{})
			var kinds []orchestrator.TaskKind
			for _, task := range all {
				kinds = append(kinds, task.Kind)
				if task.Since.IsZero() || task.Advice().Next == "" || task.CommunityID != 501 {
					t.Errorf("the task tells too little: %+v", task)
				}
				if task.Kind == orchestrator.TaskApproval && (!task.Due.Equal(time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)) || task.Object != "approval:77") {
					t.Errorf("an approval: %+v", task)
				}
				if task.Kind == orchestrator.TaskDispute && !task.Due.Equal(time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)) {
					t.Errorf("evidence is due %s", task.Due)
				}
			}
			slices.Sort(kinds)
			want := slices.DeleteFunc(orchestrator.TaskKinds(), func(k orchestrator.TaskKind) bool { return k == orchestrator.TaskCommunityOnHold })
			if diff := cmp.Diff(want, kinds); diff != "" {
				t.Errorf("kinds (-want +got):\n%s", diff)
			}
			var paged []orchestrator.Task
			for f := (orchestrator.TaskFilter{Limit: 2}); ; f.After = &paged[len(paged)-1] {
				page := list(f)
				paged = append(paged, page...)
				if len(page) < 2 {
					break
				}
			}
			if diff := cmp.Diff(all, paged); diff != "" {
				t.Errorf("page by page (-want +got):\n%s", diff)
			}
			notedTasks(t, db, list, rules)
		})
	}
}

// notedTasks says who looks after tasks, and that one is done.
func notedTasks(t *testing.T, db *sqlstore.DB, list func(orchestrator.TaskFilter) []orchestrator.Task, rules orchestrator.TaskRules) {
	t.Helper()
	note := func(n orchestrator.TaskNote) {
		t.Helper()
		n.By = orchestrator.By{Actor: "operator:olga", Reason: "looked at it", At: rules.Now}
		if err := db.NoteTask(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	hold := list(orchestrator.TaskFilter{Kind: orchestrator.TaskOnHold})[0]
	note(orchestrator.TaskNote{Task: hold, Owner: "olga"})
	if mine := list(orchestrator.TaskFilter{Owner: "olga"}); len(mine) != 1 || mine[0].ID() != hold.ID() || mine[0].Owner != "olga" {
		t.Errorf("tasks of olga: %+v", mine)
	}
	difference := list(orchestrator.TaskFilter{Kind: orchestrator.TaskDifference})[0]
	note(orchestrator.TaskNote{Task: difference, Done: true})
	if left := list(orchestrator.TaskFilter{Kind: orchestrator.TaskDifference}); len(left) != 0 {
		t.Errorf("a difference that a person was done with is listed: %+v", left)
	}
	again := []orchestrator.Difference{{Class: orchestrator.MissingThere, CommunityID: 501, PaymentID: "pi_2", Here: money.New(1, "EUR")}}
	save := func(at time.Time, found []orchestrator.Difference) {
		t.Helper()
		if err := db.SaveDifferences(t.Context(), "stripe", tenantNoon.Add(-time.Hour), at, found, true); err != nil {
			t.Fatal(err)
		}
	}
	save(rules.Now.Add(time.Hour), again)
	if left := list(orchestrator.TaskFilter{Kind: orchestrator.TaskDifference}); len(left) != 1 {
		t.Errorf("a difference that was found again is not listed: %+v", left)
	}
	save(rules.Now.Add(2*time.Hour), nil)
	if left := list(orchestrator.TaskFilter{Kind: orchestrator.TaskDifference}); len(left) != 0 {
		t.Errorf("a difference that is gone is listed: %+v", left)
	}
	counts, err := db.CountTasks(t.Context(), 501, rules)
	if err != nil {
		t.Fatal(err)
	}
	if len(counts) != len(orchestrator.TaskKinds())-2 { // no difference any more, and the community's hold is the chain's
		t.Errorf("counts: %+v", counts)
	}
}
