package server

import (
	"maps"
	"net/http"
	"reflect"

	"github.com/handsel-dev/handsel/exchange"
)

// operations are the lines of all routes, by method and path.
func operations() map[string]operation {
	lines := map[string]operation{}
	for _, some := range []map[string]operation{
		transactionOperations(), approvalOperations(), marketplaceOperations(), listingOperations(), peopleOperations(),
		sharetribeOperations(), exchangeOperations(), orderOperations(), buyFlowOperations(), serviceOperations(),
	} {
		maps.Copy(lines, some)
	}
	return lines
}

// requiredMembers are what a request must have, by type.
func requiredMembers() map[reflect.Type][]string {
	return map[reflect.Type][]string{
		reflect.TypeFor[newTransaction]():   {"process", "gateway", "starter_id", "listing", "unit_price"},
		reflect.TypeFor[moneyIn]():          {"amount", "currency"},
		reflect.TypeFor[dates]():            {"start_on", "end_on"},
		reflect.TypeFor[wantedTransition](): {"transition"},
		reflect.TypeFor[newMessage]():       {"content"},
		reflect.TypeFor[profileIn]():        {"email", "first_name", "last_name", "country_code"},
		reflect.TypeFor[offer]():            {"gateway", "unit_price"},
		reflect.TypeFor[bookingIn]():        {"amount", "currency"},
		reflect.TypeFor[feesIn]():           {"seller_basis_points", "buyer_basis_points"},
		reflect.TypeFor[clearing]():         {"reason"},
		reflect.TypeFor[endingHold]():       {"object", "reason"},
		reflect.TypeFor[rulesIn]():          {"reason"},
		reflect.TypeFor[limitsIn]():         {"limits", "reason"},
		reflect.TypeFor[operatorsIn]():      {"operators", "reason"},
		reflect.TypeFor[newListing]():       {"kind", "model", "title"},
		reflect.TypeFor[newDescription]():   {"description"},
		reflect.TypeFor[newStock]():         {"stock"},
		reflect.TypeFor[blockedDates]():     {"days"},
		reflect.TypeFor[newReview]():        {"rating"},
		reflect.TypeFor[uploadForm]():       {"file"},
		reflect.TypeFor[start]():            {"transaction"},
		reflect.TypeFor[startTransaction](): {
			"payment_process", "payment_gateway", "community_id", "starter_id", "listing_id", "listing_title", "listing_price", "listing_author_id",
		},
		reflect.TypeFor[paymentRow]():    {"title", "sum", "vat"},
		reflect.TypeFor[legacyMessage](): {"content", "sender_id"},
		reflect.TypeFor[startQuestion](): {"transaction"},
		reflect.TypeFor[question]():      {"payment_gateway", "community_id", "listing_author_id"},
		reflect.TypeFor[adIn]():          {"type", "fiat_currency", "min_amount", "max_amount", "payment_methods"},
		reflect.TypeFor[orderIn]():       {"ad_id", "payment_method"},
		reflect.TypeFor[messageIn]():     {"message"},
		reflect.TypeFor[stars]():         {"rating"},
		reflect.TypeFor[verdictIn]():     {"outcome", "reason"},
		reflect.TypeFor[banning]():       {"reason"},
		reflect.TypeFor[offerIn]():       {"ad"},
	}
}

// schemaAliases are the names of types whose own would be misread or is taken.
func schemaAliases() map[reflect.Type]string {
	return map[reflect.Type]string{
		reflect.TypeFor[listingOut]():        "ListingSnapshot",
		reflect.TypeFor[fullListing]():       "Listing",
		reflect.TypeFor[page[fullListing]](): "ListingPage",
		reflect.TypeFor[messageIn]():         "ChatInput",
		reflect.TypeFor[offer]():             "PriceInput",
		reflect.TypeFor[bookingIn]():         "BookedInput",
	}
}

// clearing is the body of POST /v1/operator/transactions/{id}/clear.
type clearing struct {
	Reason string `json:"reason"`
}

