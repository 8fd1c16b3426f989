package sqlstore

import (
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
)

type deal = orchestrator.Transaction

// dealTable has what never changes, the revision, and what a commit may change. What was
// agreed (terms) never changes either.
var dealTable = tableOf("transactions",
	number("id", func(t *deal) *int64 { return &t.ID }).fixed(),
	number("community_id", func(t *deal) *int64 { return &t.CommunityID }).fixed(),
	number("conversation_id", func(t *deal) *int64 { return &t.ConversationID }).fixed(),
	text("process", func(t *deal) *string { return &t.Process }).fixed(),
	text("gateway", func(t *deal) *string { return &t.Gateway }).fixed(),
	instant("created_at", func(t *deal) *time.Time { return &t.CreatedAt }).fixed(),
	document("terms", encodeTerms, decodeTerms).fixed(),
	number("revision", func(t *deal) *int64 { return &t.Revision }),
	number("event_sequence", func(t *deal) *int64 { return &t.EventSequence }),
	text("state", func(t *deal) *string { return (*string)(&t.State) }),
	instant("entered_at", func(t *deal) *time.Time { return &t.EnteredAt }),
	text("starter", func(t *deal) *string { return &t.Starter }),
	text("author", func(t *deal) *string { return &t.Author }),
	text("buyer", func(t *deal) *string { return &t.Buyer }),
	text("seller", func(t *deal) *string { return &t.Seller }),
	text("join_code", func(t *deal) *string { return &t.JoinCode }),
	minor("price", func(t *deal) *amount { return &t.Price }),
	currency("currency", func(t *deal) *amount { return &t.Price }),
	number("buyer_fee", func(t *deal) *int64 { return &t.BuyerFee }),
	number("seller_fee", func(t *deal) *int64 { return &t.SellerFee }),
	times("facts", func(t *deal) *facts { return &t.Facts }),
	times("deadlines", func(t *deal) *deadlines { return &t.Deadlines }),
	number("authorized", func(t *deal) *int64 { return &t.Funds.Authorized }),
	number("captured", func(t *deal) *int64 { return &t.Funds.Captured }),
	number("held", func(t *deal) *int64 { return &t.Funds.Held }),
	number("released", func(t *deal) *int64 { return &t.Funds.Released }),
	number("refunded", func(t *deal) *int64 { return &t.Funds.Refunded }),
	number("fees", func(t *deal) *int64 { return &t.Funds.Fees }),
	instant("booking_end", func(t *deal) *time.Time { return &t.BookingEnd }),
	count("confirm_after_days", func(t *deal) *int { return &t.ConfirmAfterDays }),
	text("operation", func(t *deal) *string { return (*string)(&t.Operation) }),
	number("listing_id", func(t *deal) *int64 { return &t.ListingID }),
	text("listing_title", func(t *deal) *string { return &t.ListingTitle }),
	minor("unit_price", func(t *deal) *amount { return &t.UnitPrice }),
	currency("unit_currency", func(t *deal) *amount { return &t.UnitPrice }),
	number("quantity", func(t *deal) *int64 { return &t.Quantity }),
	text("payment_id", func(t *deal) *string { return &t.PaymentID }),
	text("redirect_url", func(t *deal) *string { return &t.RedirectURL }),
	text("client_secret", func(t *deal) *string { return &t.ClientSecret }),
	text("intent_id", func(t *deal) *string { return &t.IntentID }),
	text("attention", func(t *deal) *string { return &t.Attention }),
	instant("updated_at", func(t *deal) *time.Time { return &t.UpdatedAt }),
	instant("last_transition_at", func(t *deal) *time.Time { return &t.LastTransitionAt }),
	document("lines", encodeLines, decodeLines),
	document("reserved", encodeReserved, decodeReserved),
	number("deposit", func(t *deal) *int64 { return &t.Deposit }),
	number("deposit_fee", func(t *deal) *int64 { return &t.DepositFee }),
	text("note", func(t *deal) *string { return &t.Note }),
	number("charged_back", func(t *deal) *int64 { return &t.Funds.ChargedBack }),
	number("lost", func(t *deal) *int64 { return &t.Funds.Lost }),
	number("recovered", func(t *deal) *int64 { return &t.Funds.Recovered }),
	number("gateway_fees", func(t *deal) *int64 { return &t.GatewayFees }),
	instant("held_at", func(t *deal) *time.Time { return &t.HeldAt }),
	number("payee_due", func(t *deal) *int64 { return &t.Funds.PayeeDue }),
	number("payout_due", func(t *deal) *int64 { return &t.Funds.PayoutDue }),
	text("payer_account", func(t *deal) *string { return &t.PayerAccount }),
	text("payee_account", func(t *deal) *string { return &t.PayeeAccount }),
	number("withheld", func(t *deal) *int64 { return &t.Funds.Withheld }),
	text("external_reference", func(t *deal) *string { return &t.Labels.ExternalReference }).fixed(),
	values("metadata", func(t *deal) *map[string]string { return &t.Labels.Metadata }).fixed(),
).then(inZoneOfBooking)

// bareDealTable is a deal where nobody is shown its metadata, which may have 100 kB.
var bareDealTable = dealTable.without("metadata")
