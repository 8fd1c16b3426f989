package stripe_test

import (
	"testing"
	"time"

	api "github.com/stripe/stripe-go/v76"

	"github.com/handsel-dev/handsel/sandbox/stripe"
)

// of makes params for a connected account.
func of(account string) api.Params { return api.Params{StripeAccount: api.String(account)} }

// sell pays the seller 1000 out of a new charge and returns the transfer.
func (x *tester) sell() *api.Transfer {
	x.t.Helper()
	tr, err := x.transfer(1000, x.at(api.PaymentIntentStatusSucceeded).LatestCharge.ID)
	must(x.t, err)
	return tr
}

// days lets whole days pass, with all steps that fall due.
func (x *tester) days(n int) {
	x.t.Helper()
	must(x.t, x.Advance(time.Duration(n)*day))
}

// paidOut reads the only payout of the seller.
func (x *tester) paidOut(account string) *api.Payout {
	x.t.Helper()
	ids := x.Payouts(account)
	if len(ids) != 1 {
		x.t.Fatalf("payouts of %s: %v, want one", account, ids)
	}
	p, err := x.client.Payouts.Get(ids[0], &api.PayoutParams{Params: of(account)})
	must(x.t, err)
	return p
}

// What a seller can have goes to their bank at the next midnight, and its balance transactions tell what it was.
func TestAutomaticPayout(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	first, second := x.sell(), x.sell()
	x.days(2)
	if ids := x.Payouts(seller); len(ids) != 0 {
		t.Fatalf("paid out before the money was there: %v", ids)
	}
	must(t, x.Advance(12*time.Hour)) // midnight
	p := x.paidOut(seller)
	same(t, "made", []any{p.Amount, p.Automatic, p.Status, p.ArrivalDate > p.Created}, []any{int64(2000), true, api.PayoutStatusPending, true})
	x.wantBalance(seller, 0, 0)
	sources := map[string]int64{}
	list := &api.BalanceTransactionListParams{Payout: &p.ID}
	list.SetStripeAccount(seller)
	for i := x.client.BalanceTransactions.List(list); i.Next(); {
		sources[i.BalanceTransaction().Source.ID] = i.BalanceTransaction().Net
	}
	same(t, "what is in it", sources, map[string]int64{first.DestinationPayment.ID: 1000, second.DestinationPayment.ID: 1000, p.ID: -2000})
	must(t, x.Advance(12*time.Hour))
	same(t, "at the bank", x.paidOut(seller).Status, api.PayoutStatusInTransit)
	must(t, x.Advance(12*time.Hour))
	same(t, "arrived", x.paidOut(seller).Status, api.PayoutStatusPaid)
	same(t, "events", x.eventsOf(seller), []string{"payout.created", "payout.updated", "payout.paid"})
	_, err := x.client.TransferReversals.New(&api.TransferReversalParams{ID: &first.ID})
	same(t, "nothing is left to take back", refusalOf(t, err).Code, api.ErrorCodeBalanceInsufficient)
	x.days(30)
	same(t, "paid out once", len(x.Payouts(seller)), 1)
}

