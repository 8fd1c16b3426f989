package paypal

import (
	"net/http"
	"slices"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// controls serve the methods of World, besides those that all emulators have. Refusals are {"code", "error"}.
func controls() []stage.Control[*state] {
	return append(stage.Keeping(effects),
		stage.Row("GET /balance", "what the merchant has in each currency that was used", stage.Ask(func(w *stage.World[*state]) (v stage.Value) {
			stage.Do(w, func(s *state) { v = s.balances() })
			return v
		})),
		stage.Row("POST /payments/{id}/pay", "`{\"card\"}`: the buyer of an order pays: `success`, `cancel`, a decline code such as `instrument_declined`, or a way that decides what follows: `review`, `capture_declined`, `late`, `late_refused`, `not_again`, `refund_pending`, `refund_fails`, and the reasons for which a capture waits: `echeck`, `intl`, `multicurrency`, `order`, `payment-review`, `unilateral`, `verify`",
			stage.WithBody(func(w *stage.World[*state], r *http.Request, in stage.CardInput) (stage.Value, error) {
				after, _, err := (&World{w}).buy(r.PathValue("id"), in.Card)
				return after, err
			})),
		stage.Row("POST /payments/{id}/dispute", "`{\"amount\", \"reason\"}`: the buyer of an order disputes what was captured; no amount means all of it", on(func(s *state, id string, in struct {
			Amount string `json:"amount"`
			Reason string `json:"reason"`
		}) (resource, error) {
			return s.object(id, in.Amount, in.Reason)
		})),
		stage.Row("POST /disputes/{id}/close", "`{\"outcome\"}`: a dispute is decided: `won` or `lost`", on(func(s *state, id string, in struct {
			Outcome string `json:"outcome"`
		}) (resource, error) {
			return ending(&s.Disputes, id, func(d *dispute) error { return s.decide(d, in.Outcome) })
		})),
		stage.Row("POST /authorizations/{id}/end", "`{\"status\"}`: ends the review of an authorization: `CREATED` or `DENIED`", on(func(s *state, id string, in ended) (resource, error) {
			return ending(&s.Auths, id, func(a *authorization) error {
				if a.Status != isPending || in.Status != isCreated && in.Status != isDenied {
					return conflict("NOT_PENDING")
				}
				s.review(a, in.Status)
				return nil
			})
		})),
		stage.Row("POST /captures/{id}/end", "`{\"status\"}`: ends a capture that is pending: `COMPLETED` or `DECLINED`", on(func(s *state, id string, in ended) (resource, error) {
			return ending(&s.Captures, id, func(c *capture) error { return s.endCapture(c, in.Status) })
		})),
		stage.Row("POST /refunds/{id}/end", "`{\"status\"}`: ends a refund that is pending: `COMPLETED` or `FAILED`", on(func(s *state, id string, in ended) (resource, error) {
			return ending(&s.Refunds, id, func(r *refund) error { return s.endRefund(r, in.Status) })
		})),
		stage.Row("POST /accounts/{id}", "`{\"status\"}`: what becomes of payouts to a receiver from now on: `SUCCESS`, `FAILED`, `PENDING`, `UNCLAIMED`, `ONHOLD` or `BLOCKED`; of those that wait, too. The id `*` is everybody of whom nothing else was said", stage.WithBody(func(w *stage.World[*state], r *http.Request, in ended) (stage.Value, error) {
			err := (&World{w}).Receive(r.PathValue("id"), in.Status)
			return stage.Members{"id": r.PathValue("id"), "status": in.Status}, err
		})),
		stage.Row("POST /sellers/{id}", "`{\"consented\", \"payments_receivable\", \"primary_email_confirmed\"}`: how the PayPal account with a merchant id stands with the partner from now on; one that nobody knows is made", stage.WithBody(func(w *stage.World[*state], r *http.Request, in Seller) (v stage.Value, err error) {
			stage.Do(w, func(s *state) { v = s.setSeller(r.PathValue("id"), in) })
			return v, nil
		})))
}

type ended struct {
	Status string `json:"status"`
}

// on makes a control call about the object in the path.
func on[In any](f func(*state, string, In) (resource, error)) stage.ControlFunc[*state] {
	return stage.WithBody(func(w *stage.World[*state], r *http.Request, in In) (v stage.Value, err error) {
		stage.Do(w, func(s *state) {
			var o resource
			if o, err = f(s, r.PathValue("id"), in); err == nil {
				v = o.view(s)
			}
		})
		return v, err
	})
}

// ending does something to an object of a shelf.
func ending[T shelved](h *stage.Shelf[T], id string, do func(T) error) (resource, error) {
	o, ok := h.Get(id)
	if !ok {
		return nil, &refusal{status: http.StatusNotFound, issue: "INVALID_RESOURCE_ID"}
	}
	return o, do(o)
}

// anybody stands for all receivers.
const anybody = "*"

// Receive decides what becomes of payouts to a receiver, an e-mail address or a merchant id: SUCCESS, FAILED, PENDING, UNCLAIMED,
// ONHOLD or BLOCKED. Those that wait get it, too.
func (e *World) Receive(receiver, status string) (err error) {
	if !slices.Contains([]string{isSuccess, isFailed, isPending, isUnclaimed, isOnHold, isBlocked}, status) {
		return invalid("status", "INVALID_PARAMETER_VALUE")
	}
	e.locked(func(s *state) {
		s.Accounts[receiver] = status
		s.endReleases(receiver, status)
		for _, p := range s.Payouts.All {
			for _, item := range p.Items {
				waits := slices.Contains([]string{isPending, isUnclaimed, isOnHold}, item.Status)
				if (item.Receiver == receiver || receiver == anybody) && waits && item.Status != status {
					s.endItem(p, item, status)
				}
			}
		}
	})
	return nil
}

// Dispute opens a case about the money of an order and answers its id; no amount, which is a decimal, means all of it.
func (e *World) Dispute(order, amount, reason string) (id string, err error) {
	e.locked(func(s *state) {
		var d *dispute
		if d, err = s.object(order, amount, reason); err == nil {
			id = d.ID
		}
	})
	return id, err
}

// CloseDispute decides a case: won or lost, as the merchant sees it.
func (e *World) CloseDispute(id, outcome string) (err error) {
	e.locked(func(s *state) {
		_, err = ending(&s.Disputes, id, func(d *dispute) error { return s.decide(d, outcome) })
	})
	return err
}

// EndCapture ends the captures of an order that are pending: with COMPLETED or DECLINED.
func (e *World) EndCapture(order, status string) (err error) {
	err = conflict("NOT_PENDING")
	e.locked(func(s *state) {
		for _, c := range s.Captures.All {
			if c.Order == order && c.Status == isPending {
				err = s.endCapture(c, status)
			}
		}
	})
	return err
}

// EndReview ends the review of the authorization of an order: with CREATED or DENIED.
func (e *World) EndReview(order, status string) (err error) {
	err = conflict("NOT_PENDING")
	e.locked(func(s *state) {
		for _, a := range s.Auths.All {
			if a.Order == order && a.Status == isPending && (status == isCreated || status == isDenied) {
				s.review(a, status)
				err = nil
			}
		}
	})
	return err
}

// ReceiveAll is Receive for every receiver that there is no other word about.
func (e *World) ReceiveAll(status string) error { return e.Receive(anybody, status) }
