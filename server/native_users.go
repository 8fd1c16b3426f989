package server

import (
	"cmp"
	"context"
	"net/http"
	"net/mail"
	"net/netip"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Profiles keeps what gateways have to know about users.
type Profiles interface {
	SaveProfile(ctx context.Context, p orchestrator.Profile) error
}

func (n native) userRoutes() []Route {
	return []Route{
		{
			Method: http.MethodPut, Path: "/v1/users/{id}", Access: Writing,
			Summary: "Store what gateways have to know about a user", Body: is[profileIn](), Answer: is[profileOut](),
			Serve: n.Backend(n.saveUser),
		},
	}
}

// profileIn is the body of PUT /v1/users/{id}: what gateways have to know about a
// user. The two terms fields go together.
type profileIn struct {
	Email           string     `json:"email" required:"true"`
	FirstName       string     `json:"first_name" required:"true"`
	LastName        string     `json:"last_name" required:"true"`
	CountryCode     string     `json:"country_code" required:"true"`
	TermsAcceptedAt *time.Time `json:"terms_accepted_at"`
	TermsIP         string     `json:"terms_ip"`
}

type profileOut struct {
	ID              string     `json:"id"`
	Email           string     `json:"email"`
	FirstName       string     `json:"first_name"`
	LastName        string     `json:"last_name"`
	CountryCode     string     `json:"country_code"`
	TermsAcceptedAt *time.Time `json:"terms_accepted_at"`
	TermsIP         *string    `json:"terms_ip"`
}

const (
	maxEmail = 254
	maxPart  = 100 // of a person's name
)

func (p profileIn) check() error {
	if err := cmp.Or(text("email", p.Email, maxEmail), text("first_name", p.FirstName, maxPart),
		text("last_name", p.LastName, maxPart), text("country_code", p.CountryCode, 2)); err != nil {
		return err
	}
	if address, err := mail.ParseAddress(p.Email); err != nil || address.Address != p.Email {
		return invalid("invalid_email", "email", "email must be one address, such as bea@example.com")
	}
	if c := p.CountryCode; len(c) != 2 || c[0] < 'A' || c[0] > 'Z' || c[1] < 'A' || c[1] > 'Z' {
		return invalid("invalid_country_code", "country_code", "country_code must be two capital letters (ISO 3166-1), such as IE")
	}
	return p.checkTerms()
}

func (p profileIn) checkTerms() error {
	switch {
	case p.TermsAcceptedAt == nil && p.TermsIP == "":
		return nil
	case p.TermsAcceptedAt == nil:
		return missing("terms_accepted_at")
	case p.TermsIP == "":
		return missing("terms_ip")
	}
	if address, err := netip.ParseAddr(p.TermsIP); err != nil || address.Zone() != "" {
		return invalid("invalid_ip", "terms_ip", "terms_ip must be an IPv4 or IPv6 address")
	}
	return nil
}

// saveUser stores or replaces a user's profile. A user may change only their own.
func (n native) saveUser(c *gin.Context, who caller) error {
	id := c.Param("id")
	if err := userID("id", &id); err != nil {
		return err
	}
	if who.actor.Kind == process.User && who.actor.ID != id {
		return fault.New(fault.Forbidden, "not_yourself", "a user may change only their own profile")
	}
	var in profileIn
	if _, err := n.readJSON(c, inFreeText, &in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	p := orchestrator.Profile{
		CommunityID: who.community(), UserID: id, Email: in.Email, FirstName: in.FirstName, LastName: in.LastName,
		CountryCode: in.CountryCode, TermsIP: in.TermsIP,
	}
	if in.TermsAcceptedAt != nil {
		p.TermsAcceptedAt = in.TermsAcceptedAt.UTC()
	}
	if err := n.Profiles.SaveProfile(c.Request.Context(), p); err != nil {
		return err
	}
	return send(c, http.StatusOK, profileOut{
		id, p.Email, p.FirstName, p.LastName, p.CountryCode, optionalTime(p.TermsAcceptedAt), optionalText(p.TermsIP),
	})
}
