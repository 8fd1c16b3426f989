package client

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"time"
)

const redacted = "***"

// Secret is a string that does not show itself: every fmt verb, log/slog and
// encoding/json write "***". Convert with string(s) where the value is needed.
type Secret string

// Format writes "***" for every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// String returns "***".
func (Secret) String() string { return redacted }

// LogValue keeps the value out of log/slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText keeps the value out of encoders.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Token is an OAuth2 access token.
type Token struct {
	// AccessToken is sent as the bearer.
	AccessToken Secret
	// RefreshToken gets the next access token; empty when there is none.
	RefreshToken Secret
	// IDToken says who has logged in; [OAuth.Identify] reads it. Empty when there is none.
	IDToken Secret
	// Expiry is when AccessToken stops working; zero means never.
	Expiry time.Time
}

// TokenSource supplies the token of each call. It is called concurrently and
// should keep a token until it is about to expire. [OAuth.Source] is one.
type TokenSource interface {
	Token(ctx context.Context) (Token, error)
}

// authorizer returns the Authorization header of a call, and the secrets in it,
// which are struck out of everything that the server sends back. It is a closure
// because fmt cannot look into one.
type authorizer func(ctx context.Context) (header string, secrets []string, err error)

func basicAuthorizer(key string) authorizer {
	encoded := base64.StdEncoding.EncodeToString([]byte(key + ":"))
	return func(context.Context) (string, []string, error) {
		return "Basic " + encoded, []string{encoded, key}, nil
	}
}

func bearerAuthorizer(source TokenSource) authorizer {
	return func(ctx context.Context) (string, []string, error) {
		token, err := source.Token(ctx)
		if err != nil {
			return "", nil, fmt.Errorf("get access token: %w", err)
		}
		value := string(token.AccessToken)
		if !visibleASCII(value) {
			return "", nil, fmt.Errorf("get access token: %w: empty or not visible ASCII", ErrInvalidInput)
		}
		return "Bearer " + value, []string{value}, nil
	}
}
