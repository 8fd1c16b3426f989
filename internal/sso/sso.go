// Package sso has people show who they are at an issuer of OpenID Connect, by the code flow with PKCE. What the issuer answers is
// believed when its token is signed by a key of the issuer, for this client, for this login, and still valid.
package sso

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// How the issuer is asked; our choice.
const (
	timeout   = 10 * time.Second // of one request
	maxAnswer = 1 << 20          // bytes of one answer
	known     = time.Hour        // a key that was withdrawn is gone after this
	leeway    = 30 * time.Second // by which the issuer's clock may differ
)

// Errors of a login. Compare with errors.Is; what is behind them is for logs.
var (
	// ErrUnreachable: the issuer does not answer, or not as one does.
	ErrUnreachable = errors.New("the issuer cannot be asked")
	// ErrNotShown: nothing shows who has logged in.
	ErrNotShown = errors.New("the issuer's answer does not show who has logged in")
	// ErrTooOld: the person has logged in there longer ago than was asked for, or the issuer does not say when.
	ErrTooOld = errors.New("the issuer does not say that the person has just logged in")
)

// Config says who is asked, and as whom.
type Config struct {
	Issuer       string // its https URL, as its tokens name it; http only for a loopback address
	ClientID     string
	ClientSecret string
	RedirectURL  string   // where the browser comes back to
	Scopes       []string // besides openid
	Now          func() time.Time
}

// Issuer asks one issuer. It is safe for concurrent use.
type Issuer struct {
	Config
	client *http.Client

	mu       sync.Mutex
	provider *oidc.Provider // nil: not asked yet
	until    time.Time      // of the provider
}

