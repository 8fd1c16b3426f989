package server

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

func (n native) balanceRoutes() []Route {
	return []Route{
		{
			Method: http.MethodGet, Path: "/v1/balances/{user_id}", Access: Reading,
			Summary: "Read a user's balance", Query: []string{"currency!"}, Answer: is[userBalance](),
			Serve: n.Backend(n.balance),
		},
		{
			Method: http.MethodPost, Path: "/v1/balances/{user_id}/deposits", Access: Operating, Keying: KeyRequired,
			Summary: "Book money that came in", Dry: true, Body: is[bookedIn](), Answer: is[booked](), Status: http.StatusCreated,
			Serve: n.Backend(n.bookMoney("deposit")),
		},
		{
			Method: http.MethodPost, Path: "/v1/balances/{user_id}/withdrawals", Access: Operating, Keying: KeyRequired,
			Summary: "Book money that went out", Dry: true, Body: is[bookedIn](), Answer: is[booked](), Status: http.StatusCreated,
			Serve: n.Backend(n.bookMoney("withdrawal")),
		},
	}
}

// userBalance is what a user has on the marketplace's own books, in minor units.
type userBalance struct {
	UserID    string `json:"user_id"`
	Currency  string `json:"currency"`
	Available int64  `json:"available"`
	Frozen    int64  `json:"frozen"` // set aside for deals under way
}

// balance shows a user's balance. A user may see only their own.
func (n native) balance(c *gin.Context, who caller) error {
	user := c.Param("user_id")
	if err := userID("user_id", &user); err != nil {
		return err
	}
	if who.actor.Kind == process.User && who.actor.ID != user {
		return fault.New(fault.Forbidden, "not_yourself", "a user may see only their own balance")
	}
	query, err := parameters(c, "currency")
	if err != nil {
		return err
	}
	code, given := query["currency"]
	if !given {
		return missing("currency")
	}
	held, err := unit(n.Assets, "currency", code)
	if err != nil {
		return err
	}
	v := userBalance{UserID: user, Currency: code}
	for kind, into := range map[ledger.Kind]*int64{ledger.Available: &v.Available, ledger.Frozen: &v.Frozen} {
		account := ledger.Account{Kind: kind, Owner: user}
		if *into, err = n.books.Balance(c.Request.Context(), who.community(), account, held); err != nil {
			return err
		}
	}
	return send(c, http.StatusOK, v)
}

// booked is money that came into a user's balance from outside, or left it.
type booked struct {
	ID        string    `json:"id"`
	Number    int64     `json:"number"`
	Kind      string    `json:"kind"` // deposit, withdrawal
	UserID    string    `json:"user_id"`
	Amount    int64     `json:"amount"` // minor units
	Currency  string    `json:"currency"`
	CreatedAt time.Time `json:"created_at"`
}

// bookedIn is the body of a deposit or withdrawal.
type bookedIn struct {
	Amount   *int64  `json:"amount" required:"true"`
	Currency *string `json:"currency" required:"true"`
	Reason   string  `json:"reason"`
}

func (b bookedIn) input(known money.Assets) (amount money.Amount, input map[string]string, err error) {
	if amount, err = (moneyIn{b.Amount, b.Currency}).of(known, ""); err != nil || b.Reason == "" {
		return amount, nil, err
	}
	return amount, map[string]string{"reason": b.Reason}, text("reason", b.Reason, maxText)
}

// bookMoney is the handler of deposits or withdrawals. A key with the scope operator
// may book without naming staff.
func (n native) bookMoney(kind string) func(*gin.Context, caller) error {
	return func(c *gin.Context, who caller) error {
		staff, err := operator(who)
		if err != nil {
			return err
		}
		user := c.Param("user_id")
		if err := userID("user_id", &user); err != nil {
			return err
		}
		var b bookedIn
		body, err := n.readJSON(c, inFreeText, &b)
		if err != nil {
			return err
		}
		amount, input, err := b.input(n.Assets)
		if err != nil {
			return err
		}
		if _, err := n.by(c, staff, b.Reason); err != nil {
			return err
		}
		cmd := n.opening(c, who, body, &orchestrator.CreateInput{
			CommunityID: who.community(), Process: kind, Gateway: "balance", Actor: staff,
			Starter: user, Author: user, Title: kind, UnitPrice: amount, Input: input,
		})
		cmd.view = func(tx orchestrator.Transaction) any {
			return booked{n.IDs.Seal(publicid.Transaction, tx.ID), tx.ID, kind, user, tx.Price.Minor(), string(tx.Price.Currency()), tx.CreatedAt.UTC()}
		}
		return n.once(c, cmd)
	}
}

// operator is who acts where a key with the scope operator is enough.
func operator(who caller) (process.Actor, error) {
	switch who.actor.Kind {
	case process.Staff:
		return who.actor, nil
	case process.Backend:
		return process.Actor{Kind: process.Staff, ID: keyActor + who.key.ID}, nil
	}
	return process.Actor{}, fault.New(fault.Forbidden, "not_operator", "this is for the marketplace's staff, not for a user")
}