const one = "/v1/transactions/{id}"

func transactionOperations() map[string]operation {
	place := []string{"limit", "cursor"}
	return map[string]operation{
		"POST /v1/transactions": {dry: true, summary: "Open a transaction", body: is[newTransaction](), answer: is[transactionOut](), status: http.StatusCreated},
		"GET /v1/transactions": {
			summary: "List transactions, newest first", query: []string{"limit", "cursor", "process", "state", "party", "listing_id"},
			answer: is[page[transactionOut]](),
		},
		"GET " + one:                   {summary: "Read a transaction", answer: is[transactionOut]()},
		"POST " + one + "/transitions": {dry: true, summary: "Take a transition", body: is[wantedTransition](), answer: is[transactionOut]()},
		"POST " + one + "/dry-run":     {summary: "Ask what a transition would do", body: is[wantedTransition](), answer: is[previewOut]()},
		"POST " + one + "/refresh":     {summary: "Look the transaction up at its gateway now, and read it", answer: is[transactionOut]()},
		"GET " + one + "/explain":      {summary: "Explain what can happen next, and why not", answer: is[explanationOut]()},
		"GET " + one + "/timeline":     {summary: "Read the history", answer: is[collection[logOut]]()},
		"GET " + one + "/entries":      {summary: "Read the ledger entries", answer: is[collection[entryOut]]()},
		"POST " + one + "/messages":    {summary: "Post a message", body: is[newMessage](), answer: is[messageOut](), status: http.StatusCreated},
		"GET " + one + "/messages":     {summary: "Read the conversation, oldest first", query: place, answer: is[page[messageOut]]()},

		"GET /v1/operator/transactions": {summary: "List the transactions that wait for staff", query: place, answer: is[page[transactionOut]]()},
		"GET /v1/operator/holds":        {summary: "List what is on hold because the books contradict themselves", answer: is[collection[holdOut]]()},
		"POST /v1/operator/holds/end":   {awaits: true, summary: "End a hold; an account's balance becomes the sum of its postings", body: is[endingHold](), status: http.StatusNoContent},
		"GET /v1/operator/tasks": {
			summary: "List everything that needs a person, oldest first", query: []string{"limit", "cursor", "kind", "owner", "older_than"}, answer: is[page[taskOut]](),
		},
		"POST /v1/operator/tasks/{id}/assign": {summary: "Say who looks after a task", body: is[assigning](), answer: is[taskOut]()},
		"POST /v1/operator/tasks/{id}/done":   {summary: "Say that a task is done; refused while its cause stands", body: is[clearing](), status: http.StatusNoContent},
		"GET /v1/operator/audit": {
			summary: "Read the audit log, newest first", query: []string{"limit", "cursor", "object", "actor", "act", "since"}, answer: is[page[actOut]](),
		},
		"POST /v1/operator/transactions/{id}/clear": {awaits: true, summary: "End the hold of a transaction", body: is[clearing](), answer: is[transactionOut]()},
		"POST /v1/operator/transactions/{id}/take_over": {
			awaits: true, summary: "Book what the gateway has moved beyond our books", body: is[clearing](), answer: is[transactionOut](),
		},
	}
}

