package handsel

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// EventType is the name of something that can happen, "transaction.paid".
type EventType string

// EventOf is a type of events with what their data are.
type EventOf[D any] struct{ Type EventType }

// Event is something that happened. A thin payload has no data.
type Event struct {
	ID          string          `json:"id"`
	Type        EventType       `json:"type"`
	Sequence    int64           `json:"sequence"` // 1, 2, 3 … per community without gaps
	OccurredAt  time.Time       `json:"occurred_at"`
	APIVersion  string          `json:"api_version"`
	CommunityID int64           `json:"community_id"`
	Object      EventObject     `json:"object"`
	Data        json.RawMessage `json:"data,omitempty"`
}

// EventObject is what an event is about.
type EventObject struct {
	Type              string  `json:"type"`
	ID                string  `json:"id"`
	Number            int64   `json:"number,omitzero"`
	ExternalReference *string `json:"external_reference"`
}

// Handlers are what is done with events, by type. The zero value does nothing.
type Handlers struct {
	// Other is for events without a handler of their own; nil: they are passed over.
	Other func(context.Context, Event) error

	byType map[EventType]func(context.Context, Event) error
}

// On says what is done with events of a type, such as OnTransactionPaid. Without data in the payload D is zero.
func On[D any](h *Handlers, t EventOf[D], do func(context.Context, Event, D) error) {
	if h.byType == nil {
		h.byType = map[EventType]func(context.Context, Event) error{}
	}
	h.byType[t.Type] = func(ctx context.Context, e Event) error {
		var data D
		if len(e.Data) > 0 {
			if err := json.Unmarshal(e.Data, &data); err != nil {
				return fmt.Errorf("handsel: the data of %s: %w", e.Type, err)
			}
		}
		return do(ctx, e, data)
	}
}

// Dispatch gives an event to the handler of its type.
func (h *Handlers) Dispatch(ctx context.Context, e Event) error {
	switch do := h.byType[e.Type]; {
	case do != nil:
		return do(ctx, e)
	case h.Other != nil:
		return h.Other(ctx, e)
	}
	return nil
}

// Webhook receives webhooks: an http.Handler that verifies them and gives their events to handlers. A handler
// that fails is answered 500, so that the event comes again. An event may come twice.
type Webhook struct {
	Secrets   []string // whsec_…, or of ed25519 the public key, whpk_…; both during a rotation
	Handlers  *Handlers
	Tolerance time.Duration    // by which its time may differ from now; default 5 minutes
	Now       func() time.Time // default time.Now
}

// ErrNotSigned is a webhook that is not believed.
var ErrNotSigned = errors.New("handsel: the webhook is not signed as it should be")

const maxWebhook = 1 << 20

// ServeHTTP receives one.
func (w *Webhook) ServeHTTP(out http.ResponseWriter, in *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(out, in.Body, maxWebhook))
	if err != nil {
		http.Error(out, "the body could not be read", http.StatusBadRequest)
		return
	}
	event, err := w.Verify(in.Header, body)
	if err != nil {
		http.Error(out, err.Error(), http.StatusBadRequest)
		return
	}
	if err := w.Handlers.Dispatch(in.Context(), event); err != nil {
		http.Error(out, "it was not taken; send it again", http.StatusInternalServerError)
		return
	}
	out.WriteHeader(http.StatusNoContent)
}

// Verify checks a webhook by Standard Webhooks and reads its event. The body is the raw one, as it came.
func (w *Webhook) Verify(header http.Header, body []byte) (Event, error) {
	id, at := header.Get("Webhook-Id"), header.Get("Webhook-Timestamp")
	sent, err := strconv.ParseInt(at, 10, 64)
	if id == "" || err != nil || w.farFrom(time.Unix(sent, 0)) {
		return Event{}, ErrNotSigned
	}
	signed := append([]byte(id+"."+at+"."), body...)
	for _, secret := range w.Secrets {
		signs, err := signerOf(secret)
		if err != nil {
			return Event{}, err
		}
		if signs.one(header.Get("Webhook-Signature"), signed) {
			var e Event
			return e, json.Unmarshal(body, &e)
		}
	}
	return Event{}, ErrNotSigned
}

// signer is what one secret tells apart: the signatures of its scheme that are right from all others.
type signer struct {
	scheme string // "v1," or "v1a,"
	right  func(signed, signature []byte) bool
}

// signerOf reads a secret, whsec_…, or a public key, whpk_….
func signerOf(secret string) (signer, error) {
	public, asymmetric := strings.CutPrefix(secret, "whpk_")
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(public, "whsec_"))
	switch {
	case err != nil || len(key) == 0:
		return signer{}, errors.New("handsel: a secret of the webhook is neither whsec_ nor whpk_ with base64 behind it")
	case asymmetric && len(key) != ed25519.PublicKeySize:
		return signer{}, fmt.Errorf("handsel: a public key of the webhook has %d bytes, not %d", len(key), ed25519.PublicKeySize)
	case asymmetric:
		return signer{"v1a,", func(signed, signature []byte) bool { return ed25519.Verify(key, signed, signature) }}, nil
	}
	return signer{"v1,", func(signed, signature []byte) bool {
		mac := hmac.New(sha256.New, key)
		mac.Write(signed)
		return hmac.Equal(mac.Sum(nil), signature)
	}}, nil
}

// one says whether one of several signatures is right.
func (s signer) one(signatures string, signed []byte) bool {
	for each := range strings.FieldsSeq(signatures) {
		text, ok := strings.CutPrefix(each, s.scheme)
		signature, err := base64.StdEncoding.DecodeString(text)
		if ok && err == nil && s.right(signed, signature) {
			return true
		}
	}
	return false
}

func (w *Webhook) farFrom(at time.Time) bool {
	now, tolerance := time.Now, w.Tolerance
	if w.Now != nil {
		now = w.Now
	}
	if tolerance == 0 {
		tolerance = 5 * time.Minute
	}
	return now().Sub(at).Abs() > tolerance
}

// Follow says which events are followed.
type Follow struct {
	After       int64         // the sequence of the last event that was worked through; store it with your own work
	FromNow     bool          // where After is 0: begin behind the newest event, and not with the first
	Types       []EventFilter // types, "noun.*", or "*"; none: all
	Transaction TransactionID
	// Wait is how long the server waits for the next one, at most 30 s; 0: end where there are no more.
	Wait time.Duration
}

// Follow reads the log of events in its order, each once. An error ends it.
func (c *Client) Follow(ctx context.Context, f Follow, options ...CallOption) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		query := queryOf("type", several(f.Types), "transaction", f.Transaction, "wait", int64(f.Wait/time.Second))
		if f.FromNow && f.After == 0 {
			query.Set("from", "now")
		} else {
			query.Set("after", strconv.FormatInt(f.After, 10))
		}
		for {
			page, err := send[eventPage](ctx, c.core, request{method: http.MethodGet, path: "/v1/events", query: query}, options)
			if err != nil {
				yield(Event{}, err)
				return
			}
			for _, e := range page.Items {
				if !yield(e, nil) {
					return
				}
			}
			if f.Wait == 0 && !page.HasMore {
				return
			}
			query.Del("from")
			query.Set("after", strconv.FormatInt(page.NextAfter, 10))
		}
	}
}

type eventPage struct {
	Items     []Event `json:"items"`
	NextAfter int64   `json:"next_after"`
	HasMore   bool    `json:"has_more"`
}
