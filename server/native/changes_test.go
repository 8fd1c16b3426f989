package native_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// TestUpdatedAfter follows what is changed, page by page and from one visit to the next.
func TestUpdatedAfter(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	first, second := w.Sell(t, "1"), w.Sell(t, "2")
	began := facetest.Epoch.Add(-time.Second).Format(time.RFC3339)
	list := func(query string, options ...facetest.Option) facetest.Answer {
		t.Helper()
		return w.Call(t, "GET", "/v1/transactions?updated_after="+url.QueryEscape(began)+query, nil, options...)
	}
	page := list("&limit=1").Is(200).Has(map[string]string{"items.0.id": first, "items.1": "absent"})
	page = list("&limit=1&cursor=" + page.At("next_cursor")).Is(200).Has(map[string]string{"items.0.id": second, "items.1": "absent"})
	for page.At("next_cursor") != "<nil>" {
		page = list("&limit=1&cursor=" + page.At("next_cursor")).Is(200)
	}
	resume := page.At("resume")
	list("&cursor=" + resume).Is(200).Has(map[string]string{"items": "[]", "next_cursor": "<nil>"})
	if _, err := w.Store.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	list("&cursor=" + resume).Is(200).Has(map[string]string{"items": "[]", "next_cursor": "<nil>"})
	w.Clock.Advance(time.Minute)
	w.Call(t, "PATCH", "/v1/transactions/"+second, map[string]any{"metadata": map[string]any{"a": "b"}}).Is(200)
	w.Take(t, first, "cancel", nil, "cancelled", facetest.As("bea"))
	list("&cursor=" + resume).Is(200).Has(map[string]string{"items.0.id": first, "items.0.state": "cancelled", "items.1": "absent", "next_cursor": "<nil>"})
	list("").Is(200).Has(map[string]string{"items.0.id": second, "items.1.id": first, "items.2": "absent"})
	list("&state=cancelled,paid").Is(200).Has(map[string]string{"items.0.id": first, "items.1": "absent"})
	list("&metadata[a]=b").Is(200).Has(map[string]string{"items.0.id": second, "items.1": "absent"})
	list("", facetest.As("sam")).Is(200).Has(map[string]string{"items.1.id": first})
	list("", facetest.As("eve")).Is(200).Has(map[string]string{"items": "[]"})
	list("", facetest.WithKey(w.Other)).Is(200).Has(map[string]string{"items": "[]"})
	later := url.QueryEscape(facetest.Epoch.Add(time.Second).Format(time.RFC3339))
	w.Call(t, "GET", "/v1/transactions?updated_after="+later, nil).Is(200).Has(map[string]string{"items.0.id": first, "items.1": "absent"})
	w.Call(t, "GET", "/v1/transactions?updated_after=0001-01-01T00:00:00Z", nil).Is(200).Has(map[string]string{"items.1.id": first})
	w.Call(t, "GET", "/v1/transactions?updated_after=9999-12-31T23:59:59Z", nil).Is(200).Has(map[string]string{"items": "[]"})
	w.Call(t, "GET", "/v1/transactions?updated_after=yesterday", nil).Refused(400, "invalid_since")
	w.Call(t, "GET", "/v1/transactions?updated_after=", nil).Refused(400, "invalid_since")
	list("&cursor=nonsense").Refused(400, "invalid_cursor")
	list("&cursor="+resume+"."+resume).Refused(400, "invalid_cursor")
	list("&limit=0").Refused(400, "invalid_limit")
	list("&state=nowhere").Refused(400, "unknown_state")
}
