package usertoken

import (
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

const (
	operator = "operator"
	maxName  = 200 // characters
	uuidForm = len("00000000-0000-0000-0000-000000000000")
)

// claims is what a token says. A claim of another JSON type than here makes the
// token malformed; further claims are not looked at.
type claims struct {
	jwt.RegisteredClaims
	Name      string `json:"name"`
	Community int64  `json:"community"`
	Role      string `json:"role,omitempty"`
}

// user checks what the parser does not know of.
func (c claims) user() (User, error) {
	id, err := uuid.Parse(c.Subject)
	switch {
	case err != nil || len(c.Subject) != uuidForm || id == uuid.Nil:
		return User{}, fmt.Errorf("%w: sub is no UUID", ErrClaims)
	case !validName(c.Name):
		return User{}, fmt.Errorf("%w: name is empty or longer than %d characters", ErrClaims, maxName)
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

func validName(name string) bool {
	return name != "" && utf8.ValidString(name) && utf8.RuneCountInString(name) <= maxName
}
