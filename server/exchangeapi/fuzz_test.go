package exchangeapi_test

import (
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server/exchangeapi"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// Bodies are refused with a fault of the caller, or taken; nothing else happens.
func FuzzExchangeBodies(f *testing.F) {
	for _, seed := range []string{
		facetest.Ad("sell"), `{"ad_id":42,"usdt_amount":500000,"payment_method":"sber"}`,
		`{"outcome":"split","buyer_amount":1,"seller_amount":2,"reason":"x"}`,
		`{"a":1,"a":2}`, `{}`, `[]`, `{"ad_id":1e3}`, "\xff",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for name, err := range map[string]error{"ad": exchangeapi.ReadAd(body), "order": exchangeapi.ReadOrder(body), "verdict": exchangeapi.ReadVerdict(body)} {
			if err == nil {
				continue
			}
			if code := fault.CodeOf(err); code != fault.Invalid && code != fault.Unauthenticated {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
