package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/server/web"
)

const (
	minTokenSecret = 32               // bytes; the verifier refuses shorter ones as well
	tokenLeeway    = 30 * time.Second // by which the marketplace's clock may differ; our choice
)

// exchangeSettings switch the P2P exchange on: it is off until there is something
// to check its users' tokens with.
type exchangeSettings struct {
	JWTSecrets   []string      `name:"jwt-secret" env:"HANDSEL_JWT_SECRET" placeholder:"SECRET" help:"Secrets of users' HS256 tokens, separated by commas; two while one is changed. Without this or the next the exchange is off."`
	JWKSURL      string        `name:"jwks-url" env:"HANDSEL_JWKS_URL" placeholder:"URL" help:"Where the keys of RS256, ES256 and EdDSA tokens are published."`
	JWTIssuer    string        `name:"jwt-issuer" env:"HANDSEL_JWT_ISSUER" placeholder:"TEXT" help:"What tokens must have as iss."`
	JWTAudience  string        `name:"jwt-audience" env:"HANDSEL_JWT_AUDIENCE" placeholder:"TEXT" help:"What tokens must have in aud."`
	JWTIssuers   string        `name:"jwt-issuers" env:"HANDSEL_JWT_ISSUERS" placeholder:"JSON" help:"Issuers of more communities: a JSON list of {community, issuer, audience, secrets, jwks_url}."`
	JWTMaxLife   time.Duration `name:"jwt-max-life" env:"HANDSEL_JWT_MAX_LIFE" default:"24h" help:"How far ahead a token may expire."`
	Asset        string        `name:"exchange-asset" env:"HANDSEL_EXCHANGE_ASSET" default:"RUB" help:"Asset that is traded when a request names none."`
	Assets       string        `name:"exchange-assets" env:"HANDSEL_EXCHANGE_ASSETS" placeholder:"LIST" help:"More that may be traded: assets with their decimals, and currencies, such as USDT:6,BTC:8,EUR."`
	Community    int64         `name:"exchange-community" env:"HANDSEL_EXCHANGE_COMMUNITY" placeholder:"ID" help:"Community whose ads are public; without it a token is needed."`
	sealSettings `embed:""`
	WSOrigins    []string `name:"ws-origins" env:"HANDSEL_WS_ORIGINS" placeholder:"ORIGIN" help:"Origins of pages whose scripts may call and open the websocket, for every community, separated by commas."`
	TokenInQuery bool     `name:"ws-token-in-query" env:"HANDSEL_WS_TOKEN_IN_QUERY" help:"Let the websocket take a token from its URL; logs of proxies may keep it."`
	ReleaseEarly bool     `name:"exchange-release-early" env:"HANDSEL_EXCHANGE_RELEASE_EARLY" help:"Let sellers release before the buyer has marked the payment."`
	MinDeposit   int64    `name:"exchange-min-deposit" env:"HANDSEL_EXCHANGE_MIN_DEPOSIT" placeholder:"AMOUNT" help:"What a user must have deposited to sell by taking an ad, in minor units. Default: nothing."`
}

func (s exchangeSettings) on() bool { return s.single() || s.JWTIssuers != "" }

// single tells whether there is an issuer besides the list.
func (s exchangeSettings) single() bool { return len(s.JWTSecrets) > 0 || s.JWKSURL != "" }

// check names every setting that is missing or unsafe.
func (s exchangeSettings) check() []string {
	if !s.on() {
		return s.checkOff()
	}
	var problems []string
	for i, secret := range s.JWTSecrets {
		if len(secret) < minTokenSecret {
			problems = append(problems, fmt.Sprintf("HANDSEL_JWT_SECRET: secret %d must have %d bytes or more", i+1, minTokenSecret))
		}
	}
	if s.JWKSURL != "" && !gateway.IsSafeURL(s.JWKSURL) {
		problems = append(problems, "HANDSEL_JWKS_URL must be an https URL without a password (http only for a loopback address)")
	}
	if s.JWTIssuer == "" && s.single() {
		problems = append(problems, "HANDSEL_JWT_ISSUER is not set: tokens of other issuers would be accepted")
	}
	if s.JWTAudience == "" && s.single() {
		problems = append(problems, "HANDSEL_JWT_AUDIENCE is not set: tokens that were made for others would be accepted")
	}
	return slices.Concat(problems, s.checkIssuers(), s.checkTrade())
}

// checkOff tells who means to switch the exchange on what is missing for it.
func (s exchangeSettings) checkOff() []string {
	problems := s.checkDetailKeys()
	if s.JWTIssuer == "" && s.JWTAudience == "" && s.Community == 0 && len(s.WSOrigins) == 0 {
		return problems
	}
	return append(problems, "HANDSEL_JWT_SECRET or HANDSEL_JWKS_URL is not set, but other settings of the exchange are: without one it is off")
}

func (s exchangeSettings) checkTrade() []string {
	var problems []string
	_, known, err := money.ParseAssets(s.Assets)
	if err != nil {
		problems = append(problems, "HANDSEL_EXCHANGE_ASSETS: "+err.Error())
	}
	if _, unknown := known.Parse(s.Asset); err == nil && unknown != nil {
		problems = append(problems, "HANDSEL_EXCHANGE_ASSET must be an ISO 4217 code in capitals, such as RUB, or one of HANDSEL_EXCHANGE_ASSETS")
	}
	if s.Community < 0 {
		problems = append(problems, "HANDSEL_EXCHANGE_COMMUNITY must be the id of a community")
	}
	if s.DetailsKeys == "" {
		problems = append(problems, "HANDSEL_DETAILS_KEYS is not set: payment details need a key that is not in the database")
	}
	problems = append(problems, s.checkDetailKeys()...)
	for _, origin := range s.WSOrigins {
		if !web.IsOrigin(origin) {
			problems = append(problems, fmt.Sprintf("HANDSEL_WS_ORIGINS: %q is not an origin such as https://market.example.com (http only for a loopback address)", origin))
		}
	}
	if s.MinDeposit < 0 {
		problems = append(problems, "HANDSEL_EXCHANGE_MIN_DEPOSIT must not be negative")
	}
	return problems
}

func (s exchangeSettings) config(first int64) (*app.Exchange, error) {
	if !s.on() {
		return nil, nil
	}
	tokens, err := s.tokens(first)
	if err != nil {
		return nil, err
	}
	listed, known, err := money.ParseAssets(s.Assets)
	if err != nil {
		return nil, err
	}
	return &app.Exchange{
		Listed: listed, Assets: known,
		Tokens: tokens, Asset: money.Currency(s.Asset), Community: s.Community, MinDeposit: s.MinDeposit,
		TokenInQuery: s.TokenInQuery, ReleaseEarly: s.ReleaseEarly, AllowedOrigins: s.WSOrigins,
	}, nil
}
