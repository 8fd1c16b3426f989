package stripe

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// tries is how often an event is sent until it is accepted, and tryPause the real time between the first two tries; it
// doubles after each. Our choice: the official service goes on for days.
const (
	tries    = 3
	tryPause = 20 * time.Millisecond
)

// Delivery is one event in the log of webhooks.
type Delivery = stage.Delivery

// The states of a delivery: will be sent, held back by a fault, accepted, not accepted at every try, lost by a fault, recorded only.
const (
	DeliveryPending, DeliveryHeld = stage.DeliveryPending, stage.DeliveryHeld
	DeliveryDelivered             = stage.DeliveryDelivered
	DeliveryFailed, DeliveryLost  = stage.DeliveryFailed, stage.DeliveryLost
	DeliveryNoEndpoint            = stage.DeliveryNoEndpoint
)

// Fault makes the next calls of one route fail in one way: Route is one of [RouteNames], "webhook", or "*" for
// every API call, Kind one of [FaultKinds], or for "webhook" one of [WebhookFaultKinds].
type Fault = stage.Fault

// FaultKinds returns the kinds of faults for API calls in alphabetical order. The ones that end in _before, html, rate_limit
// and lock_timeout leave the call without effect; all others let it take effect first. The answer of error_before and
// error_after is kept under the idempotency key of the call, as the official API keeps a 500.
func FaultKinds() []string { return kind().FaultKinds() }

// WebhookFaultKinds returns the kinds of faults for the route "webhook": lose never sends, duplicate sends twice, delay
// holds back until the next Tick, Advance or Flush, reorder swaps with the next event. The list of events shows all of them.
func WebhookFaultKinds() []string { return stage.WebhookFaultKinds() }

// sign sets the headers of an event. Stripe-Signature is an HMAC with SHA-256 over the time, a dot and the body.
func (c Config) sign(r *http.Request, body []byte, to stage.Endpoint) {
	t := strconv.FormatInt(c.WallClock().Unix(), 10)
	mac := hmac.New(sha256.New, []byte(to.Secret))
	mac.Write([]byte(t + "."))
	mac.Write(body)
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("User-Agent", "Stripe/1.0 (sandbox)")
	r.Header.Set("Stripe-Signature", "t="+t+",v1="+hex.EncodeToString(mac.Sum(nil)))
}

// Resend sends an event once more, past all faults, as a new delivery. It returns an error with code resource_missing for an
// unknown id.
func (e *World) Resend(eventID string) error {
	_, err := stage.Resend(e.World, eventID)
	return err
}
