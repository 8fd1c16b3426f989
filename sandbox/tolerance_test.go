package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/sandbox"
)

const terms2030 = `"tos_acceptance":{"unix_timestamp":1672531200,"ip":"192.0.2.1"}`

// raw sends exactly what a program of others does, to a path of the server.
func (x *tester) raw(method, target, authorization, body string, header ...string) answer {
	x.t.Helper()
	r, err := http.NewRequestWithContext(x.t.Context(), method, x.URL+target, strings.NewReader(body))
	must(x.t, err)
	r.Header.Set("Authorization", authorization)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	x.lenient = true // the description has the paths without what is added to them
	a, err := x.do(r)
	must(x.t, err)
	return a
}

func (x *tester) key() string {
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(x.APIKey, "")
	return r.Header.Get("Authorization")
}

// The quick starts of Trustap send country codes in small letters and show the user that they made.
func TestTolerance_countries(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{IncompatibleCountries: [][2]string{{"IE", "BG"}}})
	ids := map[string]string{}
	for _, code := range []string{"ie", "at", "bg", "ca", "IE", "Ie"} {
		a := x.raw("POST", "/api/v1/guest_users", x.key(), `{"email":"a@example.com","first_name":"A","last_name":"B","country_code":"`+code+`",`+terms2030+`}`)
		var made struct{ ID string }
		if json.Unmarshal(a.body, &made); a.status != 201 {
			t.Errorf("%s: %d %s", code, a.status, a.body)
		}
		ids[code] = made.ID
	}
	a := x.raw("POST", "/api/v1/guest_users", x.key(), `{"email":"a@example.com","first_name":"A","last_name":"B","country_code":"xx",`+terms2030+`}`)
	same(t, "no country", a.code(), "invalid_country_code")
	body := fmt.Sprintf(`{"seller_id":%q,"buyer_id":%q,"creator_role":"seller",%s}`, ids["ie"], ids["bg"], terms)
	same(t, "small letters mean the same countries", x.raw("POST", "/api/v1/me/transactions/create_with_guest_user", x.key(), body, "Trustap-User", ids["ie"]).code(), "incompatible_countries")
}

// Programs send null, an empty text, an object or nothing where a call takes no body.
func TestTolerance_bodies(t *testing.T) {
	t.Parallel()
	for _, body := range []string{``, `null`, `""`, `{}`, " \n", `{"unknown":1}`} {
		x := newTester(t, sandbox.Config{})
		tx := x.at("delivered")
		a := x.raw("POST", fmt.Sprintf("/api/v1/transactions/%d/end_complaint_period", tx), x.key(), body, "Trustap-User", x.buyer)
		if a.status != 200 {
			t.Errorf("%q: %d %s", body, a.status, a.body)
		}
	}
	x := newTester(t, sandbox.Config{})
	for _, body := range []string{`"x"`, `1`, `[]`, `{`, `"" ""`} {
		a := x.raw("POST", fmt.Sprintf("/api/v1/transactions/%d/end_complaint_period", x.at("delivered")), x.key(), body, "Trustap-User", x.buyer)
		same(t, body, a.code(), "malformed_json")
	}
	same(t, "a call that needs one", x.raw("POST", "/api/v1/guest_users", x.key(), `""`).code(), "malformed_json")
}

// Slashes that programs put together are answered in place: a redirect would lose the body.
func TestTolerance_slashes(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	for _, path := range []string{
		"/api/v1/supported_carriers/", "/api/v1/supported_carriers/?", "/api/v1/supported_carriers?", "/api/v1//supported_carriers",
		"/api/v1//charge?price=1000&currency=eur", "/api/v1/charge/?price=1000&currency=eur", "/api/v1///p2p//charge/?price=1000&currency=eur",
	} {
		if a := x.raw("GET", path, x.key(), ""); a.status != 200 {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	a := x.raw("POST", "/api/v1//guest_users/", x.key(), `{"email":"a@example.com","first_name":"A","last_name":"B","country_code":"IE",`+terms2030+`}`)
	same(t, "a body on its way", a.status, 201)
	same(t, "two at the end", x.raw("GET", "/api/v1/supported_carriers//", x.key(), "").status, 404)
	same(t, "an escaped one is part of a name", x.raw("GET", "/api/v1/transactions%2F1309", x.key(), "").status, 404)
}

// The creator's role says who acts where a program sends the API key alone, and a guest may come with a token.
func TestTolerance_credentials(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	for _, path := range []string{"/api/v1/me/transactions/create_with_guest_user", "/api/v1/p2p/me/transactions/create_with_guest_user"} {
		body := fmt.Sprintf(`{"seller_id":%q,"buyer_id":%q,"creator_role":%%q,%s,"deposit_price":1234,"deposit_charge":78}`, x.seller, x.buyer, terms)
		if strings.Contains(path, "p2p") {
			body = strings.Replace(body, `"charge_calculator_version":5`, `"charge_calculator_version":2,"deposit_charge_seller":0,"skip_remainder":true,"quantity":1`, 1)
		}
		for _, role := range []string{"seller", "buyer"} {
			a := x.raw("POST", path, x.key(), fmt.Sprintf(body, role))
			var made struct {
				ID      int64
				BuyerID string `json:"buyer_id"`
			}
			if must(t, json.Unmarshal(a.body, &made)); a.status != 201 || made.BuyerID != x.buyer {
				t.Errorf("%s as %s: %d %s", path, role, a.status, a.body)
			}
		}
		same(t, "no role", x.raw("POST", path, x.key(), fmt.Sprintf(body, "none")).code(), "invalid_role")
		same(t, "somebody else", x.raw("POST", path, x.key(), fmt.Sprintf(body, "seller"), "Trustap-User", x.buyer).code(), "forbidden")
		same(t, "unknown people", x.raw("POST", path, x.key(), strings.Replace(fmt.Sprintf(body, "seller"), x.seller, "1-x", 1)).code(), "guest_user_not_found")
	}
	tx := x.at("delivered")
	guest := x.raw("POST", fmt.Sprintf("/api/v1/transactions/%d/complain_with_description", tx), "Bearer user:"+x.buyer, `{"description":"broken"}`)
	same(t, "a guest's token", guest.status, 200)
	same(t, "an empty header names nobody", x.raw("POST", "/api/v1/guest_users", x.key(), `{"email":"a@example.com","first_name":"A","last_name":"B",`+terms2030+`}`, "Trustap-User", "").status, 201)
	same(t, "account session", x.raw("GET", "/api/v1/me/account_session", x.key(), "", "Trustap-User", fullSeller).status, 201)
	same(t, "no account yet", compact(t, x.raw("GET", "/api/v1/me/debit_account", x.key(), "", "Trustap-User", fullSeller).body), `{}`)
}
