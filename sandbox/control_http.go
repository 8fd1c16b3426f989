package sandbox

import (
	"net/http"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// controls serve the methods of World, besides those that all emulators have. Refusals use the same envelope as the API.
func controls() []stage.Control[*world] {
	return []stage.Control[*world]{
		stage.Row("POST /users", "adds a full user", withBody(func(s *World, u User) (any, error) { return u, s.AddUser(u) })),
		stage.Row("GET /effects", "what has really happened", ask(func(s *World) any { return stage.ListOf(s.Effects()) })),

		stage.Row("GET /transactions", "all online deals", ask(func(s *World) any { return stage.ListOf(s.Transactions()) })),
		stage.Row("POST /transactions/{id}/pay", "the buyer pays: {\"card\"}", withID(func(s *World, id int64, in stage.CardInput) (any, error) {
			return s.Pay(id, in.Card)
		})),
		stage.Row("POST /transactions/{id}/deliver", "the carrier delivers", withID(func(s *World, id int64, _ noBody) (any, error) { return s.Deliver(id) })),
		stage.Row("POST /transactions/{id}/finish_review", "a review ends: {\"approved\"}", withID(func(s *World, id int64, in reviewInput) (any, error) {
			return s.FinishReview(id, in.Approved)
		})),
		stage.Row("POST /transactions/{id}/resolve_complaint", "a complaint is decided: {\"outcome\"}", withID(func(s *World, id int64, in outcomeInput) (any, error) {
			return s.ResolveComplaint(id, in.Outcome)
		})),
		stage.Row("GET /transactions/{id}/claim_secrets", "the secrets that are mailed to guests", withID(claimSecrets("basic"))),

		stage.Row("GET /p2p/transactions", "all face-to-face deals", ask(func(s *World) any { return stage.ListOf(s.P2PTransactions()) })),
		stage.Row("POST /p2p/transactions/{id}/pay_deposit", "the buyer pays the deposit: {\"card\"}", withID(func(s *World, id int64, in stage.CardInput) (any, error) {
			return s.PayDeposit(id, in.Card)
		})),
		stage.Row("POST /p2p/transactions/{id}/pay_remainder", "the buyer pays the rest: {\"card\"}", withID(func(s *World, id int64, in stage.CardInput) (any, error) {
			return s.PayRemainder(id, in.Card)
		})),
		stage.Row("POST /p2p/transactions/{id}/finish_review", "a review ends: {\"approved\"}", withID(func(s *World, id int64, in reviewInput) (any, error) {
			return s.FinishP2PReview(id, in.Approved)
		})),
		stage.Row("POST /p2p/transactions/{id}/resolve_complaint", "a complaint is decided: {\"outcome\"}", withID(func(s *World, id int64, in outcomeInput) (any, error) {
			return s.ResolveP2PComplaint(id, in.Outcome)
		})),
		stage.Row("GET /p2p/transactions/{id}/claim_secrets", "the secrets that are mailed to guests", withID(claimSecrets("p2p"))),
	}
}

type outcomeInput struct {
	Outcome string `json:"outcome"`
}

type reviewInput struct {
	Approved bool `json:"approved"`
}

func claimSecrets(model string) func(*World, int64, noBody) (any, error) {
	return func(s *World, id int64, _ noBody) (any, error) {
		ofSeller, err := s.ClaimSecret(model, id, seller)
		if err != nil {
			return nil, err
		}
		ofBuyer, err := s.ClaimSecret(model, id, buyer)
		return map[string]string{seller: ofSeller, buyer: ofBuyer}, err
	}
}

// ask makes a control that reads no body and cannot fail.
func ask(f func(*World) any) stage.ControlFunc[*world] {
	return stage.Ask(func(w *stage.World[*world]) any { return f(&World{w}) })
}

func withBody[In any](f func(*World, In) (any, error)) stage.ControlFunc[*world] {
	return stage.WithBody(func(w *stage.World[*world], _ *http.Request, in In) (any, error) { return f(&World{w}, in) })
}

func withID[In any](f func(*World, int64, In) (any, error)) stage.ControlFunc[*world] {
	return stage.WithBody(func(w *stage.World[*world], r *http.Request, in In) (any, error) {
		id, refused := pathID(r)
		if refused != nil {
			return nil, refused
		}
		return f(&World{w}, id, in)
	})
}
