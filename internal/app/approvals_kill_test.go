package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

// doomed is an office whose engine dies at the armed point.
type doomed struct {
	*office
	armed string
}

func newDoomed(t *testing.T, url string) *doomed {
	w, asked := &doomed{}, &counted{}
	world := testkit.New(t, testkit.Options{DatabaseURL: url, Transport: asked, Manual: true, Hook: func(point string) {
		if point == w.armed {
			w.armed = ""
			testkit.MustDie(point)
		}
	}})
	w.office = &office{&trial{world, t, url, asked, 0}}
	w.limit()
	return w
}

// latest is the newest approval as the store has it.
func (w *office) latest() orchestrator.Approval {
	w.t.Helper()
	all, err := w.Store.ListApprovals(w.t.Context(), orchestrator.ApprovalFilter{CommunityID: app.SampleCommunity, Limit: 1})
	if err != nil || len(all) != 1 {
		w.t.Fatalf("%d approvals, %v", len(all), err)
	}
	return all[0]
}

// dies approves what was asked for last and dies at a point.
func (w *doomed) dies(point string) {
	w.t.Helper()
	w.armed = point
	if !testkit.Survive(func() {
		_, err := w.Engine.Approve(w.t.Context(), app.SampleCommunity, w.latest().ID, process.Actor{Kind: process.Staff, ID: "ann"}, "seen", "r")
		w.t.Errorf("approved without dying at %s: %v", point, err)
	}) {
		w.t.Fatalf("it did not die at %s", point)
	}
	w.Restart()
}

// completes lets the jobs of a server complete what was approved.
func (w *office) completes(status orchestrator.ApprovalStatus) {
	w.t.Helper()
	for range 4 {
		w.Advance(time.Minute)
	}
	if a := w.latest(); a.Status != status || a.EndedAt.IsZero() || len(a.Request) != 0 {
		w.t.Errorf("%s is %s %q", a.Act, a.Status, a.Outcome)
	}
}

// Whatever stops the engine between an approval and its act, or behind the act, the act
// is done once, by the jobs of whoever runs next.
func TestS7_killed(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		w := newDoomed(t, url)
		sum := 0
		for _, point := range []string{"after_approval", "before_claim", "after_claim", "after_effect", "after_commit", "after_act"} {
			tx, deal := w.paid()
			w.must(200, "POST", deal+"/transitions", `{"transition":"cancel"}`)
			w.ask(false, deal+"/transitions", `{"transition":"refund","input":{"reason":"agreed"}}`, olga...)
			w.dies(point)
			w.completes(orchestrator.ApprovalDone)
			w.funds(tx, settlement.Refunded, 5000, 0)
			if books := w.StripeBooks(tx.ListingTitle); books.Effects["refund"] > 1 || books.Funds.Refunded != 5000 {
				t.Errorf("killed %s, the gateway did %v", point, books.Effects)
			}
			if point != "after_approval" && point != "after_act" {
				continue
			}
			sum += 2000
			w.ask(false, "/v1/balances/zoe/deposits", `{"amount":2000,"currency":"EUR","reason":"paid in"}`, olga...)
			w.dies(point)
			w.completes(orchestrator.ApprovalDone)
			if r := w.must(200, "GET", "/v1/balances/zoe?currency=EUR", ""); id(t, r, "available") != fmt.Sprint(sum) {
				t.Errorf("killed %s, the balance is %s, want %d", point, r.Body, sum)
			}
		}
		w.CheckBooks()
	})
}

// What is about no deal is done once, too: a hold and limits that come after an act
// that was done already stand when it is completed.
func TestS7_killedBehindTheAct(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		w := newDoomed(t, url)
		w.must(201, "POST", "/v1/balances/bea/deposits", `{"amount":900,"currency":"EUR","reason":"paid in"}`, olga...)
		edited := func() {
			w.edit(`update accounts set balance = 5000000, posted = 5000000 where account = 'available:bea'`)
			w.must(409, "POST", "/v1/balances/bea/withdrawals", `{"amount":500,"currency":"EUR"}`)
		}
		edited()
		w.ask(false, "/v1/operator/holds/end", `{"object":"account:available:bea:EUR","reason":"the edit was undone"}`, olga...)
		w.dies("after_act")
		edited()
		w.completes(orchestrator.ApprovalDone)
		if r := w.must(200, "GET", "/v1/operator/holds", ""); !strings.Contains(string(r.Body), "available:bea") {
			t.Errorf("the second hold was ended, too: %s", r.Body)
		}

		const limits = "/v1/community/approval-limits"
		w.must(202, "PUT", limits, `{"limits":{"EUR":500000,"RUB":1000},"reason":"higher"}`, olga...)
		w.dies("after_act")
		w.must(200, "PUT", limits, `{"limits":{"EUR":10,"RUB":1000},"reason":"lower"}`, olga...)
		w.completes(orchestrator.ApprovalDone)
		var now struct{ Limits map[string]int64 }
		w.must(200, "GET", limits, "").JSON(t, &now)
		if diff := cmp.Diff(map[string]int64{"EUR": 10, "RUB": 1000}, now.Limits); diff != "" {
			t.Errorf("limits (-want +got):\n%s", diff)
		}
	})
}
