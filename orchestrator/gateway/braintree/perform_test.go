package braintree_test

import (
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		verb   process.Verb
		change func(*orchestrator.Operation)
		status process.Status
		code   fault.Reason
		made   int // authorizations there
	}{
		"authorize": {process.Authorize, func(*orchestrator.Operation) {}, process.Succeeded, "", 1},
		"charge":    {process.Charge, func(*orchestrator.Operation) {}, process.Succeeded, "", 1},
		"yen": {process.Charge, func(op *orchestrator.Operation) {
			op.Amount, op.Transaction.Price = money.New(700, "JPY"), money.New(700, "JPY")
		}, process.Succeeded, "", 1},
		"dinars": {process.Charge, func(op *orchestrator.Operation) {
			op.Amount, op.Transaction.Price = money.New(7005, "KWD"), money.New(7005, "KWD")
		}, process.Succeeded, "", 1},
		"no account":          {process.Charge, func(op *orchestrator.Operation) { op.Amount = money.New(700, "SEK") }, process.Declined, "amount_not_supported", 0},
		"no nonce":            {process.Authorize, func(op *orchestrator.Operation) { op.Input = nil }, process.Declined, "invalid_payment_method", 0},
		"a card number":       {process.Authorize, with("4111111111111111"), process.Declined, "invalid_payment_method", 0},
		"unknown nonce":       {process.Authorize, with("tokencc_nobody"), process.Declined, "invalid_payment_method", 0},
		"consumed nonce":      {process.Authorize, with("fake-consumed-nonce"), process.Declined, "invalid_payment_method", 0},
		"processor declines":  {process.Charge, with("fake-processor-declined-visa-nonce"), process.Declined, "card_declined", 0},
		"declined by amount":  {process.Charge, func(op *orchestrator.Operation) { op.Amount = money.New(200100, "EUR") }, process.Declined, "card_declined", 0},
		"gateway rejects":     {process.Charge, with("fake-gateway-rejected-fraud-nonce"), process.Declined, "declined", 0},
		"no 3-D Secure":       {process.Charge, with("fake-three-d-secure-visa-failed-authentication-nonce"), process.Declined, "authentication_required", 0},
		"3-D Secure":          {process.Charge, with("fake-three-d-secure-visa-full-authentication-nonce"), process.Succeeded, "", 1},
		"the network is down": {process.Authorize, func(op *orchestrator.Operation) { op.Amount = money.New(300000, "EUR") }, process.Declined, "declined", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			op := operation(tc.verb, "")
			tc.change(&op)
			out := w.Perform(t.Context(), op)
			if out.Status != tc.status || out.Code != tc.code || w.effects("authorize") != tc.made {
				t.Fatalf("%s %s (%v), %d authorized; want %s %s, %d", out.Status, out.Code, out.Err, w.effects("authorize"), tc.status, tc.code, tc.made)
			}
			if tc.status != process.Succeeded {
				return
			}
			fact := map[process.Verb]process.Fact{process.Authorize: process.FactAuthorized, process.Charge: process.FactCaptured}[tc.verb]
			if _, ok := out.Snapshot.Facts[fact]; !ok || out.Snapshot.Price != op.Transaction.Price {
				t.Errorf("%+v", out.Snapshot)
			}
			if want := w.bank.Now().Add(7 * 24 * time.Hour); tc.verb == process.Authorize && !out.Snapshot.Deadlines[process.CaptureBefore].Equal(want) {
				t.Errorf("capture before %s, want %s", out.Snapshot.Deadlines[process.CaptureBefore], want)
			}
		})
	}
}

func with(nonce string) func(*orchestrator.Operation) {
	return func(op *orchestrator.Operation) { op.Input = map[string]string{"payment_method": nonce} }
}

// Another amount than the one that was asked for shows as another price, with the fee on top of it taken off.
func TestOpen_otherAmount(t *testing.T) {
	t.Parallel()
	for _, verb := range []process.Verb{process.Authorize, process.Charge} {
		w := newWorld(t)
		w.alter = strings.NewReplacer("51.50", "41.50")
		out := w.Perform(t.Context(), operation(verb, ""))
		if want := money.New(4000, "EUR"); out.Snapshot.Price != want {
			t.Errorf("%s: the price is %s, want %s", verb, out.Snapshot.Price, want)
		}
	}
}

