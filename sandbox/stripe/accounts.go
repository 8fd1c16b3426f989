package stripe

import (
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// account is a connected account: a seller. It can be paid as soon as all that Stripe asks for is there: given with the
// call that makes it, or by a person on the page of an account link.
type account struct {
	ID, Kind, Country, Email string
	Enabled                  bool
	Submitted                bool // a person or the call has given the details; they may be too few
	Rejected                 bool // by Stripe, for good
	Created                  time.Time
	Metadata                 map[string]string
}

func (a *account) Name() string     { return a.ID }
func (a *account) since() time.Time { return a.Created }

// due is what Stripe asks for, and why the account cannot be paid meanwhile.
func (a *account) due() (due []string, reason any) {
	switch {
	case a.Enabled:
		return []string{}, nil
	case a.Rejected:
		return []string{}, "rejected.fraud"
	case a.Submitted:
		return []string{"external_account"}, "requirements.past_due"
	}
	return []string{"business_profile.url", "external_account", "tos_acceptance.date"}, "requirements.past_due"
}

func (a *account) view() object {
	capability := "active"
	if !a.Enabled {
		capability = "inactive"
	}
	due, reason := a.due()
	return object{
		"id": a.ID, "object": "account", "type": a.Kind, "country": a.Country, "email": orNull(a.Email), "created": a.Created.Unix(),
		"charges_enabled": a.Enabled, "payouts_enabled": a.Enabled, "details_submitted": a.Submitted || a.Enabled, "default_currency": "eur",
		"capabilities": object{"card_payments": capability, "transfers": capability}, "metadata": metadataView(a.Metadata),
		"requirements": object{"currently_due": due, "past_due": []string{}, "eventually_due": due, "pending_verification": []string{},
			"disabled_reason": reason, "current_deadline": nil, "errors": []string{}, "alternatives": []string{}},
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
	complete := c.form.text("external_account") != "" && c.form.text("tos_acceptance[date]") != ""
	a := &account{
		ID: "acct_" + c.Random()[:16], Kind: stage.Or(kind == "", "standard", kind), Email: c.form.text("email"), Enabled: complete, Submitted: complete,
		Country: stage.Or(c.form.text("country") == "", "IE", c.form.text("country")), Created: c.by.at, Metadata: metadata,
	}
	c.Accounts.Add(a)
	return a.view(), nil
}

func listAccounts(c *call) (object, *Error) {
	return list(c, &c.Accounts, func(*account) bool { return true })
}

// EnableAccount lets a connected account be paid or not, as onboarding and reviews do; the event account.updated tells. It
// returns an [*Error] with code resource_missing for an unknown id.
func (e *World) EnableAccount(id string, enabled bool) error {
	return asError(e.changeAccount(id, func(a *account) { a.Enabled, a.Submitted, a.Rejected = enabled, true, false }))
}

// RejectAccount ends a connected account as Stripe does after a review: it can no longer be paid.
func (e *World) RejectAccount(id string) error {
	return asError(e.changeAccount(id, reject))
}

func reject(a *account) { a.Enabled, a.Rejected = false, true }

func (e *World) changeAccount(id string, change func(*account)) *Error {
	refused := noSuch("account", id, "")
	e.locked(func(s *state) {
		if a, ok := s.Accounts.Get(id); ok {
			refused = nil
			change(a)
			s.emit("account.updated", a.view(), self(s.Now()))
		}
	})
	return refused
}
