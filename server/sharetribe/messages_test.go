package sharetribe_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// Points 12, 20, 25 and 31, and the customer's POST /:conversation_id/messages/.
func TestLegacyMessages(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	id := w.Open(t)
	path := "/conversations/v1/" + id + "/messages/"
	hello := facetest.Object{"content": "Hi! I'd like to buy your bike.\n\tBea", "sender_id": "bea"}
	first := w.Call(t, "POST", path, hello, facetest.As("bea"), facetest.Once("1")).Is(201)
	var got struct{ Message facetest.Object }
	if err := json.Unmarshal([]byte(first.Body), &got); err != nil {
		t.Fatal(err)
	}
	number := json.Number(id)
	conversation, err := number.Float64()
	w.Must(err)
	want := facetest.Object{
		"id": got.Message["id"], "conversation_id": conversation, "sender_id": "bea",
		"content": hello["content"], "created_at": "2030-01-02T03:04:05Z",
	}
	if diff := cmp.Diff(want, got.Message); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
	again := w.Call(t, "POST", path, hello, facetest.As("bea"), facetest.Once("1")).Is(201)
	if again.Body != first.Body || again.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("replay %v %s, want %s", again.Header, again.Body, first.Body)
	}
	w.Call(t, "POST", path, facetest.Object{"content": "Ok", "sender_id": "bea"}, facetest.As("bea"), facetest.Once("1")).Refused(422, "idempotency_key_reused")
	w.Call(t, "POST", path, facetest.Object{"content": "Gern!", "sender_id": "sam"}).Is(201).Has(map[string]string{"message.sender_id": "sam"})
	free := w.Call(t, "POST", facetest.DealsPath+"create", facetest.Scenario{Process: "none", Gateway: "none"}.Body()).Is(201).At("transaction.conversation_id")
	w.Call(t, "POST", "/conversations/v1/"+free+"/messages", hello).Is(201)

	say := func(path, value any) facetest.Object {
		return facetest.With(facetest.Object{"content": "Hi", "sender_id": "bea"}, path.(string), value)
	}
	tests := []struct {
		name    string
		path    string
		body    any
		options []facetest.Option
		status  int
		code    string
	}{
		{"no body", path, nil, nil, 400, "body_missing"},
		{"no content", path, say("content", nil), nil, 400, "missing_field"},
		{"blank content", path, say("content", " \n"), nil, 400, "missing_field"},
		{"long content", path, say("content", strings.Repeat("é", 10_001)), nil, 400, "too_long"},
		{"control in content", path, say("content", "a\x00"), nil, 400, "invalid_text"},
		{"card in content", path, say("content", "pay "+facetest.Card), nil, 400, "card_data_not_accepted"},
		{"card field", path, say("cvv", 1), nil, 400, "card_data_not_accepted"},
		{"unknown field", path, say("kind", "system"), nil, 400, "unknown_field"},
		{"no sender", path, say("sender_id", nil), nil, 400, "missing_field"},
		{"sender as number", path, say("sender_id", 5), nil, 400, "invalid_type"},
		{"another sender", path, say("sender_id", "sam"), []facetest.Option{facetest.As("bea")}, 403, "not_yourself"},
		{"staff in a party's name", path, say("sender_id", "sam"), []facetest.Option{facetest.Staff("ann")}, 403, "not_yourself"},
		{"stranger sends", path, say("sender_id", "eve"), nil, 404, "transaction_not_found"},
		{"stranger acts", path, say("sender_id", "eve"), []facetest.Option{facetest.As("eve")}, 404, "transaction_not_found"},
		{"stranger in a party's name", path, say("sender_id", "bea"), []facetest.Option{facetest.As("eve")}, 404, "transaction_not_found"},
		{"other community", path, say("sender_id", "bea"), []facetest.Option{facetest.WithKey(w.Other)}, 404, "transaction_not_found"},
		{"no conversation", "/conversations/v1/999999/messages", say("sender_id", "bea"), nil, 404, "transaction_not_found"},
		{"no id", "/conversations/v1/x/messages", say("sender_id", "bea"), nil, 404, "transaction_not_found"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.Call(t, "POST", tt.path, tt.body, tt.options...).Refused(tt.status, tt.code)
		})
	}
	w.Call(t, "POST", path, say("content", strings.Repeat("é", 10_000))).Is(201)
}
