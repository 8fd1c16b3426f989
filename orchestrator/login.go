package orchestrator

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// LoggingIn is a Gateway at which a user shows by logging in which account is theirs.
type LoggingIn interface {
	// LoginURL is where the user's browser is led. From there it comes back to this server, with
	// the state of the login. Fault: no_onboarding, logins are not set up.
	LoginURL(l Login) (string, error)
	// LoggedIn tells the account with which the user has logged in, by the code that came
	// back. Fault: login_failed, nothing proves it.
	LoggedIn(ctx context.Context, l Login, code string) (account string, err error)
}

// Login is what ties the end of a login to its beginning. All three are secrets of it.
type Login struct {
	State    string // comes back with the browser
	Verifier string // is only told when the code is traded (RFC 7636)
	Nonce    string // comes back in what the gateway signs
}

// Return is where a seller is led from the gateway's page: when they leave it, and where a
// link is too old, to get another one.
type Return struct {
	Done, Again string
	// Details are what a gateway without a page wants to know of the seller ([TakingDetails]): personal data and bank accounts, which
	// go to the gateway and nowhere else, never into logs, events or the database.
	Details map[string]string `json:"-"`
}

// OnboardingLink leads a seller to the gateway's page.
type OnboardingLink struct {
	URL       string
	ExpiresAt time.Time // UTC; zero: the gateway does not say
}

// withSide finds a gateway that has a side of its own for sellers.
func withSide[S any](e *Engine, name string) (side S, kind Kind, err error) {
	if kind, err = e.config.Kinds.Find(name); err != nil {
		return side, kind, err
	}
	g, err := e.gateway(kind.Name)
	if err != nil {
		return side, kind, err
	}
	side, ok := g.(S)
	if !ok {
		return side, kind, fault.New(fault.Conflict, "no_onboarding", "sellers are not set up at %s; %s", kind.Name, cmp.Or(kind.Payee, "nothing is needed there"))
	}
	return side, kind, nil
}

// loginLasts is how long a user may take to log in, as errLoginOver says; our choice.
const loginLasts = 10 * time.Minute

// login is whose login it is, as it is kept until the browser comes back.
type login struct {
	Community int64
	User      string
	Gateway   string
	To        Return
}

// beginLogin leads a user to the gateway's login.
func (e *Engine) beginLogin(ctx context.Context, g LoggingIn, whose login) (OnboardingLink, error) {
	chance := sha256.Sum256([]byte(e.config.NewID()))
	state := e.config.References.signed(loginPurpose, tagLetters.EncodeToString(chance[:20]))
	url, err := g.LoginURL(e.secretsOf(state))
	if err != nil {
		return OnboardingLink{}, err
	}
	body, err := json.Marshal(whose)
	if err != nil {
		return OnboardingLink{}, fmt.Errorf("keep a login: %w", err)
	}
	ends := e.realNow().UTC().Add(loginLasts)
	if err := e.config.Store.PutTicket(ctx, loginHash(state), body, ends); err != nil {
		return OnboardingLink{}, fmt.Errorf("keep a login: %w", err)
	}
	return OnboardingLink{URL: url, ExpiresAt: ends.Truncate(time.Second)}, nil
}

// LoginBack is what a browser brings back from a gateway's login.
type LoginBack struct {
	Gateway     string
	State, Code string
	Refused     string // the gateway's word for why there is no code
	RequestID   string
}

var errLoginOver = fault.New(fault.Conflict, "login_over", "this login is over: it was used already, or it took longer than ten minutes; go back to the marketplace, and begin again if your account is not linked there")

// FinishLogin makes the account with which a user has logged in at a gateway theirs. Deals
// whose payments are opened go on with the accounts that those have. Whose login it is and
// where they are led was settled when it began, and it is taken once; to is empty where that
// is not known. Faults: unknown_gateway, gateway_not_configured, no_onboarding, login_over,
// login_refused, login_failed, account_taken, gateway_unavailable.
func (e *Engine) FinishLogin(ctx context.Context, b LoginBack) (to Return, err error) {
	g, kind, err := withSide[LoggingIn](e, b.Gateway)
	if err != nil {
		return to, err
	}
	whose, err := e.takeLogin(ctx, b.State, kind.Name)
	if err != nil {
		return to, err
	}
	if b.Code == "" || b.Refused != "" {
		return whose.To, fault.New(fault.Conflict, "login_refused", "nothing was linked: the login at %s was cancelled or refused; go back to the marketplace to begin again", kind.Name)
	}
	called, cancel := context.WithTimeout(ctx, e.config.CallTimeout)
	defer cancel()
	account, err := g.LoggedIn(called, e.secretsOf(b.State), b.Code)
	if err != nil {
		return whose.To, notAnswered(err, kind.Name)
	}
	by := By{Actor: process.Actor{Kind: process.User, ID: whose.User}.String(), Reason: "login", RequestID: b.RequestID, At: e.now()}
	return whose.To, e.config.Store.LinkAccount(ctx, SellerLink{CommunityID: whose.Community, UserID: whose.User, Gateway: kind.Name, AccountID: account}, by)
}

// takeLogin ends a login that has begun at a gateway. Nobody is asked about a state that was
// not made here.
func (e *Engine) takeLogin(ctx context.Context, state, gateway string) (whose login, err error) {
	if !e.config.References.hasSigned(loginPurpose, state) {
		return whose, errLoginOver
	}
	body, found, err := e.config.Store.TakeTicket(ctx, loginHash(state), e.realNow())
	if err != nil {
		return whose, fmt.Errorf("take a login: %w", err)
	}
	if !found || json.Unmarshal(body, &whose) != nil || whose.Gateway != gateway {
		return login{}, errLoginOver
	}
	return whose, nil
}

// secretsOf are those of a login. They follow from its state and the key of the installation,
// so that none of them is stored.
func (e *Engine) secretsOf(state string) Login {
	derive := func(what string) string {
		return base64.RawURLEncoding.EncodeToString(e.config.References.mac(loginPurpose+", "+what, state))
	}
	return Login{State: state, Verifier: derive("verifier"), Nonce: derive("nonce")}
}

const loginPurpose = "handsel login, version 1"

// loginHash is no hash of any other ticket: what stands before it is not hashed, so that a state,
// which the browser's address shows, opens nothing else.
func loginHash(state string) string {
	sum := sha256.Sum256([]byte(state))
	return "login:" + hex.EncodeToString(sum[:])
}
