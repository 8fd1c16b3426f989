package native

import (
	"cmp"
	"context"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// sellers are users as somebody who is paid.
type sellers interface {
	Seller(ctx context.Context, community int64, user string) (orchestrator.Seller, error)
	OnboardSeller(ctx context.Context, community int64, user, gateway string, to orchestrator.Return) (orchestrator.OnboardingLink, error)
	LinkSeller(ctx context.Context, community int64, user, gateway, account string, by orchestrator.By) error
	UnlinkSeller(ctx context.Context, community int64, user, gateway string, by orchestrator.By) error
}

func (n face) sellerRoutes() []web.Route {
	const seller = "/v1/sellers/{user_id}"
	return []web.Route{
		{
			Method: http.MethodGet, Path: seller, Access: web.Reading,
			Summary: "Read how a seller stands at each gateway", Answer: web.JSON[sellerOut](),
			Serve: n.Backend(n.seller),
		},
		{
			Method: http.MethodPost, Path: seller + "/onboarding", Access: web.Writing, Keying: web.KeyHonoured,
			Name: "sellers.onboard", Summary: "Get a link to the page on which a gateway sets a seller up", Body: web.JSON[onboardingIn](), Answer: web.JSON[onboardingOut](), Status: http.StatusCreated,
			Serve: n.Apart(n.onboard),
		},
		{
			Method: http.MethodPut, Path: seller + "/accounts/{gateway}", Access: web.Operating, Keying: web.KeyHonoured,
			Name: "sellers.linkAccount", Summary: "Link an account at a gateway to a seller", Body: web.JSON[accountIn](), Answer: web.JSON[sellerOut](),
			Serve: n.Apart(n.linkAccount),
		},
		{
			Method: http.MethodDelete, Path: seller + "/accounts/{gateway}", Access: web.Operating, Keying: web.KeyHonoured,
			Name: "sellers.unlinkAccount", Summary: "Forget a seller's account at a gateway", Query: []string{"reason"}, Status: http.StatusNoContent,
			Serve: n.Kept(n.unlinkAccount),
		},
	}
}

// sellerOut is a user as somebody who is paid.
type sellerOut struct {
	UserID   string          `json:"user_id"`
	Gateways []accountAt     `json:"gateways"` // those in whose deals money moves
	Debt     []deal.MoneyOut `json:"debt"`     // what they owe the marketplace
	labelsOut
}

// accountAt is a seller at one gateway, as it tells now.
type accountAt struct {
	Gateway          string   `json:"gateway"`
	Status           string   `json:"status"` // missing, pending, active, restricted, rejected; unknown: the gateway did not answer
	CanBePaid        bool     `json:"can_be_paid"`
	CanReceivePayout bool     `json:"can_receive_payouts"`
	AccountID        *string  `json:"account_id"`
	Due              []dueOut `json:"due"`
	Currencies       []string `json:"currencies"`
}

// dueOut is something that a gateway asks of a seller, in its words.
type dueOut struct {
	What string     `json:"what"`
	By   *time.Time `json:"by"`
}

func showSeller(s orchestrator.Seller, a process.Actor) sellerOut {
	out := sellerOut{labelsOut: showLabels(s.Labels, a), UserID: s.UserID, Gateways: []accountAt{}, Debt: []deal.MoneyOut{}}
	for _, a := range s.Accounts {
		at := accountAt{
			Gateway: a.Gateway, Status: string(a.Status), CanBePaid: a.CanBePaid, CanReceivePayout: a.GetsPayouts,
			AccountID: web.OptionalText(a.ID), Due: []dueOut{}, Currencies: append([]string{}, a.Currencies...),
		}
		for _, d := range a.Due {
			at.Due = append(at.Due, dueOut{d.What, web.OptionalTime(d.By)})
		}
		out.Gateways = append(out.Gateways, at)
	}
	for _, owed := range s.Debt {
		out.Debt = append(out.Debt, deal.ShowMoney(owed))
	}
	return out
}

// onboardingIn is the body of POST /v1/sellers/{user_id}/onboarding: where the gateway's
// page leads back to, and where to, when the link is too old; default the same. Details are for
// a gateway without a page.
type onboardingIn struct {
	Gateway    string            `json:"gateway" required:"true"`
	ReturnURL  string            `json:"return_url" required:"true"`
	RefreshURL string            `json:"refresh_url"`
	Details    map[string]string `json:"details"`
}

type onboardingOut struct {
	URL       string     `json:"url"`
	ExpiresAt *time.Time `json:"expires_at"` // null: the gateway does not say
}

// accountIn is the body of PUT /v1/sellers/{user_id}/accounts/{gateway}. A person must say
// why.
type accountIn struct {
	AccountID string `json:"account_id" required:"true"`
	Reason    string `json:"reason"`
}

// ofSeller is the user in the path. A user may ask only about themselves.
func ofSeller(c *gin.Context, who deal.Caller) (string, error) {
	user := c.Param("user_id")
	if err := web.UserID("user_id", &user); err != nil {
		return "", err
	}
	if who.Actor.Kind == process.User && who.Actor.ID != user {
		return "", fault.New(fault.Forbidden, "not_yourself", "a user may see and set up only their own accounts")
	}
	return user, nil
}

func (n face) seller(c *gin.Context, who deal.Caller) error {
	user, err := ofSeller(c, who)
	if err != nil {
		return err
	}
	return n.sendSeller(c, who, user)
}

func (n face) sendSeller(c *gin.Context, who deal.Caller, user string) error {
	s, err := n.engine.Seller(c.Request.Context(), who.Community(), user)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, showSeller(s, who.Actor))
}

