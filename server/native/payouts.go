package native

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/paging"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// payouts are what sellers were paid, and what they are to be paid.
type payouts interface {
	Payouts(ctx context.Context, f orchestrator.PayoutFilter) ([]orchestrator.Transaction, error)
	Statement(ctx context.Context, f orchestrator.SellerFilter) ([]orchestrator.SellerEntry, error)
}

func (n face) payoutRoutes() []web.Route {
	return []web.Route{
		{
			Method: http.MethodGet, Path: "/v1/payouts", Access: web.Operating,
			Summary: "List payouts, newest first", Query: []string{"limit", "cursor", "status"}, Answer: web.JSON[page[payoutOut]](),
			Serve: n.Backend(n.payouts),
		},
		{
			Method: http.MethodGet, Path: "/v1/payouts/{id}", Access: web.Operating,
			Summary: "Read a payout", Answer: web.JSON[payoutOut](),
			Serve: n.Backend(n.payout),
		},
		{
			Method: http.MethodPost, Path: "/v1/payouts/{id}/settle", Access: web.Operating, Keying: web.KeyRequired,
			Summary: "Say that the marketplace has paid a payout that was due", Dry: true, Body: web.JSON[settlingPayout](), Answer: web.JSON[payoutOut](),
			Serve: n.Backend(n.settlePayout),
		},
		{
			Method: http.MethodGet, Path: "/v1/sellers/{user_id}/payouts", Access: web.Reading,
			Summary: "List a seller's payouts, newest first", Query: []string{"limit", "cursor", "status"}, Answer: web.JSON[page[payoutOut]](),
			Serve: n.Backend(n.payoutsOf),
		},
		{
			Method: http.MethodGet, Path: "/v1/sellers/{user_id}/statement", Access: web.Reading, Large: true,
			Summary: "Read what deals brought a seller, as JSON or as CSV", Query: []string{"from!", "to!", "format"}, Answer: web.JSON[statementOut](),
			Serve: n.Backend(n.statement),
		},
	}
}

// payoutOut is what the payee of a deal got, or is to get.
type payoutOut struct {
	ID            string        `json:"id"`
	TransactionID string        `json:"transaction_id"`
	Number        int64         `json:"number"` // of the transaction
	SellerID      string        `json:"seller_id"`
	Gateway       string        `json:"gateway"`
	Amount        deal.MoneyOut `json:"amount"`
	Status        string        `json:"status"`  // due, paid_out
	PaidBy        string        `json:"paid_by"` // gateway, or marketplace: it pays nobody
	DueAt         *time.Time    `json:"due_at"`
	PaidAt        *time.Time    `json:"paid_at"`
	Reference     *string       `json:"reference,omitempty"` // of the marketplace's payment; lists leave it out
}

func (n face) showPayout(tx orchestrator.Transaction) payoutOut {
	p := tx.Payout()
	by := "gateway"
	if p.Beside {
		by = "marketplace"
	}
	return payoutOut{
		ID: n.IDs.Seal(publicid.Payout, tx.ID), TransactionID: n.IDs.Seal(publicid.Transaction, tx.ID), Number: tx.ID, SellerID: tx.Seller, Gateway: tx.Gateway,
		Amount: deal.ShowMoney(p.Amount), Status: string(p.Status), PaidBy: by, DueAt: web.OptionalTime(p.Since), PaidAt: web.OptionalTime(p.PaidAt),
	}
}

// settlingPayout is the body of POST /v1/payouts/{id}/settle: the text by which the payment is
// found at the marketplace's bank. A person must say why, too.
type settlingPayout struct {
	Reference string `json:"reference" required:"true"`
	Amount    *int64 `json:"amount"` // what was paid, in minor units; another sum than is due is refused
	Reason    string `json:"reason"`
}

func (n face) payouts(c *gin.Context, who deal.Caller) error {
	if _, err := operator(who); err != nil {
		return err
	}
	return n.sendPayouts(c, who, "")
}

func (n face) payoutsOf(c *gin.Context, who deal.Caller) error {
	user, err := ofSeller(c, who)
	if err != nil {
		return err
	}
	return n.sendPayouts(c, who, user)
}

