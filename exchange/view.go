package exchange

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/p2porder"
)

// What an order keeps of its ad. It never changes, whatever becomes of the ad.
const (
	attrAdType       = "ad_type"
	attrAdVersion    = "ad_version"
	attrMethod       = "method"
	attrFormat       = "format"
	attrRate         = "rate"
	attrFiat         = "fiat"
	attrFiatCode     = "fiat_code"
	attrInstructions = "instructions"
	attrDetails      = "payment_details" // sealed
	attrNonce        = "nonce"
	attrDetailsFrom  = "payment_details_from" // RFC 3339; absent: from the beginning
)

// Afterwards is how long after the end of an order its parties may still read the
// payment details and talk. Our choice.
const Afterwards = 7 * 24 * time.Hour

func isOrder(tx orchestrator.Transaction) bool {
	return strings.HasPrefix(tx.Process, processName+"@")
}

func isParty(tx orchestrator.Transaction, user string) bool {
	return user != "" && (user == tx.Buyer || user == tx.Seller)
}

// openStates are the states in which an order holds money.
func openStates() []process.State { return orders().Where(process.StateInfo.Open) }

func isOpen(s process.State) bool { return slices.Contains(openStates(), s) }

// StatusOf is the customer's word for a state.
func StatusOf(s process.State) Status {
	return Status(orders().Label(s))
}

// statesOf is the inverse of StatusOf.
func statesOf(s Status) ([]process.State, error) {
	if s == "" {
		return nil, nil
	}
	if states := orders().Where(func(i process.StateInfo) bool { return StatusOf(i.Name) == s }); len(states) > 0 {
		return states, nil
	}
	return nil, invalid("status", "status must be pending, paid_by_buyer, completed, cancelled or disputed")
}

// ended is when an order came to its end so far, zero while it is open.
func ended(tx orchestrator.Transaction) time.Time {
	var at time.Time
	if isOpen(tx.State) {
		return at
	}
	for _, f := range []process.Fact{
		p2porder.FactReceived, p2porder.FactExpired, p2porder.FactCancelledByBuyer, p2porder.FactCancelledBySeller,
		p2porder.FactCancelledByBoth, p2porder.FactReleased, p2porder.FactReturned, process.FactSplit,
		p2porder.FactReturnedByDefault, p2porder.FactReleasedByDefault,
	} {
		if t := tx.Facts[f]; t.After(at) {
			at = t
		}
	}
	return at
}

// lingers reports whether an order is open, a case, or has ended only lately.
func lingers(tx orchestrator.Transaction, now time.Time) bool {
	return isOpen(tx.State) || slices.Contains(caseStates(), tx.State) || now.Before(ended(tx).Add(Afterwards))
}

// Why an order was cancelled, in the words of the customer's document.
const (
	cancelledByOperator = "operator"
	cancelledByDeadline = "deadline" // of the operators' decision
	cancelledByBoth     = "mutual"
	cancelledByBuyer    = "buyer"
	cancelledBySeller   = "seller"
	cancelledByTime     = "expired" // nobody paid in time
)

func cancelReason(tx orchestrator.Transaction) string {
	if StatusOf(tx.State) != Cancelled {
		return ""
	}
	// What can come after an appeal stands first.
	for _, r := range []struct {
		fact   process.Fact
		reason string
	}{
		{p2porder.FactReturned, cancelledByOperator}, {p2porder.FactReturnedByDefault, cancelledByDeadline}, {p2porder.FactCancelledByBoth, cancelledByBoth},
		{p2porder.FactCancelledByBuyer, cancelledByBuyer}, {p2porder.FactCancelledBySeller, cancelledBySeller}, {p2porder.FactExpired, cancelledByTime},
	} {
		if tx.Has(r.fact) {
			return r.reason
		}
	}
	return ""
}

// order is an order without its payment details and resolution.
func order(tx orchestrator.Transaction) Order {
	number := func(name string) int64 {
		n, _ := strconv.ParseInt(tx.Attributes[name], 10, 64)
		return n
	}
	o := Order{
		ID: tx.ID, AdID: tx.ListingID, AdType: listings.AdType(tx.Attributes[attrAdType]), Status: StatusOf(tx.State),
		Amount: tx.Price.Minor(), Currency: string(tx.Price.Currency()), Fiat: number(attrFiat), FiatCode: tx.Attributes[attrFiatCode],
		Rate: number(attrRate), Method: tx.Attributes[attrMethod], Format: tx.Attributes[attrFormat],
		BuyerID: tx.Buyer, SellerID: tx.Seller, TakerID: tx.Starter, Instructions: tx.Attributes[attrInstructions],
		CreatedAt: tx.CreatedAt, PayDeadline: tx.Deadlines[process.PayDeadline], PaidAt: tx.Facts[p2porder.FactPaidByBuyer],
		EndedAt: ended(tx), CancelReason: cancelReason(tx), Version: tx.Revision,
	}
	if text := tx.Attributes[attrDetailsFrom]; text != "" {
		o.DetailsFrom, _ = time.Parse(time.RFC3339Nano, text)
	}
	if tx.State == p2porder.Disputed {
		o.DisputeDeadline = tx.Deadlines[p2porder.DisputeDeadline]
	}
	if !o.PaidAt.IsZero() {
		o.ReleaseDeadline = o.PaidAt.Add(p2porder.ReleaseWindow)
	}
	if tx.State == p2porder.Revocable && !tx.Has(p2porder.FactAppealed) {
		o.AppealUntil = tx.EnteredAt.Add(p2porder.AppealWindow)
	}
	return o
}

