package paytrail

import (
	"net/http"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// controls serve the methods of World, besides those that all emulators have. Refusals are {"code", "error"}.
func controls() []stage.Control[*state] {
	return append(stage.Keeping(effects),
		stage.Row("POST /payments/{id}/pay", "`{\"card\"}`: the buyer pays: `success`, `cancel`, `declined`, `pending`, `delayed`, `refund_pending`, `refund_fails` or `refund_refused`; where a saved card asks for 3-D Secure, `success` or `declined`",
			stage.WithBody(func(w *stage.World[*state], r *http.Request, in stage.CardInput) (stage.Value, error) {
				after, _, err := (&World{w}).buy(r.PathValue("id"), in.Card)
				return after, err
			})),
		stage.Row("POST /cards", "`{\"card\"}`: a buyer saves a card: "+cardNames()+"; answers its `tokenization_id`",
			stage.WithBody(func(w *stage.World[*state], _ *http.Request, in stage.CardInput) (stage.Value, error) {
				id, err := (&World{w}).SaveCard(in.Card)
				return stage.Members{"tokenization_id": id}, err
			})),
		stage.Row("POST /refunds/{id}/end", "`{\"status\"}`: ends a refund that is pending: `ok` or `fail`",
			stage.WithBody(func(w *stage.World[*state], r *http.Request, in struct {
				Status string `json:"status"`
			}) (stage.Value, error) {
				return (&World{w}).endRefund(r.PathValue("id"), in.Status)
			})))
}

// EndRefund ends a refund that is pending: with ok or fail.
func (e *World) EndRefund(transaction, status string) error {
	_, err := e.endRefund(transaction, status)
	return err
}

func (e *World) endRefund(id, status string) (v stage.Value, err error) {
	err = refuse(http.StatusNotFound, "Transaction %s does not exist", id)
	e.locked(func(s *state) {
		r, ok := s.Refunds.Get(id)
		switch {
		case !ok:
		case status != isOK && status != isFail:
			err = bad("status must be ok or fail")
		case r.Status != isPending:
			err = bad("The refund is %s already", r.Status)
		default:
			s.settle(r, status == isFail)
			v, err = r.view(), nil
		}
	})
	return v, err
}
