package sqlstore

import (
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// The columns of each table that a commit writes, in the order of the row's
// args, with the types that PostgreSQL knows them by.
const (
	transactionColumns = `id, community_id, conversation_id, process, gateway, created_at, terms, revision, event_sequence,
state, entered_at, starter, author, buyer, seller, join_code, price, currency, buyer_fee, seller_fee, facts, deadlines,
authorized, captured, held, released, refunded, fees, booking_end, confirm_after_days, operation,
listing_id, listing_title, unit_price, unit_currency, quantity, payment_id, redirect_url, client_secret, intent_id, attention,
updated_at, last_transition_at, lines, reserved, deposit, deposit_fee, note,
charged_back, lost, recovered, gateway_fees, held_at, payee_due`
	transactionTypes = `bigint, bigint, bigint, text, text, timestamptz, jsonb, bigint, bigint,
text, timestamptz, text, text, text, text, text, bigint, text, bigint, bigint, jsonb, jsonb,
bigint, bigint, bigint, bigint, bigint, bigint, timestamptz, bigint, text,
bigint, text, bigint, text, bigint, text, text, text, text, text,
timestamptz, timestamptz, jsonb, jsonb, bigint, bigint, text,
bigint, bigint, bigint, bigint, timestamptz, bigint`

	logColumns = `transaction_id, revision, token, transition, from_state, to_state, actor, request_id, intent_id, note, at,
community_id, said, digest, lane, position`
	logTypes = `bigint, bigint, bigint, text, text, text, text, text, text, text, timestamptz,
bigint, text, bytea, bigint, bigint`

	postingColumns = `transaction_id, revision, line, entry, community_id, kind, reverses, account, amount, currency, at, digest`
	postingTypes   = `bigint, bigint, bigint, bigint, bigint, text, text, text, bigint, text, timestamptz, bytea`

	actColumns = `community_id, id, actor, act, object, reason, request_id, data, at, digest, lane, position`
	actTypes   = `bigint, bigint, text, text, text, text, text, text, timestamptz, bytea, bigint, bigint`

	balanceColumns = `community_id, account, currency, balance`
	balanceTypes   = `bigint, text, text, bigint`

	timerColumns = `transaction_id, name, community_id, state, due, attempts, claimable_at, since`
	timerTypes   = `bigint, text, bigint, text, timestamptz, bigint, timestamptz, timestamptz`

	intentColumns = `id, community_id, transaction_id, gateway, transition, from_state, verb, actor_kind, actor_id, input,
request_id, status, code, attempt, due, created_at, updated_at`
	intentTypes = `text, bigint, bigint, text, text, text, text, text, text, jsonb,
text, text, text, bigint, timestamptz, timestamptz, timestamptz`

	eventColumns = `transaction_id, sequence, community_id, type, data, at`
	eventTypes   = `bigint, bigint, bigint, text, jsonb, timestamptz`

	reserveColumns = `community_id, name, amount, capacity`
	reserveTypes   = `bigint, text, bigint, bigint`

	messageColumns = `transaction_id, id, community_id, sender, kind, content, at`
	messageTypes   = `bigint, bigint, bigint, text, text, text, timestamptz`

	replyColumns = `scope, key, hash, community_id, transaction_id, intent_id, status, body, at`
	replyTypes   = `text, text, text, bigint, bigint, text, bigint, bytea, timestamptz`
)

// Where the columns of a reply are that more than one place looks at.
const (
	replyScope = iota
	replyKey
	_
	_
	replyTransaction
	replyIntent
	replyStatus
	replyBody
	replyAt
)

// row is the arguments of one row: int64, string, []byte and stamp only.
type row []any

func transactionArgs(t orchestrator.Transaction) (row, error) {
	facts, err := encodeTimes(t.Facts)
	if err != nil {
		return nil, err
	}
	deadlines, err := encodeTimes(t.Deadlines)
	if err != nil {
		return nil, err
	}
	terms, err := encodeTerms(t)
	if err != nil {
		return nil, err
	}
	lines, err := encodeLines(t.Lines)
	if err != nil {
		return nil, err
	}
	reserved, err := encodeReserved(t.Reserved)
	if err != nil {
		return nil, err
	}
	f := t.Funds
	return row{
		t.ID, t.CommunityID, t.ConversationID, t.Process, t.Gateway, stamp{t.CreatedAt}, terms, t.Revision, t.EventSequence,
		string(t.State), stamp{t.EnteredAt}, t.Starter, t.Author, t.Buyer, t.Seller, t.JoinCode,
		t.Price.Minor(), string(t.Price.Currency()), t.BuyerFee, t.SellerFee, facts, deadlines,
		f.Authorized, f.Captured, f.Held, f.Released, f.Refunded, f.Fees,
		stamp{t.BookingEnd}, int64(t.ConfirmAfterDays), string(t.Operation),
		t.ListingID, t.ListingTitle, t.UnitPrice.Minor(), string(t.UnitPrice.Currency()), t.Quantity,
		t.PaymentID, t.RedirectURL, t.ClientSecret, t.IntentID, t.Attention,
		stamp{t.UpdatedAt}, stamp{t.LastTransitionAt}, lines, reserved, t.Deposit, t.DepositFee, t.Note,
		f.ChargedBack, f.Lost, f.Recovered, t.GatewayFees, stamp{t.HeldAt}, f.PayeeDue,
	}, nil
}

func messageArgs(t orchestrator.Transaction, m orchestrator.Message) row {
	return row{t.ID, m.ID, t.CommunityID, m.Sender, string(m.Kind), m.Content, stamp{m.At}}
}

func logArgs(t orchestrator.Transaction, l orchestrator.LogEntry, token int64) (row, error) {
	said, err := encodeValues(l.Said)
	return row{
		t.ID, t.Revision, token, string(l.Transition), string(l.From), string(l.To),
		l.Actor, l.RequestID, l.IntentID, l.Note, stamp{l.At},
		t.CommunityID, said,
	}, err
}

func timerArgs(t orchestrator.Transaction, m orchestrator.Timer) row {
	return row{t.ID, string(m.Name), t.CommunityID, string(m.State), stamp{m.Due}, int64(m.Attempts), stamp{m.Due}, stamp{t.InState()}}
}

func intentArgs(t orchestrator.Transaction, i orchestrator.Intent, input string) row {
	return row{
		i.ID, t.CommunityID, t.ID, i.Gateway, string(i.Transition), string(i.From), string(i.Verb),
		string(i.Actor.Kind), i.Actor.ID, input, i.RequestID, string(i.Status), i.Code, int64(i.Attempt),
		stamp{i.Due}, stamp{i.CreatedAt}, stamp{i.UpdatedAt},
	}
}

func eventArgs(t orchestrator.Transaction, e orchestrator.Event) (row, error) {
	data, err := encodeValues(e.Data)
	if err != nil {
		return nil, err
	}
	return row{t.ID, e.Sequence, t.CommunityID, e.Type, data, stamp{e.At}}, nil
}

func replyArgs(r orchestrator.Reply) row {
	body := r.Body
	if body == nil {
		body = []byte{} // nil would be null
	}
	return row{r.Scope, r.Key, r.Hash, r.CommunityID, r.TransactionID, r.IntentID, int64(r.Status), body, stamp{r.At}}
}

// transactionRow is a row of transactions as it is read.
type transactionRow struct {
	ID               int64  `db:"id"`
	CommunityID      int64  `db:"community_id"`
	ConversationID   int64  `db:"conversation_id"`
	Process          string `db:"process"`
	Gateway          string `db:"gateway"`
	CreatedAt        stamp  `db:"created_at"`
	Revision         int64  `db:"revision"`
	EventSequence    int64  `db:"event_sequence"`
	State            string `db:"state"`
	EnteredAt        stamp  `db:"entered_at"`
	Starter          string `db:"starter"`
	Author           string `db:"author"`
	Buyer            string `db:"buyer"`
	Seller           string `db:"seller"`
	JoinCode         string `db:"join_code"`
	Price            int64  `db:"price"`
	Currency         string `db:"currency"`
	BuyerFee         int64  `db:"buyer_fee"`
	SellerFee        int64  `db:"seller_fee"`
	Facts            string `db:"facts"`
	Deadlines        string `db:"deadlines"`
	Authorized       int64  `db:"authorized"`
	Captured         int64  `db:"captured"`
	Held             int64  `db:"held"`
	Released         int64  `db:"released"`
	Refunded         int64  `db:"refunded"`
	Fees             int64  `db:"fees"`
	BookingEnd       stamp  `db:"booking_end"`
	ConfirmAfterDays int    `db:"confirm_after_days"`
	Operation        string `db:"operation"`
	ListingID        int64  `db:"listing_id"`
	ListingTitle     string `db:"listing_title"`
	UnitPrice        int64  `db:"unit_price"`
	UnitCurrency     string `db:"unit_currency"`
	Quantity         int64  `db:"quantity"`
	PaymentID        string `db:"payment_id"`
	RedirectURL      string `db:"redirect_url"`
	ClientSecret     string `db:"client_secret"`
	IntentID         string `db:"intent_id"`
	Attention        string `db:"attention"`
	UpdatedAt        stamp  `db:"updated_at"`
	LastTransitionAt stamp  `db:"last_transition_at"`
	Terms            string `db:"terms"`
	Lines            string `db:"lines"`
	Reserved         string `db:"reserved"`
	Deposit          int64  `db:"deposit"`
	DepositFee       int64  `db:"deposit_fee"`
	Note             string `db:"note"`
	ChargedBack      int64  `db:"charged_back"`
	Lost             int64  `db:"lost"`
	Recovered        int64  `db:"recovered"`
	GatewayFees      int64  `db:"gateway_fees"`
	HeldAt           stamp  `db:"held_at"`
	PayeeDue         int64  `db:"payee_due"`
}

func (r transactionRow) transaction() (orchestrator.Transaction, error) {
	facts, err := decodeTimes[process.Fact](r.Facts)
	if err != nil {
		return orchestrator.Transaction{}, err
	}
	deadlines, err := decodeTimes[process.Deadline](r.Deadlines)
	if err != nil {
		return orchestrator.Transaction{}, err
	}
	t := orchestrator.Transaction{
		ID: r.ID, CommunityID: r.CommunityID, ConversationID: r.ConversationID, Process: r.Process, Gateway: r.Gateway,
		Revision: r.Revision, EventSequence: r.EventSequence,
		Deal: process.Deal{
			State: process.State(r.State), EnteredAt: r.EnteredAt.at,
			Starter: r.Starter, Author: r.Author, Buyer: r.Buyer, Seller: r.Seller, JoinCode: r.JoinCode,
			Price: money.New(r.Price, money.Currency(r.Currency)), BuyerFee: r.BuyerFee, SellerFee: r.SellerFee,
			Facts: facts, Deadlines: deadlines,
			Funds: process.Funds{
				Authorized: r.Authorized, Captured: r.Captured, Held: r.Held,
				Released: r.Released, Refunded: r.Refunded, Fees: r.Fees,
				ChargedBack: r.ChargedBack, Lost: r.Lost, Recovered: r.Recovered, PayeeDue: r.PayeeDue,
			},
			BookingEnd: r.BookingEnd.at, ConfirmAfterDays: r.ConfirmAfterDays,
			Attention: r.Attention, Operation: process.Transition(r.Operation),
		},
		ListingID: r.ListingID, ListingTitle: r.ListingTitle,
		UnitPrice: money.New(r.UnitPrice, money.Currency(r.UnitCurrency)), Quantity: r.Quantity,
		PaymentID: r.PaymentID, RedirectURL: r.RedirectURL, ClientSecret: r.ClientSecret,
		IntentID:  r.IntentID,
		CreatedAt: r.CreatedAt.at, UpdatedAt: r.UpdatedAt.at, LastTransitionAt: r.LastTransitionAt.at, HeldAt: r.HeldAt.at,
		Note: r.Note, GatewayFees: r.GatewayFees,
	}
	t.Deposit, t.DepositFee = r.Deposit, r.DepositFee
	if err := decodeTerms(r.Terms, &t); err != nil {
		return t, err
	}
	if t.Lines, err = decodeLines(r.Lines); err != nil {
		return t, err
	}
	t.Reserved, err = decodeReserved(r.Reserved)
	return t, err
}
