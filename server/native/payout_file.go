package native

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// maxFile bounds the lines of a payout file: each is a commit.
const maxFile = 200

func (n face) payoutFileRoutes() []web.Route {
	return []web.Route{{
		Method: http.MethodPost, Path: "/v1/payouts/settlements", Access: web.Operating, Keying: web.KeyHonoured,
		Name: "payouts.settleMany", Summary: "Settle many payouts that the marketplace has paid, a line each", Body: web.JSON[payoutFile](), Answer: web.JSON[payoutFileOut](),
		Serve: n.Apart(n.settlePayouts),
	}}
}

// payoutFile is the body of POST /v1/payouts/settlements: up to 200 lines, each with the text
// by which the payment is found at the marketplace's bank. A person must say why, too.
type payoutFile struct {
	Payouts []paidPayout `json:"payouts" required:"true"`
	Reason  string       `json:"reason"`
}

type paidPayout struct {
	ID        string `json:"id" required:"true"`
	Reference string `json:"reference" required:"true"`
	Amount    *int64 `json:"amount" required:"true"` // what was paid, in minor units; another sum than is due is refused
}

// payoutFileOut says of each line what came of it, in the order of the file.
type payoutFileOut struct {
	Settled int            `json:"settled"` // lines whose payout is settled now, by this file or by an earlier one
	Lines   []payoutAnswer `json:"lines"`
}

type payoutAnswer struct {
	ID         string        `json:"id"`
	Status     settledStatus `json:"status"`
	ApprovalID *string       `json:"approval_id,omitempty"` // of a line that waits
	Code       *string       `json:"code,omitempty"`        // of a line that was refused
	Detail     *string       `json:"detail,omitempty"`
}

type settledStatus string

// What can come of a line.
const (
	lineSettled settledStatus = "settled"
	lineWaits   settledStatus = "waits" // for a second person
	lineRefused settledStatus = "refused"
)

func (f payoutFile) check() error {
	if len(f.Payouts) == 0 || len(f.Payouts) > maxFile {
		return web.Invalid("invalid_payout_file", "payouts", "payouts must have 1 to %d lines; send more in several calls", maxFile)
	}
	known := map[string]bool{}
	for i, line := range f.Payouts {
		if known[line.ID] {
			return web.Invalid("invalid_payout_file", fmt.Sprintf("payouts.%d", i), "payout %s stands in two lines; send each payout once", line.ID)
		}
		known[line.ID] = true
	}
	return nil
}

// settlePayouts settles line by line. Each line is a commit, so that one that is refused holds
// up no other. A repeat of the file answers lines that are settled already as it did before.
func (n face) settlePayouts(c *gin.Context, who deal.Caller) error {
	staff, err := operator(who)
	if err != nil {
		return err
	}
	var file payoutFile
	if _, err := n.ReadJSON(c, web.InFreeText, &file); err != nil {
		return err
	}
	_, err = n.by(c, staff, file.Reason)
	if err := fault.All(err, file.check()); err != nil {
		return err
	}
	out := payoutFileOut{Lines: make([]payoutAnswer, len(file.Payouts))}
	for i, line := range file.Payouts {
		body := settlingPayout{Reference: line.Reference, Amount: line.Amount, Reason: file.Reason}
		if out.Lines[i], err = n.settleLine(c, who, staff, line.ID, body); err != nil {
			return err
		}
		if out.Lines[i].Status == lineSettled {
			out.Settled++
		}
	}
	return web.Send(c, http.StatusOK, out)
}

// settleLine is an error only where the lines that follow would end alike.
func (n face) settleLine(c *gin.Context, who deal.Caller, staff process.Actor, id string, body settlingPayout) (payoutAnswer, error) {
	a := payoutAnswer{ID: id, Status: lineRefused}
	err := n.settleOnce(c, who, staff, id, body)
	var waits *orchestrator.AwaitsApproval
	switch e := fault.As(err); {
	case err == nil:
		a.Status = lineSettled
	case errors.As(err, &waits):
		approval := n.IDs.Seal(publicid.Approval, waits.Approval.ID)
		a.Status, a.ApprovalID = lineWaits, &approval
	case e.Code == fault.Internal || e.Code == fault.Unavailable || e.Code == fault.Unauthenticated || e.Code == fault.Forbidden:
		return a, err
	default:
		code := string(e.Reason)
		a.Code, a.Detail = &code, &e.Message
	}
	return a, nil
}

// settleOnce settles a payout. One that was settled with the same reference is no error.
func (n face) settleOnce(c *gin.Context, who deal.Caller, staff process.Actor, id string, body settlingPayout) error {
	ctx := c.Request.Context()
	tx, err := n.findPayout(ctx, who, id)
	if err != nil {
		return err
	}
	_, err = n.engine.Do(ctx, settling(c, who, staff, tx, body))
	if fault.ReasonOf(err) != process.ReasonNoPayoutDue {
		return err
	}
	reference, readErr := n.referenceOf(ctx, tx, who.Actor)
	if readErr != nil {
		return readErr
	}
	if reference != nil && *reference == body.Reference && tx.Payout().Amount.Minor() == *body.Amount {
		return nil
	}
	return err
}
