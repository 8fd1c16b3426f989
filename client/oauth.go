package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// StagingIssuer is the login server of [Staging] (customer's document names
	// the realm, the official API the host).
	StagingIssuer = "https://sso.trustap.com/auth/realms/trustap-stage"
	// ProductionIssuer is the login server of [Production].
	ProductionIssuer = "https://sso.trustap.com/auth/realms/trustap"
)

const (
	opToken       = "POST /token"
	maxTokenBody  = 64 << 10
	expiryLeeway  = 30 * time.Second
	maxExpiresIn  = 10 * 365 * 24 * 60 * 60
	tokenTimeout  = 30 * time.Second
	oidcPath      = "/protocol/openid-connect/"
	requiredScope = "openid"
)

// OAuth logs full users in with the authorization-code grant and renews their
// tokens. Its methods are safe for concurrent use.
type OAuth struct {
	// Issuer is [StagingIssuer] or [ProductionIssuer].
	Issuer   string
	ClientID string
	// ClientSecret differs between the two environments.
	ClientSecret Secret
	// RedirectURL must be registered with Trustap.
	RedirectURL string
	// Scopes besides openid, such as "basic_tx:offline_track".
	Scopes []string
	// HTTPClient makes the token calls; nil means one with a timeout of 30
	// seconds. Redirects are refused either way.
	HTTPClient *http.Client
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// AuthCodeURL is where the user's browser is sent to log in. state comes back
// with the code; make it unguessable and compare it.
func (o *OAuth) AuthCodeURL(state string) string {
	return o.endpoint("auth") + "?" + o.authQuery(state).Encode()
}

func (o *OAuth) authQuery(state string) url.Values {
	return url.Values{
		"response_type": {"code"},
		"client_id":     {o.ClientID},
		"redirect_uri":  {o.RedirectURL},
		"scope":         {strings.Join(append([]string{requiredScope}, o.Scopes...), " ")},
		"state":         {state},
	}
}

// Exchange turns the code of the login into a token. A code works once.
func (o *OAuth) Exchange(ctx context.Context, code string) (Token, error) {
	return o.token(ctx, url.Values{
		"grant_type":   {"authorization_code"},
		"code":         {code},
		"redirect_uri": {o.RedirectURL},
	})
}

// Refresh gets a new token. When the server sends no new refresh token the old
// one stays valid and is in the answer.
func (o *OAuth) Refresh(ctx context.Context, refreshToken Secret) (Token, error) {
	token, err := o.token(ctx, url.Values{
		"grant_type":    {"refresh_token"},
		"refresh_token": {string(refreshToken)},
	})
	if err == nil && token.RefreshToken == "" {
		token.RefreshToken = refreshToken
	}
	return token, err
}

func (o *OAuth) endpoint(name string) string {
	return strings.TrimSuffix(o.Issuer, "/") + oidcPath + name
}

func (o *OAuth) token(ctx context.Context, form url.Values) (Token, error) {
	form.Set("client_id", o.ClientID)
	form.Set("client_secret", string(o.ClientSecret))
	secrets := notEmpty(string(o.ClientSecret), form.Get("code"), form.Get("refresh_token"), form.Get("code_verifier"))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.endpoint("token"), strings.NewReader(form.Encode()))
	if err != nil {
		return Token{}, &Error{Op: opToken, Outcome: OutcomeNotSent,
			Err: fmt.Errorf("%w: issuer is not a URL", ErrInvalidInput)}
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	resp, err := o.client().Do(req)
	if err != nil {
		return Token{}, &Error{Op: opToken, Err: withoutURL(err)}
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxTokenBody))
	if err != nil {
		return Token{}, &Error{Op: opToken, StatusCode: resp.StatusCode, Err: fmt.Errorf("read body: %w", err)}
	}
	return o.readToken(resp.StatusCode, body, secrets)
}

func (o *OAuth) readToken(status int, body []byte, secrets []string) (Token, error) {
	var answer struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
		IDToken      string `json:"id_token"`
		ExpiresIn    int64  `json:"expires_in"`
		Error        string `json:"error"`
		Description  string `json:"error_description"`
	}
	err := json.Unmarshal(body, &answer)
	if status != http.StatusOK {
		return Token{}, &Error{
			Op:         opToken,
			StatusCode: status,
			Outcome:    outcomeOfStatus(status),
			Code:       ErrorCode(clip(oneLine(scrub(answer.Error, secrets)), maxCode)),
			Message:    clip(oneLine(scrub(answer.Description, secrets)), maxMessage),
		}
	}
	if err != nil || answer.AccessToken == "" {
		return Token{}, &Error{Op: opToken, StatusCode: status, Err: ErrUnexpectedAnswer}
	}
	token := Token{AccessToken: Secret(answer.AccessToken), RefreshToken: Secret(answer.RefreshToken), IDToken: Secret(answer.IDToken)}
	if answer.ExpiresIn > 0 {
		token.Expiry = o.now().Add(time.Duration(min(answer.ExpiresIn, maxExpiresIn)) * time.Second)
	}
	return token, nil
}

func (o *OAuth) client() *http.Client {
	own := http.Client{Timeout: tokenTimeout}
	if o.HTTPClient != nil {
		own = *o.HTTPClient
	}
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}

func (o *OAuth) now() time.Time {
	if o.Now != nil {
		return o.Now()
	}
	return time.Now()
}

func notEmpty(values ...string) []string {
	var kept []string
	for _, v := range values {
		if v != "" {
			kept = append(kept, v)
		}
	}
	return kept
}

// Source is a [TokenSource] that starts with token and renews it half a minute
// before it expires. save, when not nil, is called with each new token before it
// is used, since the server may have made the old refresh token worthless; its
// error fails the call, and the next call saves again. Concurrent callers share
// one renewal.
func (o *OAuth) Source(token Token, save func(ctx context.Context, t Token) error) TokenSource {
	turn := make(chan struct{}, 1)
	saved := true
	return sourceFunc(func(ctx context.Context) (Token, error) {
		select {
		case turn <- struct{}{}:
			defer func() { <-turn }()
		case <-ctx.Done():
			return Token{}, ctx.Err()
		}
		if !token.Expiry.IsZero() && !o.now().Add(expiryLeeway).Before(token.Expiry) {
			fresh, err := o.renew(ctx, token)
			if err != nil {
				return Token{}, err
			}
			token, saved = fresh, save == nil
		}
		if !saved {
			if err := save(ctx, token); err != nil {
				return Token{}, fmt.Errorf("save token: %w", err)
			}
			saved = true
		}
		return token, nil
	})
}

func (o *OAuth) renew(ctx context.Context, token Token) (Token, error) {
	if token.RefreshToken == "" {
		return Token{}, errors.New("access token has expired and there is no refresh token")
	}
	return o.Refresh(ctx, token.RefreshToken)
}

type sourceFunc func(ctx context.Context) (Token, error)

// Token implements TokenSource.
func (f sourceFunc) Token(ctx context.Context) (Token, error) { return f(ctx) }
