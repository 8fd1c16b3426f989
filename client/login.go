package client

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// ErrNotIdentified is the error of a login whose answer does not prove who has logged in:
// the ID token is missing, was signed by somebody else, is of another client or of another
// login, or has expired.
var ErrNotIdentified = errors.New("the answer does not prove who has logged in")

// opCerts names the call in errors.
const opCerts = "GET /certs"

// Login is one login in which a user proves who they are. Its code is worth nothing in
// another login, even in one of the same client.
type Login struct {
	// State comes back with the code; make it unguessable and take it once.
	State string
	// Verifier is kept until the code comes back: 43 to 128 letters and digits (RFC 7636).
	Verifier Secret
	// Nonce comes back in the ID token.
	Nonce string
}

// LoginURL is where the user's browser is sent. The user has to log in there anew, so that
// a link alone proves nothing about who follows it.
func (o *OAuth) LoginURL(l Login) string {
	query := o.authQuery(l.State)
	sum := sha256.Sum256([]byte(l.Verifier))
	query.Set("code_challenge", base64.RawURLEncoding.EncodeToString(sum[:]))
	query.Set("code_challenge_method", "S256")
	query.Set("nonce", l.Nonce)
	query.Set("prompt", "login")
	return o.endpoint("auth") + "?" + query.Encode()
}

// Identify turns the code of a login into the id of the user who has logged in, and forgets
// their tokens. Errors: [ErrNotIdentified], or those of [OAuth.Exchange].
func (o *OAuth) Identify(ctx context.Context, l Login, code string) (userID string, err error) {
	token, err := o.token(ctx, url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {o.RedirectURL}, "code_verifier": {string(l.Verifier)},
	})
	if err != nil {
		return "", err
	}
	said, signed, signature, err := readIDToken(string(token.IDToken))
	if err != nil {
		return "", err
	}
	if err := said.check(o, l, o.now()); err != nil {
		return "", err
	}
	keys, err := o.certs(ctx)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(signed))
	if !slices.ContainsFunc(keys, func(k *rsa.PublicKey) bool { return rsa.VerifyPKCS1v15(k, crypto.SHA256, sum[:], signature) == nil }) {
		return "", fmt.Errorf("%w: the ID token is not signed by the login server", ErrNotIdentified)
	}
	return said.Subject, nil
}

// idClaims are what an ID token says (OpenID Connect Core, 2).
type idClaims struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience audience `json:"aud"`
	Party    string   `json:"azp"`
	Expires  int64    `json:"exp"`
	Nonce    string   `json:"nonce"`
}

// audience is one text or a list of them.
type audience []string

// UnmarshalJSON implements json.Unmarshaler.
func (a *audience) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(a))
}

// readIDToken takes a token apart. Only RS256 is read, which is the default of OpenID
// Connect and of Keycloak: a token that names another algorithm proves nothing.
func readIDToken(token string) (said idClaims, signed string, signature []byte, err error) {
	parts := strings.Split(token, ".")
	var head struct {
		Algorithm string `json:"alg"`
	}
	if len(parts) != 3 || readTokenPart(parts[0], &head) != nil || head.Algorithm != "RS256" || readTokenPart(parts[1], &said) != nil {
		return said, "", nil, fmt.Errorf("%w: there is no readable ID token", ErrNotIdentified)
	}
	if signature, err = base64.RawURLEncoding.DecodeString(parts[2]); err != nil {
		return said, "", nil, fmt.Errorf("%w: the signature of the ID token cannot be read", ErrNotIdentified)
	}
	return said, parts[0] + "." + parts[1], signature, nil
}

func readTokenPart(part string, into any) error {
	b, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, into)
}

// check holds a token against the login that it is for (OpenID Connect Core, 3.1.3.7).
func (c idClaims) check(o *OAuth, l Login, now time.Time) error {
	wrong := ""
	switch {
	case c.Issuer != strings.TrimSuffix(o.Issuer, "/"):
		wrong = "issuer"
	case !slices.Contains(c.Audience, o.ClientID) || c.Party != "" && c.Party != o.ClientID || len(c.Audience) > 1 && c.Party == "":
		wrong = "client"
	case now.Unix() >= c.Expires:
		wrong = "time"
	case l.Nonce == "" || subtle.ConstantTimeCompare([]byte(c.Nonce), []byte(l.Nonce)) != 1:
		wrong = "login"
	case c.Subject == "" || !visibleASCII(c.Subject):
		wrong = "user"
	default:
		return nil
	}
	return fmt.Errorf("%w: the ID token is of another %s", ErrNotIdentified, wrong)
}

// certs reads the keys with which the login server signs.
func (o *OAuth) certs(ctx context.Context) ([]*rsa.PublicKey, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, o.endpoint("certs"), nil)
	if err != nil {
		return nil, &Error{Op: opCerts, Outcome: OutcomeNotSent, Err: fmt.Errorf("%w: issuer is not a URL", ErrInvalidInput)}
	}
	req.Header.Set("Accept", "application/json")
	resp, err := o.client().Do(req)
	if err != nil {
		return nil, &Error{Op: opCerts, Err: withoutURL(err)}
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxTokenBody))
	if err != nil {
		return nil, &Error{Op: opCerts, StatusCode: resp.StatusCode, Err: fmt.Errorf("read body: %w", err)}
	}
	var set struct {
		Keys []struct {
			Kind string `json:"kty"`
			Use  string `json:"use"`
			N    string `json:"n"`
			E    string `json:"e"`
		} `json:"keys"`
	}
	if resp.StatusCode != http.StatusOK || json.Unmarshal(body, &set) != nil {
		return nil, &Error{Op: opCerts, StatusCode: resp.StatusCode, Err: ErrUnexpectedAnswer}
	}
	var keys []*rsa.PublicKey
	for _, k := range set.Keys {
		n, badN := base64.RawURLEncoding.DecodeString(k.N)
		e, badE := base64.RawURLEncoding.DecodeString(k.E)
		exponent := new(big.Int).SetBytes(e)
		if k.Kind == "RSA" && (k.Use == "" || k.Use == "sig") && badN == nil && badE == nil && exponent.IsInt64() && exponent.Int64() <= maxExponent {
			keys = append(keys, &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exponent.Int64())})
		}
	}
	return keys, nil
}

// maxExponent is the largest that keys have.
const maxExponent = 1<<31 - 1
