package sandbox_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/sandbox"
)

// shelf is one kind of listing in a test.
type shelf struct {
	kind   string // path part: "single_use_listings" or "multi_use_listings"
	prefix string // "" or "/p2p"
}

func shelves() map[string]shelf {
	return map[string]shelf{
		"online, single use":       {"single_use_listings", ""},
		"online, multi use":        {"multi_use_listings", ""},
		"face to face, single use": {"single_use_listings", "/p2p"},
		"face to face, multi use":  {"multi_use_listings", "/p2p"},
	}
}

func (s shelf) online() bool { return s.prefix == "" }

func (s shelf) terms() string {
	if s.online() {
		return `{"role":"seller","description":"Soccer ticket","currency":"eur","price":1234,"charge":78,"charge_calculator_version":5}`
	}
	return `{"role":"seller","description":"Soccer ticket","currency":"eur","deposit_price":1234,"deposit_charge":78,"charge_calculator_version":5}`
}

type listed struct {
	ID             string
	CreatorID      string `json:"creator_id"`
	Description    *string
	Currency       string
	Pricing        *sandbox.Pricing
	DepositPricing *sandbox.Pricing `json:"deposit_pricing"`
	SkipRemainder  *bool            `json:"skip_remainder"`
	AllowsMultiUse *bool            `json:"allows_multi_use"`
	Disabled       time.Time
}

func (s shelf) make(x *tester) listed {
	x.t.Helper()
	var l listed
	x.ok(201, "POST", s.prefix+"/me/"+s.kind+"/create", x.seller, s.terms(), &l)
	return l
}

func (s shelf) one(id string) string { return s.prefix + "/" + s.kind + "/" + id }

func TestListingsLeadToAPaidDeal(t *testing.T) {
	t.Parallel()
	for name, s := range shelves() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newTester(t, sandbox.Config{})
			l := s.make(x)
			if s.online() {
				tx := x.tx2(s.one(l.ID), x.buyer)
				same(t, "made", []any{tx.Status, tx.SellerID, tx.BuyerID, tx.ListingID, tx.Price}, []any{"joined", x.seller, x.buyer, l.ID, int64(1234)})
				path := fmt.Sprintf("/transactions/%d", tx.ID)
				same(t, "not yet", x.api("GET", path+"/stripe_client_secret", x.buyer, "").code(), "not_accepted")
				accepted := x.tx("POST", path+"/accept_listing_transaction", x.seller, "")
				same(t, "both spellings", []time.Time{accepted.AcceptedByListingCreator, accepted.ListingCreatorAccepted}, []time.Time{start, start})
				must(t, second(x.Sandbox.Pay(tx.ID, "success")))
				same(t, "webhooks", x.events(), prefixed("basic_tx.", "joined", "listing_transaction_accepted", "paid"))
			} else {
				tx := x.callF2F("POST", strings.TrimPrefix(s.one(l.ID), "/p2p")+"/create_transaction", x.buyer, "")
				same(t, "made", []any{tx.Status, tx.SellerID, tx.BuyerID, tx.ListingID, tx.ListingType}, []any{"joined", x.seller, x.buyer, l.ID, strings.TrimSuffix(s.kind, "_listings")})
				must(t, second(x.Sandbox.PayDeposit(tx.ID, "success")))
				x.act(tx.ID, "accept_deposit", x.seller, "")
				var open listed
				x.ok(200, "GET", s.one(l.ID), "", "", &open)
				same(t, "still open", open.Disabled.IsZero(), true)
				x.act(tx.ID, "set_price", x.seller, priceBody)
				must(t, second(x.Sandbox.PayRemainder(tx.ID, "success")))
				same(t, "webhooks", x.events(), prefixed("p2p_tx.", "joined", "deposit_paid", "deposit_accepted", "priced", "remainder_paid"))
			}
			var after listed
			x.ok(200, "GET", s.one(l.ID), "", "", &after)
			single := s.kind == "single_use_listings"
			same(t, "a single-use listing closes when its goods are paid", !after.Disabled.IsZero(), single)
			a := x.api("POST", s.one(l.ID)+"/create_transaction", x.buyer, "")
			same(t, "next buyer", a.code(), map[bool]string{true: "listing_is_disabled"}[single])
		})
	}
}

