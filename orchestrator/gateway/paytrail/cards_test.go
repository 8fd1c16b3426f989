package paytrail_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway/paytrail"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// holdWith is an authorization with a saved card.
func (w *world) holdWith(method string) orchestrator.Operation {
	op := operation(process.Authorize, "")
	op.Transaction.Funds, op.Whole = process.Funds{}, false
	op.Input = map[string]string{"payment_method": method}
	return op
}

func (w *world) look(id string) orchestrator.Snapshot {
	w.t.Helper()
	s, err := w.Lookup(w.t.Context(), orchestrator.PaymentRef{PaymentID: id, Booked: &process.Funds{}})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) stampOf(id string) string {
	w.t.Helper()
	for _, e := range w.till.Effects() {
		if e.ObjectID == id {
			return e.Stamp
		}
	}
	w.t.Fatalf("payment %s did nothing", id)
	return ""
}

func TestHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	op := w.holdWith(w.card("success"))
	out := w.Perform(t.Context(), op)
	s := w.look(out.Snapshot.PaymentID)
	if out.Status != process.Succeeded || s.References[0].Text != op.Reference() || s.Deal != "handsel_501_7" || s.RedirectURL != "" || s.Taken != nil || s.Totals != nil {
		t.Fatalf("held: %+v, %+v", out, s)
	}
	at, authorized := s.Facts[process.FactAuthorized]
	if !authorized || len(s.Facts) != 1 || !s.Deadlines[process.CaptureBefore].Equal(at.Add(7*24*time.Hour)) {
		t.Errorf("it shows %v, %v", s.Facts, s.Deadlines)
	}
	capture := operation(process.Capture, s.PaymentID)
	capture.Transaction.Funds = process.Funds{Authorized: 5150}
	if out := w.Perform(t.Context(), capture); out.Status != process.Succeeded {
		t.Fatalf("capture: %+v", out)
	}
	s = w.look(s.PaymentID)
	if _, taken := s.Facts[process.FactCaptured]; !taken || len(s.Facts) != 2 || s.Totals == nil || s.Totals.Captured != 5150 {
		t.Errorf("captured: %v, %+v", s.Facts, s.Totals)
	}
	if out := w.Perform(t.Context(), capture); out.Status != process.Succeeded || w.effects("capture") != 1 {
		t.Errorf("captured again: %+v, %d times", out, w.effects("capture"))
	}
	part := operation(process.Refund, s.PaymentID)
	part.Amount = money.New(5000, "EUR") // without the fee: by items
	if out := w.Perform(t.Context(), part); out.Status != process.Succeeded {
		t.Errorf("refund of a captured hold: %+v", out)
	}
}

// A token that the shop has kept holds as well as the id with which the buyer comes back. Neither is in any stamp as it is.
func TestHold_token(t *testing.T) {
	t.Parallel()
	var token string
	w := newWorld(t, func(c *paytrail.Config) {
		c.Transport = spy{c.Transport, func(body string) {
			if _, after, found := strings.Cut(body, `"token":"`); found {
				token, _, _ = strings.Cut(after, `"`)
			}
		}}
	})
	out := w.Perform(t.Context(), w.holdWith(w.card("success")))
	if out.Status != process.Succeeded || token == "" {
		t.Fatalf("%+v", out)
	}
	if stamp := w.stampOf(out.Snapshot.PaymentID); strings.Contains(stamp, token) || len(stamp) > 200 || !strings.HasPrefix(stamp, "5f1c0e0a-authorize~h0~") {
		t.Errorf("stamp %q of token %q", stamp, token)
	}
	op := w.holdWith("token:" + token)
	op.IntentID = "another"
	if out := w.Perform(t.Context(), op); out.Status != process.Succeeded {
		t.Errorf("with the token: %+v", out)
	}
}

// spy tells what is sent.
type spy struct {
	next http.RoundTripper
	tell func(body string)
}

func (s spy) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	s.tell(string(body))
	r.Body = io.NopCloser(bytes.NewReader(body))
	return s.next.RoundTrip(r)
}

func TestHold_refused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		card, method string
		code         fault.Reason
		unasked      bool
	}{
		"no money":                  {card: "insufficient", code: "card_declined"},
		"never again":               {card: "stolen", code: "card_not_retryable"},
		"a card's number":           {method: "4153013999700313", code: "invalid_payment_method", unasked: true},
		"nothing":                   {code: "invalid_payment_method", unasked: true},
		"somebody's":                {method: "4b300af6-9a22-11e8-9184-abb6de7fd2d0", code: "invalid_payment_method", unasked: true},
		"a token that there is not": {method: "token:4b300af6-9a22-11e8-9184-abb6de7fd2d0", code: "declined"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			if tc.card != "" {
				tc.method = w.card(tc.card)
			}
			out := w.Perform(t.Context(), w.holdWith(tc.method))
			if out.Status != process.Declined || out.Code != tc.code || out.Unasked != tc.unasked || w.effects("authorize") != 0 {
				t.Errorf("%+v, %d held", out, w.effects("authorize"))
			}
		})
	}
}

