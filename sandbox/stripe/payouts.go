package stripe

import (
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// How long a payout is on its way. Our choice, near the official day or two.
const (
	toBank = 12 * time.Hour // until it is sent to the bank; it can be canceled before
	atBank = 12 * time.Hour // until the bank has answered
)

// The states of a payout that payment intents do not have.
const (
	payoutPending = "pending"
	inTransit     = "in_transit"
	paid          = "paid"
	failed        = "failed"
)

// payout is money on its way from the balance of an account to its bank account.
type payout struct {
	ID, Account, Status string
	Amount              int64
	Currency            string
	Automatic           bool
	Bank                string // its id
	Failure             string
	Description         string
	Descriptor          string
	Created, Sent       time.Time // Sent: when the bank gets it
	Arrives             time.Time
	Metadata            map[string]string
	Entry, Returned     *entry // returned: the one with which the money came back
	Timer               uint64
}

func (p *payout) Name() string     { return p.ID }
func (p *payout) since() time.Time { return p.Created }

func (p *payout) view() object {
	o := object{
		"id": p.ID, "object": "payout", "amount": p.Amount, "application_fee": nil, "application_fee_amount": nil, "arrival_date": p.Arrives.Unix(),
		"automatic": p.Automatic, "balance_transaction": ref(p.Entry.ID), "created": p.Created.Unix(), "currency": p.Currency,
		"description": orNull(p.Description), "destination": ref(p.Bank), "failure_balance_transaction": nil, "failure_code": orNull(p.Failure),
		"failure_message": nil, "livemode": false, "metadata": metadataView(p.Metadata), "method": "standard", "original_payout": nil,
		"reconciliation_status": "not_applicable", "reversed_by": nil, "source_type": "card", "statement_descriptor": orNull(p.Descriptor),
		"status": p.Status, "type": "bank_account",
	}
	if p.Automatic {
		o["reconciliation_status"] = "completed"
	}
	if p.Failure != "" {
		o["failure_message"] = payoutFailures[p.Failure]
	}
	if p.Returned != nil && p.Status == failed {
		o["failure_balance_transaction"] = ref(p.Returned.ID)
	}
	return o
}

// payoutFailures are the failure codes that can be played, in our words.
var payoutFailures = map[string]string{
	"account_closed":                "The bank account has been closed.",
	"account_frozen":                "The bank account has been frozen.",
	"bank_account_restricted":       "The bank account takes no payouts of this kind.",
	"could_not_process":             "The bank could not process this payout.",
	"debit_not_authorized":          "Debit transactions are not approved on the bank account.",
	"declined":                      "The bank has declined this payout.",
	"incorrect_account_holder_name": "The name of the account's holder is wrong.",
	"insufficient_funds":            "The account has too little money for this payout.",
	"invalid_account_number":        "The account number seems to be wrong.",
	"invalid_currency":              "The bank account does not take this currency.",
	"no_account":                    "The bank account could not be found.",
}

// owner is the account whose balance a call is about; the platform has one, too.
func (c *call) owner() (*account, *Error) {
	if c.account == "" {
		return c.platform(), nil
	}
	a, ok := c.Accounts.Get(c.account)
	if !ok {
		return nil, noSuch("account", c.account, "")
	}
	return a, nil
}

// platform is the account of the key. Nothing is paid out of it unless it is asked for.
func (s *state) platform() *account {
	if s.Platform.ID == "" {
		s.Platform.ID, s.Platform.Country, s.Platform.Enabled, s.Platform.Submitted, s.Platform.Interval = "acct_platform", "IE", true, true, manual
	}
	a := (*account)(&s.Platform)
	a.standardBank(s.Now())
	return a
}

// createPayout serves POST /v1/payouts.
func createPayout(c *call) (object, *Error) {
	a, err := c.owner()
	if err != nil {
		return nil, err
	}
	p := &payout{
		Account: c.account, Status: payoutPending, Description: c.form.text("description"), Descriptor: c.form.text("statement_descriptor"), Created: c.by.at,
	}
	if _, err = c.form.oneOf("method", "standard"); err != nil {
		return nil, err
	}
	if !c.form.has("amount") {
		return nil, missing("amount")
	}
	if p.Amount, err = c.form.amount("amount", 0); err != nil {
		return nil, err
	}
	if p.Currency, err = c.form.currency(); err != nil {
		return nil, err
	}
	if p.Metadata, err = c.form.metadata(nil); err != nil {
		return nil, err
	}
	b, err := c.target(a, p.Currency)
	if err != nil {
		return nil, err
	}
	if available, _ := c.sums(c.account, c.by.at); available[p.Currency] < p.Amount {
		return nil, invalid("balance_insufficient", "", "You have insufficient available funds in your account for this payout.")
	}
	c.send(p, b, c.by)
	c.effect("payout", p.ID, p.Amount, p.Currency, c.by)
	return p.view(), nil
}

// target finds the bank account of a payout.
func (c *call) target(a *account, currency string) (*bank, *Error) {
	if !a.payable() {
		return nil, invalid("payouts_not_allowed", "", "Payouts cannot be made for this account: it is not set up, or its bank has refused one.")
	}
	id := c.form.text("destination")
	if id == "" {
		return a.bankFor(currency), nil
	}
	for _, b := range a.Banks {
		if b.ID == id && !b.Errored {
			return b, nil
		}
	}
	return nil, noSuch("external account", id, "destination")
}

// send takes the money of a payout out of the balance.
func (s *state) send(p *payout, to *bank, by origin) {
	p.ID, p.Bank, p.Sent, p.Arrives = "po_"+s.Random(), to.ID, p.Created.Add(toBank), p.Created.Add(toBank+atBank)
	p.Entry = s.book(entry{Kind: "payout", Account: p.Account, Source: p.ID, Amount: -p.Amount, Currency: p.Currency, Created: by.at, Available: by.at})
	s.Payouts.Add(p)
	s.emitOf(p.Account, "payout.created", p.view(), by)
	s.follow(p)
}

// follow sets the next step of a payout.
func (s *state) follow(p *payout) {
	switch p.Status {
	case payoutPending:
		p.Timer = s.Timers.Set(p.Sent, func(at time.Time) {
			if p.Status == payoutPending {
				p.Status = inTransit
				s.emitOf(p.Account, "payout.updated", p.view(), self(at))
				s.follow(p)
			}
		})
	case inTransit:
		p.Timer = s.Timers.Set(p.Arrives, func(at time.Time) {
			if p.Status == inTransit {
				s.arrive(p, "", at)
			}
		})
	}
}

// holder is the account of a payout.
func (s *state) holder(p *payout) *account {
	if a, ok := s.Accounts.Get(p.Account); ok {
		return a
	}
	return s.platform()
}

// arrive plays the answer of the bank; an empty failure is that of its number.
func (s *state) arrive(p *payout, failure string, at time.Time) {
	for _, b := range s.holder(p).Banks {
		if b.ID == p.Bank && failure == "" {
			failure = b.Fails
		}
	}
	if failure != "" {
		s.returnPayout(p, failure, at)
		return
	}
	p.Status = paid
	s.emitOf(p.Account, "payout.paid", p.view(), self(at))
}

// returnPayout brings the money of a payout back, also after it was paid. Nothing more is sent to that bank account.
func (s *state) returnPayout(p *payout, failure string, at time.Time) {
	p.Status, p.Failure = failed, failure
	p.Returned = s.book(entry{Kind: "payout_failure", Account: p.Account, Source: p.ID, Amount: p.Amount, Currency: p.Currency, Created: at, Available: at})
	s.emitOf(p.Account, "payout.failed", p.view(), self(at))
	a := s.holder(p)
	for _, b := range a.Banks {
		if b.ID == p.Bank {
			b.Errored = true
			s.emitOf(p.Account, "account.external_account.updated", b.view(), self(at))
		}
	}
	if p.Account != "" {
		s.emitOf(p.Account, "account.updated", a.view(), self(at))
	}
}

// payoutInPath finds the payout of the account that calls.
func payoutInPath(c *call) (*payout, *Error) {
	p, err := inPath(c, &c.Payouts, "payout")
	if err == nil && p.Account != c.account {
		return nil, noSuch("payout", p.ID, "")
	}
	return p, err
}

func getPayout(c *call) (object, *Error) {
	p, err := payoutInPath(c)
	if err != nil {
		return nil, err
	}
	return p.view(), nil
}

func updatePayout(c *call) (object, *Error) {
	p, err := payoutInPath(c)
	if err != nil {
		return nil, err
	}
	if p.Metadata, err = c.form.metadata(p.Metadata); err != nil {
		return nil, err
	}
	c.emitOf(p.Account, "payout.updated", p.view(), c.by)
	return p.view(), nil
}

// cancelPayout serves POST /v1/payouts/{id}/cancel.
func cancelPayout(c *call) (object, *Error) {
	p, err := payoutInPath(c)
	if err != nil {
		return nil, err
	}
	if p.Status != payoutPending {
		return nil, invalid("", "", "Payout %s cannot be canceled: it has a status of %s.", p.ID, p.Status)
	}
	if p.Automatic {
		return nil, invalid("", "", "Payout %s is automatic, and cannot be canceled.", p.ID)
	}
	p.Status = canceled
	p.Returned = c.book(entry{Kind: "payout_cancel", Account: p.Account, Source: p.ID, Amount: p.Amount, Currency: p.Currency, Created: c.by.at, Available: c.by.at})
	c.emitOf(p.Account, "payout.canceled", p.view(), c.by)
	return p.view(), nil
}

func listPayouts(c *call) (object, *Error) {
	arrival, err := c.form.period("arrival_date")
	if err != nil {
		return nil, err
	}
	status, to := c.form.text("status"), c.form.text("destination")
	return list(c, &c.Payouts, func(p *payout) bool {
		return p.Account == c.account && arrival.contains(p.Arrives) && (status == "" || p.Status == status) && (to == "" || p.Bank == to)
	})
}

// EndPayout plays the bank: a payout arrives, or with a failure code it fails, also after it arrived. Codes of its [*Error]:
// resource_missing, invalid_failure_code, payout_ended.
func (e *World) EndPayout(id, failure string) error {
	refused := noSuch("payout", id, "")
	e.locked(func(s *state) {
		p, ok := s.Payouts.Get(id)
		_, known := payoutFailures[failure]
		switch {
		case !ok:
		case failure != "" && !known:
			refused = invalid("invalid_failure_code", "failure_code", "There is no failure code %q.", failure)
		case p.Status == failed || p.Status == canceled || p.Status == paid && failure == "":
			refused = invalid("payout_ended", "", "This payout has ended already: it has a status of %s.", p.Status)
		case failure != "":
			refused = nil
			s.returnPayout(p, failure, s.Now())
		default:
			refused = nil
			p.Status = paid
			s.emitOf(p.Account, "payout.paid", p.view(), self(s.Now()))
		}
	})
	return asError(refused)
}

// Payouts returns the ids of all payouts of a connected account, oldest first.
func (e *World) Payouts(account string) (ids []string) {
	for _, p := range stage.Copied(e.World, func(s *state) []*payout { return s.Payouts.All }) {
		if p.Account == account {
			ids = append(ids, p.ID)
		}
	}
	return ids
}
