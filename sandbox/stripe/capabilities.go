package stripe

import (
	"slices"
	"time"
)

// capabilities are those that an account may have here.
var capabilities = []string{"card_payments", "transfers"}

// overdue reports whether the time is over in which what is asked for was to be given.
func (a *account) overdue() bool { return a.Late && len(a.Asked) > 0 }

// capability is the status of one.
func (a *account) capability(name string) string {
	switch {
	case a.Off[name]:
		return "unrequested"
	case a.Enabled && !a.overdue():
		return "active"
	}
	return "inactive"
}

func (a *account) capabilityView(name string) object {
	due, late, reason := a.due()
	if a.Off[name] {
		due, late, reason = []string{}, []string{}, nil
	}
	return object{
		"id": name, "object": "capability", "account": a.ID, "requested": !a.Off[name], "requested_at": unix(a.Created), "status": a.capability(name),
		"requirements": object{"currently_due": due, "past_due": late, "eventually_due": due, "pending_verification": []string{},
			"disabled_reason": reason, "current_deadline": unix(a.Deadline), "errors": []string{}, "alternatives": []string{}},
	}
}

// capabilityInPath finds the account and the capability that the path names.
func (c *call) capabilityInPath() (*account, string, *Error) {
	a, err := inPath(c, &c.Accounts, "account")
	if err != nil {
		return nil, "", err
	}
	name := c.request.PathValue("capability")
	if !slices.Contains(capabilities, name) {
		return nil, "", noSuch("capability", name, "")
	}
	return a, name, nil
}

func getCapability(c *call) (object, *Error) {
	a, name, err := c.capabilityInPath()
	if err != nil {
		return nil, err
	}
	return a.capabilityView(name), nil
}

func listCapabilities(c *call) (object, *Error) {
	a, err := inPath(c, &c.Accounts, "account")
	if err != nil {
		return nil, err
	}
	views := make([]object, len(capabilities))
	for i, name := range capabilities {
		views[i] = a.capabilityView(name)
	}
	return object{"object": "list", "url": c.request.URL.Path, "has_more": false, "data": views}, nil
}

// updateCapability serves POST /v1/accounts/{id}/capabilities/{capability}, with which a platform requests one, or no longer.
func updateCapability(c *call) (object, *Error) {
	a, name, err := c.capabilityInPath()
	if err != nil {
		return nil, err
	}
	wanted, err := c.form.flag("requested")
	if err != nil {
		return nil, err
	}
	if c.form.has("requested") {
		if a.Off == nil {
			a.Off = map[string]bool{}
		}
		if a.Off[name] = !wanted; wanted {
			delete(a.Off, name)
		}
		c.emitOf(a.ID, "capability.updated", a.capabilityView(name), c.by)
		c.emitOf(a.ID, "account.updated", a.view(), c.by)
	}
	return a.capabilityView(name), nil
}

// AskAccount lets Stripe ask a seller for more, such as individual.verification.document. An account that is paid stays so
// until the deadline, and is not paid after it until a person has been on the page of a link. Without a time there is no
// deadline. It returns an [*Error] with code resource_missing for an unknown id.
func (e *World) AskAccount(id string, within time.Duration, what ...string) error {
	var asked *account
	refused := e.changeAccount(id, func(_ *state, a *account) {
		a.Asked, a.Late, a.Deadline, asked = slices.Clone(what), false, time.Time{}, a
	})
	if refused != nil || within <= 0 {
		return asError(refused)
	}
	e.locked(func(s *state) {
		asked.Deadline = s.Now().Add(within)
		s.askBy(asked)
		s.emitOf(asked.ID, "account.updated", asked.view(), self(s.Now()))
	})
	return nil
}

// askBy sets the end of the time in which something is to be given.
func (s *state) askBy(a *account) {
	deadline := a.Deadline
	a.AskTimer = s.Timers.Set(deadline, func(at time.Time) {
		if !a.Deadline.Equal(deadline) || len(a.Asked) == 0 {
			return // it was given, or asked for anew
		}
		a.Late = true
		s.emitOf(a.ID, "account.updated", a.view(), self(at))
	})
}