// A merchant account in another currency than the settings say shows at once.
func TestOpen_otherCurrency(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	op := operation(process.Authorize, "")
	op.Amount, op.Transaction.Price = money.New(5150, "GBP"), money.New(5000, "GBP") // its account is one in dollars
	if out := w.Perform(t.Context(), op); out.Status != process.Unknown {
		t.Errorf("%s %s", out.Status, out.Code)
	}
}

// What is doubtful is unknown, what was surely not sent is said so, and a look by the reference tells what came of it.
func TestOpen_doubt(t *testing.T) {
	t.Parallel()
	for kind, tc := range map[string]struct {
		status process.Status
		found  bool
	}{
		"cut_before": {process.Unknown, false}, "cut_after": {process.Unknown, true}, "timeout_after": {process.Unknown, true},
		"error_before": {process.Unknown, false}, "error_after": {process.Unknown, true}, "broken_json": {process.Unknown, true}, "html": {process.Unknown, false},
		"unavailable": {process.Unknown, false}, "rate_limit": {process.NotSent, false},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.fault("authorizePaymentMethod", kind)
			op := operation(process.Authorize, "")
			if out := w.Perform(t.Context(), op); out.Status != tc.status {
				t.Fatalf("%s %s (%v), want %s", out.Status, out.Code, out.Err, tc.status)
			}
			s, err := w.Lookup(t.Context(), orchestrator.PaymentRef{Reference: op.Reference()})
			if err != nil || s.Found != tc.found || w.effects("authorize") != map[bool]int{true: 1}[tc.found] {
				t.Errorf("found %t, %v; want %t", s.Found, err, tc.found)
			}
		})
	}
}

// A second try with a nonce that the first one has used up pays nothing twice, also when the first one arrives only after it
// was looked for.
func TestOpen_nonceUsedTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	nonce, err := w.bank.Card("success")
	if err != nil {
		t.Fatal(err)
	}
	op := operation(process.Authorize, "")
	op.Input["payment_method"] = nonce
	first := w.Perform(t.Context(), op)
	op.Attempt = 2
	w.later(3 * time.Minute) // past the duplicate check
	second := w.Perform(t.Context(), op)
	if first.Status != process.Succeeded || second.Status != process.Succeeded || second.Snapshot.PaymentID != first.Snapshot.PaymentID || w.effects("authorize") != 1 {
		t.Errorf("%+v, then %+v", first, second)
	}
	other := operation(process.Authorize, "")
	other.IntentID, other.Input, other.Attempt = "another", op.Input, 2
	if out := w.Perform(t.Context(), other); out.Status != process.Unknown {
		t.Errorf("a nonce that something else has used, at the second try: %s", out.Status)
	}
	other.Attempt = 4
	if out := w.Perform(t.Context(), other); out.Status != process.Declined || out.Code != "invalid_payment_method" {
		t.Errorf("at the fourth: %s %s", out.Status, out.Code)
	}
}

// Braintree's own check of duplicates names the payment that counts.
func TestOpen_duplicate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	op := operation(process.Authorize, "")
	first := w.Perform(t.Context(), op)
	op.Attempt = 2
	second := w.Perform(t.Context(), op)
	if second.Status != process.Succeeded || second.Snapshot.PaymentID != first.Snapshot.PaymentID || w.effects("authorize") != 1 {
		t.Errorf("%+v, then %+v", first, second)
	}
	s, err := w.Lookup(t.Context(), orchestrator.PaymentRef{Reference: op.Reference()})
	if err != nil || s.PaymentID != first.Snapshot.PaymentID {
		t.Errorf("found %+v, %v", s, err)
	}
}

