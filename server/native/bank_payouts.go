package native

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// bankPayouts are what gateways send from sellers' accounts to their banks.
type bankPayouts interface {
	BankPayouts(ctx context.Context, f orchestrator.BankPayoutFilter) ([]orchestrator.BankPayout, error)
}

func (n face) bankPayoutRoutes() []web.Route {
	return []web.Route{{
		Method: http.MethodGet, Path: "/v1/sellers/{user_id}/bank-payouts", Access: web.Reading,
		Summary: "List what gateways have sent to a seller's bank, newest first", Query: []string{"limit", "cursor"}, Answer: web.JSON[page[bankPayoutOut]](),
		Serve: n.Backend(n.bankPayoutsOf),
	}}
}

// bankPayoutOut is what a gateway sends from a seller's account there to their bank.
type bankPayoutOut struct {
	ID             string        `json:"id"`
	SellerID       string        `json:"seller_id"`
	Gateway        string        `json:"gateway"`
	AccountID      *string       `json:"account_id"` // of the seller at the gateway
	PayoutID       string        `json:"payout_id"`  // the gateway's
	Amount         deal.MoneyOut `json:"amount"`
	Status         string        `json:"status"`  // in_transit, paid, failed, canceled
	Failure        *string       `json:"failure"` // the gateway's code
	TransactionIDs []string      `json:"transaction_ids"`
	MadeAt         *time.Time    `json:"made_at"`
	ArrivesAt      *time.Time    `json:"arrives_at"` // when the gateway expects it at the bank
	EndedAt        *time.Time    `json:"ended_at"`
}

func (n face) showBankPayout(p orchestrator.BankPayout) bankPayoutOut {
	out := bankPayoutOut{
		ID: n.IDs.Seal(publicid.BankPayout, p.Number), SellerID: p.UserID, Gateway: p.Gateway, AccountID: web.OptionalText(p.AccountID), PayoutID: p.ID,
		Amount: deal.ShowMoney(p.Amount), Status: string(p.Status), Failure: web.OptionalText(p.Failure), TransactionIDs: []string{},
		MadeAt: web.OptionalTime(p.MadeAt), ArrivesAt: web.OptionalTime(p.ArrivesAt), EndedAt: web.OptionalTime(p.EndedAt),
	}
	for _, id := range p.Deals {
		out.TransactionIDs = append(out.TransactionIDs, n.IDs.Seal(publicid.Transaction, id))
	}
	return out
}

func (n face) bankPayoutsOf(c *gin.Context, who deal.Caller) error {
	user, err := ofSeller(c, who)
	if err != nil {
		return err
	}
	query, err := web.Parameters(c, "limit", "cursor")
	if err != nil {
		return err
	}
	f := orchestrator.BankPayoutFilter{CommunityID: who.Community(), UserID: user}
	if f.Limit, f.Before, err = n.place(query); err != nil {
		return err
	}
	found, err := n.engine.BankPayouts(c.Request.Context(), f)
	if err != nil {
		return err
	}
	p := page[bankPayoutOut]{Items: make([]bankPayoutOut, len(found))}
	for i, payout := range found {
		p.Items[i] = n.showBankPayout(payout)
	}
	if len(found) == f.Limit {
		p.NextCursor = n.cursor(found[len(found)-1].Number)
	}
	return web.Send(c, http.StatusOK, p)
}
