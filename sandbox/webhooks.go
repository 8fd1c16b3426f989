package sandbox

import (
	"net/http"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// Delivery is one webhook in the log. It is tried once; only a resend tries again, as a delivery of its own.
type Delivery = stage.Delivery

// The states of a delivery: will be sent, held back by a fault, accepted, not accepted, lost by a fault, recorded only.
const (
	DeliveryPending, DeliveryHeld = stage.DeliveryPending, stage.DeliveryHeld
	DeliveryDelivered             = stage.DeliveryDelivered
	DeliveryFailed, DeliveryLost  = stage.DeliveryFailed, stage.DeliveryLost
	DeliveryNoEndpoint            = stage.DeliveryNoEndpoint
)

// event is what a webhook tells.
type event struct {
	code     string
	user     string
	target   string
	preview  any
	at       time.Time
	metadata map[string]string
}

type webhookBody struct {
	Code          string            `json:"code"`
	UserID        *string           `json:"user_id"`
	TargetID      string            `json:"target_id"`
	TargetPreview any               `json:"target_preview"`
	Time          string            `json:"time"`
	Metadata      map[string]string `json:"metadata"`
}

// emit queues the webhook of an event. Real events never share an instant, so each is stamped with a microsecond of its
// own: receivers tell them apart by code, target and time.
func (w *state) emit(e event) {
	body := webhookBody{Code: e.code, TargetID: e.target, TargetPreview: e.preview, Metadata: e.metadata,
		Time: e.at.Add(time.Duration((w.Told+1)%1_000_000) * time.Microsecond).Format("2006-01-02T15:04:05.000000Z07:00")}
	if e.user != "" {
		body.UserID = &e.user
	}
	if body.Metadata == nil {
		body.Metadata = map[string]string{}
	}
	w.Emit(Delivery{Code: e.code, TargetID: e.target, Body: stage.JSON(body)})
}

// sign makes the credentials of a webhook, which are those of Basic auth.
func sign(r *http.Request, _ []byte, to stage.Endpoint) {
	if to.Username != "" || to.Password != "" {
		r.SetBasicAuth(to.Username, to.Password)
	}
}

// Resend sends the webhook of a delivery once more, past all faults, as a new delivery. It returns an [*Error] with code
// not_found for a number that is not in the log.
func (s *World) Resend(number int) (Delivery, error) {
	return stage.Resend(s.World, strconv.Itoa(number))
}
