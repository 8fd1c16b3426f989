package stripe_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	api "github.com/stripe/stripe-go/v76"

	"github.com/handsel-dev/handsel/sandbox/stripe"
)

const formKind = "application/x-www-form-urlencoded"

// TestRefusals sends what the official client would not.
func TestRefusals(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	paid := x.at(api.PaymentIntentStatusSucceeded).ID
	held := x.at(api.PaymentIntentStatusRequiresCapture).ID
	long := strings.Repeat("x", 501)
	tests := []struct {
		name, method, path, body string
		status                   int
		code, param              string
	}{
		{"no amount", "POST", "/payment_intents", "currency=eur", 400, "parameter_missing", "amount"},
		{"no currency", "POST", "/payment_intents", "amount=100", 400, "parameter_missing", "currency"},
		{"currency", "POST", "/payment_intents", "amount=100&currency=e%C3%A9", 400, "", "currency"},
		{"not a number", "POST", "/payment_intents", "amount=1.5&currency=eur", 400, "parameter_invalid_integer", "amount"},
		{"negative", "POST", "/payment_intents", "amount=-100&currency=eur", 400, "parameter_invalid_integer", "amount"},
		{"too small", "POST", "/payment_intents", "amount=49&currency=eur", 400, "amount_too_small", "amount"},
		{"too small in pounds", "POST", "/payment_intents", "amount=29&currency=gbp", 400, "amount_too_small", "amount"},
		{"too small in forint", "POST", "/payment_intents", "amount=17499&currency=huf", 400, "amount_too_small", "amount"},
		{"three decimals", "POST", "/payment_intents", "amount=1231&currency=bhd", 400, "", "amount"},
		{"too large", "POST", "/payment_intents", "amount=100000000&currency=eur", 400, "amount_too_large", "amount"},
		{"unknown parameter", "POST", "/payment_intents", "amount=100&currency=eur&colour=red", 400, "parameter_unknown", "colour"},
		{"broken name", "POST", "/payment_intents", "amount=100&currency=eur&metadata[a=1", 400, "parameter_unknown", "metadata[a"},
		{"unknown card", "POST", "/payment_intents", "amount=100&currency=eur&payment_method=pm_card_gold", 400, "resource_missing", "payment_method"},
		{"raw card", "POST", "/payment_intents", "amount=100&currency=eur&payment_method_data[card][number]=4242424242424242", 402, "",
			"payment_method_data[card][number]"},
		{"no method", "POST", "/payment_intents", "amount=100&currency=eur&confirm=true", 400, "payment_intent_unexpected_state", ""},
		{"not a flag", "POST", "/payment_intents", "amount=100&currency=eur&confirm=yes", 400, "", "confirm"},
		{"capture method", "POST", "/payment_intents", "amount=100&currency=eur&capture_method=later", 400, "", "capture_method"},
		{"by hand", "POST", "/payment_intents", "amount=100&currency=eur&confirmation_method=manual", 400, "", "confirmation_method"},
		{"confirm an update", "POST", "/payment_intents/" + held, "confirm=true", 400, "parameter_unknown", "confirm"},
		{"bank debit", "POST", "/payment_intents", "amount=100&currency=eur&payment_method_types[]=sepa_debit", 400, "", "payment_method_types"},
		{"return", "POST", "/payment_intents", "amount=100&currency=eur&confirm=true&payment_method=success&return_url=shop", 400, "url_invalid", "return_url"},
		{"return unconfirmed", "POST", "/payment_intents", "amount=100&currency=eur&return_url=https://a.example", 400, "", "return_url"},
		{"metadata", "POST", "/payment_intents", "amount=100&currency=eur&metadata[a]=" + long, 400, "", "metadata"},
		{"expand", "POST", "/payment_intents", "amount=100&currency=eur&expand[]=latest_charge.colour", 400, "", "expand"},
		{"expand a list", "GET", "/payment_intents?expand[]=latest_charge", "", 400, "", "expand"},
		{"missing", "GET", "/payment_intents/pi_0", "", 404, "resource_missing", "id"},
		{"missing act", "POST", "/payment_intents/pi_0/capture", "", 404, "resource_missing", "id"},
		{"reason", "POST", "/payment_intents/" + held + "/cancel", "cancellation_reason=bored", 400, "", "cancellation_reason"},
		{"capture too much", "POST", "/payment_intents/" + held + "/capture", "amount_to_capture=1001", 400, "amount_too_large", "amount_to_capture"},
		{"capture in parts", "POST", "/payment_intents/" + held + "/capture", "final_capture=false", 400, "", "final_capture"},
		{"captured charge", "POST", "/charges/" + x.get(paid).LatestCharge.ID + "/capture", "", 400, "charge_already_captured", ""},
		{"limit", "GET", "/payment_intents?limit=101", "", 400, "", "limit"},
		{"cursor", "GET", "/refunds?starting_after=re_0", "", 400, "resource_missing", "starting_after"},
		{"time", "GET", "/transfers?created[gte]=monday", "", 400, "parameter_invalid_integer", "created[gte]"},
		{"no page", "GET", "/customers", "", 404, "", ""},
		{"no account", "GET", "/accounts/acct_0", "", 404, "resource_missing", "id"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			status, body := x.send(test.method, "/v1"+test.path, formKind, test.body)
			var got struct {
				Error struct{ Type, Code, Param, Message string }
			}
			must(t, json.Unmarshal(body, &got))
			same(t, "refusal", []any{status, got.Error.Code, got.Error.Param}, []any{test.status, test.code, test.param})
			same(t, "type", got.Error.Type, "invalid_request_error")
			if got.Error.Message == "" || strings.Contains(got.Error.Message, "4242424242424242") {
				t.Errorf("message: %q", got.Error.Message)
			}
		})
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	tests := []struct {
		name, header string
		status       int
	}{
		{"bearer", "Bearer sk_test_1", 200},
		{"basic", "Basic c2tfdGVzdF8xOg==", 200}, // sk_test_1 without a password
		{"nothing", "", 401},
		{"empty bearer", "Bearer ", 401},
		{"empty user", "Basic Og==", 401},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, x.url+"/v1/balance", nil)
			must(t, err)
			r.Header.Set("Authorization", test.header)
			answer, err := http.DefaultClient.Do(r)
			must(t, err)
			defer answer.Body.Close()
			same(t, "status", answer.StatusCode, test.status)
			if !strings.HasPrefix(answer.Header.Get("Request-Id"), "req_") {
				t.Errorf("Request-Id: %q", answer.Header.Get("Request-Id"))
			}
		})
	}
}