func TestCapture(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		play     func(w *world, id string)
		change   func(*orchestrator.Operation)
		status   process.Status
		code     fault.Reason
		captures int
	}{
		"all":          {nil, nil, process.Succeeded, "", 1},
		"less":         {nil, func(op *orchestrator.Operation) { op.Amount = money.New(4000, "EUR") }, process.Succeeded, "", 1},
		"too much":     {nil, func(op *orchestrator.Operation) { op.Amount = money.New(5151, "EUR") }, process.Declined, "declined", 0},
		"done by hand": {func(w *world, id string) { w.byHand("captureTransaction", global(id)) }, nil, process.Succeeded, "", 1},
		"expired":      {func(w *world, _ string) { w.later(8 * 24 * time.Hour) }, nil, process.Declined, "hold_expired", 0},
		"voided":       {func(w *world, id string) { w.byHand("reverseTransaction", global(id)) }, nil, process.Declined, "payment_canceled", 0},
		"lost answer":  {func(w *world, _ string) { w.fault("captureTransaction", "cut_after") }, nil, process.Unknown, "no_clear_answer", 1},
		"lost":         {func(w *world, _ string) { w.fault("captureTransaction", "cut_before") }, nil, process.Unknown, "no_clear_answer", 0},
		"no look":      {func(w *world, _ string) { w.fault("node", "html") }, nil, process.NotSent, "gateway_unreachable", 0},
		"expires on the way": {func(w *world, _ string) {
			w.before, w.meanwhile = "captureTransaction", func() { w.later(8 * 24 * time.Hour) }
		}, nil, process.Declined, "hold_expired", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.made(process.Authorize)
			if tc.play != nil {
				tc.play(w, id)
			}
			op := operation(process.Capture, id)
			if tc.change != nil {
				tc.change(&op)
			}
			out := w.Perform(t.Context(), op)
			if out.Status != tc.status || out.Code != tc.code || w.effects("capture") != tc.captures {
				t.Errorf("%s %s (%v), %d captures; want %s %s, %d", out.Status, out.Code, out.Err, w.effects("capture"), tc.status, tc.code, tc.captures)
			}
			if tc.status == process.Succeeded && out.Snapshot.Totals.Captured != op.Amount.Minor() {
				t.Errorf("captured %+v", out.Snapshot.Totals)
			}
		})
	}
}

func TestVoid(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		play   func(w *world, id string)
		status process.Status
		code   fault.Reason
		want   process.Totals
	}{
		"held":    {nil, process.Succeeded, "", process.Totals{}},
		"twice":   {func(w *world, id string) { w.byHand("reverseTransaction", global(id)) }, process.Succeeded, "", process.Totals{}},
		"expired": {func(w *world, _ string) { w.later(8 * 24 * time.Hour) }, process.Succeeded, "", process.Totals{}},
		"captured by hand": {func(w *world, id string) { w.byHand("captureTransaction", global(id)) }, process.Declined, "overtaken",
			process.Totals{Captured: 5150}},
		"lost answer": {func(w *world, _ string) { w.fault("reverseTransaction", "cut_after") }, process.Unknown, "no_clear_answer", process.Totals{}},
		"captured and settled between look and call": {func(w *world, id string) {
			w.before, w.meanwhile = "reverseTransaction", func() { w.byHand("captureTransaction", global(id)); w.later(24 * time.Hour) }
		}, process.Declined, "void_became_refund", process.Totals{Captured: 5150, Refunded: 5150}},
		"captured between look and call": {func(w *world, id string) {
			w.before, w.meanwhile = "reverseTransaction", func() { w.byHand("captureTransaction", global(id)) }
		}, process.Declined, "void_became_refund", process.Totals{Captured: 5150, Refunded: 5150}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.made(process.Authorize)
			if tc.play != nil {
				tc.play(w, id)
			}
			out := w.Perform(t.Context(), operation(process.Void, id))
			if out.Status != tc.status || out.Code != tc.code {
				t.Fatalf("%s %s (%v), want %s %s", out.Status, out.Code, out.Err, tc.status, tc.code)
			}
			s := w.shown(id, process.Funds{})
			if *s.Totals != tc.want {
				t.Errorf("totals %+v, want %+v", *s.Totals, tc.want)
			}
			if _, voided := s.Facts[process.FactVoided]; voided != (tc.want.Captured == 0) {
				t.Errorf("facts %v", s.Facts)
			}
		})
	}
}