// tx2 makes an online transaction from a listing.
func (x *tester) tx2(listing, user string) sandbox.Transaction {
	x.t.Helper()
	var tx sandbox.Transaction
	x.ok(201, "POST", listing+"/create_transaction", user, "", &tx)
	return tx
}

func TestListingsAreEdited(t *testing.T) {
	t.Parallel()
	for name, s := range shelves() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newTester(t, sandbox.Config{})
			l := s.make(x)
			one := s.one(l.ID)
			post := func(method, path, body string) (got listed) {
				x.ok(200, method, one+path, x.seller, body, &got)
				return got
			}
			same(t, "described", *post("POST", "/set_description", `{"description":"Bicycle"}`).Description, "Bicycle")
			same(t, "disabled", post("POST", "/disable", "").Disabled, start)
			same(t, "disabled again", post("POST", "/disable", "{}").Disabled, start)
			same(t, "enabled", post("POST", "/enable", "").Disabled.IsZero(), true)
			set, field := "/set_pricing", ""
			if !s.online() {
				set, field = "/set_deposit_pricing", "deposit_"
			}
			price := fmt.Sprintf(`"%sprice":5000,"%scharge":190`, field, field)
			got := post("POST", set, `{"currency":"eur",`+price+`,"charge_calculator_version":1}`)
			pricing := got.Pricing
			if !s.online() {
				pricing = got.DepositPricing
				same(t, "flags", []bool{*got.SkipRemainder, *got.AllowsMultiUse}, []bool{false, s.kind == "multi_use_listings"})
			}
			same(t, "priced", *pricing, sandbox.Pricing{Price: 5000, Charge: 190})
			same(t, "wrong charge", x.api("POST", one+set, x.seller, `{"currency":"eur",`+strings.Replace(price, "190", "1", 1)+`}`).code(), "incorrect_charge")
			same(t, "no currency", x.api("POST", one+set, x.seller, `{`+price+`}`).code(), "currency_missing")
			same(t, "patched", *post("PATCH", "", `{"description":"Car"}`).Description, "Car")
			same(t, "nothing to patch", x.api("PATCH", one, x.seller, "{}").code(), "empty_body")
			same(t, "not the creator's", x.api("PATCH", one, x.buyer, `{"description":"Mine"}`).code(), "not_found")
			same(t, "made by the creator", x.api("POST", one+"/create_transaction", x.seller, "").code(), "is_listing_creator")
			same(t, "bad role", x.api("POST", s.prefix+"/me/"+s.kind+"/create", x.seller, `{"role":""}`).code(), "invalid_role")
			other := map[string]string{"single_use_listings": "multi_use_listings", "multi_use_listings": "single_use_listings"}[s.kind]
			same(t, "another kind", x.api("GET", shelf{other, s.prefix}.one(l.ID), "", "").code(), "not_found")
			x.ok(204, "DELETE", one, x.seller, "", nil)
			same(t, "deleted", x.api("GET", one, "", "").code(), "not_found")
		})
	}
}

func TestBareListings(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{Profile: sandbox.ProfileSeed})
	var l listed
	x.ok(201, "POST", "/me/single_use_listings", x.seller, "", &l)
	same(t, "online", l, listed{ID: l.ID, CreatorID: x.seller})
	one := shelf{"single_use_listings", ""}.one(l.ID)
	same(t, "no currency", x.api("POST", one+"/create_transaction", x.buyer, "").code(), "no_listing_currency")
	x.ok(200, "POST", one+"/set_pricing", x.seller, `{"currency":"eur","price":1234,"charge":78,"charge_calculator_version":5}`, nil)
	same(t, "no description", x.api("POST", one+"/create_transaction", x.buyer, "").code(), "no_listing_descr")
	for _, kind := range []string{"single_use_listings", "multi_use_listings"} {
		x.ok(201, "POST", "/p2p/me/"+kind, x.seller, "", &l)
		same(t, "deposit", *l.DepositPricing, sandbox.Pricing{Price: 5000, Charge: 150})
		tx := x.callF2F("POST", "/"+kind+"/"+l.ID+"/create_transaction", x.buyer, "")
		same(t, "deposit of the transaction", tx.DepositPricing, sandbox.Pricing{Price: 5000, Charge: 150})
	}
	x.ok(200, "POST", "/p2p/multi_use_listings/"+l.ID+"/set_skip_remainder", x.seller, `{"skip_remainder":true}`, &l)
	same(t, "skips", *l.SkipRemainder, true)
}

