package native

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
	"github.com/handsel-dev/handsel/orchestrator/process/balance"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

func (n face) balanceRoutes() []web.Route {
	return []web.Route{
		{
			Method: http.MethodGet, Path: "/v1/balances/{user_id}", Access: web.Reading,
			Summary: "Read a user's balance", Query: []string{"currency!"}, Answer: web.JSON[userBalance](),
			Serve: n.Backend(n.balance),
		},
		{
			Method: http.MethodPost, Path: "/v1/balances/{user_id}/deposits", Access: web.Operating, Keying: web.KeyRequired,
			Name: "balances.deposit", Summary: "Book money that came in", Dry: true, Body: web.JSON[bookedIn](), Answer: web.JSON[booked](), Status: http.StatusCreated,
			Serve: n.Backend(n.bookMoney(balance.DepositName)),
		},
		{
			Method: http.MethodPost, Path: "/v1/balances/{user_id}/withdrawals", Access: web.Operating, Keying: web.KeyRequired,
			Name: "balances.withdraw", Summary: "Book money that went out", Dry: true, Body: web.JSON[bookedIn](), Answer: web.JSON[booked](), Status: http.StatusCreated,
			Serve: n.Backend(n.bookMoney(balance.WithdrawalName)),
		},
	}
}

// userBalance is what a user has on the marketplace's own books, in minor units.
type userBalance struct {
	UserID    string `json:"user_id"`
	Currency  string `json:"currency"`
	Available int64  `json:"available"`
	Frozen    int64  `json:"frozen"` // set aside for deals in progress
}

// balance shows a user's balance. A user may see only their own.
func (n face) balance(c *gin.Context, who deal.Caller) error {
	user := c.Param("user_id")
	if err := web.UserID("user_id", &user); err != nil {
		return err
	}
	if who.Actor.Kind == process.User && who.Actor.ID != user {
		return fault.New(fault.Forbidden, "not_yourself", "a user may see only their own balance")
	}
	query, err := web.Parameters(c, "currency")
	if err != nil {
		return err
	}
	code, given := query["currency"]
	if !given {
		return web.Missing("currency")
	}
	held, err := deal.Unit(n.Assets, "currency", code)
	if err != nil {
		return err
	}
	v := userBalance{UserID: user, Currency: code}
	for kind, into := range map[ledger.Kind]*int64{ledger.Available: &v.Available, ledger.Frozen: &v.Frozen} {
		account := ledger.Account{Kind: kind, Owner: user}
		if *into, err = n.books.Balance(c.Request.Context(), who.Community(), account, held); err != nil {
			return err
		}
	}
	return web.Send(c, http.StatusOK, v)
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
	if amount, err = (deal.MoneyIn{Amount: b.Amount, Currency: b.Currency}).Of(known, ""); err != nil || b.Reason == "" {
		return amount, nil, err
	}
	return amount, map[string]string{"reason": b.Reason}, web.Text("reason", b.Reason, web.MaxText)
}

// bookMoney is the handler of deposits or withdrawals. A key with the scope operator
// may book without naming staff.
func (n face) bookMoney(kind string) func(*gin.Context, deal.Caller) error {
	return func(c *gin.Context, who deal.Caller) error {
		staff, err := operator(who)
		if err != nil {
			return err
		}
		user := c.Param("user_id")
		if err := web.UserID("user_id", &user); err != nil {
			return err
		}
		var b bookedIn
		body, err := n.ReadJSON(c, web.InFreeText, &b)
		if err != nil {
			return err
		}
		amount, input, wrong := b.input(n.Assets)
		_, err = n.by(c, staff, b.Reason)
		if err := fault.All(wrong, err); err != nil {
			return err
		}
		cmd := n.opening(c, who, body, &orchestrator.CreateInput{
			CommunityID: who.Community(), Process: kind, Gateway: n.Engine.Kinds().OwnLedger(), Actor: staff,
			Starter: user, Author: user, Title: kind, UnitPrice: amount, Input: input,
		})
		cmd.View = func(tx orchestrator.Transaction) any {
			return booked{n.IDs.Seal(publicid.Transaction, tx.ID), tx.ID, kind, user, tx.Price.Minor(), string(tx.Price.Currency()), tx.CreatedAt.UTC()}
		}
		return n.Once(c, cmd)
	}
}

// operator is who acts where a key with the scope operator is enough.
func operator(who deal.Caller) (process.Actor, error) {
	switch who.Actor.Kind {
	case process.Staff:
		return who.Actor, nil
	case process.Backend:
		return process.Actor{Kind: process.Staff, ID: deal.KeyActor + who.Key.ID}, nil
	}
	return process.Actor{}, fault.New(fault.Forbidden, "not_operator", "only the marketplace's staff may do this")
}