func TestHold_asked(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]process.Fact{"success": process.FactAuthorized, "declined": process.FactVoided, "": ""} {
		t.Run("answer "+answer, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			out := w.Perform(t.Context(), w.holdWith(w.card("three_d_secure")))
			s := out.Snapshot
			if out.Status != process.RequiresAction || s.RedirectURL != w.url+"/3ds/"+s.PaymentID || len(s.Facts) != 0 {
				t.Fatalf("%+v", out)
			}
			if answer != "" {
				if err := w.till.Pay(s.PaymentID, answer); err != nil {
					t.Fatal(err)
				}
				if now := w.look(s.PaymentID); len(now.Facts) != 1 || now.Facts[want].IsZero() {
					t.Errorf("%v, want %s", now.Facts, want)
				}
				return
			}
			if out := w.Perform(t.Context(), operation(process.Capture, s.PaymentID)); out.Status != process.NotSent {
				t.Errorf("captured while the bank asks: %+v", out)
			}
			if out := w.Perform(t.Context(), operation(process.Void, s.PaymentID)); out.Status != process.Succeeded {
				t.Errorf("void while the bank asks: %+v", out)
			}
			if now := w.look(s.PaymentID); now.Facts[process.FactVoided].IsZero() {
				t.Errorf("%v", now.Facts)
			}
		})
	}
}

// A hold is sent once, and given up when nothing shows of it.
func TestHold_doubt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, call := range []string{"cut_after", "cut_before", "broken_json", "html", "unsigned"} {
		w.fault("cit_authorization_hold", call)
		op := w.holdWith(w.card("success"))
		op.IntentID = call
		if out := w.Perform(t.Context(), op); out.Status != process.Unknown {
			t.Errorf("%s: %+v", call, out)
		}
		w.fault("get_token", call)
		op.IntentID += " of the token"
		if out := w.Perform(t.Context(), op); out.Status != process.NotSent {
			t.Errorf("%s of the token: %+v", call, out)
		}
	}
	if w.effects("authorize") != 2 {
		t.Errorf("%d held, want those that were cut after it and broken", w.effects("authorize"))
	}
	if !w.SendsOnce(process.Authorize) || w.GivesUp(process.Authorize) != 10*time.Minute || w.GivesUp(process.Refund) != 0 || w.SendsOnce(process.Capture) {
		t.Error("what is sent once is another")
	}
}

// A hold stands when a setting or an account is gone that its commit needs: nothing is sent, and it is committed when that is back.
func TestHold_missing(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(c *paytrail.Config, op *orchestrator.Operation)
		code   fault.Reason
	}{
		"the holding merchant": {func(_ *paytrail.Config, op *orchestrator.Operation) { op.Transaction.MarketplacePays = true }, "payee_account_missing"},
		"the seller's":         {func(_ *paytrail.Config, op *orchestrator.Operation) { op.Transaction.Seller = "ann" }, "payee_account_missing"},
		"the buyer's profile":  {func(_ *paytrail.Config, op *orchestrator.Operation) { op.Transaction.Buyer = "ben" }, "profile_missing"},
		"for commissions":      {func(c *paytrail.Config, _ *orchestrator.Operation) { c.Commission = "" }, "commission_merchant_missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			out := w.Perform(t.Context(), w.holdWith(w.card("success")))
			commission := w.Commission
			commit := func(change func(*paytrail.Config, *orchestrator.Operation)) orchestrator.Outcome {
				op := operation(process.Capture, out.Snapshot.PaymentID)
				op.Transaction.Funds = process.Funds{Authorized: 5150}
				if change != nil {
					change(&w.Config, &op)
				}
				return w.Perform(t.Context(), op)
			}
			if got := commit(tc.change); got.Status != process.NotSent || got.Code != tc.code || w.effects("capture") != 0 {
				t.Errorf("without it: %+v", got)
			}
			w.Commission = commission
			if got := commit(nil); got.Status != process.Succeeded || w.effects("capture") != 1 {
				t.Errorf("with it: %+v", got)
			}
		})
	}
}
