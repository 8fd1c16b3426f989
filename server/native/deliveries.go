package native

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/paging"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

func (n face) deliveryRoutes() []web.Route {
	if n.Webhooks == nil {
		return nil
	}
	const deliveries = endpointPath + "/deliveries"
	return []web.Route{
		{
			Method: http.MethodGet, Path: deliveries, Access: web.Operating, Summary: "List what became of events at a webhook endpoint, the newest event first",
			Query: []string{"limit", "cursor", "status", "event"}, Answer: web.JSON[page[deliveryOut]](), Serve: n.Backend(n.deliveries),
		},
		{
			Method: http.MethodPost, Path: deliveries + "/{event}/resend", Access: web.Operating, Keying: web.KeyHonoured, Summary: "Send an event to a webhook endpoint again", Body: web.JSON[endpointReason](),
			Answer: web.JSON[resentEvents](), Status: http.StatusAccepted, Serve: n.Kept(n.resend),
		},
		{
			Method: http.MethodPost, Path: endpointPath + "/replay", Access: web.Operating, Keying: web.KeyHonoured, Summary: "Send a range of events, or all that failed, to a webhook endpoint again",
			Body: web.JSON[eventReplay](), Answer: web.JSON[resentEvents](), Status: http.StatusAccepted, Serve: n.Kept(n.replayEvents),
		},
	}
}

// deliveryOut is an event at an endpoint.
type deliveryOut struct {
	EventID       string             `json:"event_id"`
	Sequence      int64              `json:"sequence"`
	Type          string             `json:"type"`
	TransactionID *string            `json:"transaction_id"`
	Status        string             `json:"status"`          // delivered, pending, waiting (behind another one of its deal), dead
	NextAttemptAt *time.Time         `json:"next_attempt_at"` // null: none is planned
	Attempts      []outbound.Attempt `json:"attempts"`        // oldest first
}

// eventReplay is the body of POST …/replay: a range by number, both included, or by time.
type eventReplay struct {
	From       *int64     `json:"from_sequence"` // default the first
	To         *int64     `json:"to_sequence"`   // default the last one
	Since      *time.Time `json:"since"`
	Until      *time.Time `json:"until"`
	FailedOnly bool       `json:"failed_only"` // only what is dead
	Reason     string     `json:"reason"`      // needed from a person
}

func (in *eventReplay) check() error {
	negative := func(n *int64) bool { return n != nil && *n < 0 }
	if negative(in.From) || negative(in.To) || !in.FailedOnly && in.From == nil && in.To == nil && in.Since == nil && in.Until == nil {
		return web.Invalid("invalid_replay", "from_sequence", "say what to replay: from_sequence and to_sequence, since and until, or failed_only")
	}
	return nil
}

type resentEvents struct {
	Events int64 `json:"events"` // how many there are at most
}

func (n face) showDelivery(d outbound.Delivery) deliveryOut {
	out := deliveryOut{
		EventID: n.IDs.SealIn(publicid.Event, d.CommunityID, d.Sequence), Sequence: d.Sequence, Type: string(d.Type), Status: string(d.Status),
		NextAttemptAt: web.OptionalTime(d.Next), Attempts: append([]outbound.Attempt{}, d.Attempts...),
	}
	if d.TransactionID != 0 {
		out.TransactionID = web.OptionalText(n.IDs.Seal(publicid.Transaction, d.TransactionID))
	}
	return out
}

func (n face) deliveries(c *gin.Context, who deal.Caller) error {
	id, err := n.endpointByStaff(c, who)
	if err != nil {
		return err
	}
	query, err := web.Parameters(c, "limit", "cursor", "status", "event")
	if err != nil {
		return err
	}
	f := outbound.DeliveryFilter{CommunityID: who.Community(), EndpointID: id, Status: outbound.DeliveryStatus(query["status"])}
	if text, ok := query["status"]; ok && !f.Status.Known() {
		return web.Invalid("validation_error", "status", "unknown status %.64q; use delivered, pending, waiting or dead", text)
	}
	if f.Limit, f.Before, err = n.place(query); err != nil {
		return err
	}
	if event, ok := query["event"]; ok {
		if f.Sequence, err = n.eventNumber(who, event); err != nil {
			return err
		}
	}
	found, err := n.Webhooks.ListDeliveries(c.Request.Context(), f)
	if err != nil {
		return err
	}
	p := page[deliveryOut]{Items: make([]deliveryOut, len(found))}
	for i, d := range found {
		p.Items[i] = n.showDelivery(d)
	}
	if paging.GoesOn(found, f.Limit) {
		p.NextCursor = n.cursor(found[len(found)-1].Sequence)
	}
	return web.Send(c, http.StatusOK, p)
}

func (n face) eventNumber(who deal.Caller, event string) (int64, error) {
	number, err := n.IDs.OpenIn(publicid.Event, who.Community(), event)
	if err != nil {
		return 0, fault.New(fault.NotFound, "delivery_not_found", "no such event; its id begins with evt_")
	}
	return number, nil
}

func (n face) resend(c *gin.Context, who deal.Caller) error {
	var in endpointReason
	id, by, err := n.endpointBody(c, who, &in, &in.Reason)
	if err != nil {
		return err
	}
	number, err := n.eventNumber(who, c.Param("event"))
	if err != nil {
		return err
	}
	if err := n.Webhooks.Resend(c.Request.Context(), who.Community(), id, number, by); err != nil {
		return err
	}
	return web.Send(c, http.StatusAccepted, resentEvents{1})
}

func (n face) replayEvents(c *gin.Context, who deal.Caller) error {
	var in eventReplay
	id, by, err := n.endpointBody(c, who, &in, &in.Reason, in.check)
	if err != nil {
		return err
	}
	var r outbound.Range
	replace(&r.From, in.From)
	replace(&r.To, in.To)
	replace(&r.Since, in.Since)
	replace(&r.Through, in.Until)
	events, err := n.Webhooks.Replay(c.Request.Context(), who.Community(), id, r, in.FailedOnly, by)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusAccepted, resentEvents{events})
}
