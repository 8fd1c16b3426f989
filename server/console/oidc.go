package console

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/pass"
	"github.com/handsel-dev/handsel/internal/sso"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/look"
	"github.com/handsel-dev/handsel/server/web"
)

// SSO is an issuer at which people log in.
type SSO interface {
	// Host is what people know it by.
	Host() string
	// LoginURL and LoggedIn begin and end a login, as *sso.Issuer does.
	LoginURL(ctx context.Context, l sso.Login) (string, error)
	LoggedIn(ctx context.Context, l sso.Login, code string) (sso.Person, error)
}

// LoginPath is where the browser comes back to from the issuer.
const LoginPath = enter + "/oidc"

// LoginLife is how long somebody may take to log in at the issuer; our choice.
const LoginLife = 10 * time.Minute

// ofIssuer begins the names of people whom an issuer knows, so that nobody else is called like one of them.
const ofIssuer = "sso:"

var (
	errLoginOver    = fault.New(fault.Unauthenticated, "console_login_over", "this login is over: it was used already, it took longer than %d minutes, or it began in another browser; begin again", int(LoginLife/time.Minute))
	errLoginRefused = fault.New(fault.Unauthenticated, "console_login_refused", "the login was cancelled or refused there; begin again")
	errLoginOld     = fault.New(fault.Unauthenticated, "console_login_old", "the issuer does not say that you have logged in just now; begin again, and type your password there")
)

// begun is a login as it is kept until the browser comes back. It is found by a secret, half of which goes with the browser to the issuer and
// comes back from there as the state; the other half stays in a cookie, so that it ends in the browser in which it began.
type begun struct {
	Back      string // where the person goes on
	Proving   bool   // they are signed in, and show again who they are
	Community int64  // 0: the one in which they have a role
}

const aLogin pass.Kind = "console login"

const stateSize = 22 // letters: 132 of its 256 bits

func (d *Door) logins() pass.Book[begun] {
	return pass.Book[begun]{Tickets: d.Passes.Tickets, Random: d.Passes.Random}
}

// login is what a login's secret makes of it. Verifier and nonce follow from both halves, so that none is stored.
func (b begun) login(secret string) sso.Login {
	derive := func(what string) string {
		sum := sha256.Sum256([]byte(what + "\n" + secret))
		return base64.RawURLEncoding.EncodeToString(sum[:])
	}
	l := sso.Login{State: secret[:min(stateSize, len(secret))], Verifier: derive("console login, verifier"), Nonce: derive("console login, nonce"), Within: SessionLife}
	if b.Proving {
		l.Within, l.Fresh = ProofLife, true
	}
	return l
}

// beginLogin sends the browser to the issuer: by a header, because browsers let no form lead to another host.
func (f face) beginLogin(c *gin.Context, r web.Route) error {
	if f.Door.SSO == nil {
		return web.NoRoute(c, r)
	}
	ctx := c.Request.Context()
	b := begun{Back: within(c.PostForm("back")), Proving: c.PostForm("proving") == "yes"}
	b.Community, _ = strconv.ParseInt(c.PostForm("community"), 10, 64) // none: the one in which they have a role
	secret, err := f.Door.logins().Give(ctx, aLogin, b, f.Door.Now().UTC().Add(LoginLife))
	if err != nil {
		return err
	}
	url, err := f.Door.SSO.LoginURL(ctx, b.login(secret))
	if err != nil {
		return f.again(c, b, f.loginFault(err))
	}
	f.setCookie(c, f.cookie()+"-login", secret[stateSize:], int(LoginLife.Seconds()))
	c.Header("Refresh", "0; url="+url)
	return look.Send(c, look.Frame{Title: "Console", Sentence: say(ctx, "Log in at %s.", f.Door.SSO.Host())}, leadingPage(url))
}

// endLogin signs in whom the issuer names, with the role that the issuer's claims give them now.
func (f face) endLogin(c *gin.Context, r web.Route) error {
	private(c)
	if f.Door.SSO == nil {
		return web.NoRoute(c, r)
	}
	ctx := c.Request.Context()
	half, _ := c.Cookie(f.cookie() + "-login")
	secret := c.Query("state") + half
	if len(c.Query("state")) != stateSize { // else who has all of the secret would need no cookie
		return f.again(c, begun{Back: home}, errLoginOver)
	}
	b, found, err := f.Door.logins().Take(ctx, aLogin, secret, f.Door.Now())
	if err != nil {
		return err
	}
	if !found {
		return f.again(c, begun{Back: home}, errLoginOver)
	}
	f.setCookie(c, f.cookie()+"-login", "", -1)
	if c.Query("code") == "" || c.Query("error") != "" {
		return f.again(c, b, errLoginRefused)
	}
	person, err := f.Door.SSO.LoggedIn(ctx, b.login(secret), c.Query("code"))
	if err != nil {
		return f.again(c, b, f.loginFault(err))
	}
	return f.admit(c, b, person)
}

// again shows with a refusal how to begin again.
func (f face) again(c *gin.Context, b begun, why error) error {
	c.Set(backKey, within(b.Back))
	return why
}

func (f face) loginFault(err error) error {
	switch {
	case errors.Is(err, sso.ErrTooOld):
		return errLoginOld
	case errors.Is(err, sso.ErrNotShown):
		return fault.Wrap(err, fault.Unauthenticated, "console_login_failed", "%s did not confirm who has logged in; begin again", f.Door.SSO.Host())
	}
	return fault.Wrap(err, fault.Unavailable, "console_issuer_unreachable", "%s does not answer as it should; try again, and if that does not help, look at its settings", f.Door.SSO.Host())
}

// admit signs somebody in where they have a role. Who has one in several communities says in which.
func (f face) admit(c *gin.Context, b begun, p sso.Person) error {
	roles := granted(f.Door.Grants, p.Claims)
	if len(roles) == 1 && b.Community == 0 {
		b.Community = slices.Collect(maps.Keys(roles))[0]
	}
	if len(roles) > 1 && b.Community == 0 {
		return look.Send(c, look.Frame{Title: "Console", Sentence: say(c.Request.Context(), "In which marketplace do you want to work?")}, choosePage(b, slices.Sorted(maps.Keys(roles))))
	}
	role, has := roles[b.Community]
	if !has {
		return f.again(c, b, fault.New(fault.Forbidden, "console_no_role", "%s knows you, and nothing that it says of you gives you a role here; ask who runs this server", f.Door.SSO.Host()))
	}
	name := ofIssuer + p.Name
	if err := orchestrator.CheckOperators([]string{name}); err != nil {
		return err
	}
	return f.enter(c, SignIn{Community: b.Community, Name: name, Shown: plain(p.Shown), Role: role, By: f.Door.SSO.Host(), Proved: p.Since}, b.Back)
}

// plain is what fits on a line of what an issuer says.
func plain(text string) string {
	const most = 100 // characters
	line := []rune(strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return r < ' ' || r == 0x7f || r > 0x7f && r < 0xa0 || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069
	}), " "))
	return string(line[:min(most, len(line))])
}