// shown is an order with the payment details, for a party or an operator who may
// read them: the taker has to wait for them in some cases. Details that
// cannot be decrypted must not get in the way of an order: they are missing.
func (s *Service) shown(tx orchestrator.Transaction, reader string) Order {
	o := order(tx)
	if now := s.now(); !lingers(tx, now) || reader == tx.Starter && now.Before(o.DetailsFrom) {
		return o
	}
	var err error
	if o.PaymentDetails, err = s.openDetails(tx); err != nil {
		s.Log.Error("payment details", "transaction", tx.ID, "error", err)
	}
	return o
}

// full is shown with the resolution, which takes reading the history.
func (s *Service) full(ctx context.Context, tx orchestrator.Transaction, reader string) (Order, error) {
	o := s.shown(tx, reader)
	var err error
	o.Resolution, err = s.resolution(ctx, tx)
	return o, err
}

// bound is what sealed details belong to: this taker's order on this ad. The
// order's id is not known before it exists, so a nonce stands for it.
func bound(community, ad int64, taker, nonce string) []byte {
	return fmt.Appendf(nil, "p2p_order %d %d %q %s", community, ad, taker, nonce)
}

func (s *Service) sealDetails(d listings.Details, associated []byte) (string, error) {
	if d.IsEmpty() {
		return "", nil
	}
	sealed, err := s.Sealer.Seal(d.Reveal(), associated)
	if err != nil {
		return "", fmt.Errorf("payment details: %w", err)
	}
	return base64.StdEncoding.EncodeToString(sealed), nil
}

func (s *Service) openDetails(tx orchestrator.Transaction) (json.RawMessage, error) {
	text := tx.Attributes[attrDetails]
	if text == "" {
		return nil, nil
	}
	sealed, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	return s.Sealer.Open(sealed, bound(tx.CommunityID, tx.ListingID, tx.Starter, tx.Attributes[attrNonce]))
}

// outcomes are the transitions that settle a dispute: an operator's, and those of its
// deadline.
func outcomes() map[process.Transition]Outcome {
	return map[process.Transition]Outcome{
		p2porder.ResolveRelease: Release, p2porder.ResolveRefund: Refund, p2porder.ResolveSplit: Split,
		p2porder.DefaultRelease: Release, p2porder.DefaultRefund: Refund,
	}
}

// settlements are the facts of a settled dispute.
func settlements() []process.Fact {
	return []process.Fact{
		p2porder.FactReleased, p2porder.FactReturned, process.FactSplit, p2porder.FactReleasedByDefault, p2porder.FactReturnedByDefault,
	}
}

// byDeadline is the reason of a dispute that nobody has decided.
const byDeadline = "No operator decided in time; the marketplace's rule for this case applies."

// resolutions find out how the disputes of orders were settled; those without a settled
// one are missing.
func (s *Service) resolutions(ctx context.Context, community int64, found ...orchestrator.Transaction) (map[int64]*Resolution, error) {
	settled := slices.DeleteFunc(slices.Clone(found), func(tx orchestrator.Transaction) bool { return !slices.ContainsFunc(settlements(), tx.Has) })
	steps, err := s.Store.LastSteps(ctx, community, idsOf(settled), slices.Sorted(maps.Keys(outcomes())))
	if err != nil {
		return nil, err
	}
	entries, err := s.Books.Entries(ctx, idsOf(settled)...)
	if err != nil {
		return nil, err
	}
	all := map[int64]*Resolution{}
	for _, tx := range settled {
		step, ok := steps[tx.ID]
		if !ok {
			continue
		}
		r := &Resolution{Outcome: outcomes()[step.Transition], At: step.At, Reason: byDeadline}
		if operator, ok := strings.CutPrefix(step.Actor, string(process.Staff)+":"); ok {
			r.OperatorID, r.Reason = operator, step.Message
		}
		r.BuyerAmount, r.SellerAmount = shares(tx, step.Revision, entries)
		all[tx.ID] = r
	}
	return all, nil
}

// resolution finds out how the dispute of an order was settled, nil if it was not.
func (s *Service) resolution(ctx context.Context, tx orchestrator.Transaction) (*Resolution, error) {
	settled, err := s.resolutions(ctx, tx.CommunityID, tx)
	return settled[tx.ID], err
}

func idsOf(found []orchestrator.Transaction) []int64 {
	ids := make([]int64, len(found))
	for i, tx := range found {
		ids[i] = tx.ID
	}
	return ids
}

// shares are what the two sides of an order got by the entries of one revision.
func shares(tx orchestrator.Transaction, revision int64, entries []orchestrator.PostedEntry) (buyer, seller int64) {
	for _, e := range entries {
		if e.TransactionID != tx.ID || e.Revision != revision {
			continue
		}
		for _, p := range e.Postings {
			switch p.Account {
			case available(tx.Buyer):
				buyer += p.Amount.Minor()
			case available(tx.Seller):
				seller += p.Amount.Minor()
			}
		}
	}
	return buyer, seller
}

func available(user string) ledger.Account {
	return ledger.Account{Kind: ledger.Available, Owner: user}
}

// Balance is what a user has, in minor units. An empty currency is the exchange's asset.
func (s *Service) Balance(ctx context.Context, u User, currency string) (free, frozen int64, err error) {
	c := s.Asset
	if currency != "" {
		c = money.Currency(currency)
	}
	if free, err = s.Books.Balance(ctx, u.Community, available(u.ID), c); err != nil {
		return 0, 0, err
	}
	frozen, err = s.Books.Balance(ctx, u.Community, ledger.Account{Kind: ledger.Frozen, Owner: u.ID}, c)
	return free, frozen, err
}
