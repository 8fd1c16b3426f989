package usertoken

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

const (
	operator = "operator"
	maxName  = 200 // characters
	uuidForm = len("00000000-0000-0000-0000-000000000000")
)

// claims is what a token says. It is read strictly: a claim of another JSON type
// than here, one that is there twice, or one whose name differs from one of these
// only in its case makes the token malformed; further claims are not looked at.
type claims struct {
	jwt.RegisteredClaims
	Name      string `json:"name"`
	Community int64  `json:"community"`
	Role      string `json:"role,omitempty"`
}

// wireClaims are claims as they are read.
type wireClaims struct {
	Issuer    string   `json:"iss"`
	Subject   string   `json:"sub"`
	Audience  audience `json:"aud"`
	Expires   *instant `json:"exp"`
	NotBefore *instant `json:"nbf"`
	IssuedAt  *instant `json:"iat"`
	ID        string   `json:"jti"`
	Name      string   `json:"name"`
	Community int64    `json:"community"`
	Role      string   `json:"role"`
}

var claimNames = []string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "name", "community", "role"}

// UnmarshalJSON implements json.Unmarshaler of the standard library, which the jwt
// package calls.
func (c *claims) UnmarshalJSON(text []byte) error {
	if err := exactNames(text); err != nil {
		return err
	}
	var w wireClaims
	if err := json.Unmarshal(text, &w); err != nil {
		return err
	}
	*c = claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: w.Issuer, Subject: w.Subject, Audience: jwt.ClaimStrings(w.Audience), ID: w.ID,
			ExpiresAt: w.Expires.date(), NotBefore: w.NotBefore.date(), IssuedAt: w.IssuedAt.date(),
		},
		Name: w.Name, Community: w.Community, Role: w.Role,
	}
	return nil
}

// exactNames refuses names that somebody else's reader could take for a claim.
func exactNames(text []byte) error {
	d := jsontext.NewDecoder(bytes.NewReader(text))
	if d.PeekKind() != '{' {
		return nil // left to the decoder
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return err
		}
		text := name.String()
		near := func(known string) bool { return text != known && strings.EqualFold(text, known) }
		if slices.ContainsFunc(claimNames, near) {
			return fmt.Errorf("%w: the name of a claim has another case", ErrClaims)
		}
		if err := d.SkipValue(); err != nil {
			return err
		}
	}
	return nil
}

// audience is one text or a list of them.
type audience []string

// UnmarshalJSON implements json.Unmarshaler.
func (a *audience) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		*a = make(audience, 1)
		return json.Unmarshal(text, &(*a)[0])
	}
	return json.Unmarshal(text, (*[]string)(a))
}

// instant is a number of seconds since 1970; a fraction is dropped.
type instant int64

// UnmarshalJSON implements json.Unmarshaler.
func (i *instant) UnmarshalJSON(text []byte) error {
	whole, fraction, _ := strings.Cut(string(text), ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n < 0 || n > latest || strings.Trim(fraction, "0123456789") != "" {
		return fmt.Errorf("%w: a time is not a number of seconds", ErrClaims)
	}
	*i = instant(n)
	return nil
}

// latest is the last instant of the year 9999.
const latest = 253_402_300_799

func (i *instant) date() *jwt.NumericDate {
	if i == nil {
		return nil
	}
	return jwt.NewNumericDate(time.Unix(int64(*i), 0))
}

// user checks what the parser does not know of.
func (c claims) user() (User, error) {
	id, err := uuid.Parse(c.Subject)
	switch {
	case err != nil || len(c.Subject) != uuidForm || id == uuid.Nil:
		return User{}, fmt.Errorf("%w: sub is not a UUID", ErrClaims)
	case !validName(c.Name):
		return User{}, fmt.Errorf("%w: name is empty, has control characters or is longer than %d characters", ErrClaims, maxName)
	case c.Community < 1:
		return User{}, fmt.Errorf("%w: community is missing or not positive", ErrClaims)
	case c.Role != "" && c.Role != operator:
		return User{}, fmt.Errorf("%w: role is unknown", ErrClaims)
	case c.ExpiresAt == nil:
		return User{}, fmt.Errorf("%w: exp is missing", ErrClaims)
	}
	return User{
		ID: id.String(), Name: c.Name, Community: c.Community, Operator: c.Role == operator,
		Expires: c.ExpiresAt.In(time.UTC),
	}, nil
}

// lives checks that a token lives no longer than it may: seen from now, and from
// when it was issued, if it says so.
func (c claims) lives(now time.Time, most, leeway time.Duration) error {
	long := c.ExpiresAt.Sub(now) > most+leeway
	if c.IssuedAt != nil {
		long = long || c.ExpiresAt.Sub(c.IssuedAt.Time) > most+leeway
	}
	if long {
		return fmt.Errorf("%w: exp is more than %s ahead", ErrClaims, most)
	}
	return nil
}

// validName wants something to read on one line: a name is shown to others.
func validName(name string) bool {
	return strings.TrimSpace(name) != "" && !strings.ContainsFunc(name, unicode.IsControl) && utf8.ValidString(name) && utf8.RuneCountInString(name) <= maxName
}