// A bank account with a test number refuses the payout, and nothing more is sent to it until there is another one.
func TestFailingBanks(t *testing.T) {
	t.Parallel()
	for number, code := range map[string]api.PayoutFailureCode{
		"000111111116": "no_account", "000111111113": "account_closed", "DE62370400440532013001": "no_account", "IE89370400440532013002": "account_closed",
		"000123456789": "", "DE89370400440532013000": "",
	} {
		t.Run(number, func(t *testing.T) {
			t.Parallel()
			x := newTester(t, stripe.Config{})
			b, err := x.client.BankAccounts.New(&api.BankAccountParams{Account: api.String(seller), AccountNumber: &number, Country: api.String("IE"),
				Currency: api.String("eur"), AccountHolderName: api.String("Sam Seller"), DefaultForCurrency: api.Bool(true)})
			must(t, err)
			same(t, "bank account", []any{b.Last4, b.DefaultForCurrency, b.Status}, []any{number[len(number)-4:], true, api.BankAccountStatusNew})
			x.sell()
			x.days(5)
			p := x.paidOut(seller)
			same(t, "failure", p.FailureCode, code)
			a, err := x.client.Accounts.GetByID(seller, nil)
			must(t, err)
			same(t, "payouts go on", a.PayoutsEnabled, code == "")
			if code == "" {
				return
			}
			same(t, "failed", []any{p.Status, p.FailureBalanceTransaction != nil, p.Destination.ID}, []any{api.PayoutStatusFailed, true, b.ID})
			same(t, "asked for", a.Requirements.PastDue, []string{"external_account"})
			x.wantBalance(seller, 1000, 0)
			x.days(5)
			same(t, "no other payout", len(x.Payouts(seller)), 1)
			_, err = x.client.BankAccounts.New(&api.BankAccountParams{Account: api.String(seller), Token: api.String("btok_ie"), DefaultForCurrency: api.Bool(true)})
			must(t, err)
			x.days(2)
			ids := x.Payouts(seller)
			same(t, "paid again", len(ids), 2)
			again, err := x.client.Payouts.Get(ids[1], &api.PayoutParams{Params: of(seller)})
			must(t, err)
			same(t, "by another payout", []any{again.Status, again.Amount}, []any{api.PayoutStatusPaid, int64(1000)})
			same(t, "events", x.eventsOf(seller), []string{
				"account.external_account.created", "account.updated", "payout.created", "payout.updated", "payout.failed",
				"account.external_account.updated", "account.updated", "account.external_account.created", "account.updated",
				"payout.created", "payout.updated", "payout.paid",
			})
		})
	}
}

// A payout by hand can be canceled until it is sent, needs the money, and may come back after it arrived.
func TestPayoutByHand(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	_, err := x.client.Accounts.Update(seller, &api.AccountParams{Settings: &api.AccountSettingsParams{Payouts: &api.AccountSettingsPayoutsParams{
		Schedule: &api.AccountSettingsPayoutsScheduleParams{Interval: api.String("manual")}}}})
	must(t, err)
	x.sell()
	pay := func(amount int64) (*api.Payout, error) {
		return x.client.Payouts.New(&api.PayoutParams{Params: of(seller), Amount: &amount, Currency: api.String("eur")})
	}
	_, err = pay(1)
	same(t, "pending money", refusalOf(t, err).Code, api.ErrorCodeBalanceInsufficient)
	x.days(9)
	same(t, "nothing goes without a word", len(x.Payouts(seller)), 0)
	p, err := pay(400)
	must(t, err)
	x.wantBalance(seller, 600, 0)
	p, err = x.client.Payouts.Cancel(p.ID, &api.PayoutParams{Params: of(seller)})
	must(t, err)
	same(t, "canceled", p.Status, api.PayoutStatusCanceled)
	x.wantBalance(seller, 1000, 0)
	p, err = pay(1000)
	must(t, err)
	_, err = x.client.Payouts.Get(p.ID, nil)
	same(t, "not the platform's", refusalOf(t, err).Code, api.ErrorCodeResourceMissing)
	list := &api.BalanceTransactionListParams{Payout: &p.ID}
	list.SetStripeAccount(seller)
	found := x.client.BalanceTransactions.List(list)
	same(t, "nobody knows what is in it", found.Next() || found.Err() == nil, false)
	must(t, x.EndPayout(p.ID, ""))
	_, err = x.client.Payouts.Cancel(p.ID, &api.PayoutParams{Params: of(seller)})
	same(t, "too late", refusalOf(t, err).Status, 400)
	if x.EndPayout(p.ID, "") == nil || x.EndPayout(p.ID, "bad_luck") == nil || x.EndPayout("po_0", "") == nil {
		t.Error("a payout ended twice, for an unknown reason, or without being there")
	}
	image, err := x.Snapshot()
	must(t, err)
	must(t, x.Restore(image))
	must(t, x.EndPayout(p.ID, "account_closed"))
	x.wantBalance(seller, 1000, 0)
	_, err = pay(1)
	same(t, "no bank account takes it", refusalOf(t, err).Code, api.ErrorCodePayoutsNotAllowed)
	same(t, "effects", x.effects()[2:], []string{"payout", "payout"})
}

