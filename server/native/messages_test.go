package native_test

import (
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

func TestNativeMessages(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	id := w.Sell(t, "1")
	path := "/v1/transactions/" + id + "/messages"
	first := w.Call(t, "POST", path, facetest.Object{"content": "Hi"}, facetest.As("bea"), facetest.Once("m")).Is(201).
		Has(map[string]string{"transaction_id": id, "sender_id": "bea", "kind": "text", "content": "Hi"})
	if !strings.HasPrefix(first.At("id"), "msg_") {
		t.Errorf("id %s", first.At("id"))
	}
	if again := w.Call(t, "POST", path, facetest.Object{"content": "Hi"}, facetest.As("bea"), facetest.Once("m")); again.Body != first.Body {
		t.Errorf("replay %s", again.Body)
	}
	w.Call(t, "POST", path, facetest.Object{"content": "Hello", "sender_id": "sam"}).Is(201)
	w.Call(t, "POST", path, facetest.Object{"content": "Staff here"}, facetest.Staff("ann")).Is(201).Has(map[string]string{"kind": "operator", "sender_id": "ann"})
	page := w.Call(t, "GET", path+"?limit=2", nil, facetest.As("sam")).Is(200).Has(map[string]string{"items.0.content": "Hi", "items.1.content": "Hello", "items.2": "absent"})
	w.Call(t, "GET", path+"?limit=2&cursor="+page.At("next_cursor"), nil).Is(200).
		Has(map[string]string{"items.0.content": "Staff here", "items.1": "absent", "next_cursor": "<nil>"})
	w.Call(t, "POST", path, facetest.Object{"content": "Hi"}).Refused(400, "missing_field").Has(map[string]string{"field": "sender_id"})
	w.Call(t, "POST", path, facetest.Object{"content": "Hi", "sender_id": "sam"}, facetest.As("bea")).Refused(403, "not_yourself")
	w.Call(t, "POST", path, facetest.Object{"content": "Hi", "sender_id": "sam"}, facetest.Staff("ann")).Refused(403, "not_yourself")
	w.Call(t, "POST", path, facetest.Object{"content": "Hi", "sender_id": "eve"}).Refused(403, "not_participant")
	w.Call(t, "POST", path, facetest.Object{"content": "Hi"}, facetest.As("eve")).Refused(404, "transaction_not_found")
	w.Call(t, "GET", path, nil, facetest.As("eve")).Refused(404, "transaction_not_found")
	w.Call(t, "GET", path+"?limit=0", nil).Refused(400, "invalid_limit")
	w.Call(t, "GET", path+"?page=1", nil).Refused(400, "unknown_parameter")
	w.Gateway.Happen("1", process.FactPaid)
	w.Sync(t, "1")
	w.Call(t, "POST", path, facetest.Object{"content": "Paid!"}, facetest.As("bea")).Is(201)
}