func (n face) onboard(c *gin.Context, who deal.Caller) error {
	user, err := ofSeller(c, who)
	if err != nil {
		return err
	}
	var in onboardingIn
	if _, err := n.ReadJSON(c, web.BesidesBankAccounts, &in); err != nil {
		return err
	}
	to := orchestrator.Return{Done: in.ReturnURL, Again: cmp.Or(in.RefreshURL, in.ReturnURL), Details: in.Details}
	wrong := []error{webAddress("return_url", to.Done), optionalAddress("refresh_url", in.RefreshURL)}
	for _, name := range slices.Sorted(maps.Keys(in.Details)) {
		wrong = append(wrong, web.Text("details", in.Details[name], web.MaxText))
	}
	if err := fault.All(wrong...); err != nil {
		return err
	}
	link, err := n.engine.OnboardSeller(c.Request.Context(), who.Community(), user, in.Gateway, to)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusCreated, onboardingOut{link.URL, web.OptionalTime(link.ExpiresAt)})
}

// maxAddress is how many bytes a web address may have.
const maxAddress = 2048

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// webAddress refuses what no browser should be led to.
func webAddress(field, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || len(address) > maxAddress || u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname())) {
		return web.Invalid("invalid_url", field, "%s must be an https address, such as https://shop.example.com/payouts (http only for a loopback address)", field)
	}
	return nil
}

// optionalAddress is webAddress for one that may be left out.
func optionalAddress(field, address string) error {
	if address == "" {
		return nil
	}
	return webAddress(field, address)
}

func (n face) linkAccount(c *gin.Context, who deal.Caller) error {
	var in accountIn
	user, staff, err := n.sellerByStaff(c, who)
	if err != nil {
		return err
	}
	if _, err := n.ReadJSON(c, web.InFreeText, &in); err != nil {
		return err
	}
	by, err := n.by(c, staff, in.Reason)
	if err := fault.All(web.Text("account_id", in.AccountID, web.MaxText), err); err != nil {
		return err
	}
	if err := n.engine.LinkSeller(c.Request.Context(), who.Community(), user, c.Param("gateway"), in.AccountID, by); err != nil {
		return err
	}
	return n.sendSeller(c, who, user)
}

func (n face) unlinkAccount(c *gin.Context, who deal.Caller) error {
	user, staff, err := n.sellerByStaff(c, who)
	if err != nil {
		return err
	}
	query, err := web.Parameters(c, "reason")
	if err != nil {
		return err
	}
	by, err := n.by(c, staff, query["reason"])
	if err != nil {
		return err
	}
	if err := n.engine.UnlinkSeller(c.Request.Context(), who.Community(), user, c.Param("gateway"), by); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

// sellerByStaff is the user in the path, and who of the staff asks.
func (n face) sellerByStaff(c *gin.Context, who deal.Caller) (user string, staff process.Actor, err error) {
	if staff, err = operator(who); err != nil {
		return "", staff, err
	}
	user, err = ofSeller(c, who)
	return user, staff, err
}
