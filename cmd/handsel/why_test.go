package main

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testkit"
)

// The id that an answer carries leads to what its request did, in every table, and to nothing else.
func TestWhy(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url})
		environ := []string{"HANDSEL_DATABASE_URL=" + url}
		const deal = `{"process":"escrow_online","gateway":"trustap","starter_id":"bea","author_id":"sam","listing":{"title":"Bike"},"unit_price":{"amount":5000,"currency":"EUR"}}`
		for _, id := range []string{"req-deal", "req-other"} {
			if r := w.Call("POST", "/v1/transactions", deal, "Idempotency-Key", id, "X-Request-Id", id); r.Status != 201 {
				t.Fatalf("%d %s", r.Status, r.Body)
			}
		}
		staff := []string{"Handsel-Operator", "olga", "X-Request-Id", "req-staff"}
		if r := w.Call("PUT", "/v1/community/approval-limits", `{"limits":{"EUR":1000},"reason":"policy"}`, staff...); r.Status != 200 {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
		trace := func(id string) (lines []traceLine) {
			got := runs(t, environ, "why", id, "--json")
			if got.code != exitDone {
				t.Fatalf("%+v", got)
			}
			for text := range strings.Lines(got.out) {
				var l traceLine
				if err := json.Unmarshal([]byte(text), &l); err != nil {
					t.Fatal(err)
				}
				lines = append(lines, l)
			}
			return lines
		}
		lines := trace("req-deal")
		var did []string
		for _, l := range lines {
			did = append(did, strings.TrimSpace(string(l.Kind)+" "+l.Name+" "+l.About+" "+l.Outcome))
			if l.TransactionID != lines[0].TransactionID || l.TransactionID == 0 || l.IntentID != lines[0].IntentID || l.CommunityID != app.SampleCommunity {
				t.Errorf("of another deal, or operation: %+v", l)
			}
		}
		if d := cmp.Diff([]string{"step create created", "step create created → joined", "operation charge trustap succeeded"}, did); d != "" {
			t.Errorf("the deal (-want +got):\n%s", d)
		}
		want := []traceLine{{Kind: traceAct, CommunityID: app.SampleCommunity, Actor: "operator:olga", Name: "limits.set", About: "community:501", Note: "policy"}}
		got := trace("req-staff")
		want[0].At = got[0].At
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		if got := runs(t, environ, "why", "req-deal"); !regexp.MustCompile(`(?m)community 501, transaction \d+  operation  +charge +trustap +succeeded`).MatchString(got.out) {
			t.Errorf("the table:\n%s", got.out)
		}
		if got := runs(t, environ, "why", "req-unknown"); got.code != exitFailed || !strings.Contains(got.errOut, `nothing was written for request "req-unknown"`) {
			t.Errorf("%+v", got)
		}
	})
}
