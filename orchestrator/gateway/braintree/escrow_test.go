package braintree_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway/braintree"
	"github.com/handsel-dev/handsel/orchestrator/gatewaytest"
	"github.com/handsel-dev/handsel/orchestrator/process"
	sandbox "github.com/handsel-dev/handsel/sandbox/braintree"
)

// newEscrow is a world in which Braintree holds money for sam, who is the sub-merchant sam_1.
func newEscrow(t testing.TB, change func(*braintree.Config)) *world {
	t.Helper()
	w := newWorldWith(t, func(c *braintree.Config) {
		c.Merchant, c.Escrow, c.Accounts = sandbox.Example().ID, true, map[money.Currency]string{"EUR": "shop_eur"}
		c.Sellers = &gatewaytest.Accounts{IDs: map[string]string{"sam": "sam_1"}}
		if change != nil {
			change(c)
		}
	})
	w.subMerchant("sam_1", "approve_me")
	w.later(time.Hour)
	return w
}

// subMerchant makes one at the emulator, as Braintree's SDK does.
func (w *world) subMerchant(id, first string) {
	w.t.Helper()
	body := fmt.Sprintf(`{"merchant_account":{"id":%q,"tos_accepted":true,"master_merchant_account_id":"shop_eur",
		"individual":{"first_name":%q,"last_name":"Doe","email":"jane@example.com","date_of_birth":"1981-11-19",
			"address":{"street_address":"111 Main St","locality":"Chicago","region":"IL","postal_code":"60622"}},
		"funding":{"destination":"email","email":"jane@example.com"}}}`, id, first)
	w.old(http.MethodPost, "/merchant_accounts/create_via_api", body)
}

// old makes a call of the classic API that nobody here knows of.
func (w *world) old(method, path, body string) {
	w.t.Helper()
	m := sandbox.Example()
	r, err := http.NewRequestWithContext(context.Background(), method, w.url+"/merchants/"+m.ID+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.SetBasicAuth(m.Public, m.Private)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		w.t.Fatalf("%s %s: %d", method, path, resp.StatusCode)
	}
}

// inEscrow is an operation of a deal whose seller Braintree pays: of the 51.50 that bea pays 1.50 are on top, and 3.00 sam's fee.
func inEscrow(verb process.Verb, payment string) orchestrator.Operation {
	op := operation(verb, payment)
	if verb == process.Transfer {
		op.Amount = money.New(4700, "EUR")
	}
	return op
}

// does carries out a verb and wants an outcome.
func (w *world) does(verb process.Verb, payment string, want process.Status, code fault.Reason) orchestrator.Outcome {
	w.t.Helper()
	out := w.Perform(w.t.Context(), inEscrow(verb, payment))
	if out.Status != want || out.Code != code {
		w.t.Fatalf("%s: %+v, want %s %s", verb, out, want, code)
	}
	if want == process.Succeeded && out.Err != nil {
		w.t.Errorf("%s succeeded, and the log would say %v", verb, out.Err)
	}
	return out
}

func (w *world) did() (did []string) {
	for _, e := range w.bank.Effects() {
		did = append(did, fmt.Sprint(e.Operation, " ", e.Amount))
	}
	return did
}

// is wants what has happened to money, and no more.
func (w *world) is(want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.did()); diff != "" {
		w.t.Errorf("(-want +got)\n%s", diff)
	}
}

// heldFor is a payment that is held for sam.
func (w *world) heldFor() string {
	w.t.Helper()
	id := w.does(process.Charge, "", process.Succeeded, "").Snapshot.PaymentID
	w.later(24 * time.Hour)
	return id
}