// Payouts on their way and those that are planned go on in a restored world.
func TestPayoutsAfterRestore(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	x.sell()
	x.days(1)
	for range 4 {
		image, err := x.Snapshot()
		must(t, err)
		must(t, x.Restore(image))
		x.days(1)
	}
	p := x.paidOut(seller)
	same(t, "arrived", []any{p.Status, p.Amount}, []any{api.PayoutStatusPaid, int64(1000)})
}

// A schedule names its day.
func TestSchedules(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		schedule api.AccountSettingsPayoutsScheduleParams
		made     time.Time
	}{
		"daily":   {api.AccountSettingsPayoutsScheduleParams{Interval: api.String("daily")}, time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)},
		"weekly":  {api.AccountSettingsPayoutsScheduleParams{Interval: api.String("weekly"), WeeklyAnchor: api.String("friday")}, time.Date(2026, 3, 6, 0, 0, 0, 0, time.UTC)},
		"monthly": {api.AccountSettingsPayoutsScheduleParams{Interval: api.String("monthly"), MonthlyAnchor: api.Int64(31)}, time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newTester(t, stripe.Config{})
			a, err := x.client.Accounts.Update(seller, &api.AccountParams{Settings: &api.AccountSettingsParams{Payouts: &api.AccountSettingsPayoutsParams{Schedule: &tc.schedule}}})
			must(t, err)
			same(t, "interval", string(a.Settings.Payouts.Schedule.Interval), name)
			x.sell()
			x.days(40)
			same(t, "made", time.Unix(x.paidOut(seller).Created, 0).UTC(), tc.made)
		})
	}
}

// Bank accounts are listed, changed and removed; the default of the account's currency stays.
func TestBankAccounts(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	add := func(number, country string) (*api.BankAccount, error) {
		return x.client.BankAccounts.New(&api.BankAccountParams{Account: api.String(seller), AccountNumber: &number, Country: &country, Currency: api.String("eur")})
	}
	_, err := add("IE1", "IE")
	same(t, "no number", refusalOf(t, err).Code, api.ErrorCodeAccountNumberInvalid)
	b, err := add("DE89370400440532013000", "DE")
	must(t, err)
	same(t, "not the default", b.DefaultForCurrency, false)
	var last []string
	for i := x.client.BankAccounts.List(&api.BankAccountListParams{Account: api.String(seller)}); i.Next(); {
		last = append(last, i.BankAccount().Country)
	}
	same(t, "listed", last, []string{"DE", "IE"})
	b, err = x.client.BankAccounts.Update(b.ID, &api.BankAccountParams{Account: api.String(seller), DefaultForCurrency: api.Bool(true)})
	must(t, err)
	same(t, "the default", b.DefaultForCurrency, true)
	_, err = x.client.BankAccounts.Del(b.ID, &api.BankAccountParams{Account: api.String(seller)})
	same(t, "the default stays", refusalOf(t, err).Status, 400)
	gone, err := x.client.BankAccounts.Del("ba_seller", &api.BankAccountParams{Account: api.String(seller)})
	must(t, err)
	same(t, "gone", gone.Deleted, true)
	_, err = x.client.BankAccounts.Get("ba_seller", &api.BankAccountParams{Account: api.String(seller)})
	same(t, "no longer there", refusalOf(t, err).Code, api.ErrorCodeResourceMissing)
}
