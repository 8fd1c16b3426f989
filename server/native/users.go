package native

import (
	"context"
	"net/http"
	"net/mail"
	"net/netip"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// Profiles keeps what gateways have to know about users.
type Profiles interface {
	SaveProfile(ctx context.Context, p orchestrator.Profile) error
}

func (n face) userRoutes() []web.Route {
	return []web.Route{
		{
			Method: http.MethodPut, Path: "/v1/users/{id}", Access: web.Writing, Keying: web.KeyHonoured,
			Summary: "Store what gateways have to know about a user", Body: web.JSON[profileIn](), Answer: web.JSON[profileOut](),
			Serve: n.Kept(n.saveUser),
		},
	}
}

// profileIn is the body of PUT /v1/users/{id}: what gateways have to know about a
// user, and in which language they are written to. The two terms fields go together.
type profileIn struct {
	Email           string     `json:"email" required:"true"`
	FirstName       string     `json:"first_name" required:"true"`
	LastName        string     `json:"last_name" required:"true"`
	CountryCode     string     `json:"country_code" required:"true"`
	TermsAcceptedAt *time.Time `json:"terms_accepted_at"`
	TermsIP         string     `json:"terms_ip"`
	Language        string     `json:"language"`
}

type profileOut struct {
	ID              string     `json:"id"`
	Email           string     `json:"email"`
	FirstName       string     `json:"first_name"`
	LastName        string     `json:"last_name"`
	CountryCode     string     `json:"country_code"`
	TermsAcceptedAt *time.Time `json:"terms_accepted_at"`
	TermsIP         *string    `json:"terms_ip"`
	Language        *string    `json:"language"`
}

const (
	maxEmail = 254
	maxPart  = 100 // of a person's name
)

func (p profileIn) check() error {
	var language error
	if p.Language != "" {
		language = notices.CheckTag(p.Language)
	}
	return fault.All(web.Text("email", p.Email, maxEmail), web.Text("first_name", p.FirstName, maxPart),
		web.Text("last_name", p.LastName, maxPart), web.Text("country_code", p.CountryCode, 2),
		p.checkEmail(), p.checkCountry(), language, p.checkTerms())
}

func (p profileIn) checkEmail() error {
	if address, err := mail.ParseAddress(p.Email); err != nil || address.Address != p.Email {
		return web.Invalid("invalid_email", "email", "email must be one address, such as bea@example.com")
	}
	return nil
}

func (p profileIn) checkCountry() error {
	if c := p.CountryCode; len(c) != 2 || c[0] < 'A' || c[0] > 'Z' || c[1] < 'A' || c[1] > 'Z' {
		return web.Invalid("invalid_country_code", "country_code", "country_code must be two capital letters (ISO 3166-1), such as IE")
	}
	return nil
}

func (p profileIn) checkTerms() error {
	switch {
	case p.TermsAcceptedAt == nil && p.TermsIP == "":
		return nil
	case p.TermsAcceptedAt == nil:
		return web.Missing("terms_accepted_at")
	case p.TermsIP == "":
		return web.Missing("terms_ip")
	}
	if address, err := netip.ParseAddr(p.TermsIP); err != nil || address.Zone() != "" {
		return web.Invalid("invalid_ip", "terms_ip", "terms_ip must be an IPv4 or IPv6 address")
	}
	return nil
}

// saveUser stores or replaces a user's profile. A user may change only their own.
func (n face) saveUser(c *gin.Context, who deal.Caller) error {
	id := c.Param("id")
	if err := web.UserID("id", &id); err != nil {
		return err
	}
	if who.Actor.Kind == process.User && who.Actor.ID != id {
		return fault.New(fault.Forbidden, "not_yourself", "a user may change only their own profile")
	}
	var in profileIn
	if _, err := n.ReadJSON(c, web.InFreeText, &in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	p := orchestrator.Profile{
		CommunityID: who.Community(), UserID: id, Email: in.Email, FirstName: in.FirstName, LastName: in.LastName,
		CountryCode: in.CountryCode, TermsIP: in.TermsIP, Language: in.Language,
	}
	if in.TermsAcceptedAt != nil {
		p.TermsAcceptedAt = in.TermsAcceptedAt.UTC()
	}
	if err := n.Profiles.SaveProfile(c.Request.Context(), p); err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, profileOut{
		id, p.Email, p.FirstName, p.LastName, p.CountryCode, web.OptionalTime(p.TermsAcceptedAt), web.OptionalText(p.TermsIP), web.OptionalText(p.Language),
	})
}
