package stripe_test

import (
	"testing"

	api "github.com/stripe/stripe-go/v76"

	"github.com/handsel-dev/handsel/sandbox/stripe"
)

// What is asked of a seller has a deadline: before it they are paid, after it they are not, until they have given it.
func TestDeadline(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	must(t, x.AskAccount(seller, 3*day, "individual.verification.document"))
	read := func() *api.Account {
		t.Helper()
		a, err := x.client.Accounts.GetByID(seller, nil)
		must(t, err)
		return a
	}
	a := read()
	same(t, "before", []any{a.PayoutsEnabled, a.Requirements.CurrentlyDue, a.Requirements.PastDue, a.Requirements.CurrentDeadline},
		[]any{true, []string{"individual.verification.document"}, []string{}, start.Add(3 * day).Unix()})
	image, err := x.Snapshot()
	must(t, err)
	must(t, x.Restore(image))
	x.days(4)
	a = read()
	same(t, "after", []any{a.PayoutsEnabled, a.ChargesEnabled, a.Capabilities.Transfers, a.Requirements.PastDue, string(a.Requirements.DisabledReason)},
		[]any{false, false, api.AccountCapabilityStatusInactive, []string{"individual.verification.document"}, "requirements.past_due"})
	_, err = x.transfer(1, x.at(api.PaymentIntentStatusSucceeded).LatestCharge.ID)
	same(t, "nothing is paid", refusalOf(t, err).Code, api.ErrorCode("insufficient_capabilities_for_transfer"))
	link, err := x.client.AccountLinks.New(&api.AccountLinkParams{Account: api.String(seller), Type: api.String("account_onboarding"),
		ReturnURL: api.String("https://shop.example.com"), RefreshURL: api.String("https://shop.example.com")})
	must(t, err)
	status, _ := x.send("POST", link.URL[len("https://pay.example.com"):], "application/json", `{"card":"success"}`)
	same(t, "on the page", status, 200)
	a = read()
	same(t, "given", []any{a.PayoutsEnabled, len(a.Requirements.CurrentlyDue)}, []any{true, 0})
	same(t, "events", x.eventsOf(seller), []string{"account.updated", "account.updated", "account.updated", "account.updated"})
}

// A capability that is not requested is not there.
func TestCapabilities(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	read := func() (statuses []string) {
		for i := x.client.Capabilities.List(&api.CapabilityListParams{Account: api.String(seller)}); i.Next(); {
			statuses = append(statuses, i.Capability().ID+" "+string(i.Capability().Status))
		}
		return statuses
	}
	same(t, "at first", read(), []string{"card_payments active", "transfers active"})
	update := func(wanted bool) *api.Capability {
		p, err := x.client.Capabilities.Update("transfers", &api.CapabilityParams{Account: api.String(seller), Requested: &wanted})
		must(t, err)
		return p
	}
	same(t, "no longer", []any{update(false).Status, update(false).Requested}, []any{api.CapabilityStatusUnrequested, false})
	_, err := x.transfer(1, x.at(api.PaymentIntentStatusSucceeded).LatestCharge.ID)
	same(t, "nothing is paid", refusalOf(t, err).Status, 400)
	same(t, "again", update(true).Status, api.CapabilityStatusActive)
	_, err = x.client.Capabilities.Get("cash", &api.CapabilityParams{Account: api.String(seller)})
	same(t, "there is no such", refusalOf(t, err).Code, api.ErrorCodeResourceMissing)
}