func TestRefund(t *testing.T) {
	t.Parallel()
	part := func(op *orchestrator.Operation) { op.Amount, op.Whole = money.New(1000, "EUR"), false }
	held := func(op *orchestrator.Operation) { op.Amount = money.New(5000, "EUR") } // all but the buyer's fee
	for name, tc := range map[string]struct {
		settled bool
		change  func(*orchestrator.Operation)
		play    func(w *world, id string)
		status  process.Status
		code    fault.Reason
		want    process.Totals
		fact    process.Fact
	}{
		"all, before it settles":   {false, nil, nil, process.Succeeded, "", process.Totals{Captured: 5150, Refunded: 5150}, process.FactRefunded},
		"a part, before":           {false, part, nil, process.Declined, "not_settled_yet", process.Totals{Captured: 5150}, ""},
		"all that is held, before": {false, held, nil, process.Declined, "not_settled_yet", process.Totals{Captured: 5150}, ""},
		"settles on the way": {false, nil, func(w *world, _ string) {
			w.before, w.meanwhile = "reverseTransaction", func() { w.later(24 * time.Hour) }
		}, process.Succeeded, "", process.Totals{Captured: 5150, Refunded: 5150}, process.FactRefunded},
		"all":              {true, nil, nil, process.Succeeded, "", process.Totals{Captured: 5150, Refunded: 5150}, process.FactRefunded},
		"a part":           {true, part, nil, process.Succeeded, "", process.Totals{Captured: 5150, Refunded: 1000}, process.FactRefundedInPart},
		"all that is held": {true, held, nil, process.Succeeded, "", process.Totals{Captured: 5150, Refunded: 5000}, process.FactRefunded},
		"too much":         {true, func(op *orchestrator.Operation) { op.Amount = money.New(5151, "EUR") }, nil, process.Declined, "declined", process.Totals{Captured: 5150}, ""},
		"done by hand":     {true, nil, func(w *world, id string) { w.byHand("reverseTransaction", global(id)) }, process.Succeeded, "", process.Totals{Captured: 5150, Refunded: 5150}, process.FactRefunded},
		"lost answer":      {true, nil, func(w *world, _ string) { w.fault("refundTransaction", "cut_after") }, process.Unknown, "no_clear_answer", process.Totals{Captured: 5150, Refunded: 5150}, process.FactRefunded},
		"lost":             {true, nil, func(w *world, _ string) { w.fault("refundTransaction", "timeout_before") }, process.Unknown, "no_clear_answer", process.Totals{Captured: 5150}, ""},
		"no look":          {true, nil, func(w *world, _ string) { w.fault("idFromLegacyId", "error_before") }, process.NotSent, "gateway_unreachable", process.Totals{Captured: 5150}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.made(process.Charge)
			if tc.settled {
				w.later(24 * time.Hour)
			}
			if tc.play != nil {
				tc.play(w, id)
			}
			op := operation(process.Refund, id)
			if tc.change != nil {
				tc.change(&op)
			}
			out := w.Perform(t.Context(), op)
			if out.Status != tc.status || out.Code != tc.code {
				t.Fatalf("%s %s (%v), want %s %s", out.Status, out.Code, out.Err, tc.status, tc.code)
			}
			s := w.shown(id, op.Transaction.Funds)
			if *s.Totals != tc.want {
				t.Errorf("totals %+v, want %+v", *s.Totals, tc.want)
			}
			if _, there := s.Facts[tc.fact]; tc.fact != "" && !there {
				t.Errorf("facts %v, want %s", s.Facts, tc.fact)
			}
		})
	}
}

// A refund that fails when it settles has not happened.
func TestRefund_failsLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled()
	if out := w.Perform(t.Context(), operation(process.Refund, id)); out.Status != process.Succeeded {
		t.Fatalf("%+v", out)
	}
	effects := w.bank.Effects()
	if err := w.bank.Settle(effects[len(effects)-1].ObjectID, "settlement_declined"); err != nil {
		t.Fatal(err)
	}
	s := w.shown(id, process.Funds{})
	if _, back := s.Facts[process.FactRefunded]; back || s.Totals.Refunded != 0 || len(s.References) != 2 {
		t.Errorf("%+v", s)
	}
}

// What was booked as paid to the seller is repeated, and nothing is paid here.
func TestTransfer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled()
	if s := w.shown(id, process.Funds{Captured: 5150, Released: 4700}); s.Totals.Released != 4700 {
		t.Errorf("what was booked is not repeated: %+v", s.Totals)
	}
	if out := w.Perform(t.Context(), operation(process.Transfer, id)); out.Status != process.NotSent || out.Code != "unsupported_verb" {
		t.Errorf("%+v", out)
	}
}
