package server_test

import (
	"fmt"
	"strings"

	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

func settingPlays() map[string]func(*stage) play {
	plays := map[string]func(*stage) play{
		"DELETE /v1/community/mail-templates/{name}": func(s *stage) play {
			s.do("PUT", "/v1/community/mail-templates/order_shipped", noted(facetest.Object{"subject": "x", "text": "y"}), olga...)
			return play{path: "/v1/community/mail-templates/order_shipped?reason=back", as: olga}
		},
	}
	bodies := map[string]facetest.Object{
		"/v1/community/fees":                  {"seller_basis_points": 1000, "buyer_basis_points": 250},
		"/v1/community/confirmation":          {"automatic_confirmation_after_days": 7},
		"/v1/community/letterhead":            {"marketplace": "Example market"},
		"/v1/community/origins":               {"origins": []string{"https://shop.example.com"}},
		"/v1/community/approval-limits":       {"limits": facetest.Object{"EUR": 1_000_000}},
		"/v1/community/operators":             {"operators": []string{"olga", "ann", facetest.Olga}},
		"/v1/community/exchange-rules":        {"fault_limit": 5},
		"/v1/community/mail-templates/{name}": {"subject": "Shipped", "text": "It is on its way"},
	}
	for path, body := range bodies {
		plays["PUT "+path] = func(*stage) play {
			return play{path: facetest.SamplePath.Replace(path), body: noted(body), as: olga}
		}
	}
	return plays
}

func endpointPlays() map[string]func(*stage) play {
	const endpoints = "/v1/webhook-endpoints"
	made := func(s *stage) string {
		return endpoints + "/" + s.do("POST", endpoints, facetest.Object{"url": s.receiver}).At("id")
	}
	plays := map[string]func(*stage) play{
		"POST " + endpoints: func(s *stage) play {
			return play{path: endpoints, body: facetest.Object{"url": s.receiver}, other: facetest.Object{"url": s.receiver, "payload": "thin"}}
		},
		"PATCH " + endpoints + "/{id}":  func(s *stage) play { return play{path: made(s), body: facetest.Object{"payload": "thin"}} },
		"DELETE " + endpoints + "/{id}": func(s *stage) play { return play{path: made(s)} },
		"POST " + endpoints + "/{id}/deliveries/{event}/resend": func(s *stage) play {
			path, event := s.delivered(made(s))
			return play{path: path + "/deliveries/" + event + "/resend", body: facetest.Object{}}
		},
		"POST " + endpoints + "/{id}/replay": func(s *stage) play {
			path, _ := s.delivered(made(s))
			return play{path: path + "/replay", body: facetest.Object{"from_sequence": 1}, other: facetest.Object{"from_sequence": 2}}
		},
		"POST /v1/portal-links": func(*stage) play { return play{path: "/v1/portal-links", body: facetest.Object{}} },
	}
	for _, act := range []string{"rotate-secret", "enable", "disable", "test"} {
		plays["POST "+endpoints+"/{id}/"+act] = func(s *stage) play { return play{path: made(s) + "/" + act, body: facetest.Object{}} }
	}
	return plays
}

// delivered lets five events have been sent to an endpoint, and names one of them.
func (s *stage) delivered(path string) (_, event string) {
	s.Helper()
	id, err := s.Ids.Open(publicid.Endpoint, path[strings.LastIndex(path, "/")+1:])
	s.Must(err)
	s.edit(`insert into event_counters (community_id, last) values ($1, 5) on conflict (community_id) do update set last = excluded.last`, s.community())
	s.edit(`update webhook_endpoints set position = 5 where id = $1`, id)
	s.edit(`insert into webhook_deliveries (community_id, endpoint_id, sequence, type, transaction_id, status, tries, at, attempts)
		values ($1, $2, 3, 'listing.created', 0, 'dead', 9, '2030-01-01T00:00:00Z', '')`, s.community(), id)
	return path, s.Ids.SealIn(publicid.Event, s.community(), 3)
}

func listingPlays() map[string]func(*stage) play {
	made := func(s *stage) string { return "/v1/listings/" + s.do("POST", "/v1/listings", facetest.Bike()).At("id") }
	stays := func(s *stage) string {
		bookable := facetest.Changed(facetest.Bike(), facetest.Object{"unit": "day", "zone": "Europe/Helsinki", "stock": nil})
		return "/v1/listings/" + s.do("POST", "/v1/listings", bookable).At("id")
	}
	days := facetest.Object{"days": []string{"2030-02-01", "2030-02-02"}}
	plays := map[string]func(*stage) play{
		"POST /v1/listings": func(*stage) play {
			return play{path: "/v1/listings", body: facetest.Bike(), other: facetest.Changed(facetest.Bike(), facetest.Object{"title": "Another"})}
		},
		"DELETE /v1/listings/{id}": func(s *stage) play { return play{path: made(s)} },
		"PATCH /v1/listings/{id}": func(s *stage) play {
			return play{path: made(s), body: facetest.Object{"external_reference": s.name("bike")}}
		},
		"POST /v1/listings/{id}/disable": func(s *stage) play { return play{path: made(s) + "/disable"} },
		"POST /v1/listings/{id}/enable": func(s *stage) play {
			listing := made(s)
			s.do("POST", listing+"/disable", nil)
			return play{path: listing + "/enable"}
		},
		"POST /v1/listings/{id}/blocked-dates": func(s *stage) play { return play{path: stays(s) + "/blocked-dates", body: days} },
		"DELETE /v1/listings/{id}/blocked-dates": func(s *stage) play {
			listing := stays(s)
			s.do("POST", listing+"/blocked-dates", days)
			return play{path: listing + "/blocked-dates?from=2030-02-01&to=2030-02-03"}
		},
		"POST /v1/listings/{id}/transactions": func(s *stage) play {
			buying := func(quantity int) facetest.Object {
				return facetest.Object{"process": "escrow_online", "gateway": "trustap", "starter_id": "bea", "quantity": quantity}
			}
			return play{path: made(s) + "/transactions", body: buying(1), other: buying(2)}
		},
	}
	for member, body := range map[string]facetest.Object{
		"description": {"description": "Runs very well"}, "pricing": {"price": facetest.Euros(6000)}, "stock": {"stock": 2},
	} {
		plays["PUT /v1/listings/{id}/"+member] = func(s *stage) play { return play{path: made(s) + "/" + member, body: body} }
	}
	return plays
}

func staffPlays() map[string]func(*stage) play {
	waits := func(s *stage) string {
		s.limited()
		s.made++
		return facetest.Approvals + "/" + s.do("POST", "/v1/balances/bea/deposits", facetest.PaidIn(2_000_000+s.made), olga...).At("id")
	}
	decision := noted(nil)
	plays := map[string]func(*stage) play{
		"POST /v1/operator/transactions/{id}/clear": func(s *stage) play {
			id := s.deal()
			s.edit(fmt.Sprintf(`update transactions set attention = 'gateway_differs' where id = %s`, s.do("GET", "/v1/transactions/"+id, nil).At("number")))
			return play{path: "/v1/operator/transactions/" + id + "/clear", body: noted(nil), other: facetest.Object{"reason": "another"}, as: olga}
		},
		"POST /v1/operator/holds/end": func(s *stage) play {
			s.edit(fmt.Sprintf(`update communities set hold = 'a test' where id = %d`, s.community()))
			return play{path: "/v1/operator/holds/end", body: noted(facetest.Object{"object": "community"}), as: olga}
		},
		"POST /v1/operator/tasks/{id}/assign": func(s *stage) play {
			waits(s)
			id := s.do("GET", "/v1/operator/tasks?kind=approval", nil).At("items.0.id")
			return play{path: "/v1/operator/tasks/" + id + "/assign", body: noted(facetest.Object{"owner": s.name("ann")}), as: olga}
		},
		"POST /v1/payouts/{id}/settle": func(s *stage) play {
			body := facetest.Object{"reference": s.name("RF18"), "reason": "paid"}
			return play{path: "/v1/payouts/" + s.due() + "/settle", body: body, other: facetest.Changed(body, facetest.Object{"reason": "another"}), as: olga}
		},
		"POST /v1/payouts/settlements": func(s *stage) play {
			id := s.due()
			amount := facetest.Number(s.T, s.do("GET", "/v1/payouts/"+id, nil).At("amount.amount"))
			return play{path: "/v1/payouts/settlements", body: noted(facetest.Object{"payouts": []facetest.Object{{"id": id, "reference": s.name("RF18"), "amount": amount}}}), as: olga}
		},
	}
	for _, act := range []string{"approve", "reject"} {
		plays["POST "+facetest.Approvals+"/{id}/"+act] = func(s *stage) play {
			return play{path: waits(s) + "/" + act, body: decision, as: []facetest.Option{facetest.Staff("ann")}}
		}
	}
	return plays
}

// limited makes a second person needed above a limit.
func (s *stage) limited() {
	s.do("PUT", facetest.Operators, noted(facetest.Object{"operators": []string{"olga", "ann", facetest.Olga}}), olga...)
	s.do("PUT", facetest.LimitsPath, noted(facetest.Object{"limits": facetest.Object{"EUR": 1_000_000}}), olga...)
}

// due is a payout that the marketplace has to pay.
func (s *stage) due() string {
	body := facetest.Changed(facetest.Sale(), facetest.Object{"process": "preauthorize", "gateway": "braintree", "author_id": s.name("sam"), "input": facetest.Object{"payment_method": "tok_ok"}})
	deal := s.do("POST", "/v1/transactions", body).At("id")
	for _, step := range []string{"complete_preauthorization", "complete"} {
		s.do("POST", "/v1/transactions/"+deal+"/transitions", facetest.Object{"transition": step})
	}
	return s.do("GET", "/v1/payouts?status=due", nil).At("items.0.id")
}
