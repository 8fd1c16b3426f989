package sandbox

import (
	"net/http"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// controls serve the methods of World, besides those that all emulators have. Refusals use the same envelope as the API.
func controls() []stage.Control[*state] {
	return []stage.Control[*state]{
		stage.Row("GET /config", "how the world is set: profile, charges, currencies, calculator versions, timelines", ask(func(s *World) stage.Value { return s.Settings() })),
		stage.Row("PUT /config", "`{\"min_price\": 50}`: changes the settings that are named, for what comes", withBody(putConfig)),
		stage.Row("POST /users", "`{\"id\", \"email\", \"country_code\"}`: adds a full user", withBody(func(s *World, u User) (stage.Value, error) { return u, s.AddUser(u) })),
		stage.Row("POST /users/change", "`{\"id\", \"no_consent\", \"unfinished\", \"company\", \"unidentifiable\", \"payout\"}`: how a full user stands: no consent (401), an account that is not finished (409), a company, papers that cannot be read, and a payout that is `due`, `verifying`, `complete` or `failed`; what is left out is not so", withBody(func(s *World, u User) (stage.Value, error) { return u, s.ChangeUser(u) })),
		stage.Row("GET /effects", "what has really happened, in order: a call that was made twice is here twice", ask(func(s *World) stage.Value { return stage.ListOf(s.Effects()) })),

		stage.Row("GET /transactions", "all online deals", ask(func(s *World) stage.Value { return stage.ListOf(s.Transactions()) })),
		stage.Row("POST /transactions/{id}/pay", "`{\"card\"}`: the buyer pays: `success`, `processing` (slowly), `review` (paid and looked at), or a decline: `card_declined`, `expired_card`, `incorrect_cvc`, `insufficient_funds`", withID(func(s *World, id int64, in stage.CardInput) (stage.Value, error) {
			return s.Pay(id, in.Card)
		})),
		stage.Row("POST /transactions/{id}/deliver", "the carrier reports delivery", withID(func(s *World, id int64, _ noBody) (stage.Value, error) { return s.Deliver(id) })),
		stage.Row("POST /transactions/{id}/finish_review", "`{\"approved\"}`: a review ends", withID(func(s *World, id int64, in reviewInput) (stage.Value, error) {
			return s.FinishReview(id, in.Approved)
		})),
		stage.Row("POST /transactions/{id}/resolve_complaint", "`{\"outcome\"}`: Trustap decides a complaint: `refund` or `release`", withID(func(s *World, id int64, in outcomeInput) (stage.Value, error) {
			return s.ResolveComplaint(id, in.Outcome)
		})),
		stage.Row("GET /transactions/{id}/claim_secrets", "the secrets in the links that guests are mailed", withID(claimSecrets("basic"))),

		stage.Row("GET /p2p/transactions", "all face-to-face deals", ask(func(s *World) stage.Value { return stage.ListOf(s.F2FTransactions()) })),
		stage.Row("POST /p2p/transactions/{id}/pay_deposit", "`{\"card\"}`: the buyer pays the deposit, with the same cards", withID(func(s *World, id int64, in stage.CardInput) (stage.Value, error) {
			return s.PayDeposit(id, in.Card)
		})),
		stage.Row("POST /p2p/transactions/{id}/pay_remainder", "`{\"card\"}`: the buyer pays the remainder, with the same cards", withID(func(s *World, id int64, in stage.CardInput) (stage.Value, error) {
			return s.PayRemainder(id, in.Card)
		})),
		stage.Row("POST /p2p/transactions/{id}/finish_review", "`{\"approved\"}`: a review ends", withID(func(s *World, id int64, in reviewInput) (stage.Value, error) {
			return s.FinishF2FReview(id, in.Approved)
		})),
		stage.Row("POST /p2p/transactions/{id}/resolve_complaint", "`{\"outcome\"}`: Trustap decides a complaint: `refund` or `release`", withID(func(s *World, id int64, in outcomeInput) (stage.Value, error) {
			return s.ResolveF2FComplaint(id, in.Outcome)
		})),
		stage.Row("GET /p2p/transactions/{id}/claim_secrets", "the secrets in the links that guests are mailed", withID(claimSecrets("p2p"))),
	}
}

type outcomeInput struct {
	Outcome string `json:"outcome"`
}

type reviewInput struct {
	Approved bool `json:"approved"`
}

func claimSecrets(model string) func(*World, int64, noBody) (stage.Value, error) {
	return func(s *World, id int64, _ noBody) (stage.Value, error) {
		ofSeller, err := s.ClaimSecret(model, id, seller)
		if err != nil {
			return nil, err
		}
		ofBuyer, err := s.ClaimSecret(model, id, buyer)
		return map[string]string{seller: ofSeller, buyer: ofBuyer}, err
	}
}

// ask makes a control that reads no body and cannot fail.
func ask(f func(*World) stage.Value) stage.ControlFunc[*state] {
	return stage.Ask(func(w *stage.World[*state]) stage.Value { return f(&World{w}) })
}

func withBody[In any](f func(*World, In) (stage.Value, error)) stage.ControlFunc[*state] {
	return stage.WithBody(func(w *stage.World[*state], _ *http.Request, in In) (stage.Value, error) { return f(&World{w}, in) })
}

func withID[In any](f func(*World, int64, In) (stage.Value, error)) stage.ControlFunc[*state] {
	return stage.WithBody(func(w *stage.World[*state], r *http.Request, in In) (stage.Value, error) {
		id, refused := pathID(r)
		if refused != nil {
			return nil, refused
		}
		return f(&World{w}, id, in)
	})
}