// A payment has our commission in it as the service fee, and the seller gets the rest of it once, however often it is asked.
func TestEscrow(t *testing.T) {
	t.Parallel()
	w := newEscrow(t, nil)
	id := w.does(process.Authorize, "", process.Succeeded, "").Snapshot.PaymentID
	w.does(process.Transfer, id, process.Declined, "not_settled_yet")
	w.does(process.Capture, id, process.Succeeded, "")
	w.does(process.Transfer, id, process.Declined, "not_settled_yet")
	w.later(24 * time.Hour)
	for range 3 {
		w.does(process.Transfer, id, process.Succeeded, "")
	}
	if s := w.shown(id, process.Funds{Captured: 5150}); s.Totals.Released != 4700 || s.Payee != "sam_1" {
		t.Errorf("a look shows %+v for %q", s.Totals, s.Payee)
	}
	w.later(25 * time.Hour)
	w.does(process.Transfer, id, process.Succeeded, "")
	w.does(process.Refund, id, process.Declined, "overtaken")
	w.is("authorize 5150", "capture 5150", "release 4700", "disburse 4700")
}

// Another fee than ours shows as another price, and is not paid out on.
func TestEscrow_otherFee(t *testing.T) {
	t.Parallel()
	w := newEscrow(t, nil)
	w.alter = strings.NewReplacer("<service-fee-amount>4.50<", "<service-fee-amount>1.00<")
	out := w.does(process.Charge, "", process.Succeeded, "")
	if out.Snapshot.Price != money.New(5350, "EUR") {
		t.Errorf("the price is %s", out.Snapshot.Price)
	}
	w.later(24 * time.Hour)
	w.does(process.Transfer, out.Snapshot.PaymentID, process.Declined, "amount_not_supported")
	w.is("authorize 5150", "capture 5150")
}

// A payment for another sub-merchant than the seller is not believed to be the deal's: what it took would be released to somebody else.
func TestEscrow_otherSeller(t *testing.T) {
	t.Parallel()
	w := newEscrow(t, nil)
	w.subMerchant("eve_1", "approve_me")
	w.later(time.Hour)
	w.alter = strings.NewReplacer("<merchant-account-id>sam_1<", "<merchant-account-id>eve_1<")
	out := w.does(process.Charge, "", process.Unknown, "unreadable_answer")
	if out.Snapshot.Found {
		t.Errorf("the payment is for eve, and is taken for %+v", out.Snapshot)
	}
	again := inEscrow(process.Charge, "")
	again.Attempt = 2
	if out := w.Perform(t.Context(), again); out.Status == process.Succeeded {
		t.Errorf("another try: %+v", out)
	}
}

// What is not to be held is held before it is captured; what was captured at once and is not held shows as having left.
func TestEscrow_notHeld(t *testing.T) {
	t.Parallel()
	w := newEscrow(t, nil)
	w.alter = strings.NewReplacer(`<hold-in-escrow type="boolean">true`, `<hold-in-escrow type="boolean">false`)
	id := w.does(process.Authorize, "", process.Succeeded, "").Snapshot.PaymentID
	w.fault("hold_in_escrow", "cut_before")
	w.does(process.Capture, id, process.NotSent, "gateway_unreachable")
	w.is("authorize 5150")
	w.does(process.Capture, id, process.Succeeded, "")
	w.later(24 * time.Hour)
	if s := w.shown(id, process.Funds{Captured: 5150}); s.Totals.Released != 0 {
		t.Errorf("a look shows %+v", s.Totals)
	}
	op := inEscrow(process.Charge, "")
	op.IntentID += "2"
	out := w.Perform(t.Context(), op)
	s := w.shown(out.Snapshot.PaymentID, process.Funds{Captured: 5150})
	if _, told := s.Facts[process.FactTransferred]; s.Totals.Released != 4700 || told {
		t.Errorf("not held, and a look shows %+v, %v", s.Totals, s.Facts)
	}
}

