package stripe

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

// Webhook reads Stripe's events. They are signed together with a time, on the raw
// bytes (official API). An event of any API version is read: all that is believed
// is which payment to look up.
type Webhook struct {
	// Secrets of the endpoint ("whsec_…"), any of which may have signed, so that one
	// can be changed without a gap. With none every event is refused.
	Secrets []string `json:"-"`
	// Changed is told of connected accounts that have changed. Default: nobody is.
	Changed func(account string)
	// Now is real time; default time.Now.
	Now func() time.Time
}

var _ gateway.Source = Webhook{}

// tolerance is how far a signature's time may be from ours (official API).
const tolerance = webhook.DefaultTolerance

// String hides the secrets.
func (w Webhook) String() string {
	return "stripe webhook with " + strconv.Itoa(len(w.Secrets)) + " secrets"
}

// GoString hides the secrets too.
func (w Webhook) GoString() string { return w.String() }

// Name is "stripe".
func (Webhook) Name() string { return name }

var (
	eventID   = regexp.MustCompile(`^evt_[A-Za-z0-9_]{1,250}$`)
	eventType = regexp.MustCompile(`^[a-z][a-z0-9_.]{0,99}$`)
)

// event is the part of an event that is needed.
type event struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Account string `json:"account"` // set on events of connected accounts
	Data    struct {
		Object struct {
			ID       string            `json:"id"`
			Object   string            `json:"object"`
			Payment  reference         `json:"payment_intent"`
			Metadata map[string]string `json:"metadata"`
		} `json:"object"`
	} `json:"data"`
}

// reference is an id, or an object in its place.
type reference string

// UnmarshalJSON implements json.Unmarshaler.
func (r *reference) UnmarshalJSON(b []byte) error {
	var id string
	if err := json.Unmarshal(b, &id); err == nil {
		*r = reference(id)
		return nil
	}
	var object struct {
		ID string `json:"id"`
	}
	err := json.Unmarshal(b, &object)
	*r = reference(object.ID)
	return err
}

// Admit refuses events without a signature; it is verified with the body.
func (w Webhook) Admit(header http.Header) error {
	if header.Get("Stripe-Signature") == "" {
		return fault.New(fault.Unauthenticated, "invalid_webhook_signature", "the signature is missing, wrong or too old")
	}
	return nil
}

// Read checks the signature and takes out the event's id, type and payment.
// PaymentID is empty where an event is about none of ours: it is to be
// acknowledged and dropped.
func (w Webhook) Read(header http.Header, body []byte) (gateway.Message, error) {
	if !w.signed(header.Get("Stripe-Signature"), body) {
		return gateway.Message{}, fault.New(fault.Unauthenticated, "invalid_webhook_signature", "the signature is missing, wrong or too old")
	}
	var e event
	if err := json.Unmarshal(body, &e); err != nil {
		return gateway.Message{}, fault.Wrap(err, fault.Invalid, "invalid_webhook", "the message is not an event")
	}
	if !eventID.MatchString(e.ID) || !eventType.MatchString(e.Type) {
		return gateway.Message{}, fault.New(fault.Invalid, "invalid_webhook", "the event has no sound id and type")
	}
	if id := e.seller(); id != "" && w.Changed != nil {
		w.Changed(id)
	}
	m := gateway.Message{DedupeKey: e.ID, PaymentID: e.payment(), Code: e.Type}
	if id := e.seller(); m.PaymentID == "" && id != "" {
		m.PaymentID = toldMark + id
	}
	return m, nil
}

// seller is the connected account that has changed; empty: none has.
func (e event) seller() string {
	id := ""
	switch {
	case e.Type == "account.updated":
		id = e.Data.Object.ID
	case strings.HasPrefix(e.Type, "account.external_account."), e.Type == "payout.failed":
		id = e.Account
	}
	if !accountShape.MatchString(id) {
		return ""
	}
	return id
}

// payment is the payment of ours that an event is about, as far as it tells, or the payout of a
// connected account, with that account.
func (e event) payment() string {
	o := e.Data.Object
	if o.Object == "payout" && accountShape.MatchString(e.Account) && payoutShape.MatchString(o.ID) {
		return e.Account + between + o.ID
	}
	id := string(o.Payment)
	switch o.Object {
	case "payment_intent":
		id = o.ID
		if o.Metadata[metaIntent] == "" {
			id = ""
		}
	case "transfer":
		id = o.Metadata[metaPayment]
	}
	if e.Account != "" || !paymentShape.MatchString(id) {
		return ""
	}
	return id
}

// signed checks the age of the signature and every secret, so that neither which
// secret fits nor where a wrong one differs shows in the time it takes.
func (w Webhook) signed(signature string, body []byte) bool {
	at, ok := signedAt(signature)
	if !ok || w.now().Sub(at).Abs() > tolerance {
		return false
	}
	known := false
	for _, secret := range w.Secrets {
		err := webhook.ValidatePayloadIgnoringTolerance(body, signature, secret)
		known = known || err == nil && secret != ""
	}
	return known
}

func (w Webhook) now() time.Time {
	now := w.Now
	if now == nil {
		now = time.Now
	}
	return now()
}

// signedAt is the one time in a signature header, in whole seconds. Two of them
// could be read differently here and by the check of the signature.
func signedAt(signature string) (time.Time, bool) {
	var times []string
	for part := range strings.SplitSeq(signature, ",") {
		if value, ok := strings.CutPrefix(part, "t="); ok {
			times = append(times, value)
		}
	}
	if len(times) != 1 {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseInt(times[0], 10, 64)
	return time.Unix(seconds, 0), err == nil
}
