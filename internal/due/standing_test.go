package due_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/due"
)

// A list tells of each job when it was asked, what it did and why it failed. A job that rests is asked when somebody
// says so, once.
func TestStandings(t *testing.T) {
	t.Parallel()
	now, fails, did := epoch, error(nil), 2
	l, err := due.New(due.Config{Now: func() time.Time { return now }},
		due.Job{Name: "works", Every: time.Hour, Do: due.Counted(func(context.Context) (int, error) { return did, fails })},
		due.Job{Name: "sleeps", Every: time.Hour, Do: due.Plain(func(context.Context) error { return nil })})
	if err != nil {
		t.Fatal(err)
	}
	want := due.Standing{Name: "works"}
	says := func() {
		t.Helper()
		all := l.Standings()
		if len(all) != 2 || all[1].Name != "sleeps" {
			t.Fatalf("the list is %+v", all)
		}
		if d := cmp.Diff(want, all[0]); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	}
	once := func() { _, _ = l.Once(t.Context()) }
	says()
	once()
	want.Asked, want.Worked, want.Done = now, now, 2
	says()
	now, did, fails = now.Add(time.Minute), 0, fault.New(fault.Unavailable, "storage_unavailable", "the database is away")
	once()
	want.Asked, want.Failed, want.Failures, want.Reason = now, now, 1, "storage_unavailable"
	says()
	now, did, fails = now.Add(time.Minute), 1, nil
	once() // it rests
	says()
	if l.Hurry("unknown") || !l.Hurry("works") {
		t.Error("a job that there is not is hurried, or one that there is is not")
	}
	once()
	want.Asked, want.Worked, want.Done, want.Reason = now, now, 3, ""
	says()
	did = 0
	once()
	want.Asked = now
	now = now.Add(time.Minute)
	once() // it rests again
	says()
}
