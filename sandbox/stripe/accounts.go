package stripe

import (
	"slices"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// account is a connected account: a seller. It can be paid as soon as all that Stripe asks for is there: given with the
// call that makes it, or by a person on the page of an account link.
type account struct {
	ID, Kind, Country, Email string
	DisplayName              string // of accounts of the second version
	Enabled                  bool
	Submitted                bool            // a person or the call has given the details; they may be too few
	Rejected                 bool            // by Stripe, for good
	Asked                    []string        // what Stripe asks for in addition, of an account that is paid
	Deadline                 time.Time       // of that; then nothing more is paid out. Zero: it has none
	Off                      map[string]bool // capabilities that the platform does not request
	Late                     bool            // the deadline is over
	AskTimer                 uint64
	Created                  time.Time
	Metadata                 map[string]string
	Banks                    []*bank
	Interval, Anchor         string    // of automatic payouts, and the day of the week or of the month
	PayAt                    time.Time // of the next one; zero: nothing waits for it
	Timer                    uint64    // of that
}

func (a *account) Name() string     { return a.ID }
func (a *account) since() time.Time { return a.Created }

// missing is what has to be given before money can be paid out. It has no deadline: it is late at once.
func (a *account) missing() []string {
	switch {
	case !a.Enabled && !a.Submitted:
		return []string{"business_profile.url", "external_account", "tos_acceptance.date"}
	case !a.Enabled || a.bankFor("") == nil:
		return []string{"external_account"}
	}
	return nil
}

// due is what Stripe asks for, what of it is late, and why the account cannot be paid meanwhile. What is asked for in
// addition is late when its deadline is over.
func (a *account) due() (due, late []string, reason any) {
	if a.Rejected && !a.Enabled {
		return []string{}, []string{}, "rejected.fraud"
	}
	late = append([]string{}, a.missing()...)
	due = slices.Clone(late)
	for _, what := range a.Asked {
		if !slices.Contains(due, what) {
			due = append(due, what)
		}
	}
	if a.overdue() {
		late = slices.Clone(due)
	}
	if !a.Enabled || a.overdue() {
		reason = "requirements.past_due"
	}
	return due, late, reason
}

func (a *account) view() object {
	due, late, reason := a.due()
	return object{
		"id": a.ID, "object": "account", "type": a.Kind, "country": a.Country, "email": orNull(a.Email), "created": a.Created.Unix(),
		"charges_enabled": a.Enabled && !a.overdue(), "payouts_enabled": a.payable(), "details_submitted": a.Submitted || a.Enabled, "default_currency": "eur",
		"capabilities": object{"card_payments": a.capability("card_payments"), "transfers": a.capability("transfers")}, "metadata": metadataView(a.Metadata),
		"external_accounts": a.banksView(), "settings": object{"payouts": a.scheduleView()},
		"requirements": object{"currently_due": due, "past_due": late, "eventually_due": due, "pending_verification": []string{},
			"disabled_reason": reason, "current_deadline": unix(a.Deadline), "errors": []string{}, "alternatives": []string{}},
	}
}

// createAccount serves POST /v1/accounts. An account that comes with where to pay out to and with accepted terms needs
// nothing more here; every other one waits for a person.
func createAccount(c *call) (object, *Error) {
	kind, err := c.form.oneOf("type", "custom", "express", "standard")
	if err != nil {
		return nil, err
	}
	metadata, err := c.form.metadata(nil)
	if err != nil {
		return nil, err
	}
	complete := c.form.hasBank() && c.form.text("tos_acceptance[date]") != ""
	a := &account{
		ID: "acct_" + c.Random()[:16], Kind: stage.Or(kind == "", "standard", kind), Email: c.form.text("email"), Enabled: complete, Submitted: complete,
		Country: stage.Or(c.form.text("country") == "", "IE", c.form.text("country")), Created: c.by.at, Metadata: metadata,
	}
	if err := c.readSchedule(a); err != nil {
		return nil, err
	}
	if c.form.hasBank() {
		b, err := c.readBank(a)
		if err != nil {
			return nil, err
		}
		a.addBank(b, true)
	}
	c.Accounts.Add(a)
	return a.view(), nil
}

// updateAccount serves POST /v1/accounts/{id}. A new bank account takes the place of the default one of its currency.
func updateAccount(c *call) (object, *Error) {
	a, err := inPath(c, &c.Accounts, "account")
	if err != nil {
		return nil, err
	}
	metadata, err := c.form.metadata(a.Metadata)
	if err != nil {
		return nil, err
	}
	if err := c.readSchedule(a); err != nil {
		return nil, err
	}
	if c.form.hasBank() {
		b, err := c.readBank(a)
		if err != nil {
			return nil, err
		}
		a.addBank(b, true)
	}
	a.Metadata = metadata
	if c.form.has("email") {
		a.Email = c.form.text("email")
	}
	if c.form.text("tos_acceptance[date]") != "" && len(a.Banks) > 0 && !a.Rejected {
		a.Enabled, a.Submitted = true, true
	}
	c.emitOf(a.ID, "account.updated", a.view(), c.by)
	c.planPayout(a, c.by.at)
	return a.view(), nil
}

// banksView is the list of bank accounts in an account.
func (a *account) banksView() object {
	data := []object{}
	for _, b := range a.Banks {
		data = append(data, b.view())
	}
	return object{"object": "list", "data": data, "has_more": false, "total_count": len(data), "url": "/v1/accounts/" + a.ID + "/external_accounts"}
}

func listAccounts(c *call) (object, *Error) {
	return list(c, &c.Accounts, func(*account) bool { return true })
}

// EnableAccount lets a connected account be paid or not, as onboarding and reviews do; the event account.updated tells. It
// returns an [*Error] with code resource_missing for an unknown id.
func (e *World) EnableAccount(id string, enabled bool) error {
	return asError(e.changeAccount(id, func(_ *state, a *account) { a.Enabled, a.Submitted, a.Rejected = enabled, true, false }))
}

// RejectAccount ends a connected account as Stripe does after a review: it can no longer be paid.
func (e *World) RejectAccount(id string) error {
	return asError(e.changeAccount(id, reject))
}

func reject(_ *state, a *account) { a.Enabled, a.Rejected = false, true }

func (e *World) changeAccount(id string, change func(*state, *account)) *Error {
	refused := noSuch("account", id, "")
	e.locked(func(s *state) {
		if a, ok := s.Accounts.Get(id); ok {
			refused = nil
			change(s, a)
			if a.Enabled {
				a.standardBank(s.Now())
				s.planPayout(a, s.Now())
			}
			s.emitOf(a.ID, "account.updated", a.view(), self(s.Now()))
		}
	})
	return refused
}
