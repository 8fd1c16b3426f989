package client_test

import (
	"encoding/json"
	"net/url"
	"reflect"
	"testing"

	"github.com/handsel-dev/handsel/client"
)

// officialRequest has the names of the parameters of one call, and the JSON types
// of the fields of its body.
type officialRequest struct {
	Op    string            `json:"op"`
	Query []string          `json:"query"`
	Body  map[string]string `json:"body"`
}

// TestOfficial_Requests calls every method with everything set and finds a
// documented parameter or field that does not arrive or has another type.
func TestOfficial_Requests(t *testing.T) {
	t.Parallel()
	var all []officialRequest
	if err := json.Unmarshal([]byte(source(t, "testdata/official_requests.json")), &all); err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("only %d requests", len(all))
	}
	for _, e := range all {
		t.Run(e.Op, func(t *testing.T) {
			t.Parallel()
			rec := record(t, reply(400, `{"code":"probe"}`))
			_ = callFilled(t, methodOf(t, newClient(t, rec.URL), e.Op))
			sent := rec.last(t)
			uri, err := url.Parse(sent.URI)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range e.Query {
				if !uri.Query().Has(name) {
					t.Errorf("query parameter %s is not sent", name)
				}
			}
			if len(e.Body) == 0 {
				return
			}
			body := object(t, sent.Body)
			for name, want := range e.Body {
				if got := typeName(body[name]); got != want {
					t.Errorf("%s is sent as %s, documented as %s", name, got, want)
				}
			}
		})
	}
}

// callFilled calls a method with something in every field of every argument.
func callFilled(t *testing.T, method reflect.Value) error {
	t.Helper()
	_, err := callWith(t, method, filled)
	return err
}

// callWith calls a method of a service and returns its value and its error.
func callWith(t *testing.T, method reflect.Value, argument func(reflect.Type) reflect.Value) (any, error) {
	t.Helper()
	args := []reflect.Value{reflect.ValueOf(t.Context())}
	for i := 1; i < method.Type().NumIn()-1; i++ {
		args = append(args, argument(method.Type().In(i)))
	}
	out := method.Call(args)
	err, _ := out[len(out)-1].Interface().(error)
	return out[0].Interface(), err
}

// typeName is the name of a decoded JSON value in a schema.
func typeName(v any) string {
	switch v.(type) {
	case nil:
		return "nothing"
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64:
		return "number"
	case []any:
		return "array"
	}
	return "object"
}

// mayBeEmpty are the calls whose answers have nothing that must be there.
var mayBeEmpty = map[string]bool{
	"Clients.F2FTimelines": true, "Clients.OnlineTimelines": true, "F2F.BillingDetails": true, "F2F.BuyerDetails": true,
	"F2F.Metadata": true, "F2F.SellerDetails": true, "F2F.SetMetadata": true, "F2FMultiUseListings.Delete": true,
	"F2FSingleUseListings.Delete": true, "Online.BillingDetails": true, "Online.BuyerDetails": true,
	"Online.SellerDetails": true, "OnlineMultiUseListings.Delete": true, "OnlineSingleUseListings.Delete": true,
	"Personal.AddBankLink": true, "Personal.BankLinkOwner": true, "Personal.DebitAccount": true,
	"Personal.Details": true, "Personal.SetDebitAccount": true, "Personal.SetDetails": true,
	"Personal.VerificationMethod": true, "Personal.VerificationStatus": true, "Shipping.ChooseShippoRate": true,
	"Shipping.DeclareShippoCustoms": true, "Shipping.Details": true, "Shipping.SetDeliveryPoint": true,
	"Shipping.SetDetails": true, "Shipping.SetPickUpPoint": true, "Shipping.SetShippoAddress": true,
	"Shipping.SetShippoParcel": true, "Users.Features": true, "Users.Payouts": true, "Users.SetInstantPayouts": true,
}

// TestOperations_EmptyAnswers finds a call that takes "{}" for a result: after a
// create that would be a transaction 0.
func TestOperations_EmptyAnswers(t *testing.T) {
	t.Parallel()
	for _, op := range client.Operations() {
		t.Run(op.GoName, func(t *testing.T) {
			t.Parallel()
			rec := record(t, reply(200, `{}`))
			err := callFilled(t, methodOf(t, newClient(t, rec.URL), op.Method+" "+op.Path))
			if mayBeEmpty[op.GoName] != (err == nil) {
				t.Errorf("got %v", err)
			}
			if err != nil && client.OutcomeOf(err) != client.OutcomeUnknown {
				t.Errorf("outcome of %v", err)
			}
		})
	}
}
