package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ErrWebhookShape marks a body that is not a webhook of API version 1. The text
// names what was found instead.
var ErrWebhookShape = errors.New("client: not a webhook of API version 1")

// WebhookEvent is one webhook. The API signs nothing, numbers nothing and may
// repeat, reorder or lose events: treat it as a hint to read the transaction
// again, and keep [WebhookEvent.Key] to recognise repeats.
type WebhookEvent struct {
	// Code says what happened; a code without a constant arrives unchanged.
	Code EventCode
	// UserID is the party who caused the event; empty for the platform.
	UserID string
	// TargetID is the transaction's id.
	TargetID string
	// TargetPreview is the transaction as JSON, nil when it was not sent.
	TargetPreview json.RawMessage
	// Time is when it happened, in UTC; zero when it was not sent.
	Time time.Time
	// Metadata is usually empty; a failed payment has "failure_code".
	Metadata map[string]json.RawMessage
}

// FailureCode is why a payment failed, such as "card_declined"; empty for other events.
func (e WebhookEvent) FailureCode() string {
	var code string
	_ = json.Unmarshal(e.Metadata["failure_code"], &code) // absent, or no text: there is none
	return code
}

type webhookBody struct {
	Code          EventCode                  `json:"code"`
	UserID        string                     `json:"user_id"`
	TargetID      ID                         `json:"target_id"`
	TargetPreview json.RawMessage            `json:"target_preview"`
	Time          Time                       `json:"time"`
	Metadata      map[string]json.RawMessage `json:"metadata"`
}

// ParseWebhook reads a webhook body. It accepts unknown codes and fields, and
// fails with [ErrWebhookShape] for anything else. It proves nothing about the
// sender; [WebhookHandler] does.
func ParseWebhook(body []byte) (*WebhookEvent, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil || fields == nil {
		return nil, fmt.Errorf("%w: body is not a JSON object", ErrWebhookShape)
	}
	var wire webhookBody
	if err := json.Unmarshal(body, &wire); err != nil {
		return nil, fmt.Errorf("%w: %s", ErrWebhookShape, badField(err))
	}
	if strings.HasPrefix(string(wire.Code), "tx.") {
		return nil, fmt.Errorf("%w: a code that begins with tx. is of API version 2", ErrWebhookShape)
	}
	if wire.Code == "" || wire.TargetID == "" {
		return nil, fmt.Errorf("%w: %s", ErrWebhookShape, foreignShape(fields))
	}
	event := &WebhookEvent{
		Code:     wire.Code,
		UserID:   wire.UserID,
		TargetID: string(wire.TargetID),
		Time:     wire.Time.Time,
		Metadata: wire.Metadata,
	}
	if string(wire.TargetPreview) != "null" {
		event.TargetPreview = wire.TargetPreview
	}
	return event, nil
}

func badField(err error) string {
	var typed *json.UnmarshalTypeError
	if errors.As(err, &typed) && typed.Field != "" {
		return "field " + typed.Field + " has the wrong type"
	}
	return "a field has the wrong type: " + err.Error()
}

// foreignShape names the shapes that integrators mistake for this one.
func foreignShape(fields map[string]json.RawMessage) string {
	for _, name := range []string{"event", "type", "event_type", "transaction_id", "data"} {
		if _, found := fields[name]; found {
			return fmt.Sprintf("it has %q, as other APIs and version 2 do, where code and target_id belong", name)
		}
	}
	return "code or target_id is missing"
}

// Key is equal for two deliveries of the same event.
func (e *WebhookEvent) Key() string {
	return string(e.Code) + "|" + e.TargetID + "|" + e.Time.UTC().Format(time.RFC3339Nano)
}

// TransactionID is TargetID as the number that the other calls take.
func (e *WebhookEvent) TransactionID() (int64, error) {
	id, err := strconv.ParseInt(e.TargetID, 10, 64)
	if err != nil || id <= 0 {
		return 0, fmt.Errorf("%w: target_id is not a transaction id", ErrWebhookShape)
	}
	return id, nil
}

// OnlineTransaction decodes TargetPreview. It fails with [ErrWebhookShape] for an
// event that is not about an online transaction or has no preview; read the
// transaction then.
func (e *WebhookEvent) OnlineTransaction() (*Transaction, error) {
	if !e.Code.Online() {
		return nil, fmt.Errorf("%w: not an event of an online transaction", ErrWebhookShape)
	}
	return preview[*Transaction](e)
}

// F2FTransaction is [WebhookEvent.OnlineTransaction] for events of face-to-face
// transactions.
func (e *WebhookEvent) F2FTransaction() (*F2FTransaction, error) {
	if !e.Code.F2F() {
		return nil, fmt.Errorf("%w: not an event of a face-to-face transaction", ErrWebhookShape)
	}
	return preview[*F2FTransaction](e)
}

func preview[T any](e *WebhookEvent) (T, error) {
	if e.TargetPreview == nil {
		var none T
		return none, fmt.Errorf("%w: target_preview is missing", ErrWebhookShape)
	}
	target, err := decode[T](e.TargetPreview)
	if err != nil {
		return target, fmt.Errorf("%w: target_preview: %w", ErrWebhookShape, err)
	}
	return target, nil
}
