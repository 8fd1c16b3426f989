package sandbox_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/sandbox"
)

// online and f2fToFace make a call on a transaction in a situation, as one of its parties.
func (x *tester) online(situation, action, user, body string) answer {
	x.t.Helper()
	return x.api("POST", fmt.Sprintf("/transactions/%d/%s", x.at(situation), action), user, body)
}

func (x *tester) f2fToF2F(situation, action, user, body string) answer {
	x.t.Helper()
	return x.api("POST", fmt.Sprintf("/p2p/transactions/%d/%s", x.f2fAt(situation), action), user, body)
}

// bareListing makes a listing without anything and changes it step by step: each step is a path and a body.
func (x *tester) bareListing(steps ...string) string {
	x.t.Helper()
	var l listed
	x.ok(201, "POST", "/me/single_use_listings", x.seller, "", &l)
	one := "/single_use_listings/" + l.ID
	for i := 0; i < len(steps); i += 2 {
		x.ok(200, "POST", one+steps[i], x.seller, steps[i+1], nil)
	}
	return one + "/create_transaction"
}

// TestEveryCodeOfTheDocument leads to each error code that the customer's document lists.
func TestEveryCodeOfTheDocument(t *testing.T) {
	t.Parallel()
	get := func(path string) func(*tester) answer {
		return func(x *tester) answer { return x.api("GET", path, x.seller, "") }
	}
	create := func(from, to string) func(*tester) answer {
		return func(x *tester) answer {
			return x.api("POST", "/me/transactions", x.seller, strings.Replace(`{`+terms+`,"role":"seller"}`, from, to, 1))
		}
	}
	token := func(name string) func(*tester) answer {
		return func(x *tester) answer {
			return x.f2fToF2F("joined", "pay_deposit", x.buyer, `{"stripe_token":"`+name+`"}`)
		}
	}
	decided := func(first, then string) func(*tester) answer {
		return func(x *tester) answer {
			id := x.tx2(shelf{"multi_use_listings", ""}.one(shelf{"multi_use_listings", ""}.make(x).ID), x.buyer).ID
			x.tx("POST", fmt.Sprintf("/transactions/%d/%s_listing_transaction", id, first), x.seller, "")
			return x.api("POST", fmt.Sprintf("/transactions/%d/%s_listing_transaction", id, then), x.seller, "")
		}
	}
	const priced = `{"currency":"eur","price":1234,"charge":78,"charge_calculator_version":5}`
	scenarios := map[string]func(*tester) answer{
		"invalid_id":             get("/transactions/x"),
		"ids_missing":            get("/p2p/batch/transactions"),
		"too_many_ids":           get("/batch/transactions?ids=1" + strings.Repeat(",1", 50)),
		"invalid_after_id":       get("/p2p/me/transactions?after_id=x"),
		"invalid_limit":          get("/me/notifications?limit=0"),
		"join_code_missing":      get("/transactions"),
		"currency_missing":       get("/p2p/charge?price=1234"),
		"unsupported_currency":   get("/charge?price=1234&currency=xyz"),
		"invalid_price":          get("/charge?price=x&currency=eur"),
		"negative_price":         create("1234", "-1"),
		"price_too_low":          create("1234", "1"),
		"incorrect_charge":       create("78", "77"),
		"incorrect_calc_version": create(":5", ":4"),
		"invalid_calc_version":   create(":5", ":0"),
		"invalid_role": func(x *tester) answer {
			return x.api("POST", "/p2p/me/single_use_listings/create", x.seller, `{"role":""}`)
		},
		"duplicate_user_id": func(x *tester) answer {
			return x.api("POST", "/p2p/me/transactions/create_and_join", x.seller, `{`+f2fTerms+`,"creator_role":"seller","join_user_id":"`+x.seller+`"}`)
		},

		"already_paid":        func(x *tester) answer { return x.online("paid", "pay", x.buyer, `{"stripe_token":"tok_visa"}`) },
		"card_declined":       token("tok_chargeDeclined"),
		"expired_card":        token("tok_chargeDeclinedExpiredCard"),
		"incorrect_cvc":       token("tok_chargeDeclinedIncorrectCvc"),
		"insufficient_funds":  token("tok_chargeDeclinedInsufficientFunds"),
		"not_buyer":           func(x *tester) answer { return x.online("joined", "pay", x.seller, "") },
		"not_seller":          func(x *tester) answer { return x.f2fToF2F("deposit paid", "accept_deposit", x.buyer, "") },
		"empty_carrier":       func(x *tester) answer { return x.online("paid", "track", x.seller, `{"tracking_code":"1"}`) },
		"empty_tracking_code": func(x *tester) answer { return x.online("paid", "track", x.seller, `{"carrier":"ups"}`) },
		"unconfirmed_delivery": func(x *tester) answer {
			return x.online("tracked", "complain_with_description", x.buyer, complaintBody)
		},
		"complaint_period_ended_prematurely": func(x *tester) answer {
			return x.online("ended by buyer", "complain_with_description", x.buyer, complaintBody)
		},
		"complaint_period_expired": func(x *tester) answer { return x.online("ended by time", "complain", x.buyer, "") },

		"deposit_already_paid":      func(x *tester) answer { return x.f2fToF2F("deposit paid", "pay_deposit", x.buyer, "") },
		"price_already_set":         func(x *tester) answer { return x.f2fToF2F("priced", "skip_remainder", x.seller, "") },
		"remainder_already_skipped": func(x *tester) answer { return x.f2fToF2F("remainder skipped", "set_price", x.seller, priceBody) },
		"remainder_already_paid":    func(x *tester) answer { return x.f2fToF2F("remainder paid", "pay_remainder", x.buyer, "") },
		"missing_pricing":           func(x *tester) answer { return x.f2fToF2F("deposit accepted", "pay_remainder", x.buyer, "") },
		"remainder_too_low": func(x *tester) answer {
			return x.f2fToF2F("deposit accepted", "set_price", x.seller, strings.Replace(priceBody, "5000", "1000", 1))
		},
		"currency_mismatch": func(x *tester) answer {
			return x.f2fToF2F("deposit accepted", "set_price", x.seller, strings.Replace(priceBody, "eur", "usd", 1))
		},

		"no_listing":       func(x *tester) answer { return x.online("joined", "accept_listing_transaction", x.seller, "") },
		"already_accepted": decided("accept", "reject"),
		"already_rejected": decided("reject", "accept"),
		"not_creator": func(x *tester) answer {
			id := x.tx2(shelf{"single_use_listings", ""}.one(shelf{"single_use_listings", ""}.make(x).ID), x.buyer).ID
			return x.api("POST", fmt.Sprintf("/transactions/%d/accept_listing_transaction", id), x.buyer, "")
		},
		"not_accepted": func(x *tester) answer {
			id := x.tx2(shelf{"single_use_listings", ""}.one(shelf{"single_use_listings", ""}.make(x).ID), x.buyer).ID
			return x.api("POST", fmt.Sprintf("/transactions/%d/pay", id), x.buyer, `{"stripe_token":"tok_visa"}`)
		},
		"is_listing_creator":  func(x *tester) answer { return x.api("POST", x.bareListing(), x.seller, "") },
		"listing_is_disabled": func(x *tester) answer { return x.api("POST", x.bareListing("/disable", ""), x.buyer, "") },
		"no_listing_currency": func(x *tester) answer { return x.api("POST", x.bareListing(), x.buyer, "") },
		"no_listing_price": func(x *tester) answer {
			return x.api("POST", x.bareListing("/set_pricing", `{"currency":"eur"}`), x.buyer, "")
		},
		"no_listing_descr": func(x *tester) answer { return x.api("POST", x.bareListing("/set_pricing", priced), x.buyer, "") },
	}
	same(t, "codes of the document", len(scenarios), 45)
	for code, play := range scenarios {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			a := play(newTester(t, sandbox.Config{}))
			same(t, "answer", []any{a.status, a.code()}, []any{documentStatus(code), code})
			recognised(t, a, code)
		})
	}
}

func documentStatus(code string) int {
	if code == "not_creator" {
		return 403
	}
	return statusOf(code)
}

// recognised gives the sandbox's answer to the client, which must know the code.
func recognised(t *testing.T, a answer, code string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", a.header.Get("Content-Type"))
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body) // a failure shows in what the client gets
	}))
	defer server.Close()
	c, err := client.New(client.WithBaseURL(server.URL+"/api/v1"), client.WithAPIKey("key"))
	must(t, err)
	if _, err = c.Online.Get(t.Context(), 1); !errors.Is(err, client.ErrorCode(code)) || client.OutcomeOf(err) != client.OutcomeKnown {
		t.Errorf("the client makes %v of it", err)
	}
}
