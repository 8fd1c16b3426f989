package braintree_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Queries are answered as they are asked.
func TestGraphQL(t *testing.T) {
	t.Parallel()
	b := newBank(t, nil)
	s, _ := b.pay("authorizePaymentMethod", "fake-valid-nonce", "10.00", map[string]any{"orderId": "order 1"})
	with := func(more map[string]any) map[string]any {
		all := map[string]any{"id": s.ID}
		for name, value := range more {
			all[name] = value
		}
		return all
	}
	for name, tc := range map[string]struct {
		query     string
		variables map[string]any
		want      string
	}{
		"a literal":            {`{ node(id: "` + s.ID + `") { id } }`, nil, `{"node":{"id":"` + s.ID + `"}}`},
		"an alias":             {`query($id: ID!) { one: node(id: $id) { x: id } }`, with(nil), `{"one":{"x":"` + s.ID + `"}}`},
		"the type":             {`query($id: ID!) { node(id: $id) { __typename } }`, with(nil), `{"node":{"__typename":"Transaction"}}`},
		"an inline fragment":   {`query($id: ID!) { node(id: $id) { ... on Transaction { status } ... on Refund { status } } }`, with(nil), `{"node":{"status":"AUTHORIZED"}}`},
		"a fragment of a kind": {`query($id: ID!) { node(id: $id) { ...p } } fragment p on Payment { orderId ...q } fragment q on Node { id }`, with(nil), `{"node":{"id":"` + s.ID + `","orderId":"order 1"}}`},
		"fields twice":         {`query($id: ID!) { node(id: $id) { ... on Transaction { amount { value } } ... on Payment { amount { currencyCode } } } }`, with(nil), `{"node":{"amount":{"currencyCode":"EUR","value":"10.00"}}}`},
		"skipped":              {`query($id: ID!, $no: Boolean!) { node(id: $id) { id @skip(if: $no) __typename @include(if: true) } }`, with(map[string]any{"no": true}), `{"node":{"__typename":"Transaction"}}`},
		"a default":            {`query($id: ID! = "` + s.ID + `") { node(id: $id) { __typename } }`, nil, `{"node":{"__typename":"Transaction"}}`},
		"a conversion":         {`query($id: ID!) { idFromLegacyId(legacyId: $id, type: TRANSACTION) }`, map[string]any{"id": s.LegacyID}, `{"idFromLegacyId":"` + s.ID + `"}`},
		"a search":             {`{ search { transactions(input: {orderId: {is: "order 1"}}) { edges { node { id } } pageInfo { hasNextPage } } } }`, nil, `{"search":{"transactions":{"edges":[{"node":{"id":"` + s.ID + `"}}],"pageInfo":{"hasNextPage":false}}}}`},
		"a search by a part":   {`{ search { transactions(input: {orderId: {startsWith: "order", isNot: "order 2"}, status: {in: [AUTHORIZED, VOIDED]}}) { edges { node { id } } } } }`, nil, `{"search":{"transactions":{"edges":[{"node":{"id":"` + s.ID + `"}}]}}}`},
		"a search for nothing": {`{ search { transactions(input: {status: {is: SETTLED}}) { edges { node { id } } } refunds(input: {}) { edges { cursor } } } }`, nil, `{"search":{"refunds":{"edges":[]},"transactions":{"edges":[]}}}`},
		"null where none is":   {`query($id: ID!) { node(id: $id) { ... on Transaction { partialCaptureDetails { captures { id } } refunds { id } disputes { id } } } }`, with(nil), `{"node":{"disputes":[],"partialCaptureDetails":null,"refunds":[]}}`},
		"what a card shows":    {`query($id: ID!) { node(id: $id) { ... on Transaction { paymentMethodSnapshot { ... on CreditCardDetails { brandCode last4 } ... on PayPalTransactionDetails { paymentId } } } } }`, with(nil), `{"node":{"paymentMethodSnapshot":{"brandCode":"VISA","last4":"1881"}}}`},
		"numbers as amounts":   {`mutation { chargePaymentMethod(input: {paymentMethodId: "fake-valid-nonce", clientMutationId: "7", transaction: {amount: 12}}) { clientMutationId transaction { amount { value } } } }`, nil, `{"chargePaymentMethod":{"clientMutationId":"7","transaction":{"amount":{"value":"12.00"}}}}`},
	} {
		r := b.ask(tc.query, tc.variables)
		got, err := json.Marshal(r.Data)
		if err != nil || string(got) != tc.want || len(r.Errors) > 0 || r.Extensions.RequestID == "" {
			t.Errorf("%s: %s %+v, want %s", name, got, r.Errors, tc.want)
		}
	}
	r := b.ask(`mutation($id: ID!) { a: captureTransaction(input: {transactionId: $id}) { transaction { status } } b: reverseTransaction(input: {transactionId: $id}) { reversal { ... on Transaction { status } } } }`, with(nil))
	if got, _ := json.Marshal(r.Data); string(got) != `{"a":{"transaction":{"status":"SUBMITTED_FOR_SETTLEMENT"}},"b":{"reversal":{"status":"VOIDED"}}}` {
		t.Errorf("two mutations: %s", got)
	}
}

