package gatewaytest

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Config describes a gateway to the suite. Open and Price are required.
type Config struct {
	// Open makes the adapter beside an account at which nothing has happened yet. All its calls go
	// through wire. It is called for every check, and several run at the same time.
	Open func(t testing.TB, wire http.RoundTripper) Account
	// Verbs are what the gateway can do. Without any, it has to refuse all of them.
	Verbs []process.Verb
	// Price is what the deals are about, in a currency that the gateway takes; Fee is what the
	// marketplace has the buyer pay on top of it, in the same minor units, and Deposit what is paid in
	// advance, at gateways for deals in person.
	Price        money.Amount
	Fee, Deposit int64
	// Prices are others that it takes, in currencies with more decimals, or with none.
	Prices []money.Amount
	// NotTaken are amounts that the gateway does not take of a payer, such as one in a foreign
	// currency. Zero is always among them.
	NotTaken []money.Amount
	// RefundsWhole tells that a payment goes back as a whole or not at all.
	RefundsWhole bool
	// HoldLasts is after which time a hold is over, so that it cannot be captured.
	HoldLasts time.Duration
	// Unknown is the id of a payment that there is not, written like one that there could be.
	Unknown string
	// Seller can be paid, and Stranger cannot; Buyer pays. Empty: "sam", nobody and "bea".
	Seller, Stranger, Buyer string
	// Effects are what Account.Effects shows of a verb, where it is not that verb once: nothing, or
	// several.
	Effects map[process.Verb][]process.Verb
	// ServerError is a body with which the gateway answers that something broke; empty: a page for
	// people.
	ServerError string
	// Secrets are texts that stand in no error.
	Secrets []string
	// Exceptions are checks that cannot pass, by their name, each with the reason.
	Exceptions map[string]string
}

// Account is an adapter and what surrounds it: what a payer and time do, and what really happened.
type Account struct {
	Gateway orchestrator.Gateway
	// Effects are what has happened to money at the gateway, in order, read past the adapter.
	Effects func() []Effect
	// Input is what goes along with a verb, made anew for every operation; nil: nothing does.
	Input func(v process.Verb) map[string]string
	// Refused is an input with which the payer's bank refuses; nil: see Refuse.
	Refused map[string]string
	// Pay has the payer approve and pay a payment on the gateway's page, and Refuse has their bank
	// refuse it there. nil: there is no page.
	Pay, Refuse func(t testing.TB, payment string)
	// Settle lets so much time pass that what was done shows among the effects, and that money which
	// was taken can leave. nil: it does at once.
	Settle func(t testing.TB)
	// Now reads the gateway's clock; required. Advance moves it; nil: nobody can.
	Now     func() time.Time
	Advance func(t testing.TB, d time.Duration)
	Afterwards
}

// Effect is something that happened to money.
type Effect struct {
	Verb   process.Verb
	Amount int64 // minor units; 0: it is not told
}

// Run tries a gateway.
func Run(t *testing.T, c Config) {
	t.Helper()
	if c.Open == nil || c.Price.IsZero() {
		t.Fatal("gatewaytest: Open and Price are required")
	}
	for _, one := range checksOf(c) {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			for _, wrong := range c.verdict(one.name, try(t, func(t testing.TB) { one.run(t, c) })) {
				t.Error(wrong)
			}
		})
	}
	for _, wrong := range c.strayExceptions() {
		t.Error(wrong)
	}
}

// strayExceptions are those that name no check.
func (c Config) strayExceptions() (wrong []string) {
	for name, why := range c.Exceptions {
		if !slices.ContainsFunc(checksOf(c), func(one check) bool { return one.name == name }) {
			wrong = append(wrong, fmt.Sprintf("the exception %q (%s) is no check of this gateway", name, why))
		}
	}
	return wrong
}

// verdict is what is wrong with a check that ended in failures.
func (c Config) verdict(name string, failures []string) []string {
	why, declared := c.Exceptions[name]
	switch {
	case !declared:
		return failures
	case why == "":
		return []string{"the exception has no reason"}
	case len(failures) == 0:
		return []string{"the check passes, so that the exception is no longer needed: " + why}
	}
	return nil
}

func (c Config) seller() string { return or(c.Seller, "sam") }
func (c Config) buyer() string  { return or(c.Buyer, "bea") }

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