func TestJSONBody(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	status, _ := x.send("POST", "/v1/payment_intents", "application/json", `{"amount":100}`)
	same(t, "status", status, 400)
}

func TestConfigRefusals(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]stripe.Config{
		"negative timeout": {FaultTimeout: -1},
		"webhook":          {WebhookURL: "ftp://example.com"},
		"public":           {PublicURL: "pay.example.com"},
		"account":          {Accounts: []string{"seller"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := stripe.New(cfg); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	var ids []string
	for range 5 {
		ids = append([]string{x.at(api.PaymentIntentStatusRequiresCapture).ID}, ids...)
		x.advance(day)
	}
	at := func(days int) string { return strconv.FormatInt(start.AddDate(0, 0, days).Unix(), 10) }
	tests := []struct {
		name, query string
		want        []string
		more        bool
	}{
		{"all", "", ids, false},
		{"first page", "limit=2", ids[:2], true},
		{"next page", "limit=2&starting_after=" + ids[1], ids[2:4], true},
		{"last page", "limit=2&starting_after=" + ids[3], ids[4:], false},
		{"page before", "limit=2&ending_before=" + ids[3], ids[1:3], true},
		{"since", "created[gte]=" + at(3), ids[:2], false},
		{"after", "created[gt]=" + at(3), ids[:1], false},
		{"until", "created[lte]=" + at(1), ids[3:], false},
		{"before", "created[lt]=" + at(1), ids[4:], false},
		{"at", "created=" + at(2), ids[2:3], false},
		{"between", "created[gte]=" + at(1) + "&created[lt]=" + at(3) + "&limit=1", ids[2:3], true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, body := x.send("GET", "/v1/payment_intents?expand[]=data.latest_charge&"+test.query, "", "")
			var got struct {
				Object, URL string
				HasMore     bool `json:"has_more"`
				Data        []struct {
					ID     string
					Charge struct{ Object string } `json:"latest_charge"`
				}
			}
			must(t, json.Unmarshal(body, &got))
			found := []string{}
			for _, pi := range got.Data {
				found = append(found, pi.ID)
				same(t, "expanded", pi.Charge.Object, "charge")
			}
			same(t, "ids", found, test.want)
			same(t, "envelope", []any{got.Object, got.URL, got.HasMore}, []any{"list", "/v1/payment_intents", test.more})
		})
	}
}
