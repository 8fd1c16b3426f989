package paytrail

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

const (
	maxURL  = 300 // of an address that the buyer is led back to, in characters (official API)
	maxText = 50  // of a name (official API)
)

// open makes a payment that the buyer pays on Paytrail's page. Where its answer is lost it is
// opened once more: no money moves before somebody pays, and the address of the first page
// reached nobody, so that there is one page for the buyer. Each try has a stamp of its own,
// because Paytrail wants them unique.
func (g *Gateway) open(ctx context.Context, op orchestrator.Operation) orchestrator.Outcome {
	if err := g.Takes(op.Verb, op.Amount); err != nil {
		return refused(process.Declined, codeAmount, "%w", err)
	}
	in, out := g.payable(ctx, op, stampOf(op))
	if out != nil {
		return *out
	}
	var p opened
	if err := g.api.call(ctx, http.MethodPost, "/payments", "", in, &p); err != nil {
		return failed(err)
	}
	if !transactionShape.MatchString(p.TransactionID) || !isPage(p.Href) {
		return orchestrator.Outcome{Status: process.Unknown, Code: codeUnreadable, Err: errUnreadable}
	}
	return orchestrator.Outcome{Status: process.RequiresAction, Snapshot: g.snapshot(payment{
		TransactionID: p.TransactionID, Status: statusNew, Amount: in.Amount, Currency: in.Currency, Stamp: in.Stamp, Reference: in.Reference, Href: p.Href,
	})}
}

// payable describes the payment, or says why there can be none. Its items bear the stamp.
func (g *Gateway) payable(ctx context.Context, op orchestrator.Operation, stamp string) (newPayment, *orchestrator.Outcome) {
	refuse := func(out orchestrator.Outcome) (newPayment, *orchestrator.Outcome) { return newPayment{}, &out }
	tx := op.Transaction
	merchant, err := g.soldFor(ctx, tx)
	if err != nil {
		return refuse(orchestrator.Outcome{Status: process.NotSent, Code: codeUnreachable, Err: err})
	}
	if merchant == "" {
		return refuse(refused(process.Declined, codeNoAccount, "the payee of transaction %d has no merchant", tx.ID))
	}
	buyer, found, err := g.profile(ctx, tx.CommunityID, tx.Buyer)
	if err != nil {
		return refuse(orchestrator.Outcome{Status: process.NotSent, Code: codeUnreachable, Err: err})
	}
	if !found || buyer.Email == "" {
		return refuse(refused(process.Declined, codeNoProfile, "the payer of transaction %d has no e-mail address", tx.ID))
	}
	all, err := items(op, op.Amount.Minor(), stamp, merchant)
	if err != nil {
		return refuse(refused(process.Declined, codeAmount, "%w", err))
	}
	if fee := commissionOf(tx); fee > 0 {
		if g.Commission == "" {
			return refuse(refused(process.Declined, codeNoCommission, "no merchant is set that gets the marketplace's fees"))
		}
		take(all, g.Commission, fee)
	}
	return newPayment{
		Stamp: stamp, Reference: tx.Tag(), Amount: op.Amount.Minor(), Currency: string(op.Amount.Currency()), Language: g.Language,
		Items: all, Customer: customer{buyer.Email, cut(buyer.FirstName, maxText), cut(buyer.LastName, maxText)},
		Redirect: urls{g.back(op.Input["success_url"]), g.back(op.Input["cancel_url"])}, Callback: urls{g.Callback, g.Callback},
	}, nil
}

// commissionOf is what goes to another merchant of what the buyer pays: nothing where the marketplace has all of it.
func commissionOf(tx orchestrator.Transaction) int64 {
	if tx.MarketplacePays {
		return 0
	}
	return tx.BuyerFee + tx.SellerFee
}

// profile is who a user is.
func (g *Gateway) profile(ctx context.Context, community int64, user string) (orchestrator.Profile, bool, error) {
	p, found, err := g.Accounts.Profile(ctx, community, user)
	if !found && err == nil && g.Stranger != nil {
		p, found = g.Stranger(community, user)
	}
	return p, found, err
}

// back is where the buyer is led to: an address that is too long for Paytrail is none.
func (g *Gateway) back(wanted string) string {
	if wanted == "" || len(wanted) > maxURL {
		return g.Back
	}
	return wanted
}

// again stands between the reference of an operation and the number of a later try.
const again = "~"

// stampOf is a text of ours that Paytrail keeps with a payment.
func stampOf(op orchestrator.Operation) string {
	if op.Attempt > 1 {
		return op.Reference() + again + strconv.Itoa(op.Attempt)
	}
	return op.Reference()
}

// referenceIn is the reference in a stamp, of a hold too.
func referenceIn(stamp string) string {
	reference, _, _ := strings.Cut(stamp, again)
	return reference
}

// isPage reports whether an address can be shown to a buyer.
func isPage(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && u.User == nil && (u.Scheme == "https" || u.Scheme == "http")
}