// A query that is wrong is refused before anything is done, and what is refused says where.
func TestGraphQL_refused(t *testing.T) {
	t.Parallel()
	b := newBank(t, nil)
	for name, tc := range map[string]struct {
		query, class string
		variables    map[string]any
	}{
		"no query":             {"", "VALIDATION", nil},
		"syntax":               {"{ node(", "VALIDATION", nil},
		"unknown field":        {"{ nod }", "VALIDATION", nil},
		"unknown member":       {`{ node(id: "x") { idd } }`, "VALIDATION", nil},
		"a field of no kind":   {`{ node(id: "x") { status } }`, "VALIDATION", nil},
		"no selection":         {`{ node(id: "x") }`, "VALIDATION", nil},
		"too much selection":   {"{ ping { x } }", "VALIDATION", nil},
		"unknown argument":     {`{ node(id: "x", name: "y") { id } }`, "VALIDATION", nil},
		"missing argument":     {"{ node { id } }", "VALIDATION", nil},
		"undefined variable":   {"{ node(id: $id) { id } }", "VALIDATION", nil},
		"missing variable":     {"query($id: ID!) { node(id: $id) { id } }", "VALIDATION", nil},
		"unknown fragment":     {`{ node(id: "x") { ...f } }`, "VALIDATION", nil},
		"fragments in circles": {`{ node(id: "x") { ...f } } fragment f on Node { ...g } fragment g on Node { ...f }`, "VALIDATION", nil},
		"unknown type":         {`{ node(id: "x") { ... on Planet { id } } }`, "VALIDATION", nil},
		"a subscription":       {"subscription { ping }", "VALIDATION", nil},
		"two operations":       {"query A { ping } query B { ping }", "VALIDATION", nil},
		"a missing member":     {`mutation { chargePaymentMethod(input: {paymentMethodId: "fake-valid-nonce", transaction: {orderId: "1"}}) { clientMutationId } }`, "VALIDATION", nil},
		"an unknown member":    {`mutation { chargePaymentMethod(input: {paymentMethodId: "fake-valid-nonce", transaction: {amount: "1", tip: "1"}}) { clientMutationId } }`, "VALIDATION", nil},
		"no such enum":         {`{ search { transactions(input: {status: {is: PAID}}) { edges { cursor } } } }`, "VALIDATION", nil},
		"a list as a text":     {`{ search { transactions(input: {orderId: {is: ["1"]}}) { edges { cursor } } } }`, "VALIDATION", nil},
		"a text as a number":   {`{ search { transactions(input: {}, first: "1") { edges { cursor } } } }`, "VALIDATION", nil},
		"a wrong cursor":       {`{ search { transactions(input: {}, after: "1") { edges { cursor } } } }`, "VALIDATION", nil},
		"no such object":       {`{ node(id: "dHJhbnNhY3Rpb25feA") { id } }`, "NOT_FOUND", nil},
		"no such transaction":  {`mutation { captureTransaction(input: {transactionId: "x"}) { clientMutationId } }`, "NOT_FOUND", nil},
	} {
		r := b.ask(tc.query, tc.variables)
		if len(r.Errors) == 0 || r.Errors[0].Extensions.ErrorClass != tc.class || r.Errors[0].Message == "" || r.Extensions.RequestID == "" {
			t.Errorf("%s: %+v, want %s", name, r, tc.class)
		}
	}
	if n := len(b.Effects()); n != 0 {
		t.Errorf("%d things were done", n)
	}
	r := b.ask("{\n  nod\n}", nil)
	if diff := cmp.Diff([]struct{ Line, Column int }{{2, 3}}, r.Errors[0].Locations); diff != "" {
		t.Error(diff)
	}
}