// sendPayouts answers with a page of payouts, of all sellers where none is named.
func (n face) sendPayouts(c *gin.Context, who deal.Caller, seller string) error {
	query, err := web.Parameters(c, "limit", "cursor", "status")
	if err != nil {
		return err
	}
	f := orchestrator.PayoutFilter{CommunityID: who.Community(), Seller: seller, Status: orchestrator.PayoutStatus(query["status"])}
	if s := f.Status; s != "" && s != orchestrator.PayoutDue && s != orchestrator.PayoutPaid {
		return web.Invalid("invalid_status", "status", "status must be %s or %s", orchestrator.PayoutDue, orchestrator.PayoutPaid)
	}
	if f.Limit, f.Before, err = n.place(query); err != nil {
		return err
	}
	found, err := n.engine.Payouts(c.Request.Context(), f)
	if err != nil {
		return err
	}
	p := page[payoutOut]{Items: make([]payoutOut, len(found))}
	for i, tx := range found {
		p.Items[i] = n.showPayout(tx)
	}
	if paging.GoesOn(found, f.Limit) {
		p.NextCursor = n.cursor(found[len(found)-1].ID)
	}
	return web.Send(c, http.StatusOK, p)
}

// ofPayout finds the deal of the payout in the path.
func (n face) ofPayout(c *gin.Context, who deal.Caller) (orchestrator.Transaction, error) {
	return n.findPayout(c.Request.Context(), who, c.Param("id"))
}

func (n face) findPayout(ctx context.Context, who deal.Caller, text string) (orchestrator.Transaction, error) {
	id, ok := n.either(publicid.Payout, text)
	if !ok {
		return orchestrator.Transaction{}, noPayout()
	}
	found, err := n.engine.Payouts(ctx, orchestrator.PayoutFilter{CommunityID: who.Community(), ID: id, Limit: 1})
	if err == nil && len(found) == 0 {
		err = noPayout()
	}
	if err != nil {
		return orchestrator.Transaction{}, err
	}
	return found[0], nil
}

func noPayout() error {
	return fault.New(fault.NotFound, "unknown_payout", "there is no such payout; GET /v1/payouts lists them. If its money went back to the payer after you had paid it, take the transition book_payout of the deal")
}

func (n face) payout(c *gin.Context, who deal.Caller) error {
	if _, err := operator(who); err != nil {
		return err
	}
	tx, err := n.ofPayout(c, who)
	if err != nil {
		return err
	}
	out := n.showPayout(tx)
	if out.Reference, err = n.referenceOf(c.Request.Context(), tx, who.Actor); err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, out)
}

// referenceOf is the text with which a payout was settled; nil: it was not.
func (n face) referenceOf(ctx context.Context, tx orchestrator.Transaction, a process.Actor) (*string, error) {
	said, err := n.engine.Sayings(ctx, tx, a)
	if err != nil {
		return nil, err
	}
	var last *string
	for _, s := range said {
		if reference := s.Said[process.PayoutReference]; s.Transition == process.SettlePayoutTransition || s.Transition == process.BookPayoutTransition {
			last = &reference
		}
	}
	return last, nil
}

// settling is what the engine is asked for to settle the payout of a deal.
func settling(c *gin.Context, who deal.Caller, staff process.Actor, tx orchestrator.Transaction, body settlingPayout) orchestrator.DoInput {
	in := orchestrator.DoInput{
		CommunityID: who.Community(), TransactionID: tx.ID, Transition: process.SettlePayoutTransition, Actor: staff, RequestID: web.RequestID(c),
		Input: map[string]string{process.PayoutReference: body.Reference},
	}
	if body.Amount != nil {
		in.Input[process.PayoutAmount] = strconv.FormatInt(*body.Amount, 10)
	}
	if body.Reason != "" {
		in.Input[process.ReasonInput.Name] = body.Reason
	}
	return in
}

func (n face) settlePayout(c *gin.Context, who deal.Caller) error {
	staff, err := operator(who)
	if err != nil {
		return err
	}
	var body settlingPayout
	raw, err := n.ReadJSON(c, web.InFreeText, &body)
	if err != nil {
		return err
	}
	if _, err := n.by(c, staff, body.Reason); err != nil {
		return err
	}
	tx, err := n.ofPayout(c, who)
	if err != nil {
		return err
	}
	in := settling(c, who, staff, tx, body)
	if who.DryRun {
		return n.foreseen(c, in)
	}
	cmd := n.command(who, http.StatusOK, raw)
	cmd.View = func(tx orchestrator.Transaction) any {
		out := n.showPayout(tx)
		out.Reference = &body.Reference
		return out
	}
	cmd.Run = func(k *orchestrator.Key) (orchestrator.Result, error) {
		in.Key = k
		return n.engine.Do(c.Request.Context(), in)
	}
	return n.Once(c, cmd)
}