// Escrow gives back all or nothing, and captures all or nothing.
func TestEscrow_whole(t *testing.T) {
	t.Parallel()
	w := newEscrow(t, nil)
	id := w.heldFor()
	for _, n := range []int64{5000, 1500, 5151} {
		op := inEscrow(process.Refund, id)
		op.Amount, op.Whole = money.New(n, "EUR"), n == 5000
		if out := w.Perform(t.Context(), op); out.Status != process.Declined || out.Code != "partial_refund_not_allowed" || !out.Unasked {
			t.Errorf("a refund of %d: %+v", n, out)
		}
	}
	w.does(process.Refund, id, process.Succeeded, "")
	w.does(process.Transfer, id, process.Declined, "overtaken")
	w.is("authorize 5150", "capture 5150", "refund 5150")

	op := inEscrow(process.Authorize, "")
	op.IntentID += "2"
	reserved := w.Perform(t.Context(), op).Snapshot.PaymentID
	part := inEscrow(process.Capture, reserved)
	part.Amount = money.New(4000, "EUR")
	if out := w.Perform(t.Context(), part); out.Status != process.Declined || out.Code != "amount_not_supported" {
		t.Errorf("a part is captured: %+v", out)
	}
}

// A seller who is suspended in the middle of a deal is owed what is released, and nothing of theirs can go back.
func TestEscrow_suspended(t *testing.T) {
	t.Parallel()
	w := newEscrow(t, nil)
	id := w.heldFor()
	if err := w.bank.DecideSubMerchant("sam_1", "suspended", "82623"); err != nil {
		t.Fatal(err)
	}
	op := inEscrow(process.Authorize, "")
	op.IntentID += "2"
	if out := w.Perform(t.Context(), op); out.Status != process.Declined || out.Code != "payee_not_ready" {
		t.Errorf("another payment: %+v", out)
	}
	w.does(process.Refund, id, process.Declined, "refund_failed")
	w.does(process.Transfer, id, process.Succeeded, "")
	w.later(25 * time.Hour)
	w.is("authorize 5150", "capture 5150", "release 4700", "disburse_failed 4700")
}

// Between the look at the seller and the sale they may be suspended; Braintree refuses then.
func TestEscrow_suspendedMeanwhile(t *testing.T) {
	t.Parallel()
	w := newEscrow(t, nil)
	w.before, w.meanwhile = "<service-fee-amount>", func() {
		if err := w.bank.DecideSubMerchant("sam_1", "suspended", ""); err != nil {
			t.Error(err)
		}
	}
	w.does(process.Authorize, "", process.Declined, "payee_not_ready")
	w.is()
}

// Whom Braintree does not sell for is not ready: one in another currency, too, at whom another sum would be taken.
func TestEscrow_seller(t *testing.T) {
	t.Parallel()
	ids := &gatewaytest.Accounts{IDs: map[string]string{"sam": "sam_1", "usa": "usa_1", "new": "new_1", "gone": "gone_1", "odd": "a b", "out": "declined:82621:out_1"}}
	w := newEscrow(t, func(c *braintree.Config) { c.Sellers = ids })
	w.bank.SubMerchant("usa_1", "shop_usd")
	w.bank.SubMerchant("free_1", "shop_eur")
	w.subMerchant("new_1", "Jane")
	w.subMerchant("out_1", "82621")
	w.later(2 * time.Minute)
	m := w.adapter.(braintree.Marketplace)
	for user, want := range map[string]orchestrator.SellerStatus{
		"sam": "active", "usa": "restricted", "new": "pending", "gone": "missing", "odd": "missing", "eve": "missing", "out": "rejected",
	} {
		s, err := m.Seller(t.Context(), 501, user)
		can, canErr := w.CanReceive(t.Context(), 501, user)
		if err != nil || canErr != nil || s.Status != want || can != (want == "active") || s.CanBePaid != can {
			t.Errorf("%s: %+v, %v, %t, %v, want %s", user, s, err, can, canErr, want)
		}
		if user == "out" && (len(s.Due) != 1 || s.Due[0].What != "declined_ofac" || s.ID != "out_1") {
			t.Errorf("declined: %+v", s)
		}
		op := inEscrow(process.Charge, "")
		op.Transaction.Seller = user
		op.IntentID += user
		if out := w.Perform(t.Context(), op); (out.Status == process.Succeeded) != can || !can && out.Code != "payee_not_ready" {
			t.Errorf("a payment for %s: %+v", user, out)
		}
	}
	for id, want := range map[string]bool{
		"free_1": true, "usa_1": false, "nobody": false, "shop_eur": false, "a b": false, "../x": false, "hs-0123456789ab-0123456789abcdef": false,
	} {
		if known, err := m.KnowsAccount(t.Context(), 501, "ann", id); err != nil || known != want {
			t.Errorf("%s is known: %t, %v", id, known, err)
		}
	}
}

