package vocabulary

import (
	"slices"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/none"
	"github.com/handsel-dev/handsel/server/web"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

var tags = map[string]string{
	"portal-links":      "Links to the pages on which a person looks after webhook endpoints.",
	"webhook-endpoints": "Where events are sent, and what became of them there.",
	"balances":          "What users have with the marketplace itself.",
	"buy flow":          "Trading as an older client knows it: enveloped answers, and a websocket.",
	"community":         "The marketplace itself: fees, rules, people, and how it writes.",
	"events":            "What happened in the marketplace, under numbers without gaps.",
	"exchange":          "Users trade balances for money, by their own tokens.",
	"gateways in":       "What gateways call.",
	"listings":          "What is on offer: prices, stock and calendar.",
	"operations":        "For those who run the server.",
	"operator":          "For staff: what needs a person, and what only staff may do.",
	"pages":             "Pages that a browser is sent to.",
	"payment-setups":    "What a payer's browser needs to make a payment method.",
	"payouts":           "What sellers are paid.",
	"prices":            "What a deal would cost.",
	"processes":         "The kinds of deals that there are.",
	"sellers":           "Who can be paid, where, and what they got.",
	"sessions":          "A user's conversations.",
	"sharetribe":        "Deals as clients of Sharetribe know them.",
	"transactions":      "Deals, from opening to payout: steps, explanations, history, messages, reviews, evidence.",
	"webhooks":          "What happens: a webhook for each type of events.",
	"users":             "What gateways have to know about people, and their reputation.",
}

// gateways are the names that gateways have on the wire. A test in internal/app holds them against the plugins.
var gateways = []string{none.Name, "balance", "trustap", "stripe", "paypal", "braintree", "checkout", "paytrail"}

// kinds are the kinds of values that have a name.
func kinds() map[string]web.Kind {
	all := map[string]web.Kind{
		"Timestamp":  {Text: "An instant in UTC, as RFC 3339 has it.", Format: "date-time", Example: "2026-03-01T12:00:00Z"},
		"Day":        {Text: "A day without a time.", Format: "date", Example: "2026-03-01"},
		"Currency":   {Text: "A code of ISO 4217 in capitals, or that of an asset of the exchange.", Example: "EUR"},
		"MinorUnits": {Text: "A whole number of minor units: 1234 EUR are 12.34 euros.", Integer: true},
		"UserId":     {Text: "A user's id, which is the marketplace's own.", Example: "bea"},
		"RequestId":  {Text: "The id of a request: the caller's X-Request-Id, or one that was made.", Example: "req_2t4w6y"},
		"Cursor":     {Text: "A place in a list.", Example: "cur_0a1b2c3d4e5f6g7h8j9k0m1n2p"},
	}
	for name, prefix := range map[string]string{"TransactionId": "txn", "ListingId": "lst", "PayoutId": "pyt", "BankPayoutId": "bpo", "ApprovalId": "apr", "ActId": "act", "EventId": "evt"} {
		all[name] = web.Kind{Text: "An opaque id that begins with " + prefix + "_.", Example: prefix + "_0a1b2c3d4e5f6g7h8j9k0m1n2p"}
	}
	for name, k := range listed() {
		all[name] = k
	}
	return all
}

// listed are the kinds whose values can be listed.
func listed() map[string]web.Kind {
	states, transitions, verbs, processes := fromProcesses()
	return map[string]web.Kind{
		"StateName":        {Text: "A state of a process.", Values: states},
		"TransitionName":   {Text: "A transition of a process.", Values: transitions},
		"ProcessName":      {Text: "A kind of deal. A deal keeps its version: \"preauthorize@1\".", Values: processes},
		"Gateway":          {Text: "Who moves the money.", Values: gateways},
		"EventType":        {Text: "What has happened.", Values: publicEvents()},
		"LogPlace":         {Text: "A place in the log of events.", Values: []string{"now"}},
		"EventFilter":      {Text: "A type of events; \"payout.*\" is all of a noun, and \"*\" is all there are.", Values: publicEvents()},
		"Payload":          {Text: "What an event has in it when it is sent.", Values: texts(outbound.Full, outbound.Thin)},
		"SignatureKind":    {Text: "How webhooks are signed.", Values: texts(outbound.Shared, outbound.Asymmetric)},
		"EndpointStatus":   {Text: "Whether anything is sent to an endpoint.", Values: texts(outbound.Enabled, outbound.Disabled)},
		"DeliveryStatus":   {Text: "What became of an event at an endpoint.", Values: texts(outbound.Delivered, outbound.Pending, outbound.Waiting, outbound.Dead)},
		"ObjectType":       {Text: "What an event is about.", Values: texts(events.Deal, events.Listing, events.Seller, events.Ad, events.BankPayout, events.Community)},
		"Code":             {Text: "The stable code of a refusal; docs/reasons.md says what each means.", Values: codes()},
		"MoneyMoved":       {Text: "Whether money moved.", Values: texts(fault.MoneyNo, fault.MoneyYes, fault.MoneyUnknown)},
		"Role":             {Text: "Who may take a transition.", Values: texts(process.Starter, process.Author, process.Buyer, process.Seller, process.Joiner, process.Operator, process.Gateway, process.Clock)},
		"Verb":             {Text: "What a gateway is asked to do.", Values: verbs},
		"ListingKind":      {Text: "How often a listing can be bought.", Values: texts(listings.SingleUse, listings.MultiUse)},
		"ListingModel":     {Text: "How a listing is handed over.", Values: texts(listings.Online, listings.FaceToFace)},
		"ListingState":     {Text: "Whether a listing can be bought.", Values: texts(listings.Enabled, listings.Disabled)},
		"Unit":             {Text: "For which time a listing is booked.", Values: texts(listings.PerDay, listings.Night)},
		"SellerStatus":     {Text: "How a seller stands at a gateway; unknown: the gateway did not answer.", Values: texts(orchestrator.SellerMissing, orchestrator.SellerPending, orchestrator.SellerActive, orchestrator.SellerRestricted, orchestrator.SellerRejected, orchestrator.SellerUnknown)},
		"PayoutStatus":     {Text: "Whether a seller was paid.", Values: texts(orchestrator.PayoutDue, orchestrator.PayoutPaid)},
		"PaidBy":           {Text: "Who pays a seller.", Values: []string{"gateway", "marketplace"}},
		"BankPayoutStatus": {Text: "How far a payout is on its way to the bank.", Values: texts(orchestrator.BankPayoutInTransit, orchestrator.BankPayoutPaid, orchestrator.BankPayoutFailed, orchestrator.BankPayoutCanceled)},
		"ApprovalStatus":   {Text: "How an approval stands.", Values: texts(orchestrator.ApprovalWaiting, orchestrator.ApprovalApproved, orchestrator.ApprovalDone, orchestrator.ApprovalRefused, orchestrator.ApprovalRejected, orchestrator.ApprovalExpired)},
		"TaskKind":         {Text: "What needs a person.", Values: texts(orchestrator.TaskKinds()...)},
		"Scope":            {Text: "What a key may do.", Values: texts(apikey.Read, apikey.Write, apikey.Operate)},
		"Mode":             {Text: "Test keys work only against gateways in test mode.", Values: texts(apikey.Test, apikey.Live)},
		"LineCode":         {Text: "What a line of a price is for.", Values: texts(pricing.UnitPrice, pricing.Shipping, pricing.BuyerFee, pricing.SellerCommission)},
		"LineFor":          {Text: "Whose line it is.", Values: texts(pricing.Payer, pricing.Payee, pricing.Both)},
		"AccountKind": {Text: "What an account of the ledger is for.", Values: texts(ledger.Outside, ledger.Authorized, ledger.Escrow, ledger.PaidOut, ledger.PayoutDue, ledger.Fees,
			ledger.Available, ledger.Frozen, ledger.Debt, ledger.Losses, ledger.Platform)},
	}
}

func texts[T ~string](all ...T) []string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = string(v)
	}
	return out
}

// fromProcesses are the names that the processes give, each once.
func fromProcesses() (states, transitions, verbs, processes []string) {
	for _, p := range catalog.All() {
		processes = append(processes, p.Name)
		for _, s := range p.States {
			states = append(states, string(s.Name))
		}
		for _, r := range p.Rules {
			transitions = append(transitions, string(r.Name))
			if r.Verb != "" {
				verbs = append(verbs, string(r.Verb))
			}
		}
	}
	return once(states), once(transitions), once(verbs), processes
}

func once(all []string) []string {
	slices.Sort(all)
	return slices.Compact(all)
}

// codes are all reasons of refusals.
func codes() []string {
	var all []string
	for _, g := range fault.Reasons() {
		for _, m := range g.Meanings {
			all = append(all, string(m.Reason))
		}
	}
	return once(all)
}

// everywhere are the codes of what stands before every route: who calls, how often, and the server.
func everywhere() []string {
	var all []string
	for _, g := range fault.Reasons() {
		if !slices.Contains([]string{"Who calls", "Repeats and limits", "The server"}, g.Title) {
			continue
		}
		for _, m := range g.Meanings {
			all = append(all, string(m.Reason))
		}
	}
	return once(all)
}
