package app_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/testkit"
)

// outcome has an operator say what came of the deal's refund.
func (d *dealing) outcome(what string, status int) testkit.Response {
	d.t.Helper()
	r := d.twice("/v1/operator/transactions/"+d.deal().ID+"/outcome", `{"outcome":"`+what+`","reason":"seen on Paytrail's pages"}`)
	if r.Status != status {
		d.t.Fatalf("outcome %s: %d %s, want %d", what, r.Status, r.Body, status)
	}
	d.MustSettle()
	return r
}

// twice makes a request of staff and repeats it under the same key. What was done is answered as the
// first time; what was refused is refused again.
func (d *dealing) twice(path, body string) testkit.Response {
	d.t.Helper()
	d.n++
	staff := []string{"Handsel-Operator", "olga", "Idempotency-Key", "try " + strconv.Itoa(d.n)}
	first := d.Call("POST", path, body, staff...)
	again := d.Call("POST", path, body, staff...)
	done := first.Status < http.StatusBadRequest
	if again.Status != first.Status || (again.Header.Get("Idempotent-Replayed") == "true") != done || done && string(again.Body) != string(first.Body) {
		d.t.Errorf("%s: %d %s, again %d %s", path, first.Status, first.Body, again.Status, again.Body)
	}
	return first
}

// lostRefund is a deal whose refund has no outcome that anybody tells.
func lostRefund(t *testing.T, url, fault string) *dealing {
	t.Helper()
	d := canceled(t, url, "success")
	if err := d.till.SetFaults([]emulatorFault{{Route: "create_refund", Kind: fault}, {Route: "webhook", Kind: "lose"}}); err != nil {
		t.Fatal(err)
	}
	// Who asked is told what to do: nothing looks such a refund up.
	if r := d.staff("refund", "", 502); !strings.Contains(string(r.Body), "/outcome") || strings.Contains(string(r.Body), "automatically") {
		t.Errorf("told: %s", r.Body)
	}
	return d
}

// Where Paytrail's message about a refund is lost, staff says what came of it, and the deal goes on.
func TestPaytrail_outcomeTold(t *testing.T) {
	t.Parallel()
	type sums = map[string]int64
	for name, tc := range map[string]struct {
		fault string
		play  func(d *dealing)
		is    string
		want  sums
	}{
		"it arrived": {"cut_after", func(d *dealing) {
			d.outcome("arrived", 200)
			if r := d.outcome("arrived", 409); !strings.Contains(string(r.Body), `"no_open_refund"`) {
				d.t.Errorf("said twice: %s", r.Body)
			}
		}, "refunded", sums{"charge": total, "refund": total}},
		"it did not, and is repeated": {"cut_before", func(d *dealing) {
			d.outcome("not_arrived", 200)
			d.is("canceled")
			d.staff("refund", "", 200)
		}, "refunded", sums{"charge": total, "refund": total}},
		"it did not, and the seller is paid": {"cut_before", func(d *dealing) {
			d.outcome("not_arrived", 200)
			d.staff("dismiss", "", 200)
		}, "dismissed", sums{"charge": total}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testkit.OnEither(t, func(t *testing.T, url string) {
				d := lostRefund(t, url, tc.fault)
				d.Advance(50 * time.Minute)
				if r := d.outcome("arrived", 409); !strings.Contains(string(r.Body), `"operation_in_progress"`) {
					t.Errorf("too early: %s", r.Body)
				}
				d.Advance(20 * time.Minute)
				d.outcome("maybe", 400)
				tc.play(d)
				d.is(tc.is)
				if diff := cmp.Diff(tc.want, d.moved()); diff != "" {
					t.Errorf("at Paytrail (-want +got):\n%s", diff)
				}
				if r := d.Call("GET", "/v1/operator/audit", "", "Handsel-Operator", "olga"); !strings.Contains(string(r.Body), `"transaction.tell_outcome"`) || !strings.Contains(string(r.Body), "seen on Paytrail's pages") {
					t.Errorf("audit log: %s", r.Body)
				}
				d.CheckBooks()
			})
		})
	}
}

// A word that was wrong shows when the message comes after all: the refund is booked, or a person has to look where the deal has gone
// on since.
func TestPaytrail_outcomeToldWrong(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		since func(d *dealing)
		is    string
		held  bool
	}{
		"nothing was done since": {func(*dealing) {}, "refunded", false},
		"the seller was paid":    {func(d *dealing) { d.staff("dismiss", "", 200) }, "dismissed", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testkit.OnEither(t, func(t *testing.T, url string) {
				d := lostRefund(t, url, "cut_after")
				last := len(tillOf(t, d.Testbed).Deliveries())
				d.Advance(2 * time.Hour)
				d.outcome("not_arrived", 200)
				tc.since(d)
				for range 2 { // a message that comes again tells nothing new
					d.Advance(time.Minute)
					d.ask("POST", d.Config.EmulatorURLs["paytrail"]+"/_sandbox/webhooks/"+jsonNumber(int64(last))+"/resend")
					d.MustSettle()
					d.Advance(time.Minute)
					d.is(tc.is)
					if deal := d.deal(); strings.Contains(deal.Attention, "was said not to have been carried out") != tc.held {
						t.Errorf("on hold %t, want %t: %+v", !tc.held, tc.held, deal)
					}
				}
				d.CheckBooks()
			})
		})
	}
}

// Above the limit a second person agrees first.
func TestPaytrail_outcomeNeedsTwo(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		d := lostRefund(t, url, "cut_after")
		d.Advance(2 * time.Hour)
		if r := d.Call("PUT", "/v1/community/operators", `{"operators":["olga","ann"],"reason":"our staff"}`, "Handsel-Operator", "olga"); r.Status != http.StatusOK {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
		limit := `{"limits":{"EUR":1000},"reason":"from now on"}`
		if r := d.Call("PUT", "/v1/community/approval-limits", limit, "Handsel-Operator", "olga"); r.Status != http.StatusOK {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
		r := d.outcome("arrived", http.StatusAccepted)
		if deal := d.deal(); deal.Operation != "refund" || !strings.Contains(string(r.Body), `"outcome":"arrived"`) {
			t.Errorf("at once: %+v, %s", deal, r.Body)
		}
		_, rest, _ := strings.Cut(string(r.Body), `"id":"`)
		id, _, _ := strings.Cut(rest, `"`)
		if r := d.Call("POST", "/v1/operator/approvals/"+id+"/approve", `{"reason":"seen, too"}`, "Handsel-Operator", "ann"); r.Status != http.StatusOK {
			t.Fatalf("approve %s: %d %s", id, r.Status, r.Body)
		}
		d.is("refunded")
		d.CheckBooks()
	})
}

// Nobody's word is taken where the gateway shows what came of an operation.
func TestOutcome_shown(t *testing.T) {
	t.Parallel()
	d := onCard(t, "")
	d.opensOnCard("success", 201)
	if r := d.outcome("arrived", 409); !strings.Contains(string(r.Body), `"no_open_refund"`) {
		t.Errorf("no operation: %s", r.Body)
	}
	d.fault("commit_hold", "cut_before")
	d.step("complete_preauthorization", "sam", `{}`, 502)
	if r := d.outcome("arrived", 409); !strings.Contains(string(r.Body), `"no_open_refund"`) {
		t.Errorf("another operation: %s", r.Body)
	}
	if r := d.Call("POST", "/v1/operator/transactions/"+d.deal().ID+"/outcome", `{"outcome":"arrived","reason":"x"}`); r.Status != http.StatusForbidden {
		t.Errorf("nobody of the staff: %d %s", r.Status, r.Body)
	}
}
