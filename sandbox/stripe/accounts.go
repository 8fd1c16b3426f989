package stripe

import (
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// account is a connected account: a seller. It can be paid from the moment it is made, without onboarding.
type account struct {
	ID, Kind, Country, Email string
	Enabled                  bool
	Created                  time.Time
	Metadata                 map[string]string
}

func (a *account) Name() string     { return a.ID }
func (a *account) since() time.Time { return a.Created }

func (a *account) view() object {
	capability, due := "active", []string{}
	if !a.Enabled {
		capability, due = "inactive", []string{"external_account"}
	}
	return object{
		"id": a.ID, "object": "account", "type": a.Kind, "country": a.Country, "email": orNull(a.Email), "created": a.Created.Unix(),
		"charges_enabled": a.Enabled, "payouts_enabled": a.Enabled, "details_submitted": a.Enabled, "default_currency": "eur",
		"capabilities": object{"card_payments": capability, "transfers": capability}, "metadata": metadataView(a.Metadata),
		"requirements": object{"currently_due": due, "past_due": []string{}, "eventually_due": due, "pending_verification": []string{},
			"disabled_reason": nil, "current_deadline": nil, "errors": []string{}, "alternatives": []string{}},
	}
}

// createAccount serves POST /v1/accounts.
func createAccount(c *call) (object, *Error) {
	kind, err := c.form.oneOf("type", "custom", "express", "standard")
	if err != nil {
		return nil, err
	}
	metadata, err := c.form.metadata(nil)
	if err != nil {
		return nil, err
	}
	a := &account{
		ID: "acct_" + c.Random()[:16], Kind: stage.Or(kind == "", "standard", kind), Email: c.form.text("email"), Enabled: true,
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
	refused := noSuch("account", id, "")
	e.locked(func(s *state) {
		if a, ok := s.Accounts.Get(id); ok {
			refused = nil
			a.Enabled = enabled
			s.emit("account.updated", a.view(), self(s.Now()))
		}
	})
	return asError(refused)
}
