package exchangeapi_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// arrangement puts a market with an ad of Ann's into the state in which the ad is refused.
type arrangement func(t *testing.T, m *facetest.Market, ad string)

// Seed 002 and 003: every code of taking an ad, with its status.
func TestOrders_codes(t *testing.T) {
	t.Parallel()
	rules := func(more string) arrangement {
		return func(t *testing.T, m *facetest.Market, _ string) {
			m.Call(t, "PUT", "/v1/community/exchange-rules", `{"reason":"policy",`+more+`}`, facetest.Staff("olga")).Is(200)
		}
	}
	terms := func(from, to string) arrangement {
		return func(t *testing.T, m *facetest.Market, ad string) {
			m.Ask(t, facetest.Ann, "PUT", facetest.ExchangePath+"ads/"+ad, strings.Replace(facetest.Ad("sell"), from, to, 1)).Is(200)
		}
	}
	ordered := func(t *testing.T, m *facetest.Market, ad string) { m.NewOrder(t, facetest.Bob, ad) }
	asIs := func(*testing.T, *facetest.Market, string) {}
	tests := []struct {
		code    string
		status  int
		user    string
		ad      string
		arrange arrangement
		amount  int
		method  string
	}{
		{"AD_NOT_ACTIVE", 400, facetest.Bob, "sell", func(t *testing.T, m *facetest.Market, ad string) {
			m.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+"ads/"+ad+"/pause", nil).Is(200)
		}, 500_000, "card"},
		{"OWN_AD", 400, facetest.Ann, "sell", asIs, 500_000, "card"},
		{"ACTIVE_DEPOSIT_ORDER_EXISTS", 400, facetest.Bob, "sell", ordered, 500_000, "card"},
		{"ACTIVE_WITHDRAW_ORDER_EXISTS", 400, facetest.Bob, "buy", ordered, 500_000, "card"},
		{"MIN_DEPOSIT_REQUIRED", 400, facetest.Bob, "buy", rules(`"min_deposit":10000001`), 500_000, "card"},
		{"WAGERING_REQUIREMENT_NOT_MET", 400, facetest.Bob, "buy", rules(`"wagering_percent":1`), 500_000, "card"},
		{"AMOUNT_TOO_LOW", 400, facetest.Bob, "sell", asIs, 99_999, "card"},
		{"AMOUNT_TOO_HIGH", 400, facetest.Bob, "sell", asIs, 5_000_001, "card"},
		{"AMOUNT_EXCEEDS_AVAILABLE", 400, facetest.Bob, "sell", func(t *testing.T, m *facetest.Market, ad string) {
			m.Complete(t, m.NewOrder(t, facetest.Bob, ad), 5)
		}, 4_500_001, "card"},
		{"AMOUNT_TOO_SMALL", 400, facetest.Bob, "sell", terms(`"exchange_rate":100,"min_amount":100000`, `"exchange_rate":1,"min_amount":1`), 1, "card"},
		{"INVALID_PAYMENT_METHOD", 400, facetest.Bob, "sell", asIs, 500_000, "sbp"},
		{"SELLER_INSUFFICIENT_BALANCE", 400, facetest.Bob, "sell", terms(`5000000`, `20000000`), 10_000_001, "card"},
		{"TOO_MANY_EXPIRED_ORDERS", 429, facetest.Bob, "sell", func(t *testing.T, m *facetest.Market, ad string) {
			rules(`"fault_limit":1`)(t, m, ad)
			m.Step(t, facetest.Bob, m.NewOrder(t, facetest.Bob, ad), "cancel", "").Is(200)
		}, 500_000, "card"},
		{"BANNED", 403, facetest.Bob, "sell", func(t *testing.T, m *facetest.Market, _ string) { m.Ban(t, facetest.Bob) }, 500_000, "card"},
	}
	for _, test := range tests {
		t.Run(test.code, func(t *testing.T) {
			t.Parallel()
			m := facetest.NewExchange(t)
			id := m.NewAd(t, facetest.Ann, test.ad)
			test.arrange(t, m, id)
			body := fmt.Sprintf(`{"ad_id":%s,"usdt_amount":%d,"payment_method":%q}`, id, test.amount, test.method)
			m.Ask(t, test.user, "POST", facetest.ExchangePath+"orders", body).Denied(test.status, test.code)
		})
	}
}

// What goes wrong on our side has one code where an ad is taken, and tells nothing.
func TestOrders_ourFault(t *testing.T) {
	t.Parallel()
	m := facetest.NewExchange(t)
	id := m.NewAd(t, facetest.Ann, "sell")
	secret := errors.New("secret detail of the database")
	for _, o := range []struct {
		err    error
		status int
	}{
		{secret, 500}, {context.DeadlineExceeded, 503}, {fault.New(fault.Unavailable, "busy", "no"), 503},
	} {
		m.Failing("Balance", o.err)
		a := m.Ask(t, facetest.Bob, "POST", facetest.ExchangePath+"orders", `{"ad_id":`+id+`,"usdt_amount":500000,"payment_method":"card"}`).Denied(o.status, "CREATE_ORDER_FAILED")
		if strings.Contains(a.Body, "database") {
			t.Errorf("tells %s", a.Body)
		}
		if o.status == 500 {
			a.Exactly("", "code", "message", "request_id")
		}
	}
	m.Failing("Balance", nil)
	order := m.NewOrder(t, facetest.Bob, id)
	m.Failing("Transaction", secret)
	m.Ask(t, facetest.Bob, "GET", facetest.ExchangePath+"orders/"+order, nil).Denied(500, "INTERNAL_ERROR").Exactly("", "code", "message", "request_id")
}

// What comes too late.
func TestOrders_late(t *testing.T) {
	t.Parallel()
	m := facetest.NewExchange(t)
	id := m.NewAd(t, facetest.Ann, "sell")
	done := m.NewOrder(t, facetest.Bob, id)
	m.Complete(t, done, 5)
	m.Clock.Advance(8 * 24 * time.Hour)
	m.Step(t, facetest.Bob, done, "messages", `{"message":"x"}`).Denied(400, "CHAT_CLOSED")
	late := m.NewOrder(t, facetest.Bob, id)
	m.Clock.Advance(31 * time.Minute)
	m.Step(t, facetest.Bob, late, "confirm-paid", "").Denied(400, "ORDER_EXPIRED").Has(map[string]string{"current_status": "cancelled"})
}
