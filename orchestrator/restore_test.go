package orchestrator_test

import (
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/internal/testkit/testsize"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// course is what people do with a deal, one thing after the other.
type course struct {
	name  string
	deeds []deed
	hand  func(w *testkit.Testbed, tx orchestrator.Transaction) // done at the gateway, past the engine
}

// stand is where deals of a gateway are when the backup is made, and what may happen
// from there.
type stand struct {
	gateway string
	open    orchestrator.CreateInput
	before  []deed
	courses []course
	hands   []course // only before the backup is restored
}

// inEscrow is where Braintree holds the money of a deal.
const inEscrow = "braintree, in escrow"

func by(actor process.Actor, names ...process.Transition) []deed {
	var deeds []deed
	for _, name := range names {
		deeds = append(deeds, deed{name: name, actor: actor})
	}
	return deeds
}

func stands() map[string]stand {
	buyer, seller := testkit.Buyer, testkit.Seller
	parts := map[string]string{"refund": "1500", "release": "3500"}
	split := []deed{{name: "cancel", actor: buyer}, {name: "split", actor: staff, input: parts}}
	paid := []course{
		{name: "complete", deeds: by(buyer, "complete")},
		{name: "refund", deeds: append(by(buyer, "cancel"), by(staff, "refund")...)},
		{name: "dismiss", deeds: append(by(buyer, "cancel"), by(staff, "dismiss")...)},
		{name: "split", deeds: split},
	}
	accept := by(seller, "complete_preauthorization")
	var taken []course
	for _, c := range paid {
		taken = append(taken, course{name: "capture, " + c.name, deeds: append(slices.Clone(accept), c.deeds...)})
	}
	holding := append([]course{{name: "capture", deeds: accept}, {name: "reject", deeds: by(seller, "reject")}, {name: "withdraw", deeds: by(buyer, "withdraw")}}, taken...)
	byHand := []course{
		{name: "refund by hand", hand: func(w *testkit.Testbed, tx orchestrator.Transaction) {
			w.AtStripe("/v1/refunds", url.Values{"payment_intent": {tx.PaymentID}})
		}},
		{name: "part of a refund by hand", hand: func(w *testkit.Testbed, tx orchestrator.Transaction) {
			w.AtStripe("/v1/refunds", url.Values{"payment_intent": {tx.PaymentID}, "amount": {"1000"}})
		}},
		{name: "transfer by hand", hand: func(w *testkit.Testbed, tx orchestrator.Transaction) { w.TransferElsewhere(tx, tx.Price.Minor()) }},
	}
	card, bill := card("preauthorize", "pm_card_visa"), card("postpay", "")
	invoice := []deed{{name: "invoice", actor: seller, input: map[string]string{"total_sum": "5000"}}}
	settle := []deed{{name: "pay_invoice", actor: buyer, input: map[string]string{"payment_method": "pm_card_visa"}}}
	help := append(by(buyer, "confirm_paid"), by(buyer, "call_operator")...)
	reason := map[string]string{"reason": "nothing came in"}
	verdict := map[string]string{"refund": "1500", "release": "3500", "reason": "half came in"}
	pay, ship, arrive := []deed{{pays: true}}, deed{name: "track", actor: seller, input: inputOf("track")}, deed{name: "confirm_delivery", actor: buyer}
	complain := []deed{{name: "complain", actor: buyer, input: map[string]string{"description": "the bell is missing"}}}
	stands := inPersonStands(pay, complain)
	maps.Copy(stands, paypalStands(pay, accept, holding, paid))
	begun := []deed{invoice[0], {name: "pay_invoice", actor: buyer}}
	stands["paytrail, billed"] = stand{"paytrail", at("postpay", "paytrail"), begun, []course{
		{name: "pay", deeds: pay}, {name: "pay, complete", deeds: append(slices.Clone(pay), by(buyer, "complete")...)}, {name: "cancel", deeds: by(buyer, "cancel")},
	}, nil}
	stands["paytrail, held"] = stand{"paytrail", onSavedCard(), nil, slices.DeleteFunc(slices.Clone(holding), func(c course) bool {
		return strings.Contains(c.name, "refund") || strings.Contains(c.name, "split") // Paytrail shows no refund beside its payment
	}), nil}
	stands["braintree, held"] = stand{"braintree", carded(), nil, slices.DeleteFunc(slices.Clone(holding), func(c course) bool {
		return c.name == "capture, split" // no part goes back before it settles
	}), nil}
	stands[inEscrow] = stand{"braintree", carded(), append(slices.Clone(accept), deed{name: "settle", hand: func(r *rig, tx orchestrator.Transaction) { r.AtBraintree(tx, "settle", "") }}), slices.DeleteFunc(slices.Clone(paid), func(c course) bool {
		return c.name == "split" // escrow moves as a whole
	}), []course{
		{name: "release by hand", hand: func(w *testkit.Testbed, tx orchestrator.Transaction) { w.AtBraintree(tx, "release_from_escrow", "") }},
		{name: "refund by hand", hand: func(w *testkit.Testbed, tx orchestrator.Transaction) { w.AtBraintree(tx, "refund", "") }},
	}}
	maps.Copy(stands, map[string]stand{
		"stripe, held": {"stripe", card, nil, holding, nil},
		"stripe, paid": {"stripe", card, accept, paid, byHand},
		"stripe, billed": {"stripe", bill, invoice, []course{
			{name: "pay", deeds: settle}, {name: "pay, complete", deeds: append(slices.Clone(settle), by(buyer, "complete")...)},
			{name: "pay, refund", deeds: append(append(slices.Clone(settle), by(buyer, "cancel")...), by(staff, "refund")...)},
		}, nil},
		"trustap, joined": {"trustap", testkit.Deal(), nil, []course{
			{name: "cancel", deeds: by(buyer, "cancel")}, {name: "pay", deeds: pay},
			{name: "pay, ship, arrive", deeds: append(slices.Clone(pay), ship, arrive)},
		}, nil},
		"trustap, paid": {"trustap", testkit.Deal(), pay, []course{
			{name: "ship", deeds: []deed{ship}}, {name: "ship, arrive", deeds: []deed{ship, arrive}},
		}, nil},
		"trustap, delivered": {"trustap", testkit.Deal(), append(slices.Clone(pay), ship, arrive), []course{
			{name: "release", deeds: by(buyer, "end_complaint_period")}, {name: "complain", deeds: complain},
			{name: "complain, accept", deeds: append(slices.Clone(complain), by(seller, "accept_complaint")...)},
		}, nil},
		"trustap, complained": {"trustap", testkit.Deal(), append(append(slices.Clone(pay), ship, arrive), complain...), []course{
			{name: "accept", deeds: by(seller, "accept_complaint")},
		}, decisions(func(w *testkit.Testbed, tx orchestrator.Transaction, outcome string) error {
			_, err := w.Sandbox.ResolveComplaint(w.PaymentID(tx), outcome)
			return err
		})},
		"balance, held": {"balance", own("preauthorize"), nil, holding, nil},
		"balance, paid": {"balance", own("preauthorize"), accept, paid, nil},
		"balance, order": {"balance", own("p2p_order"), help, []course{
			{name: "settle", deeds: by(seller, "confirm_received")},
			{name: "return", deeds: []deed{{name: "resolve_refund", actor: staff, input: reason}}},
			{name: "split", deeds: []deed{{name: "resolve_split", actor: staff, input: verdict}}},
		}, nil},
	})
	return stands
}

// decisions are those of the gateway about a complaint.
func decisions(decide func(w *testkit.Testbed, tx orchestrator.Transaction, outcome string) error) []course {
	var hands []course
	for _, outcome := range []string{"refund", "release"} {
		hands = append(hands, course{name: outcome + " decided", hand: func(w *testkit.Testbed, tx orchestrator.Transaction) {
			if err := decide(w, tx, outcome); err != nil {
				panic(err)
			}
		}})
	}
	return hands
}

// named are some courses of several.
func named(courses []course, names ...string) []course {
	return slices.DeleteFunc(slices.Clone(courses), func(c course) bool { return !slices.Contains(names, c.name) })
}

// paypalStands are those at PayPal. Payouts are left out: PayPal shows none beside its order, so
// that nothing there tells of one that the database has forgotten.
func paypalStands(pay, accept []deed, holding, paid []course) map[string]stand {
	open := at("preauthorize", "paypal")
	return map[string]stand{
		"paypal, held": {"paypal", open, pay, named(holding, "capture", "reject", "withdraw", "capture, refund"), nil},
		"paypal, paid": {"paypal", open, slices.Concat(pay, accept), named(paid, "refund"), []course{
			{name: "refund by hand", hand: func(w *testkit.Testbed, tx orchestrator.Transaction) { w.AtPayPal(tx, "refund", "{}") }},
		}},
	}
}

// inPersonStands are those of deals in person: the buyer pays a deposit, then the rest.
func inPersonStands(pay, complain []deed) map[string]stand {
	buyer, seller := testkit.Buyer, testkit.Seller
	accept, received, handed := by(seller, "accept_deposit"), by(buyer, "confirm_receipt"), by(seller, "confirm_handover")
	cancel := []deed{{name: "cancel", actor: buyer, input: map[string]string{"reason": "changed my mind"}}}
	price := []deed{{name: "set_price", actor: seller, input: map[string]string{"price": "10000"}}}
	accepted := slices.Concat(pay, accept)
	settled := slices.Concat(accepted, price, pay)
	return map[string]stand{
		"trustap, deposit": {"trustap", testkit.F2F(), pay, []course{
			{name: "accept", deeds: accept}, {name: "cancel", deeds: cancel},
		}, nil},
		"trustap, deposit accepted": {"trustap", testkit.F2F(), accepted, []course{
			{name: "price", deeds: price}, {name: "price, pay", deeds: slices.Concat(price, pay)},
			{name: "skip", deeds: by(seller, "skip_remainder")}, {name: "cancel", deeds: cancel},
		}, nil},
		"trustap, settled": {"trustap", testkit.F2F(), settled, []course{
			{name: "received", deeds: received}, {name: "handed over", deeds: handed}, {name: "both", deeds: slices.Concat(received, handed)},
			{name: "release", deeds: slices.Concat(handed, by(buyer, "end_complaint_period"))}, {name: "complain", deeds: slices.Concat(handed, complain)},
		}, nil},
		"trustap, complained in person": {"trustap", testkit.F2F(), slices.Concat(settled, handed, complain), []course{
			{name: "accept", deeds: by(seller, "accept_complaint")},
		}, decisions(func(w *testkit.Testbed, tx orchestrator.Transaction, outcome string) error {
			_, err := w.Sandbox.ResolveF2FComplaint(w.F2FID(tx), outcome)
			return err
		})},
	}
}

// pair is what happened to a deal before the old backup was restored, and what is
// done with it afterwards.
type pair struct{ first, then course }

func (p pair) title() string { return p.first.name + " / " + p.then.name }

// pairs are all of a stand, or some: that nothing is done afterwards on one of the databases, and
// every third one of the rest on one of them; a quarter of that in a run that does not take its time.
func (s stand) pairs(database int) []pair {
	fewer := testsize.Of(1, 4)
	var all []pair
	for i, first := range append(slices.Clone(s.courses), s.hands...) {
		for j, then := range append(slices.Clone(s.courses), course{name: "wait"}) {
			if os.Getenv("HANDSEL_CRASH") == "all" || (i+j)%(6*fewer) == 3*database || then.name == "wait" && i%(2*fewer) == database {
				all = append(all, pair{first, then})
			}
		}
	}
	return all
}

// P21, M1 and M2: an old backup is restored, which knows nothing of what the gateways have done
// since. Whatever people do then, no payment gives more than it took, and every deal
// is as the gateway has it or is on hold.
func TestCrash_matrixRestore(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, address string) {
		database := 0
		if address[0] == 'p' {
			database = 1
		}
		all := stands()
		for _, name := range slices.Sorted(maps.Keys(all)) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				r := newRigWith(t, fresh(t, address), testkit.Options{BraintreeEscrow: name == inEscrow})
				r.restore(t, all[name], all[name].pairs(database))
			})
		}
	})
}

