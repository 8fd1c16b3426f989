package braintree

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// controls serve the methods of World, besides those that all emulators have. Refusals are {"code", "error"}.
func controls() []stage.Control[*state] {
	return append(stage.Keeping(effects),
		stage.Row("POST /cards", "`{\"card\"}`: a nonce for one payment: `success`, `mastercard`, `amex`, `paypal`, `declined`, `fraud`, `three_d_secure`, `three_d_secure_failed`, a processor's code such as `2001`, or a documented test nonce",
			stage.WithBody(func(w *stage.World[*state], _ *http.Request, in stage.CardInput) (stage.Value, error) {
				id, err := (&World{w}).Card(in.Card)
				return stage.Members{"nonce": id}, err
			})),
		stage.Row("POST /payments/{id}/settle", "`{\"state\"}`: ends a settlement at once: `settled` or `settlement_declined`; a refund too, which then has failed",
			stage.WithBody(func(w *stage.World[*state], r *http.Request, in struct {
				State string `json:"state"`
			}) (stage.Value, error) {
				return stage.Members{"id": r.PathValue("id"), "state": in.State}, (&World{w}).Settle(r.PathValue("id"), in.State)
			})),
		stage.Row("POST /payments/{id}/dispute", "`{\"amount\", \"reason\"}`: the payer asks their bank for the money; amount in minor units, 0 is all",
			stage.WithBody(func(w *stage.World[*state], r *http.Request, in struct {
				Amount int64  `json:"amount"`
				Reason string `json:"reason"`
			}) (stage.Value, error) {
				id, err := (&World{w}).Dispute(r.PathValue("id"), in.Amount, in.Reason)
				return stage.Members{"id": id}, err
			})),
		stage.Row("POST /disputes/{id}/close", "`{\"outcome\"}`: the bank decides: `won`, `lost` or `accepted`",
			stage.WithBody(func(w *stage.World[*state], r *http.Request, in struct {
				Outcome string `json:"outcome"`
			}) (stage.Value, error) {
				return stage.Members{"id": r.PathValue("id"), "outcome": in.Outcome}, (&World{w}).CloseDispute(r.PathValue("id"), in.Outcome)
			})),
		stage.Row("POST /sub_merchants/{id}/decide", "`{\"status\", \"code\"}`: ends the check of a sub-merchant: `active`, or `suspended` with the code of an error such as `82623`; later, too",
			stage.WithBody(func(w *stage.World[*state], r *http.Request, in struct {
				Status string `json:"status"`
				Code   string `json:"code"`
			}) (stage.Value, error) {
				return stage.Members{"id": r.PathValue("id"), "status": in.Status}, (&World{w}).DecideSubMerchant(r.PathValue("id"), in.Status, in.Code)
			})),
		stage.Row("POST /webhooks/check", "sends the test webhook of the control panel", stage.Ask(func(w *stage.World[*state]) stage.Value {
			(&World{w}).Check()
			return stage.Members{"status": "ok"}
		})),
		stage.Row("POST /webhooks/challenge", "`{\"url\"}`: asks an address whether it is the merchant's, as the control panel does before it sends webhooks there",
			stage.WithBody(func(w *stage.World[*state], r *http.Request, in struct {
				URL string `json:"url"`
			}) (stage.Value, error) {
				return stage.Members{"status": "ok"}, (&World{w}).Challenge(r.Context(), in.URL)
			})))
}

// Card makes a nonce that is used up by one payment: see the control of the same name.
func (e *World) Card(card string) (id string, err error) {
	e.locked(func(s *state) {
		n, refused := s.newNonce(card)
		if err = refused; err == nil {
			id = n.ID
		}
	})
	return id, err
}

// Check sends the test webhook, which is about nothing.
func (e *World) Check() {
	e.locked(func(s *state) { s.notify(s.cfg.Merchants[0].ID, "check", "", flag("check", true)) })
}

// Challenge asks an address whether it is the merchant's: it has to sign a text that nobody knows before.
func (e *World) Challenge(ctx context.Context, address string) error {
	refused := func(message string) error {
		return &refusal{status: http.StatusUnprocessableEntity, code: "challenge_failed", message: message}
	}
	var text string
	var c Config
	e.locked(func(s *state) { text, c = fmt.Sprintf("%x", s.Random()[:12]), s.cfg })
	u, err := url.Parse(address)
	if err != nil || !stage.IsWeb(address) {
		return refused("The address is no URL.")
	}
	q := u.Query()
	q.Set("bt_challenge", text)
	u.RawQuery = q.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return refused("The address is no URL.")
	}
	answer, err := c.HTTPClient.Do(r)
	if err != nil {
		return refused("The address does not answer.")
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<10))
	m := c.Merchants[0]
	if err != nil || answer.StatusCode != http.StatusOK || string(body) != m.Public+"|"+sign(m.Private, []byte(text)) {
		return refused("The answer is not signed with the keys of the merchant.")
	}
	return nil
}

// Settle ends the settlement of a sale or refund at once: settled or settlement_declined.
func (e *World) Settle(id, end string) error {
	err := missing("id")
	e.locked(func(s *state) {
		t, ok := s.Transactions.Get(id)
		switch as := strings.ToUpper(end); {
		case !ok:
		case as != isSettled && as != isSettlementDeclined:
			err = illegal("The state must be settled or settlement_declined.")
		default:
			err = s.simulate(t, as)
		}
	})
	return err
}

// Dispute has the payer ask their bank for an amount, 0 for all of it; reason is one of Braintree's, FRAUD by default.
func (e *World) Dispute(id string, amount int64, reason string) (dispute string, err error) {
	err = missing("id")
	e.locked(func(s *state) {
		if t, ok := s.Transactions.Get(id); ok {
			d, refused := s.object(t, amount, reason)
			if err = refused; err == nil {
				dispute = d.ID
			}
		}
	})
	return dispute, err
}

// CloseDispute has the bank decide: won, lost or accepted.
func (e *World) CloseDispute(id, outcome string) error {
	err := missing("id")
	e.locked(func(s *state) {
		if d, ok := s.Disputes.Get(id); ok {
			err = s.close(d, outcome)
		}
	})
	return err
}

// DecideSubMerchant ends the check of a sub-merchant, or changes what came of it: active, or suspended with the code of an error,
// 82626 by default.
func (e *World) DecideSubMerchant(id, status, code string) error {
	err := missing("id")
	e.locked(func(s *state) {
		m, ok := s.SubMerchants.Get(id)
		why, known := declines[stage.Or(code == "", "82626", code)]
		switch {
		case !ok:
			return
		case status == subActive && code == "":
			s.approve(m)
		case status == subSuspended && known:
			s.decline(m, stage.Or(code == "", "82626", code), why)
		default:
			err = illegal("The status must be active, or suspended with a code that declines.")
			return
		}
		err = nil
	})
	return err
}

// SubMerchant has a sub-merchant of an id, below an account of the first merchant, who is approved; one that there is stays as it is.
func (e *World) SubMerchant(id, account string) {
	e.locked(func(s *state) {
		m := s.cfg.Merchants[0]
		a, ok := m.account(account)
		if _, there := s.SubMerchants.Get(id); there || !ok {
			return
		}
		s.SubMerchants.Add(&subMerchant{ID: id, Merchant: m.ID, Master: a.ID, Currency: a.Currency, Status: subActive, Created: s.Now().UTC(), Says: map[string]string{
			"individual/first_name": approveMe, "funding/destination": "email", "funding/email": id + "@example.com",
		}})
	})
}