// Whoever has no key, the wrong one, or no version is told so with status 200.
func TestGraphQL_atTheDoor(t *testing.T) {
	t.Parallel()
	b := newBank(t, nil)
	for name, tc := range map[string]struct {
		public, private, class string
	}{"a wrong private key": {"integration_public_key", "x", "AUTHENTICATION"}, "a wrong public key": {"x", "integration_private_key", "AUTHENTICATION"}} {
		b.m.Public, b.m.Private = tc.public, tc.private
		if r := b.ask("{ ping }", nil); r.code() != tc.class || r.Data != nil {
			t.Errorf("%s: %+v", name, r)
		}
	}
	status, body := newBank(t, nil).send(http.MethodGet, "/graphql", nil)
	if status != http.StatusMethodNotAllowed && status != http.StatusNotFound {
		t.Errorf("GET: %d %s", status, body)
	}
}

// Pages follow one another without a gap, also while new payments come in.
func TestSearch_pages(t *testing.T) {
	t.Parallel()
	b := newBank(t, nil)
	for range 7 {
		b.pay("chargePaymentMethod", "fake-valid-nonce", "10.00", nil)
	}
	seen, after := map[string]bool{}, ""
	for pages := 0; pages < 10; pages++ {
		variables := map[string]any{}
		if after != "" {
			variables["after"] = after
		}
		r := b.ask(`query($after: String) { search { transactions(input: {}, first: 3, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } } } }`, variables)
		var found struct {
			Transactions struct {
				Edges    []struct{ Node struct{ ID string } }
				PageInfo struct {
					HasNextPage bool
					EndCursor   string
				}
			}
		}
		if err := json.Unmarshal(r.Data["search"], &found); err != nil {
			t.Fatal(err)
		}
		for _, e := range found.Transactions.Edges {
			if seen[e.Node.ID] {
				t.Errorf("%s twice", e.Node.ID)
			}
			seen[e.Node.ID] = true
		}
		if !found.Transactions.PageInfo.HasNextPage {
			break
		}
		after = found.Transactions.PageInfo.EndCursor
		b.pay("chargePaymentMethod", "fake-valid-nonce", "10.00", nil)
	}
	if len(seen) != 7 {
		t.Errorf("%d of 7", len(seen))
	}
}

// Every kind of fault hits the call that it is for, with or without effect.
func TestFaults(t *testing.T) {
	t.Parallel()
	for kind, tc := range map[string]struct {
		effects int
		class   string
	}{"error_before": {0, "INTERNAL"}, "error_after": {1, "INTERNAL"}, "slow": {1, ""}, "rate_limit": {0, "RESOURCE_LIMIT"}, "unavailable": {0, "SERVICE_AVAILABILITY"}} {
		b := newBank(t, nil)
		b.fault("authorizePaymentMethod", kind)
		b.ask("{ ping }", nil) // not hit
		_, r := b.pay("authorizePaymentMethod", "fake-valid-nonce", "10.00", nil)
		if r.code() != tc.class || len(b.Effects()) != tc.effects {
			t.Errorf("%s: %+v, %d effects", kind, r, len(b.Effects()))
		}
	}
	b := newBank(t, nil)
	for kind, want := range map[string]string{"html": "502 Bad Gateway", "broken_json": `{"data":`} {
		b.fault("*", kind)
		if _, body := b.send(http.MethodPost, "/graphql", []byte(`{"query":"{ ping }"}`)); !strings.Contains(string(body), want) || json.Valid(body) {
			t.Errorf("%s: %s", kind, body)
		}
	}
	b.fault("void", "error_before")
	if status, _ := b.send(http.MethodPut, "/merchants/integration_merchant_id/transactions/x/void", nil); status != http.StatusInternalServerError {
		t.Errorf("the classic API: %d", status)
	}
}
