package stripe_test

import (
	"encoding/json"
	"strings"
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

// requirements are what an account of the first version lists, and what an account of the second says of each entry.
func (x *tester) requirements(id string) (first map[string]any, second map[string]string) {
	x.t.Helper()
	var one struct{ Requirements map[string]any }
	_, body := x.send("GET", "/v1/accounts/"+id, "", "")
	must(x.t, json.Unmarshal(body, &one))
	type deadline struct{ Status, Time string }
	var two struct {
		Requirements struct {
			Entries []struct {
				Description string
				Deadline    deadline `json:"minimum_deadline"`
			}
			Summary struct {
				Deadline deadline `json:"minimum_deadline"`
			}
		}
	}
	_, body = x.send("GET", "/v2/core/accounts/"+id+"?include[0]=requirements", "", "")
	must(x.t, json.Unmarshal(body, &two))
	second = map[string]string{"all": two.Requirements.Summary.Deadline.Status + " " + two.Requirements.Summary.Deadline.Time}
	for _, entry := range two.Requirements.Entries {
		second[entry.Description] = entry.Deadline.Status + " " + entry.Deadline.Time
	}
	return one.Requirements, second
}

// What is asked for stands in the lists at once, beside what was missing before, and is late after its deadline and no sooner.
// Both versions of the API say the same.
func TestAsked(t *testing.T) {
	t.Parallel()
	const document, by = "individual.verification.document", "2026-03-02T12:00:00Z"
	begun := []any{"business_profile.url", "external_account", "tos_acceptance.date"}
	for name, tc := range map[string]struct {
		id                     string
		late                   bool
		due, past              []any
		reason                 any
		all, document, another string
	}{
		"of an active account":      {id: seller, due: []any{document}, past: []any{}, all: "currently_due " + by, document: "currently_due " + by},
		"too late":                  {id: seller, late: true, due: []any{document}, past: []any{document}, reason: "requirements.past_due", all: "past_due " + by, document: "past_due " + by},
		"of an account that waits":  {due: append(begun, document), past: begun, reason: "requirements.past_due", all: "past_due ", document: "currently_due " + by, another: "past_due "},
		"of one that waits, and it": {late: true, due: append(begun, document), past: append(begun, document), reason: "requirements.past_due", all: "past_due ", document: "past_due " + by, another: "past_due "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newTester(t, stripe.Config{})
			id := tc.id
			if id == "" {
				var made struct{ ID string }
				_, body := x.send("POST", "/v2/core/accounts", "application/json", `{"contact_email":"sam@example.com"}`)
				must(t, json.Unmarshal(body, &made))
				id = made.ID
			}
			must(t, x.AskAccount(id, day, document))
			if tc.late {
				x.days(2)
			}
			first, second := x.requirements(id)
			same(t, "lists", []any{first["currently_due"], first["past_due"], first["disabled_reason"]}, []any{tc.due, tc.past, tc.reason})
			same(t, "entries", []string{second["all"], second[document], second["external_account"]}, []string{tc.all, tc.document, tc.another})
		})
	}
}

// What an account of the second version is asked to show is a list of parts that it has.
func TestInclude_refused(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	for query, say := range map[string]string{
		"include=requirements":                               "include[0]=requirements",
		"include[0]=requirement":                             "configuration.recipient",
		"include[0]=requirements&include[1]=requirement.age": "configuration.recipient",
	} {
		status, body := x.send("GET", "/v2/core/accounts/"+seller+"?"+query, "", "")
		same(t, query, []any{status, strings.Contains(string(body), say)}, []any{400, true})
	}
	status, body := x.send("POST", "/v2/core/accounts", "application/json", `{"include":"requirements"}`)
	same(t, "in a body", []any{status, strings.Contains(string(body), "include[0]=requirements")}, []any{400, true})
}
