package server_test

import (
	"maps"
	"net/http"
	"strings"

	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// elsewhere are the keyed routes that need a gateway which differs from our books, and where
// their repeats are tested with one.
var elsewhere = map[string]string{
	"POST /v1/operator/transactions/{id}/take_over": "internal/app, TestS7_everyFace",
	"POST /v1/operator/transactions/{id}/outcome":   "internal/app, TestPaytrail_outcomeTold",
	"POST /v1/operator/tasks/{id}/done":             "internal/app, TestPaytrail_doubt",
}

// plays are the keyed routes, and how each is played.
func plays() map[string]func(*stage) play {
	all := map[string]func(*stage) play{}
	for _, some := range []map[string]func(*stage) play{dealPlays(), legacyPlays(), settingPlays(), endpointPlays(), listingPlays(), staffPlays(), adPlays(), orderPlays(), flowPlays()} {
		maps.Copy(all, some)
	}
	return all
}

var olga = []facetest.Option{facetest.Staff("olga")}

// noted is a body with a reason.
func noted(members facetest.Object) facetest.Object {
	return facetest.Changed(members, facetest.Object{"reason": "a test"})
}

// deal opens a deal of an escrow gateway.
func (s *stage) deal() string {
	return s.do("POST", "/v1/transactions", facetest.Sale()).At("id")
}

func dealPlays() map[string]func(*stage) play {
	return map[string]func(*stage) play{
		"POST /v1/transactions": func(*stage) play {
			return play{path: "/v1/transactions", body: facetest.Sale(), other: facetest.Changed(facetest.Sale(), facetest.Object{"quantity": 1})}
		},
		"POST /v1/transactions/{id}/transitions": func(s *stage) play {
			return play{path: "/v1/transactions/" + s.deal() + "/transitions", body: facetest.Object{"transition": "cancel"}, other: facetest.Object{"transition": "accept_deposit"}, as: []facetest.Option{facetest.As("bea")}}
		},
		"POST /v1/transactions/{id}/messages": func(s *stage) play {
			return play{path: "/v1/transactions/" + s.deal() + "/messages", body: facetest.Object{"content": "hello"}, other: facetest.Object{"content": "good bye"}, as: []facetest.Option{facetest.As("bea")}}
		},
		"PATCH /v1/transactions/{id}": func(s *stage) play {
			return play{path: "/v1/transactions/" + s.deal(), body: facetest.Object{"metadata": facetest.Object{"shop": "north"}}}
		},
		"PATCH /v1/sellers/{user_id}": func(s *stage) play {
			return play{path: "/v1/sellers/" + s.name("seller"), body: facetest.Object{"metadata": facetest.Object{"shop": "north"}}}
		},
		"PUT /v1/users/{id}": func(s *stage) play { return play{path: "/v1/users/" + s.name("user"), body: facetest.Profile()} },
		"POST /v1/balances/{user_id}/deposits": func(*stage) play {
			return play{path: "/v1/balances/bea/deposits", body: facetest.PaidIn(100), other: facetest.PaidIn(101), as: olga}
		},
		"POST /v1/balances/{user_id}/withdrawals": func(s *stage) play {
			s.do("POST", "/v1/balances/bea/deposits", facetest.PaidIn(100), olga...)
			return play{path: "/v1/balances/bea/withdrawals", body: facetest.PaidIn(100), other: facetest.PaidIn(99), as: olga}
		},
		"POST /v1/transactions/{id}/read": func(s *stage) play {
			id := s.deal()
			s.do("POST", "/v1/transactions/"+id+"/messages", facetest.Object{"content": "hello"}, facetest.As("sam"))
			return play{path: "/v1/transactions/" + id + "/read", body: facetest.Object{}, as: []facetest.Option{facetest.As("bea")}}
		},
		"POST /v1/transactions/{id}/reviews": func(s *stage) play {
			return play{path: "/v1/transactions/" + s.completed() + "/reviews", body: facetest.Object{"rating": 5, "content": "good"}, as: []facetest.Option{facetest.As("bea")}}
		},
		"POST /v1/transactions/{id}/evidence": func(s *stage) play {
			return play{path: "/v1/transactions/" + s.deal() + "/evidence", body: form("one"), other: form("two"), as: []facetest.Option{facetest.As("bea"), formed}}
		},
		"POST /v1/sellers/{user_id}/onboarding": func(s *stage) play {
			return play{path: "/v1/sellers/sam/onboarding", body: facetest.Object{"gateway": "braintree", "return_url": "https://shop.example.com"}}
		},
		"PUT /v1/sellers/{user_id}/accounts/{gateway}": func(s *stage) play {
			return play{path: "/v1/sellers/" + s.name("seller") + "/accounts/braintree", body: noted(facetest.Object{"account_id": s.name("acct")}), as: olga}
		},
		"DELETE /v1/sellers/{user_id}/accounts/{gateway}": func(s *stage) play {
			seller := s.name("seller")
			s.do("PUT", "/v1/sellers/"+seller+"/accounts/braintree", noted(facetest.Object{"account_id": s.name("acct")}), olga...)
			return play{path: "/v1/sellers/" + seller + "/accounts/braintree?reason=gone", as: olga}
		},
		"POST /v1/payment-setups": func(*stage) play {
			return play{path: "/v1/payment-setups", body: facetest.Object{"gateway": "braintree", "currency": "EUR"}}
		},
	}
}

// completed is a deal that was paid, shipped and released.
func (s *stage) completed() string {
	id := s.deal()
	take := func(transition, by string, input facetest.Object) {
		s.do("POST", "/v1/transactions/"+id+"/transitions", facetest.Object{"transition": transition, "input": input}, facetest.As(by))
	}
	s.happened(id, process.FactPaid)
	take("track", "sam", facetest.Object{"carrier": "post", "tracking_code": "1"})
	take("confirm_delivery", "bea", nil)
	take("end_complaint_period", "bea", nil)
	s.happened(id, process.FactFundsReleased)
	return id
}

func formed(r *http.Request) { r.Header.Set("Content-Type", "multipart/form-data; boundary=x") }

func form(content string) string {
	return strings.ReplaceAll("--x\nContent-Disposition: form-data; name=\"file\"; filename=\"note.txt\"\nContent-Type: text/plain\n\n"+content+"\n--x--\n", "\n", "\r\n")
}

func legacyPlays() map[string]func(*stage) play {
	legacy := func(process, gateway string, fields facetest.Object) facetest.Object {
		return facetest.Scenario{Process: process, Gateway: gateway, Fields: fields}.Body()
	}
	card := facetest.Object{"payment_method": "tok_ok"}
	create := func(s *stage, body facetest.Object) string {
		body = facetest.With(body, "transaction.community_id", s.community())
		return facetest.DealsPath + s.do("POST", facetest.DealsPath+"create", body, facetest.As("bea")).At("transaction.id") + "/"
	}
	plays := map[string]func(*stage) play{
		"POST /transactions/v1/create": func(s *stage) play {
			body := func(quantity int) facetest.Object {
				return facetest.With(facetest.With(facetest.Deal(), "transaction.community_id", s.community()), "transaction.listing_quantity", quantity)
			}
			return play{path: facetest.DealsPath + "create", body: body(2), other: body(1)}
		},
		"POST /conversations/v1/{conversation_id}/messages": func(s *stage) play {
			number := s.do("GET", "/v1/transactions/"+s.deal(), nil).At("number")
			return play{path: "/conversations/v1/" + number + "/messages", body: facetest.Object{"sender_id": "bea", "content": "hello"}, other: facetest.Object{"sender_id": "bea", "content": "good bye"}}
		},
		"POST /transactions/v1/{id}/invoice": func(s *stage) play {
			sum := func(minor int64) facetest.Object {
				return facetest.Object{"gateway_fields": facetest.Object{"total_sum": facetest.Euros(minor)}}
			}
			return play{path: create(s, legacy("postpay", "stripe", nil)) + "invoice", body: sum(12000), other: sum(12001), as: []facetest.Option{facetest.As("sam")}}
		},
		"POST /transactions/v1/{id}/pay_invoice": func(s *stage) play {
			deal := create(s, legacy("postpay", "stripe", nil))
			s.do("POST", deal+"invoice", facetest.Object{"gateway_fields": facetest.Object{"total_sum": facetest.Euros(12000)}}, facetest.As("sam"))
			return play{path: deal + "pay_invoice", body: facetest.Object{"gateway_fields": card}, other: facetest.Object{"gateway_fields": facetest.Object{"payment_method": "tok_3ds"}}, as: []facetest.Option{facetest.As("bea")}}
		},
	}
	for name, by := range map[string]string{"complete_preauthorization": "sam", "reject": "sam", "complete": "bea", "cancel": "bea"} {
		plays["POST /transactions/v1/{id}/"+name] = func(s *stage) play {
			deal := create(s, legacy("preauthorize", "stripe", card))
			if name == "complete" || name == "cancel" {
				s.do("POST", deal+"complete_preauthorization", nil, facetest.As("sam"))
			}
			return play{path: deal + name, other: facetest.Object{"reason": "another"}, as: []facetest.Option{facetest.As(by)}}
		}
	}
	return plays
}
