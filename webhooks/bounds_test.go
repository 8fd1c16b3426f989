package webhooks_test

import (
	"context"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/webhooks"
)

// A message that is being applied is nobody else's; who died over it holds it up for
// minutes at most, and one that cannot be applied is tried at least once an hour.
func TestP9_messagesAreLeased(t *testing.T) {
	t.Parallel()
	db, now := openInbox(t), epoch
	var applied []time.Time
	var meanwhile func()
	processor := func() *webhooks.Processor {
		p, err := webhooks.NewProcessor(webhooks.ProcessorConfig{Inbox: db, Now: func() time.Time { return now }, Apply: func(context.Context, webhooks.Delivery) error {
			applied = append(applied, now)
			if run := meanwhile; run != nil {
				meanwhile = nil
				run()
			}
			return fault.New(fault.NotFound, "transaction_not_found", "there is none")
		}})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if _, err := db.Put(t.Context(), webhooks.Delivery{Gateway: "trustap", DedupeKey: "1", PaymentID: "7", ReceivedAt: epoch}); err != nil {
		t.Fatal(err)
	}
	first, second := processor(), processor()
	run := func(p *webhooks.Processor) {
		if _, err := p.ProcessDue(t.Context()); err != nil {
			t.Error(err)
		}
	}
	meanwhile = func() {
		run(second)
		now = now.Add(30 * time.Second)
		run(second)
		if len(applied) != 1 {
			t.Errorf("applied %d times side by side", len(applied))
		}
		now = now.Add(5 * time.Minute)
		run(second)
		if len(applied) != 2 {
			t.Errorf("applied %d times after its processor fell silent, want twice", len(applied))
		}
	}
	run(first)
	for ; now.Before(epoch.Add(71 * time.Hour)); now = now.Add(time.Minute) {
		run(second)
	}
	for i := 2; i < len(applied); i++ {
		if gap := applied[i].Sub(applied[i-1]); gap > time.Hour+time.Minute {
			t.Errorf("try %d came %s after the one before", i+1, gap)
		}
	}
	now = epoch.Add(75 * time.Hour)
	run(second)
	tries := len(applied)
	for ; now.Before(epoch.Add(100 * time.Hour)); now = now.Add(time.Hour) {
		run(second)
	}
	if len(applied) != tries || tries < 72 {
		t.Errorf("%d tries, %d after it was given up", tries, len(applied)-tries)
	}
}