// A deal ends as it began, whatever the setting is by then.
func TestEscrow_setting(t *testing.T) {
	t.Parallel()
	w := newEscrow(t, nil)
	id := w.does(process.Authorize, "", process.Succeeded, "").Snapshot.PaymentID
	m := w.adapter.(braintree.Marketplace)
	own := inEscrow(process.Authorize, "")
	own.Transaction.MarketplacePays, own.IntentID = true, "own"
	mine := w.Perform(t.Context(), own)
	if mine.Status != process.Succeeded {
		t.Fatalf("one of the marketplace's own: %+v", mine)
	}
	if s := w.shown(mine.Snapshot.PaymentID, process.Funds{Released: 17}); s.Totals.Released != 17 {
		t.Errorf("what the marketplace paid is %+v", s.Totals)
	}
	if whole := m.RefundsWhole(own.Transaction); whole || !m.RefundsWhole(orchestrator.Transaction{}) {
		t.Errorf("whole: %t", whole)
	}
	m.Escrow = false
	w.adapter = m.Gateway
	if off, ok := w.adapter.(orchestrator.RefundingWhole); !ok || !off.RefundsWhole(orchestrator.Transaction{}) || off.RefundsWhole(own.Transaction) {
		t.Error("a part of what is in escrow could go back once the setting is off")
	}
	w.does(process.Capture, id, process.Succeeded, "")
	w.later(24 * time.Hour)
	w.does(process.Transfer, id, process.Succeeded, "")
	late := inEscrow(process.Charge, "")
	late.IntentID += "2"
	if out := w.Perform(t.Context(), late); out.Status != process.Declined || out.Code != "payee_not_ready" {
		t.Errorf("an invoice of an escrow deal: %+v", out)
	}
	out := own
	out.Transaction.PaymentID, out.Verb = mine.Snapshot.PaymentID, process.Transfer
	if out := w.Perform(t.Context(), out); out.Status != process.NotSent {
		t.Errorf("a transfer of the marketplace's own: %+v", out)
	}
}

// A sale that Braintree takes for a repeat of this very one counts as that.
func TestEscrow_duplicate(t *testing.T) {
	t.Parallel()
	w := newEscrow(t, nil)
	first := w.does(process.Authorize, "", process.Succeeded, "").Snapshot.PaymentID
	if again := w.does(process.Authorize, "", process.Succeeded, "").Snapshot.PaymentID; again != first {
		t.Errorf("%s beside %s", again, first)
	}
	w.is("authorize 5150")
}

