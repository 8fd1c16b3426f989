// Package usertoken verifies the JWTs with which a marketplace sends its users to
// Handsel. The algorithm is never the token's to choose: HS256 is checked with the
// configured secrets only, RS256, ES256 and EdDSA with the configured key set
// only, and no key is ever taken from a token's header.
package usertoken

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/handsel-dev/handsel/fault"
)

// The limits of a configuration and of a token.
const (
	maxToken  = 8 << 10 // bytes
	maxLeeway = time.Minute
	minSecret = 32 // bytes; RFC 7518, section 3.2
)

// Causes inside the fault of Verify, for logs and tests. Those of the jwt package,
// such as jwt.ErrTokenExpired, are in there too.
var (
	ErrTooLarge = errors.New("token is larger than 8 KiB")
	ErrHeader   = errors.New("token has a header that is not supported")
	ErrNoKey    = errors.New("no key for this token")
	ErrClaims   = errors.New("token has wrong claims")
	// ErrCommunity is a token for a community that has no issuer here.
	ErrCommunity = errors.New("token is for a community whose issuer is not known")
)

// DefaultLife is how long a token may live, unless a Config says otherwise.
const DefaultLife = 24 * time.Hour

// Config says whose tokens are accepted for one community. Community, Issuer,
// Audience and at least one of Secrets, JWKS and JWKSURL are needed.
type Config struct {
	// Community is the marketplace whose users and operators the issuer may name;
	// what it says about any other counts for nothing.
	Community int64
	// MaxLife is how far ahead a token may expire; default DefaultLife.
	MaxLife time.Duration
	// Secrets check HS256. Each has at least 32 bytes; several at once let one
	// be replaced by another.
	Secrets [][]byte
	// JWKS is a JSON Web Key Set that checks RS256, ES256 and EdDSA.
	JWKS []byte
	// JWKSURL is where such a set is fetched from instead, when first needed and
	// every hour, and for an unknown key id, but not twice in five minutes. It is
	// an https URL; http is for loopback only.
	JWKSURL string
	// Issuer must be the claim iss.
	Issuer string
	// Audience must be among the claim aud.
	Audience string
	// Leeway forgives clocks that differ, 0 to 60 s.
	Leeway time.Duration
	// Now is the real time, time.Now by default. Tokens do not live in virtual time.
	Now func() time.Time
}

// User is who a token stands for.
type User struct {
	ID        string // a UUID in lower case, the id of the user on the wire
	Name      string // full name as the marketplace has it; escape it on output
	Community int64  // the marketplace, positive
	Operator  bool   // may settle disputes
	Expires   time.Time
}

// Verifier checks tokens of one or more communities. It is safe for concurrent use.
type Verifier struct {
	issuers []*issuer // never empty
}

// issuer checks the tokens of one community.
type issuer struct {
	Config
	parser  *jwt.Parser
	secrets []jwt.VerificationKey
	keys    keySource // nil: no asymmetric algorithms
}

// keySource finds the public keys that may have signed a token.
type keySource interface {
	find(ctx context.Context, id, algorithm string) ([]jwt.VerificationKey, error)
}

// New returns a verifier of the tokens of some communities, each once, or an error
// that names the setting that is missing or unsafe. It fetches nothing.
func New(configs ...Config) (*Verifier, error) {
	if len(configs) == 0 {
		return nil, errors.New("usertoken: an issuer is needed")
	}
	v := &Verifier{}
	for _, c := range configs {
		one, err := newIssuer(c)
		if err != nil {
			return nil, err
		}
		if v.of(c.Community) != nil {
			return nil, fmt.Errorf("usertoken: community %d has two issuers", c.Community)
		}
		v.issuers = append(v.issuers, one)
	}
	return v, nil
}

// of is the issuer of a community, nil if there is none.
func (v *Verifier) of(community int64) *issuer {
	for _, one := range v.issuers {
		if one.Community == community {
			return one
		}
	}
	return nil
}

