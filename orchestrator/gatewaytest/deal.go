package gatewaytest

import (
	"context"
	"maps"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// bench is one account with an adapter.
type bench struct {
	testing.TB
	Config
	Account
	wire *wire
}

func newBench(t testing.TB, c Config) *bench {
	t.Helper()
	b := &bench{TB: t, Config: c, wire: newWire(t, c)}
	b.Account = c.Open(t, b.wire)
	if b.Gateway == nil || b.Account.Effects == nil || b.Now == nil {
		t.Fatal("gatewaytest: an account has no Gateway, Effects or Now")
	}
	return b
}

// number makes ids that no other deal of this process has.
var number atomic.Int64

// deal is one transaction and its books, kept as the engine keeps them.
type deal struct {
	*bench
	tx orchestrator.Transaction
}

func (b *bench) deal() *deal {
	tx := orchestrator.Transaction{
		ID: b.Now().Unix()%1_000_000*1_000 + number.Add(1), CommunityID: 501, ListingTitle: "Old city bike", Gateway: b.Gateway.Name(),
		UnitPrice: b.Price, Quantity: 1, CreatedAt: b.Now(), UpdatedAt: b.Now(),
		Deal: process.Deal{
			Starter: b.buyer(), Author: b.seller(), Buyer: b.buyer(), Seller: b.seller(), Price: b.Price, BuyerFee: b.Fee, Deposit: b.Deposit,
		},
		Lines: []pricing.Line{{Code: pricing.UnitPrice, Side: pricing.Both, Quantity: 1, Unit: b.Price, Amount: b.Price}},
	}
	if b.Deposit != 0 { // the price is set later
		tx.Price, tx.Lines = money.New(0, b.Price.Currency()), nil
	}
	if b.Fee != 0 {
		fee := money.New(b.Fee, b.Price.Currency())
		tx.Lines = append(tx.Lines, pricing.Line{Code: pricing.BuyerFee, Side: pricing.Payer, Quantity: 1, Unit: fee, Amount: fee})
	}
	return &deal{bench: b, tx: tx}
}

// operation is a verb for the deal as it is now, under a key of its own.
func (d *deal) operation(v process.Verb) orchestrator.Operation {
	c := d.Price.Currency()
	op := orchestrator.Operation{
		IntentID: "gt" + strconv.FormatInt(d.Now().Unix(), 36) + "-" + strconv.FormatInt(number.Add(1), 10) + "-" + strings.ReplaceAll(string(v), "_", "-"),
		Attempt:  1, Verb: v, Actor: process.Actor{Kind: process.User, ID: d.buyer()}, Transaction: d.tx, Amount: money.New(0, c),
		Input: map[string]string{},
	}
	if d.Input != nil {
		maps.Copy(op.Input, d.Input(v))
	}
	switch v {
	case process.Authorize, process.Charge, process.Capture, process.Void:
		op.Amount = money.New(d.total(), c)
	case process.Refund:
		op.Amount, op.Whole = money.New(d.tx.Funds.Held, c), true
	case process.Transfer, process.Reverse:
		op.Amount, op.Whole = money.New(d.Price.Minor()-d.tx.SellerFee, c), true
	case process.Track, process.AcceptComplaint, process.AcceptDeposit, process.SetPrice, process.SkipRemainder, process.ConfirmHandover:
		op.Actor.ID = d.seller()
	}
	if v.PaysOut() {
		op.Seen = d.look(d.ref())
	}
	return op
}

// total is what the buyer pays first.
func (d *deal) total() int64 {
	if d.Deposit != 0 {
		return d.Deposit + d.tx.DepositFee
	}
	return d.Price.Minor() + d.tx.BuyerFee
}

// ref names the payment with what the books say of it.
func (d *deal) ref() orchestrator.PaymentRef {
	booked := d.tx.Funds
	return orchestrator.PaymentRef{
		CommunityID: d.tx.CommunityID, PaymentID: d.tx.PaymentID, Since: d.tx.CreatedAt, Buyer: d.tx.Buyer, Seller: d.tx.Seller, Booked: &booked,
	}
}

// byReference names it by what was told to the gateway when it was made.
func (d *deal) byReference(op orchestrator.Operation) orchestrator.PaymentRef {
	ref := d.ref()
	ref.PaymentID, ref.Reference, ref.Until = "", op.Reference(), d.Now()
	return ref
}

// look reads a payment and holds it against what every look has to keep.
func (d *deal) look(ref orchestrator.PaymentRef) orchestrator.Snapshot {
	d.Helper()
	s, err := d.Gateway.Lookup(d.Context(), ref)
	d.silent(err)
	if err != nil {
		d.Fatalf("look at %q, %q: %v", ref.PaymentID, ref.Reference, err)
	}
	if !s.Found {
		return s
	}
	if s.PaymentID == "" || ref.PaymentID != "" && s.PaymentID != ref.PaymentID {
		d.Errorf("a look at %q shows payment %q", ref.PaymentID, s.PaymentID)
	}
	if s.Price != (money.Amount{}) && s.Price.Currency() != d.Price.Currency() {
		d.Errorf("the price is %s, agreed are %s", s.Price, d.Price)
	}
	if ours := s.PaymentID == d.tx.PaymentID; ours && s.Deal != "" && s.Deal != d.tx.Tag() {
		d.Errorf("payment %s is of deal %q, want %q", s.PaymentID, s.Deal, d.tx.Tag())
	}
	for fact, at := range s.Facts {
		if at.IsZero() {
			d.Errorf("the fact %s has no time", fact)
		}
	}
	return s
}

// perform carries out an operation and holds its outcome against what every outcome has to keep.
func (d *deal) perform(ctx context.Context, op orchestrator.Operation) orchestrator.Outcome {
	d.Helper()
	out := d.Gateway.Perform(ctx, op)
	d.silent(out.Err)
	if s := out.Snapshot; s.Found && d.Deposit == 0 && s.Price.Minor() != 0 && s.Price != op.Transaction.Price {
		d.Errorf("%s tells a price of %s, agreed are %s", op.Verb, s.Price, op.Transaction.Price)
	}
	if s := out.Snapshot; s.Found && op.Transaction.PaymentID != "" && s.PaymentID != op.Transaction.PaymentID {
		d.Errorf("%s of payment %s tells of payment %s", op.Verb, op.Transaction.PaymentID, s.PaymentID)
	}
	switch out.Status {
	case process.Succeeded, process.RequiresAction, process.Pending:
		if opens(op.Verb) && out.Snapshot.PaymentID == "" {
			d.Errorf("%s: %s, and no payment is named", op.Verb, out.Status)
		}
	case process.Declined, process.NotSent, process.Unknown:
		if out.Code == "" {
			d.Errorf("%s: %s without a code (%v)", op.Verb, out.Status, out.Err)
		}
	default:
		d.Errorf("%s: an outcome of status %q", op.Verb, out.Status)
	}
	return out
}

// silent complains of an error that tells a secret.
func (b *bench) silent(err error) {
	b.Helper()
	if err == nil {
		return
	}
	for _, secret := range b.Secrets {
		if strings.Contains(err.Error(), secret) {
			b.Errorf("an error tells a secret: %s", strings.ReplaceAll(err.Error(), secret, "[secret]"))
		}
	}
}

// reach brings the deal to where a verb can be carried out.
func (d *deal) reach(v process.Verb) {
	d.Helper()
	before, ok := d.before(v)
	if !ok {
		d.settle(v)
		return
	}
	d.reach(before)
	op := d.operation(before)
	out := d.perform(d.Context(), op)
	if v == process.Void && before == process.Charge { // dropped before anybody pays
		d.keep(op, out.Snapshot)
		return
	}
	d.conclude(op, out)
	d.settle(v)
}

// settle lets time pass before money leaves.
func (d *deal) settle(v process.Verb) {
	d.Helper()
	if d.Settle != nil && v.PaysOut() {
		d.Settle(d)
	}
}

// conclude wants an operation done: where the payer has to act, they do.
func (d *deal) conclude(op orchestrator.Operation, out orchestrator.Outcome) {
	d.Helper()
	switch {
	case out.Status == process.Succeeded:
		d.keep(op, out.Snapshot)
	case opens(op.Verb) && (out.Status == process.Pending || out.Status == process.RequiresAction):
		d.keep(op, out.Snapshot)
		d.pays(op)
	default:
		d.Fatalf("%s: %s %s (%v)", op.Verb, out.Status, out.Code, out.Err)
	}
	d.book(op)
}

// pays has the payer pay what was opened.
func (d *deal) pays(op orchestrator.Operation) {
	d.Helper()
	if d.Pay == nil {
		d.Fatalf("%s waits for the payer, and Account.Pay is missing", op.Verb)
	}
	d.Pay(d, d.tx.PaymentID)
	ref := d.ref()
	ref.Awaited = true
	if s := d.look(ref); !d.shows(op, s) {
		d.Fatalf("%s: the payer has paid, and a look shows %v", op.Verb, s.Facts)
	}
}

// keep learns what an operation told of the payment.
func (d *deal) keep(op orchestrator.Operation, s orchestrator.Snapshot) {
	if opens(op.Verb) {
		d.tx.PaymentID, d.tx.PayerAccount, d.tx.PayeeAccount = s.PaymentID, s.Payer, s.Payee
	}
	if _, charging := d.Gateway.(orchestrator.Charging); charging && s.Fees != nil {
		d.tx.BuyerFee, d.tx.SellerFee, d.tx.DepositFee = s.Fees.Buyer, s.Fees.Seller, s.Fees.Deposit
	}
}

// book notes what an operation moved.
func (d *deal) book(op orchestrator.Operation) {
	f, n := &d.tx.Funds, op.Amount.Minor()
	switch op.Verb {
	case process.Authorize:
		f.Authorized = n
	case process.Charge:
		f.Captured, f.Held = d.total(), d.total() // with the gateway's own fees, now that they are known
	case process.Capture:
		f.Authorized, f.Captured, f.Held = 0, n, n
	case process.Void:
		f.Authorized = 0
	case process.Refund:
		f.Refunded, f.Held = f.Refunded+n, f.Held-n
	case process.Transfer:
		f.Released, f.Held = f.Released+n, f.Held-n
	case process.Reverse:
		f.Released, f.Held = f.Released-n, f.Held+n
	}
}