func marketplaceOperations() map[string]operation {
	const balance = "/v1/balances/{user_id}"
	return map[string]operation{
		"GET /v1/processes":                {summary: "List the processes", answer: is[collection[processOut]]()},
		"GET /v1/community":                {summary: "Show the marketplace and the key that asks", answer: is[communityOut]()},
		"GET /v1/community/exchange-rules": {summary: "Read the rules of the exchange", answer: is[exchange.Rules]()},
		"PUT /v1/community/exchange-rules": {summary: "Replace the rules of the exchange", body: is[rulesIn](), answer: is[exchange.Rules]()},
		"GET /v1/community/letterhead":     {summary: "Read how the community writes to people", answer: is[heldLetterhead]()},
		"PUT /v1/community/letterhead":     {summary: "Replace how the community writes to people", body: is[newLetterhead](), answer: is[heldLetterhead]()},
		"GET /v1/community/fees":           {summary: "Read the fees", answer: is[feesInOut]()},
		"PUT /v1/community/fees":           {summary: "Replace the fees", body: is[feesIn](), answer: is[feesInOut]()},
		"PUT /v1/users/{id}":               {summary: "Store what gateways have to know about a user", body: is[profileIn](), answer: is[profileOut]()},
		"POST /v1/prices/preview":          {summary: "Price a deal", body: is[offer](), answer: is[priceOut]()},
		"GET " + balance:                   {summary: "Read a user's balance", query: []string{"currency!"}, answer: is[userBalance]()},
		"POST " + balance + "/deposits":    {dry: true, summary: "Book money that came in", body: is[bookingIn](), answer: is[booked](), status: http.StatusCreated},
		"POST " + balance + "/withdrawals": {dry: true, summary: "Book money that went out", body: is[bookingIn](), answer: is[booked](), status: http.StatusCreated},
	}
}

func listingOperations() map[string]operation {
	const listing = "/v1/listings/{id}"
	days := []string{"from!", "to!"}
	return map[string]operation{
		"POST /v1/listings": {summary: "Make a listing", body: is[newListing](), answer: is[fullListing](), status: http.StatusCreated},
		"GET /v1/listings": {
			summary: "List listings, newest first", query: []string{"limit", "cursor", "author", "state"}, answer: is[page[fullListing]](),
		},
		"GET " + listing:                     {summary: "Read a listing", answer: is[fullListing]()},
		"DELETE " + listing:                  {summary: "Withdraw a listing for good", status: http.StatusNoContent},
		"PUT " + listing + "/description":    {summary: "Replace the description", body: is[newDescription](), answer: is[fullListing]()},
		"PUT " + listing + "/pricing":        {summary: "Replace the prices", body: is[newPricing](), answer: is[fullListing]()},
		"PUT " + listing + "/stock":          {summary: "Say how many may still be bought", body: is[newStock](), answer: is[fullListing]()},
		"POST " + listing + "/enable":        {summary: "Let a listing be bought", answer: is[fullListing]()},
		"POST " + listing + "/disable":       {summary: "Keep a listing from being bought", answer: is[fullListing]()},
		"GET " + listing + "/availability":   {summary: "Read which days are not free", query: days, answer: is[calendarOut]()},
		"POST " + listing + "/blocked-dates": {summary: "Take days out of the calendar", body: is[blockedDates](), status: http.StatusNoContent},
		"DELETE " + listing + "/blocked-dates": {
			summary: "Give blocked days back", query: days, status: http.StatusNoContent,
		},
		"POST " + listing + "/transactions": {
			summary: "Buy from a listing", dry: true, body: is[listingDeal](), answer: is[transactionOut](), status: http.StatusCreated,
		},
	}
}

func peopleOperations() map[string]operation {
	return map[string]operation{
		"POST " + one + "/read": {summary: "Mark a conversation as read", body: maybe[readUpTo](), status: http.StatusNoContent},
		"GET /v1/sessions": {
			summary: "Read a user's inbox, the last active deal first", query: []string{"limit", "cursor", "user", "process"}, answer: is[sessionPage](),
		},
		"POST " + one + "/reviews":               {summary: "Review the other party", body: is[newReview](), answer: is[reviewOut](), status: http.StatusCreated},
		"GET " + one + "/reviews":                {summary: "Read the reviews", answer: is[page[reviewOut]]()},
		"GET /v1/users/{id}/rating":              {summary: "Read a user's reputation", answer: is[ratingOut]()},
		"POST " + one + "/evidence":              {summary: "Add a file as evidence", body: media(multipartForm), answer: is[evidenceOut](), status: http.StatusCreated},
		"GET " + one + "/evidence":               {summary: "List the evidence", answer: is[page[evidenceOut]]()},
		"GET " + one + "/evidence/{evidence_id}": {summary: "Read a file", answer: media("*/*")},
	}
}