// New makes one. It asks nothing yet, so that a server starts while its issuer is down.
func New(c Config) *Issuer {
	return &Issuer{Config: c, client: &http.Client{
		Timeout: timeout, Transport: bounded{http.DefaultTransport.(*http.Transport).Clone()},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Host is what people know the issuer by.
func (i *Issuer) Host() string {
	u, err := url.Parse(i.Config.Issuer)
	if err != nil {
		return ""
	}
	return u.Host
}

// bounded reads no answer without an end.
type bounded struct{ next http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := b.next.RoundTrip(r)
	if err == nil {
		response.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(response.Body, maxAnswer), response.Body}
	}
	return response, err
}

// asked is the issuer as it describes itself. It is asked again when that is an hour old, keys included.
func (i *Issuer) asked(ctx context.Context) (*oidc.Provider, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.provider != nil && i.Now().Before(i.until) {
		return i.provider, nil
	}
	p, err := oidc.NewProvider(oidc.ClientContext(ctx, i.client), i.Config.Issuer)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	var said struct {
		Keys string `json:"jwks_uri"`
	}
	if err := p.Claims(&said); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	for _, address := range []string{said.Keys, p.Endpoint().AuthURL, p.Endpoint().TokenURL} {
		if !i.asSafe(address) {
			return nil, fmt.Errorf("%w: one of its addresses is not as safe as its own", ErrUnreachable)
		}
	}
	i.provider, i.until = p, i.Now().Add(known)
	return p, nil
}

// asSafe tells that an address is reached as the issuer is: by TLS, but for an issuer on this machine.
func (i *Issuer) asSafe(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && u.User == nil && (u.Scheme == "https" || strings.HasPrefix(i.Config.Issuer, u.Scheme+"://"))
}

func (i *Issuer) oauth(p *oidc.Provider) oauth2.Config {
	return oauth2.Config{ClientID: i.ClientID, ClientSecret: i.ClientSecret, Endpoint: p.Endpoint(), RedirectURL: i.RedirectURL, Scopes: append([]string{oidc.ScopeOpenID}, i.Scopes...)}
}

// Login is one login. All but Within and Fresh are secrets that its browser alone has; each is worth nothing in another login.
type Login struct {
	State    string // comes back with the browser
	Verifier string // is told when the code is traded (RFC 7636)
	Nonce    string // comes back in the token
	// Within is how long ago the person may have logged in at the issuer.
	Within time.Duration
	// Fresh has them log in anew.
	Fresh bool
}

// LoginURL is where the browser is sent. Error: ErrUnreachable.
func (i *Issuer) LoginURL(ctx context.Context, l Login) (string, error) {
	p, err := i.asked(ctx)
	if err != nil {
		return "", err
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(l.Nonce), oauth2.S256ChallengeOption(l.Verifier), oauth2.SetAuthURLParam("max_age", strconv.Itoa(int(l.Within.Seconds())))}
	if l.Fresh {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"))
	}
	config := i.oauth(p)
	return config.AuthCodeURL(l.State, options...), nil
}

// Person is who has logged in.
type Person struct {
	Name string // their id at the issuer and the issuer, "248289761001@login.example.com": nobody else's, for good
	// Shown is an e-mail or a name for people to read. It may change, and be given to somebody else.
	Shown string
	// Since is when they have logged in there; zero: the issuer does not say.
	Since  time.Time
	Claims map[string]any
}

// LoggedIn trades the code of a login for who has logged in, and forgets their tokens. Errors: ErrUnreachable, ErrNotShown, ErrTooOld.
func (i *Issuer) LoggedIn(ctx context.Context, l Login, code string) (Person, error) {
	p, err := i.asked(ctx)
	if err != nil {
		return Person{}, err
	}
	ctx = oidc.ClientContext(ctx, i.client)
	config := i.oauth(p)
	token, err := config.Exchange(ctx, code, oauth2.VerifierOption(l.Verifier))
	if refused := (*oauth2.RetrieveError)(nil); errors.As(err, &refused) && refused.Response.StatusCode < http.StatusInternalServerError {
		return Person{}, fmt.Errorf("%w: it refused the code: %d", ErrNotShown, refused.Response.StatusCode) // what else it says is its own
	} else if err != nil {
		return Person{}, fmt.Errorf("%w: the code was not traded", ErrUnreachable)
	}
	text, _ := token.Extra("id_token").(string)
	verifier := p.VerifierContext(ctx, &oidc.Config{ClientID: i.ClientID, Now: i.Now, SupportedSigningAlgs: []string{oidc.RS256, oidc.PS256, oidc.ES256, oidc.EdDSA}})
	id, err := verifier.Verify(ctx, text)
	if err != nil {
		return Person{}, fmt.Errorf("%w: %w", ErrNotShown, err)
	}
	return i.believe(l, id)
}

// claims are what the library does not look at.
type claims struct {
	Party    string  `json:"azp"`
	LoggedIn float64 `json:"auth_time"`
	Email    string  `json:"email"`
	Called   string  `json:"preferred_username"`
}

// believe holds a token that the issuer has signed against its login (OpenID Connect Core, 3.1.3.7).
func (i *Issuer) believe(l Login, id *oidc.IDToken) (Person, error) {
	var said claims
	_, where, _ := strings.Cut(strings.TrimSuffix(id.Issuer, "/"), "://")
	person := Person{Name: id.Subject + "@" + where}
	if err := errors.Join(id.Claims(&said), id.Claims(&person.Claims)); err != nil {
		return Person{}, fmt.Errorf("%w: %w", ErrNotShown, err)
	}
	switch {
	case l.Nonce == "" || subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(l.Nonce)) != 1:
		return Person{}, fmt.Errorf("%w: the token is of another login", ErrNotShown)
	case said.Party != "" && said.Party != i.ClientID || len(id.Audience) > 1 && said.Party == "":
		return Person{}, fmt.Errorf("%w: the token is for another client", ErrNotShown)
	case id.Subject == "":
		return Person{}, fmt.Errorf("%w: the token names nobody", ErrNotShown)
	}
	if person.Shown = said.Email; person.Shown == "" {
		person.Shown = said.Called
	}
	if said.LoggedIn > 0 {
		person.Since = time.Unix(int64(said.LoggedIn), 0).UTC()
	}
	now := i.Now()
	if person.Since.IsZero() && !l.Fresh {
		return person, nil
	}
	if now.Sub(person.Since) > l.Within+leeway || person.Since.Sub(now) > leeway {
		return Person{}, ErrTooOld
	}
	return person, nil
}