// A proxy's 404 is not believed to say that there is nothing.
func TestEscrow_find(t *testing.T) {
	t.Parallel()
	w := newEscrow(t, nil)
	id := w.heldFor()
	plain := w.next
	w.next = roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodGet {
			return &http.Response{StatusCode: http.StatusNotFound, Body: http.NoBody, Header: http.Header{}, Request: r}, nil
		}
		return plain.RoundTrip(r)
	})
	if s := w.shown(id, process.Funds{}); !s.Found || s.PaymentID != id {
		t.Errorf("%+v", s)
	}
	if _, err := w.CanReceive(t.Context(), 501, "sam"); err == nil {
		t.Error("a seller is gone because a proxy says so")
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Who was declined has another try; who is active changes what is known of them, also when an old message says otherwise.
func TestEscrow_onboard(t *testing.T) {
	t.Parallel()
	ids := &gatewaytest.Accounts{IDs: map[string]string{}}
	w := newEscrow(t, func(c *braintree.Config) { c.Sellers = ids })
	m := w.adapter.(braintree.Marketplace)
	told := map[string]string{
		"first_name": "approve_me", "last_name": "Doe", "email": "jane@example.com", "date_of_birth": "1981-11-19", "street_address": "111 Main St", "locality": "Chicago",
		"region": "IL", "postal_code": "60622", "funding_destination": "email", "funding_email": "jane@example.com", "tos_accepted": "true",
	}
	sets := func(change ...string) error {
		all := maps.Clone(told)
		for i := 0; i+1 < len(change); i += 2 {
			all[change[i]] = change[i+1]
		}
		_, err := m.Onboard(t.Context(), 501, "eve", orchestrator.Return{Done: "https://shop.example.com", Details: all})
		return err
	}
	hears := func(code string) {
		t.Helper()
		news, ok := m.SellerTold("seller:" + code + ":" + strings.TrimPrefix(ids.IDs["eve"], "declined:82621:"))
		if !ok || len(news.Accounts) != 1 {
			t.Fatalf("not heard: %+v", news)
		}
		ids.IDs["eve"] = news.Instead
	}
	if err := sets("tos_accepted", ""); fault.ReasonOf(err) != "invalid_seller_details" || !strings.Contains(err.Error(), "82610") {
		t.Errorf("without the terms: %v", err)
	}
	for name, wrong := range map[string]string{"funding_email": "jane", "postal_code": "x", "business_postal_code": "x", "funding_destination": "cheque"} {
		if err := sets(name, wrong); fault.ReasonOf(err) != "invalid_seller_details" || !strings.Contains(err.Error(), " "+name+" is wrong") {
			t.Errorf("a wrong %s: %v", name, err)
		}
	}
	if err := sets("first_name", "82621"); err != nil {
		t.Fatal(err)
	}
	first := ids.IDs["eve"]
	if err := sets("first_name", "82621"); err != nil || ids.IDs["eve"] != first {
		t.Errorf("while it is checked: %v, %s", err, ids.IDs["eve"])
	}
	w.later(2 * time.Minute)
	hears("82621")
	if err := sets(); err != nil || ids.IDs["eve"] == first {
		t.Fatalf("another try: %v, %s", err, ids.IDs["eve"])
	}
	second := ids.IDs["eve"]
	w.later(2 * time.Minute)
	hears("82621") // an old message, played again
	if s, err := m.Seller(t.Context(), 501, "eve"); err != nil || !s.CanBePaid || s.ID != second {
		t.Errorf("%+v, %v", s, err)
	}
	if err := sets("funding_email", "new@example.com"); err != nil || !strings.HasSuffix(ids.IDs["eve"], second) {
		t.Errorf("changed: %v, %s", err, ids.IDs["eve"])
	}
	for _, about := range []string{"", "abcd1234", "seller:82621"} {
		if news, ok := m.SellerTold(about); ok && len(news.Accounts) > 0 {
			t.Errorf("%q is about %s", about, news.Accounts)
		}
	}
}

// Of a merchant id that does not belong to the keys the log says what to look at.
func TestEscrow_anotherMerchant(t *testing.T) {
	t.Parallel()
	w := newEscrow(t, func(c *braintree.Config) { c.Merchant = "another_merchant" })
	if _, err := w.CanReceive(t.Context(), 501, "sam"); err == nil || !strings.Contains(err.Error(), "HANDSEL_BRAINTREE_MERCHANT_ID") {
		t.Errorf("asked for a seller: %v", err)
	}
}