func newIssuer(cfg Config) (*issuer, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.MaxLife == 0 {
		cfg.MaxLife = DefaultLife
	}
	if cfg.Community < 1 || cfg.MaxLife < 0 {
		return nil, errors.New("usertoken: an issuer needs the community that it speaks for, and a longest life above zero")
	}
	if cfg.Issuer == "" || cfg.Audience == "" {
		return nil, errors.New("usertoken: issuer and audience are needed")
	}
	if cfg.Leeway < 0 || cfg.Leeway > maxLeeway {
		return nil, fmt.Errorf("usertoken: a leeway of %s is not between 0 and %s", cfg.Leeway, maxLeeway)
	}
	v := &issuer{Config: cfg}
	var algorithms []string
	for _, secret := range cfg.Secrets {
		if len(secret) < minSecret {
			return nil, fmt.Errorf("usertoken: a secret has %d bytes; it needs %d or more", len(secret), minSecret)
		}
		v.secrets = append(v.secrets, secret)
		algorithms = []string{hs256}
	}
	var err error
	if v.keys, err = newKeySource(cfg); err != nil {
		return nil, err
	}
	if v.keys != nil {
		algorithms = append(algorithms, rs256, es256, edDSA)
	}
	if len(algorithms) == 0 {
		return nil, errors.New("usertoken: secrets or a key set are needed")
	}
	v.parser = jwt.NewParser(
		jwt.WithValidMethods(algorithms), jwt.WithIssuer(cfg.Issuer), jwt.WithAudience(cfg.Audience), jwt.WithLeeway(cfg.Leeway),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithStrictDecoding(), jwt.WithTimeFunc(cfg.Now),
	)
	return v, nil
}

// Verify returns the user of a token. Every failure is the same Unauthenticated
// fault, invalid_token, so that a forger learns nothing; the cause inside it is
// for logs. ctx bounds the wait for a key set that has to be fetched.
func (v *Verifier) Verify(ctx context.Context, token string) (User, error) {
	u, err := v.verify(ctx, token)
	if err != nil {
		return User{}, fault.Wrap(err, fault.Unauthenticated, "invalid_token", "the user token is missing, expired or not valid here; get a new one from the marketplace")
	}
	return u, nil
}

func (v *Verifier) verify(ctx context.Context, token string) (User, error) {
	if len(token) > maxToken {
		return User{}, ErrTooLarge
	}
	from, err := v.choose(token)
	if err != nil {
		return User{}, err
	}
	var c claims
	_, err = from.parser.ParseWithClaims(token, &c, func(t *jwt.Token) (any, error) {
		keys, err := from.candidates(ctx, t)
		return jwt.VerificationKeySet{Keys: keys}, err
	})
	if err != nil {
		return User{}, err
	}
	u, err := c.user()
	if err != nil {
		return User{}, err
	}
	if u.Community != from.Community {
		return User{}, ErrCommunity
	}
	return u, c.lives(from.Now(), from.MaxLife, from.Leeway)
}

// choose finds the issuer that a token must be of, by the community that it names;
// nothing else in it is believed yet. A token that cannot be read is left to the
// first issuer, who refuses it.
func (v *Verifier) choose(token string) (*issuer, error) {
	if len(v.issuers) == 1 {
		return v.issuers[0], nil
	}
	parts := strings.Split(token, ".")
	var c claims
	if len(parts) != 3 {
		return v.issuers[0], nil
	}
	if payload, err := base64.RawURLEncoding.DecodeString(parts[1]); err != nil || c.UnmarshalJSON(payload) != nil {
		return v.issuers[0], nil
	}
	if one := v.of(c.Community); one != nil {
		return one, nil
	}
	return nil, ErrCommunity
}

// candidates are the keys that the token's algorithm, which is an allowed one, is
// checked with.
func (v *issuer) candidates(ctx context.Context, t *jwt.Token) ([]jwt.VerificationKey, error) {
	if _, critical := t.Header["crit"]; critical {
		return nil, fmt.Errorf("%w: crit", ErrHeader)
	}
	if t.Method.Alg() == hs256 {
		return v.secrets, nil
	}
	id, isText := t.Header["kid"].(string)
	if _, given := t.Header["kid"]; given && !isText {
		return nil, fmt.Errorf("%w: kid is not text", ErrHeader)
	}
	return v.keys.find(ctx, id, t.Method.Alg())
}

// Sign makes a token that a Verifier with the same secret, issuer and audience
// accepts until u.Expires. It is for development and tests: in production the
// marketplace signs.
func Sign(secret []byte, u User, issuer, audience string, now time.Time) (string, error) {
	if len(secret) < minSecret {
		return "", fmt.Errorf("usertoken: the secret has %d bytes; it needs %d or more", len(secret), minSecret)
	}
	c := claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuer, Audience: jwt.ClaimStrings{audience}, Subject: u.ID,
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(u.Expires),
		},
		Name:      u.Name,
		Community: u.Community,
	}
	if u.Operator {
		c.Role = operator
	}
	if _, err := c.user(); err != nil {
		return "", fmt.Errorf("usertoken: sign: %w", err)
	}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(secret)
}
