package orchestrator

import "time"

// SearchBy is what a search looks a text up as. Each has an index of its own.
type SearchBy string

// What a search looks a text up as.
const (
	ByNothing   SearchBy = ""           // no text: all deals, or those of the state or with attention
	ByReference SearchBy = "reference"  // what the marketplace calls a deal
	ByPayment   SearchBy = "payment"    // the id of a payment at a gateway
	ByRequest   SearchBy = "request_id" // the id of a request that took a step
	ByEmail     SearchBy = "email"      // the e-mail of somebody in it
	ByUser      SearchBy = "user"       // the id of somebody in it
	ByPrice     SearchBy = "price"      // Search.Minor, of Filter.Currency if there is one
)

// Search finds deals of a community, the newest first. What is behind By and Text is found by an index; all else is
// looked at in the MaxSearched newest of those, so that no search costs more than that.
type Search struct {
	Filter   // Party, Metadata, ListingID and ExternalReference do not count
	By       SearchBy
	Text     string
	Minor    int64
	Currency string
	Gateway  string
	Gateways []string  // all that there are; for ByPayment
	Rules    TaskRules // of the tasks; with Attention, which selects deals that have one
	Until    time.Time // only deals that were made before; zero: all
}

// MaxSearched is how many deals one page of a search looks at.
const MaxSearched = 10_000

// Found is a page of a search.
type Found struct {
	Deals []Transaction
	Next  int64 // Before of the next page; 0: there is none
}