func TestMultiUseListingsTakeAPrice(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	s := shelf{"multi_use_listings", ""}
	one := s.one(s.make(x).ID) + "/create_transaction"
	var tx sandbox.Transaction
	x.ok(201, "POST", one+"?quantity=3&price=5000&charge=190", x.buyer, "", &tx)
	same(t, "asked", []int64{tx.Quantity, tx.Price, tx.Charge}, []int64{3, 5000, 190})
	for query, code := range map[string]string{
		"?price=5000&charge=1": "incorrect_charge", "?price=5000": "incorrect_charge", "?quantity=0": "invalid_price",
		"?price=x": "invalid_price", "?price=5000&charge=190&charge_config=7": "invalid_charge_config", "?charge=x": "incorrect_charge",
	} {
		same(t, query, x.api("POST", one+query, x.buyer, "").code(), code)
	}
	x.ok(201, "POST", one+"_with_guest_buyer", x.buyer, "", &tx)
	same(t, "as a guest", tx.BuyerID, x.buyer)
	same(t, "as a full user", x.api("POST", one+"_with_guest_buyer", fullBuyer, "").code(), "subject_is_not_guest_user")
	same(t, "partial", x.api("PATCH", strings.TrimSuffix(one, "/create_transaction"), x.seller, `{"price":1}`).code(), "partial_pricing")
}

func TestListingDecisions(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	s := shelf{"multi_use_listings", ""}
	one := s.one(s.make(x).ID)
	decide := func(id int64, what, user string) answer {
		return x.api("POST", fmt.Sprintf("/transactions/%d/%s_listing_transaction", id, what), user, "")
	}
	accepted, rejected := x.tx2(one, x.buyer).ID, x.tx2(one, x.buyer).ID
	same(t, "the buyer decides nothing", decide(accepted, "accept", x.buyer).code(), "not_creator")
	same(t, "accepted", decide(accepted, "accept", x.seller).status, 200)
	same(t, "accepted again", decide(accepted, "accept", x.seller).code(), "already_accepted")
	same(t, "too late to reject", decide(accepted, "reject", x.seller).code(), "already_accepted")
	same(t, "rejected", decide(rejected, "reject", x.seller).status, 200)
	same(t, "rejected again", decide(rejected, "reject", x.seller).code(), "already_rejected")
	tx := x.get(rejected)
	same(t, "status", []any{tx.Status, tx.RejectedByListingCreator, tx.ListingCreatorRejected, tx.Denied}, []any{"rejected", start, start, time.Time{}})
	same(t, "no listing", decide(x.at("joined"), "accept", x.seller).code(), "no_listing")
	same(t, "pay a rejected one", x.control("POST", fmt.Sprintf("/transactions/%d/pay", rejected), `{"card":"success"}`).code(), "already_cancelled")
	events := x.events()
	same(t, "webhook", events[len(events)-2], "basic_tx.listing_transaction_rejected")
}

func TestLite(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	var made struct {
		ActionsURL string `json:"actions_url"`
	}
	body := `{"ad_id":"ad-7","currency":"eur","description":"Bicycle","seller_country_code":"IE","seller_email":"lite@example.com","value":1234}`
	x.ok(201, "POST", "/p2p/listings/create_with_seller", "", body, &made)
	path := strings.TrimPrefix(made.ActionsURL, x.URL)
	if a := x.page("GET", path, "", ""); !strings.Contains(string(a.body), "13.12 EUR") {
		t.Errorf("page: %s", a.body)
	}
	same(t, "declined", x.page("POST", path, "", `{"card":"expired_card"}`).code(), "card_declined")
	same(t, "paid", x.page("POST", path, "", `{"card":"success"}`).status, 200)
	same(t, "webhooks", x.events(), prefixed("p2p_tx.", "joined", "deposit_paid"))
	if !strings.Contains(string(x.Sandbox.Deliveries()[0].Body), `"metadata":{"ad_id":"ad-7"}`) {
		t.Errorf("webhook: %s", x.Sandbox.Deliveries()[0].Body)
	}
	for change, code := range map[string]string{`"lite@example.com"`: "invalid_email", `"IE"`: "invalid_country_code", `"eur"`: "unsupported_currency"} {
		same(t, code, x.api("POST", "/p2p/listings/create_with_seller", "", strings.Replace(body, change, `"x"`, 1)).code(), code)
	}
}
