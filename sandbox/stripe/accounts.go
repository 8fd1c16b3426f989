package stripe

import "time"

// account is a connected account: a seller. It can be paid from the moment it is made, without onboarding.
type account struct {
	id, kind, country, email string
	enabled                  bool
	created                  time.Time
	metadata                 map[string]string
}

func (a *account) name() string     { return a.id }
func (a *account) since() time.Time { return a.created }

func (a *account) view() object {
	capability, due := "active", []string{}
	if !a.enabled {
		capability, due = "inactive", []string{"external_account"}
	}
	return object{
		"id": a.id, "object": "account", "type": a.kind, "country": a.country, "email": orNull(a.email), "created": a.created.Unix(),
		"charges_enabled": a.enabled, "payouts_enabled": a.enabled, "details_submitted": a.enabled, "default_currency": "eur",
		"capabilities": object{"card_payments": capability, "transfers": capability}, "metadata": metadataView(a.metadata),
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
		id: "acct_" + c.random()[:16], kind: orDefault(kind == "", "standard", kind), email: c.form.text("email"), enabled: true,
		country: orDefault(c.form.text("country") == "", "IE", c.form.text("country")), created: c.by.at, metadata: metadata,
	}
	c.accounts.add(a)
	return a.view(), nil
}

func listAccounts(c *call) (object, *Error) {
	return list(c, &c.accounts, func(*account) bool { return true })
}

// EnableAccount lets a connected account be paid or not, as onboarding and reviews do; the event account.updated tells. It
// returns an [*Error] with code resource_missing for an unknown id.
func (e *Emulator) EnableAccount(id string, enabled bool) error {
	refused := noSuch("account", id, "")
	e.locked(func(s *state) {
		if a, ok := s.accounts.get(id); ok {
			refused = nil
			a.enabled = enabled
			s.emit("account.updated", a.view(), self(s.now()))
		}
	})
	return asError(refused)
}
