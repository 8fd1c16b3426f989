package none_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/gateway/none"
	"github.com/handsel-dev/handsel/orchestrator/gatewaytest"
)

// It is asked nothing, and refuses what it is asked.
func TestConformance(t *testing.T) {
	t.Parallel()
	gatewaytest.Run(t, gatewaytest.Config{
		Price: money.New(5000, "EUR"), Unknown: "pay_1", Exceptions: map[string]string{"payees": "everybody can be paid"},
		Open: func(testing.TB, http.RoundTripper) gatewaytest.Account {
			return gatewaytest.Account{
				Gateway: none.Gateway{}, Effects: func() []gatewaytest.Effect { return nil },
				Now: func() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) },
			}
		},
	})
}