func (r *rig) restore(t *testing.T, s stand, pairs []pair) {
	deals := map[string]orchestrator.Transaction{}
	for _, p := range pairs {
		in := s.open
		in.Title, in.Input = p.title(), r.given(t, in.Input, p.title())
		result, err := r.Engine.Create(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.take(t, result.Transaction, s.before); err != nil {
			t.Fatal(err)
		}
		deals[p.title()] = r.Load(result.Transaction)
	}
	backup := r.Backup()
	r.interpose()
	for _, p := range pairs {
		if err := r.follow(t, deals[p.title()], p.first); err != nil {
			t.Fatalf("%s: %v", p.title(), err)
		}
	}
	r.MustSettle()
	backup.Restore()
	r.interpose()
	for _, p := range pairs {
		_ = r.follow(t, deals[p.title()], p.then) // may be refused; that nothing is done twice is what counts
	}
	r.MustSettle()
	r.Advance(time.Minute)
	r.Advance(10 * time.Minute)
	r.pass(time.Hour)
	for _, p := range pairs {
		if tx := r.Load(deals[p.title()]); tx.PaymentID != "" {
			_, _ = r.Engine.Sync(t.Context(), tx) // may put the deal on hold
		}
	}
	strays, doctor := 0, broken(r.Violations())
	for _, p := range pairs {
		t.Run(p.title(), func(t *testing.T) { r.judgeRestored(t, s, p, deals[p.title()], doctor) })
	}
	if s.gateway == "balance" {
		r.judgeBalances(t)
		return
	}
	for _, p := range pairs {
		if b := r.booksOf(s.gateway, p.title()); b.Payments > 1 || b.Payments == 1 && r.Load(deals[p.title()]).PaymentID == "" {
			strays++
		}
	}
	report, err := r.Engine.Reconcile(t.Context(), orchestrator.ReconcileInput{Gateway: s.gateway, From: testkit.Start.Add(-time.Hour), To: r.Sandbox.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range report.Differences {
		if d.Class == orchestrator.MissingHere {
			strays--
		}
	}
	if strays > 0 {
		t.Errorf("%d payments that no deal has are in no report", strays)
	}
}

func (r *rig) follow(t *testing.T, tx orchestrator.Transaction, c course) error {
	if c.hand != nil {
		c.hand(r.Testbed, tx)
		return nil
	}
	return r.take(t, tx, c.deeds)
}

func (r *rig) take(t *testing.T, tx orchestrator.Transaction, deeds []deed) error {
	for _, d := range deeds {
		if err := r.deed(t, tx, d, nil); err != nil {
			return fmt.Errorf("%s: %w", d.name, err)
		}
		if d.pays {
			r.MustSettle()
		}
	}
	return nil
}

func (r *rig) judgeRestored(t *testing.T, s stand, p pair, was orchestrator.Transaction, doctor broken) {
	t.Helper()
	tx := r.Load(was)
	doctor.report(t, tx.ID)
	b := paidBeside(r.booksOf(s.gateway, p.title()), tx)
	if out := b.Funds.Refunded + b.Funds.Released; out > b.Funds.Captured {
		t.Errorf("%d were captured and %d have left: %+v; the deal is %s, attention %q", b.Funds.Captured, out, b.Effects, tx.State, tx.Attention)
	}
	if s.gateway == "balance" || tx.Attention != "" || b.Payments > 1 || tx.PaymentID == "" {
		return
	}
	if b.Funds.Captured != tx.Funds.Captured || b.Funds.Refunded != tx.Funds.Refunded || b.Funds.Released != tx.Funds.Released {
		t.Errorf("at the gateway %+v, here %+v, and the deal (%s) is not on hold", b.Funds, tx.Funds, tx.State)
	}
	if tx.Operation != "" {
		t.Errorf("%s is still in progress", tx.Operation)
	}
}
