// Package ledger is double-entry bookkeeping. An entry moves amounts between
// accounts and sums to zero in every currency; entries are never changed, only
// reversed by a new entry that names the old one. The package is pure: it does
// not know who stores entries or what a transaction is.
package ledger

import (
	"errors"
	"fmt"
	"strings"

	"github.com/handsel-dev/handsel/money"
)

// Errors of this package. Callers compare with errors.Is.
var (
	ErrUnbalanced = errors.New("entry does not sum to zero")
	ErrBadAccount = errors.New("account needs a known kind and an owner")
	ErrBadPosting = errors.New("posting needs a currency and must not be zero")
)

// Kind says what an account is for.
type Kind string

// The kinds of account. A positive balance means that the account holds money;
// Outside goes below zero as money comes in from the world.
const (
	Outside    Kind = "outside"    // a gateway's world: payers' cards and banks; owner is the gateway
	Authorized Kind = "authorized" // reserved at a gateway, not taken yet; owner is the transaction
	Escrow     Kind = "escrow"     // taken and held for the payee; owner is the transaction
	PaidOut    Kind = "paid_out"   // left for the payee through a gateway; owner is the user
	PayoutDue  Kind = "payout_due" // left for the payee, and the marketplace has not paid it yet; owner is the user
	Fees       Kind = "fees"       // what a gateway keeps; owner is the gateway
	Available  Kind = "available"  // a user's own spendable balance; owner is the user; guarded
	Frozen     Kind = "frozen"     // a user's balance set aside for a deal; owner is the user; guarded
	Debt       Kind = "debt"       // below zero: what a user owes the marketplace, above: what it owes them; owner is the user
	Losses     Kind = "losses"     // below zero: what went back to payers and nobody owes; owner is who bears it
	Platform   Kind = "platform"   // the marketplace's own money at a gateway, as far as deals change it; owner is the gateway
)

var known = map[Kind]bool{Outside: true, Authorized: true, Escrow: true, PaidOut: true, PayoutDue: true, Fees: true, Available: true, Frozen: true, Debt: true, Losses: true, Platform: true}

// Account names one account inside a community.
type Account struct {
	Kind  Kind
	Owner string
}

// Guarded reports whether the account's balance may never go below zero. The
// store keeps a balance row for guarded accounts and locks it; all others are
// append-only sums, so that a busy one is never a hot row. Escrow and
// Authorized belong to one transaction, whose revision guards them already.
func (a Account) Guarded() bool { return a.Kind == Available || a.Kind == Frozen }

// String is the account's stored name, "kind:owner".
func (a Account) String() string { return string(a.Kind) + ":" + a.Owner }

// ParseAccount is the inverse of Account.String.
func ParseAccount(s string) (Account, error) {
	kind, owner, ok := strings.Cut(s, ":")
	a := Account{Kind(kind), owner}
	if !ok || !a.valid() {
		return Account{}, fmt.Errorf("%w: %q", ErrBadAccount, s)
	}
	return a, nil
}

func (a Account) valid() bool { return known[a.Kind] && a.Owner != "" }

// Posting puts an amount into an account; a negative amount takes it out.
type Posting struct {
	Account Account
	Amount  money.Amount
}

// Entry is one balanced movement of money.
type Entry struct {
	Kind     string // what happened, in the words of the process: "collect", "release"
	Reverses string // the entry that this one undoes, empty otherwise
	Postings []Posting
}

// Move returns the two postings that bring an amount from one account to another.
func Move(from, to Account, amount money.Amount) ([]Posting, error) {
	out, err := amount.Neg()
	if err != nil {
		return nil, err
	}
	return []Posting{{from, out}, {to, amount}}, nil
}

// Validate checks that the entry has postings, names its accounts and sums to
// zero in every currency.
func (e Entry) Validate() error {
	if len(e.Postings) < 2 {
		return fmt.Errorf("%w: %d postings", ErrUnbalanced, len(e.Postings))
	}
	sums := map[money.Currency]int64{}
	for _, p := range e.Postings {
		if !p.Account.valid() {
			return fmt.Errorf("%w: %q", ErrBadAccount, p.Account)
		}
		if p.Amount.IsZero() || p.Amount.Currency() == "" {
			return fmt.Errorf("%w: %s on %s", ErrBadPosting, p.Amount, p.Account)
		}
		sum, err := money.AddMinor(sums[p.Amount.Currency()], p.Amount.Minor())
		if err != nil {
			return err
		}
		sums[p.Amount.Currency()] = sum
	}
	for c, sum := range sums {
		if sum != 0 {
			return fmt.Errorf("%w: off by %s", ErrUnbalanced, money.New(sum, c))
		}
	}
	return nil
}

// Reverse returns the entry that undoes e; id is how e is known in the books.
func (e Entry) Reverse(id string) (Entry, error) {
	r := Entry{Kind: "reverse " + e.Kind, Reverses: id, Postings: make([]Posting, len(e.Postings))}
	for i, p := range e.Postings {
		neg, err := p.Amount.Neg()
		if err != nil {
			return Entry{}, err
		}
		r.Postings[i] = Posting{p.Account, neg}
	}
	return r, nil
}

// Balances sums entries per account and currency, in minor units.
func Balances(entries []Entry) (map[Account]map[money.Currency]int64, error) {
	sums := map[Account]map[money.Currency]int64{}
	for _, e := range entries {
		for _, p := range e.Postings {
			if sums[p.Account] == nil {
				sums[p.Account] = map[money.Currency]int64{}
			}
			sum, err := money.AddMinor(sums[p.Account][p.Amount.Currency()], p.Amount.Minor())
			if err != nil {
				return nil, err
			}
			sums[p.Account][p.Amount.Currency()] = sum
		}
	}
	return sums, nil
}
