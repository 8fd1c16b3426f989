package orchestrator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// taskMails are the texts of the e-mails about tasks, newest first.
func taskMails(w *testkit.Testbed) (texts []string) {
	for _, m := range w.Mailbox.Messages() {
		if strings.Contains(m.Subject, "a person") && m.To == "operators@example.com" {
			texts = append(texts, m.Text)
		}
	}
	return texts
}

// Operators get one e-mail a day about the tasks that nobody looks after, whatever the
// number of replicas, and none where there is nothing to say.
func TestM34_tasksAreTold(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, database string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: database})
		other := w.Replica()
		tick := func(d time.Duration) {
			w.Advance(d)
			w.MustSettle()
			_, _ = other.Due.Once(t.Context()) // what is busy is done by the other one
			w.MustSettle()
		}
		tick(3 * day)
		if texts := taskMails(w); len(texts) != 0 {
			t.Fatalf("told without a task: %q", texts)
		}
		bySQL(t, w.Config.DatabaseURL, `insert into mails (id, community_id, user_id, kind, data, at, attempts, claimable_at, note, ended_at)
			values ('dead.1', 501, 'bea', 'review_reminder', '{}', $1, 9, $1, 'given up', '2099-01-01T00:00:00.000000Z')`, w.Sandbox.Now().Format("2006-01-02T15:04:05.000000Z"))
		tx := lossDeal(t, w, []process.Transition{"complete_preauthorization", "complete"})
		takeBack(t, w, tx)
		tick(25 * time.Hour)
		texts := taskMails(w)
		if len(texts) != 1 || !strings.Contains(texts[0], "2 things need a person") || !strings.Contains(texts[0], "1 × e-mails given up, the oldest for 1 day") || !strings.Contains(texts[0], "1 × deals on hold") {
			t.Fatalf("told %q", texts)
		}
		tasks, err := w.Engine.Tasks(t.Context(), orchestrator.TaskFilter{CommunityID: tx.CommunityID})
		if err != nil || len(tasks) != 2 {
			t.Fatalf("%v, %v", tasks, err)
		}
		assign := func(task orchestrator.Task) {
			if _, err := w.Engine.AssignTask(t.Context(), orchestrator.TaskFilter{CommunityID: tx.CommunityID, ID: task.ID()}, "olga", byOlga("mine")); err != nil {
				t.Fatal(err)
			}
		}
		assign(tasks[0])
		tick(25 * time.Hour)
		if texts = taskMails(w); len(texts) != 2 || !strings.Contains(texts[0], "1 thing needs a person") {
			t.Fatalf("after one was taken on: %q", texts)
		}
		assign(tasks[1])
		tick(3 * day)
		if texts = taskMails(w); len(texts) != 2 {
			t.Errorf("after all were taken on: %q", texts)
		}
	})
}

// An account that is put on hold is told at once, and once.
func TestM34_heldAccountIsTold(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, database string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: database})
		fund(t, w, "bea", 1000)
		bySQL(t, w.Config.DatabaseURL, `update accounts set balance = 5000 where account = 'available:bea'`)
		r := w.Call("POST", "/v1/balances/bea/withdrawals", `{"amount":10,"currency":"EUR"}`, "Idempotency-Key", "out")
		if !strings.Contains(string(r.Body), string(fault.ReasonOf(orchestrator.ErrContradiction))) {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
		for range 3 {
			w.Advance(2 * time.Minute)
			w.MustSettle()
		}
		told := 0
		for _, text := range taskMails(w) { // the daily one counts it too
			if strings.Contains(text, "1 × accounts on hold: available:bea:EUR: the balance is 5000 EUR and its postings sum to 1000") {
				told++
			}
		}
		if told != 1 {
			t.Errorf("told %d times: %q", told, taskMails(w))
		}
	})
}
