package stripe

import (
	"net/http"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// controls serve the methods of World, besides those that all emulators have. Refusals are {"code", "error"}.
func controls() []stage.Control[*state] {
	rows := append(stage.Keeping(effects),
		stage.Row("POST /reset", "the world as it was at the start", stage.Ask(func(w *stage.World[*state]) stage.Value { w.Reset(); return ok() })),
		stage.Row("POST /webhooks/{id}/resend", "sends an event once more, past all faults; the id is the event's", func(w *stage.World[*state], r *http.Request, _ []byte) (stage.Value, error) {
			return ok(), (&World{w}).Resend(r.PathValue("id"))
		}),
		stage.Row("POST /disputes/{id}/close", "`{\"outcome\"}`: the bank decides a dispute: `won` or `lost`", on(func(e *World, id string, in struct {
			Outcome string `json:"outcome"`
		}) (stage.Value, error) {
			if in.Outcome != "won" && in.Outcome != "lost" {
				return nil, invalid("invalid_outcome", "outcome", "The outcome is neither won nor lost.")
			}
			err := e.CloseDispute(id, in.Outcome == "won")
			return e.found(id), err
		})),
		stage.Row("POST /accounts/{id}", "`{\"enabled\"}`: lets a connected account be paid or not; `{\"rejected\": true}` ends it for good; `{\"due\": [\"individual.verification.document\"], \"seconds\": 86400}` asks for more, and nothing is paid when that time is over", on(func(e *World, id string, in struct {
			Enabled  bool     `json:"enabled"`
			Rejected bool     `json:"rejected"`
			Due      []string `json:"due"`
			Seconds  int64    `json:"seconds"`
		}) (stage.Value, error) {
			if len(in.Due) > 0 {
				err := e.AskAccount(id, time.Duration(in.Seconds)*time.Second, in.Due...)
				return e.found(id), err
			}
			if in.Rejected {
				err := e.RejectAccount(id)
				return e.found(id), err
			}
			err := e.EnableAccount(id, in.Enabled)
			return e.found(id), err
		})))
	rows = append(rows, stage.Row("POST /payouts/{id}", "`{\"failure_code\"}`: the bank answers at once: without a code a payout arrives, with one such as `account_closed` it fails or, if it had arrived, comes back", on(func(e *World, id string, in struct {
		Failure string `json:"failure_code"`
	}) (stage.Value, error) {
		err := e.EndPayout(id, in.Failure)
		return e.found(id), err
	})))
	for _, payments := range []string{"/payments", "/payment_intents"} {
		rows = append(rows, stage.Row("POST "+payments+"/{id}/pay", "`{\"card\"}`: the buyer pays: `success`, `authentication_required`, `processing`, a decline code, a test payment method such as `pm_card_visa`, or the answer to the bank: `approve`, `reject`", on(func(e *World, id string, in stage.CardInput) (stage.Value, error) {
			after, refused := e.buy(id, in.Card)
			return after, asError(refused)
		})), stage.Row("POST "+payments+"/{id}/dispute", "`{\"reason\"}`: the buyer disputes; no reason means `fraudulent`", on(func(e *World, id string, in struct {
			Reason string `json:"reason"`
		}) (stage.Value, error) {
			dispute, err := e.Dispute(id, in.Reason)
			return e.found(dispute), err
		})))
	}
	return rows
}

func ok() object { return object{"status": "ok"} }

// found is the object with an id as it is now.
func (e *World) found(id string) object {
	var o object
	e.locked(func(s *state) { o = s.find(id) })
	return o
}

// on makes a control call about the object in the path.
func on[In any](f func(*World, string, In) (stage.Value, error)) stage.ControlFunc[*state] {
	return stage.WithBody(func(w *stage.World[*state], r *http.Request, in In) (stage.Value, error) {
		return f(&World{w}, r.PathValue("id"), in)
	})
}
