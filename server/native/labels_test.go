package native_test

import (
	"net/url"
	"testing"

	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// TestLabels notes with a deal, a listing and a seller what the backend wants to find them by.
func TestLabels(t *testing.T) {
	t.Parallel()
	m := facetest.NewShop(t)
	noted := func(body facetest.Object, reference string) facetest.Object {
		return facetest.Changed(body, facetest.Object{"external_reference": reference, "metadata": map[string]any{"shop": "bikes & more", "tier": "a"}})
	}
	deal := m.Call(t, "POST", "/v1/transactions", noted(facetest.Sale(), "order-1"), facetest.Once("1")).Is(201).At("id")
	listing := m.Call(t, "POST", "/v1/listings", noted(facetest.Bike(), "item-1")).Is(201).At("id")
	for what, o := range map[string]struct{ path, list, reference, want string }{
		"deal":    {"/v1/transactions/" + deal, "/v1/transactions", "order-1", "id"},
		"listing": {"/v1/listings/" + listing, "/v1/listings", "item-1", "id"},
		"seller":  {"/v1/sellers/" + "sam", "/v1/sellers", "seller-1", "user_id"},
	} {
		t.Run(what, func(t *testing.T) {
			if what == "seller" {
				m.Call(t, "GET", o.path, nil).Is(200).Has(map[string]string{"external_reference": "absent", "metadata": "map[]"})
				m.Call(t, "PATCH", o.path, map[string]any{"external_reference": o.reference, "metadata": map[string]any{"shop": "bikes & more", "tier": "a"}}).Is(200)
			}
			shown := map[string]string{"external_reference": o.reference, "metadata.shop": "bikes & more", "metadata.tier": "a"}
			m.Call(t, "GET", o.path, nil).Is(200).Has(shown)
			m.Call(t, "GET", o.path, nil, facetest.As("sam")).Has(map[string]string{"external_reference": "absent", "metadata": "absent"})
			for _, query := range []string{"external_reference=" + o.reference, "metadata[shop]=" + url.QueryEscape("bikes & more"), "metadata[tier]=a&metadata%5Bshop%5D=bikes+%26+more"} {
				found := m.Call(t, "GET", o.list+"?"+query, nil).Is(200).Has(map[string]string{"items.1": "absent", "items.0.external_reference": o.reference})
				if found.At("items.0."+o.want) == "absent" {
					t.Errorf("%s: %s", query, found.Body)
				}
				m.Call(t, "GET", o.list+"?"+query, nil, facetest.As("sam")).Refused(403, "not_backend")
			}
			m.Call(t, "GET", o.list+"?metadata[tier]=b", nil).Is(200).Has(map[string]string{"items": "[]"})
			m.Call(t, "GET", o.list+"?external_reference=", nil).Refused(400, "invalid_external_reference")
			m.Call(t, "GET", o.list+"?metadata=b", nil).Refused(400, "unknown_parameter")
			m.Call(t, "GET", o.list+"?metadata[]=b", nil).Refused(400, "unknown_parameter")
			m.Call(t, "GET", o.list+"?metadata[pin]=4111111111111111", nil).Refused(400, "card_data_not_accepted")

			m.Call(t, "PATCH", o.path, map[string]any{"metadata": map[string]any{"tier": nil, "new": "x"}}).Is(200).
				Has(map[string]string{"external_reference": o.reference, "metadata.tier": "absent", "metadata.new": "x", "metadata.shop": "bikes & more"})
			m.Call(t, "PATCH", o.path, map[string]any{"external_reference": nil}).Is(200).Has(map[string]string{"external_reference": "absent", "metadata.new": "x"})
			m.Call(t, "PATCH", o.path, map[string]any{"external_reference": o.reference}).Is(200).Has(map[string]string{"external_reference": o.reference})
			for code, body := range map[string]map[string]any{
				"card_data_not_accepted":     {"metadata": map[string]any{"note": "4111 1111 1111 1111"}},
				"invalid_external_reference": {"external_reference": " x"},
				"invalid_metadata":           {"metadata": map[string]any{"": "x"}},
				"invalid_type":               {"metadata": map[string]any{"n": 1}},
				"unknown_field":              {"meta": map[string]any{}},
			} {
				m.Call(t, "PATCH", o.path, body).Refused(400, code)
			}
			m.Call(t, "PATCH", o.path, map[string]any{"metadata": map[string]any{"cvc": "123"}}).Refused(400, "card_data_not_accepted")
			m.Call(t, "PATCH", o.path, map[string]any{"external_reference": 7}).Refused(400, "invalid_type")
			m.Call(t, "PATCH", o.path, map[string]any{}, facetest.As("sam")).Refused(403, "not_backend")
		})
	}
	m.Call(t, "POST", "/v1/transactions", noted(facetest.Sale(), "order-1"), facetest.Once("2")).Refused(409, "external_reference_taken")
	m.Call(t, "POST", "/v1/transactions?dry_run=true", noted(facetest.Sale(), "order-1")).Is(200).
		Has(map[string]string{"allowed": "false", "refusal.code": "external_reference_taken"})
	m.Call(t, "POST", "/v1/transactions", noted(facetest.Sale(), "order-1"), facetest.Once("1")).Is(201).Has(map[string]string{"id": deal})
	m.Call(t, "POST", "/v1/listings", noted(facetest.Bike(), "item-1")).Refused(409, "external_reference_taken")
	bought := m.Call(t, "POST", "/v1/listings/"+listing+"/transactions", map[string]any{"starter_id": "bea", "external_reference": "order-2"}, facetest.Once("3")).Is(201)
	bought.Has(map[string]string{"external_reference": "order-2"})
	m.Call(t, "PATCH", "/v1/transactions/"+bought.At("id"), map[string]any{"external_reference": "order-1"}).Refused(409, "external_reference_taken")
	before := m.Call(t, "GET", "/v1/transactions/"+bought.At("id"), nil)
	m.Call(t, "PATCH", "/v1/transactions/"+bought.At("id"), map[string]any{"metadata": map[string]any{"a": "b"}}).Is(200).
		Has(map[string]string{"revision": before.At("revision"), "updated_at": before.At("updated_at"), "state": before.At("state")})
	m.Call(t, "GET", "/v1/transactions?state=cancelled,"+before.At("state")+"&metadata[a]=b", nil).Is(200).Has(map[string]string{"items.0.id": bought.At("id"), "items.1": "absent"})
	m.Call(t, "GET", "/v1/transactions?state=cancelled,paid&metadata[a]=b", nil).Is(200).Has(map[string]string{"items": "[]"})
	m.Call(t, "GET", "/v1/transactions?state=joined,no_such", nil).Refused(400, "unknown_state")
	m.Call(t, "PATCH", "/v1/transactions/"+deal, map[string]any{}, facetest.WithKey(m.Other)).Refused(404, "transaction_not_found")
}
