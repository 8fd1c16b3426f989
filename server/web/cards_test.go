package web_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/server/internal/facetest"
	"github.com/handsel-dev/handsel/server/web"
)

// What a body costs grows with its length, not with the length of its names for each
// of its values.
func TestC2_longNamesAreReadOnce(t *testing.T) {
	t.Parallel()
	body := `{"` + strings.Repeat("a", 256<<10) + `":[` + strings.Repeat("1,", 100_000) + "1]}"
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := web.DecodeStrictly([]byte(body)); err == nil {
		t.Error("an unknown member is read")
	}
	runtime.ReadMemStats(&after)
	// Tests beside this one allocate too; a copy of the name for each value is 25 GiB.
	if spent := after.TotalAlloc - before.TotalAlloc; spent > 4<<30 {
		t.Errorf("%d MiB were allocated for a body of %d KiB", spent>>20, len(body)>>10)
	}
}

// Where a value stands decides how closely it is looked at, at every depth.
func TestC2_placesInBodies(t *testing.T) {
	t.Parallel()
	for body, refused := range map[string]bool{
		`{"payment_details":{"card_number":"` + facetest.Card + `"}}`:         false,
		`{"payment_details":{"a":[{"card_number":"` + facetest.Card + `"}]}}`: false,
		`{"payment_details":"` + facetest.Card + `"}`:                         true,
		`{"payment_details":{"cvv":"1"}}`:                                     true,
		`{"payment_details/x":{"a":"` + facetest.Card + `"}}`:                 true,
		`{"a":{"payment_details":{"card":"` + facetest.Card + `"}}}`:          true,
		`{"payment_details":{"a":"b"},"note":"` + facetest.Card + `"}`:        true,
		`[{"payment_details":{"a":"` + facetest.Card + `"}}]`:                 true,
		`{"tracking_code":"` + facetest.Card + `"}`:                           false,
		`{"tracking_code":["` + facetest.Card + `"]}`:                         true,
		`{"tracking_code":{"a":"` + facetest.Card + `"}}`:                     true,
	} {
		if got := web.CardsBesidesDetails([]byte(body)); got != refused {
			t.Errorf("%s: refused %t, want %t", body, got, refused)
		}
	}
}

// A bank account may be numbered as a card is; nothing beside it may.
func TestC2_bankAccounts(t *testing.T) {
	t.Parallel()
	for body, refused := range map[string]bool{
		`{"details":{"funding_account_number":"` + facetest.Card + `"}}`:   false,
		`{"details":{"funding_account_number":["` + facetest.Card + `"]}}`: true,
		`{"details":{"funding_routing_number":"` + facetest.Card + `"}}`:   true,
		`{"details":{"first_name":"` + facetest.Card + `"}}`:               true,
		`{"details":{"cvv":"1"}}`:                                          true,
	} {
		if got := web.CardsBesidesBankAccounts([]byte(body)); got != refused {
			t.Errorf("%s: refused %t, want %t", body, got, refused)
		}
	}
	if !web.CardsBesidesDetails([]byte(`{"funding_account_number":"` + facetest.Card + `"}`)) {
		t.Error("a bank account is taken elsewhere")
	}
}
