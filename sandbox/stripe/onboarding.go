package stripe

import (
	"net/http"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// accountLink leads a seller to the page on which an account is set up.
type accountLink struct {
	Token           string
	Account         string
	Return, Refresh string
	Created         time.Time
	Used            bool
}

// linkLife is how long a link leads anywhere; Stripe says minutes.
const linkLife = 5 * time.Minute

func (l *accountLink) Name() string { return l.Token }

func (l *accountLink) ends() time.Time { return l.Created.Add(linkLife) }

// createAccountLink serves POST /v1/account_links.
func createAccountLink(c *call) (object, *Error) {
	if kind, err := c.form.oneOf("type", "account_onboarding", "account_update"); err != nil {
		return nil, err
	} else if kind == "" {
		return nil, malformed("parameter_missing", "type", "Missing required param: type.")
	}
	id := c.form.text("account")
	switch a, ok := c.Accounts.Get(id); {
	case !ok:
		return nil, noSuch("account", id, "account")
	case a.Rejected:
		return nil, rejected(id)
	}
	l := &accountLink{Token: c.Random()[:24], Account: id, Return: c.form.text("return_url"), Refresh: c.form.text("refresh_url"), Created: c.by.at}
	for name, address := range map[string]string{"return_url": l.Return, "refresh_url": l.Refresh} {
		if !stage.IsWeb(address) {
			return nil, invalid("url_invalid", name, "Not a valid URL")
		}
	}
	c.Links.Add(l)
	return object{
		"object": "account_link", "created": l.Created.Unix(), "expires_at": l.ends().Unix(),
		"url": c.cfg.PublicURL + "/setup/" + l.Account + "/" + l.Token,
	}, nil
}

// rejected refuses to set an account up again that Stripe has ended.
func rejected(id string) *Error {
	return invalid("", "account", "The account %s has been rejected; it cannot be set up.", id)
}

// How a seller leaves the page.
const (
	setUp     = "success"
	leftOut   = "incomplete"
	turnedOff = "rejected"
)

// setup is one request to the page of a link.
type setup struct {
	world *World
	token string
}

// routeSetup serves the pages where sellers set up their accounts.
func routeSetup(t *stage.Router[*Emulator]) {
	stage.RouteTill(t, kind(), "/setup/{account}/{token}", func(e *Emulator, r *http.Request) (stage.Till, error) {
		token := r.PathValue("token")
		in := &World{e.stage.Find(func(s *state) bool {
			l, ok := s.Links.Get(token)
			return ok && l.Account == r.PathValue("account")
		})}
		v := setup{in, token}
		_, _, refused := v.look()
		return v, asError(refused)
	})
}

// look copies the link of the page and its account.
func (v setup) look() (l accountLink, a account, refused *Error) {
	refused = noSuch("account_link", v.token, "")
	v.world.locked(func(s *state) {
		found, ok := s.Links.Get(v.token)
		if !ok {
			return
		}
		if seller, ok := s.Accounts.Get(found.Account); ok {
			l, a, refused = *found, *seller, nil
			l.Used = l.Used || s.Now().After(l.ends())
		}
	})
	return l, a, refused
}

// leave plays the seller, who leaves the page; the account is as they left it.
func (v setup) leave(how string) (after object, back string, refused *Error) {
	switch how {
	case setUp, leftOut, turnedOff:
	default:
		return nil, "", invalid("invalid_choice", "card", "Use one of success, incomplete, rejected.")
	}
	l, a, refused := v.look()
	switch {
	case refused != nil:
		return nil, "", refused
	case l.Used:
		return nil, l.Refresh, invalid("account_link_expired", "", "The link was used or is too old; ask for a new one.")
	case a.Rejected:
		return nil, l.Return, rejected(a.ID)
	}
	v.world.locked(func(s *state) {
		if link, ok := s.Links.Get(v.token); ok {
			link.Used = true
		}
	})
	switch how {
	case setUp:
		refused = v.world.changeAccount(a.ID, giveAll)
	case turnedOff:
		refused = v.world.changeAccount(a.ID, reject)
	}
	return v.world.found(a.ID), l.Return, refused
}

// giveAll plays a seller who gives all that is asked for: another bank account, too, where the bank has refused a payout.
func giveAll(s *state, a *account) {
	a.Enabled, a.Submitted, a.Asked, a.Deadline = true, true, nil, time.Time{}
	if len(a.Banks) == 0 || a.payable() {
		return
	}
	b := &bank{ID: "ba_" + s.Random(), Account: a.ID, Country: a.Country, Currency: currencyOf(a.Country), Last4: "3000", Created: s.Now()}
	a.addBank(b, true)
	s.emitOf(a.ID, "account.external_account.created", b.view(), self(s.Now()))
}

// Pay plays the seller for a program.
func (v setup) Pay(how string) (stage.Value, error) {
	after, _, refused := v.leave(how)
	return after, asError(refused)
}

// Press plays a button.
func (v setup) Press(how string) (back string) {
	_, back, _ = v.leave(how)
	return back
}

// See is the page as it is now.
func (v setup) See(string) (stage.PayPage, error) {
	l, a, refused := v.look()
	if refused != nil {
		return stage.PayPage{}, refused
	}
	shown := stage.PayPage{Gateway: "Stripe", For: "Get paid through this marketplace", Reference: a.ID}
	if l.Used {
		shown.Notice, shown.Back = "This link was used or is too old.", l.Refresh
		return shown, nil
	}
	shown.Ways = []stage.Way{
		{Card: setUp, Text: "Give all details"},
		{Card: leftOut, Text: "Leave", Means: "You leave without finishing; the account stays as it is."},
		{Card: turnedOff, Text: "Be rejected", Means: "Stripe closes the account."},
	}
	return shown, nil
}
