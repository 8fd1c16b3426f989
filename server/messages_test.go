package server_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Points 12, 20, 25 and 31, and the customer's POST /:conversation_id/messages/.
func TestLegacyMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.open(t)
	path := "/conversations/v1/" + id + "/messages/"
	hello := object{"content": "Hi! I'd like to buy your bike.\n\tBea", "sender_id": "bea"}
	first := w.call(t, "POST", path, hello, as("bea"), once("1")).is(201)
	var got struct{ Message object }
	if err := json.Unmarshal([]byte(first.body), &got); err != nil {
		t.Fatal(err)
	}
	number := json.Number(id)
	conversation, err := number.Float64()
	w.must(err)
	want := object{
		"id": got.Message["id"], "conversation_id": conversation, "sender_id": "bea",
		"content": hello["content"], "created_at": "2030-01-02T03:04:05Z",
	}
	if diff := cmp.Diff(want, got.Message); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
	again := w.call(t, "POST", path, hello, as("bea"), once("1")).is(201)
	if again.body != first.body || again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("replay %v %s, want %s", again.header, again.body, first.body)
	}
	w.call(t, "POST", path, object{"content": "Ok", "sender_id": "bea"}, as("bea"), once("1")).refused(422, "idempotency_key_reused")
	w.call(t, "POST", path, object{"content": "Gern!", "sender_id": "sam"}).is(201).has(map[string]string{"message.sender_id": "sam"})
	free := w.call(t, "POST", dealsPath+"create", scenario{process: "none", gateway: "none"}.body()).is(201).at("transaction.conversation_id")
	w.call(t, "POST", "/conversations/v1/"+free+"/messages", hello).is(201)

	say := func(path, value any) object {
		return with(object{"content": "Hi", "sender_id": "bea"}, path.(string), value)
	}
	tests := []struct {
		name    string
		path    string
		body    any
		options []option
		status  int
		code    string
	}{
		{"no body", path, nil, nil, 400, "body_missing"},
		{"no content", path, say("content", nil), nil, 400, "missing_field"},
		{"blank content", path, say("content", " \n"), nil, 400, "missing_field"},
		{"long content", path, say("content", strings.Repeat("é", 10_001)), nil, 400, "too_long"},
		{"control in content", path, say("content", "a\x00"), nil, 400, "invalid_text"},
		{"card in content", path, say("content", "pay "+card), nil, 400, "card_data_not_accepted"},
		{"card field", path, say("cvv", 1), nil, 400, "card_data_not_accepted"},
		{"unknown field", path, say("kind", "system"), nil, 400, "unknown_field"},
		{"no sender", path, say("sender_id", nil), nil, 400, "missing_field"},
		{"sender as number", path, say("sender_id", 5), nil, 400, "invalid_type"},
		{"another sender", path, say("sender_id", "sam"), []option{as("bea")}, 403, "not_yourself"},
		{"staff in a party's name", path, say("sender_id", "sam"), []option{staff("ann")}, 403, "not_yourself"},
		{"stranger sends", path, say("sender_id", "eve"), nil, 404, "transaction_not_found"},
		{"stranger acts", path, say("sender_id", "eve"), []option{as("eve")}, 404, "transaction_not_found"},
		{"stranger in a party's name", path, say("sender_id", "bea"), []option{as("eve")}, 404, "transaction_not_found"},
		{"other community", path, say("sender_id", "bea"), []option{withKey(w.other)}, 404, "transaction_not_found"},
		{"no conversation", "/conversations/v1/999999/messages", say("sender_id", "bea"), nil, 404, "transaction_not_found"},
		{"no id", "/conversations/v1/x/messages", say("sender_id", "bea"), nil, 404, "transaction_not_found"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.call(t, "POST", tt.path, tt.body, tt.options...).refused(tt.status, tt.code)
		})
	}
	w.call(t, "POST", path, say("content", strings.Repeat("é", 10_000))).is(201)
}

func TestNativeMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sell(t, "1")
	path := "/v1/transactions/" + id + "/messages"
	first := w.call(t, "POST", path, object{"content": "Hi"}, as("bea"), once("m")).is(201).
		has(map[string]string{"transaction_id": id, "sender_id": "bea", "kind": "text", "content": "Hi"})
	if !strings.HasPrefix(first.at("id"), "msg_") {
		t.Errorf("id %s", first.at("id"))
	}
	if again := w.call(t, "POST", path, object{"content": "Hi"}, as("bea"), once("m")); again.body != first.body {
		t.Errorf("replay %s", again.body)
	}
	w.call(t, "POST", path, object{"content": "Hello", "sender_id": "sam"}).is(201)
	w.call(t, "POST", path, object{"content": "Staff here"}, staff("ann")).is(201).has(map[string]string{"kind": "operator", "sender_id": "ann"})
	page := w.call(t, "GET", path+"?limit=2", nil, as("sam")).is(200).has(map[string]string{"items.0.content": "Hi", "items.1.content": "Hello", "items.2": "absent"})
	w.call(t, "GET", path+"?limit=2&cursor="+page.at("next_cursor"), nil).is(200).
		has(map[string]string{"items.0.content": "Staff here", "items.1": "absent", "next_cursor": "<nil>"})
	w.call(t, "POST", path, object{"content": "Hi"}).refused(400, "missing_field").has(map[string]string{"field": "sender_id"})
	w.call(t, "POST", path, object{"content": "Hi", "sender_id": "sam"}, as("bea")).refused(403, "not_yourself")
	w.call(t, "POST", path, object{"content": "Hi", "sender_id": "sam"}, staff("ann")).refused(403, "not_yourself")
	w.call(t, "POST", path, object{"content": "Hi", "sender_id": "eve"}).refused(403, "not_participant")
	w.call(t, "POST", path, object{"content": "Hi"}, as("eve")).refused(404, "transaction_not_found")
	w.call(t, "GET", path, nil, as("eve")).refused(404, "transaction_not_found")
	w.call(t, "GET", path+"?limit=0", nil).refused(400, "invalid_limit")
	w.call(t, "GET", path+"?page=1", nil).refused(400, "unknown_parameter")
	w.gateway.happen("1", process.FactPaid)
	w.sync(t, "1")
	w.call(t, "POST", path, object{"content": "Paid!"}, as("bea")).is(201)
}
