// Package paypage is the page on which a buyer pays at Stripe.
package paypage

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/server/web"
)

// Config is the page on which a buyer pays at Stripe. Stripe's own form takes the
// card; nothing of it comes to this server. The client secret stands behind the # of
// the address, which browsers do not send, so the page itself knows nothing secret.
type Config struct {
	PublishableKey string // pk_…
	// StripeJS is where Stripe.js comes from, default Stripe's own; an emulator's in dev.
	StripeJS string
	// API is the origin that Stripe.js talks to, default Stripe's own.
	API string
	// Back is where a link leads the buyer who has paid; empty: nowhere.
	Back string
}

// Where Stripe.js comes from and what it talks to (official integration guide).
const (
	stripeJS  = "https://js.stripe.com/v3/"
	stripeAPI = "https://api.stripe.com"
)

var (
	//go:embed pay.js
	payJS string

	paymentShape = regexp.MustCompile(`^pi_[A-Za-z0-9_]{1,250}$`)
)

// face is the page and what a browser may do on it.
type face struct {
	Config
	policy string // Content-Security-Policy
}

// newFace checks the configuration.
func newFace(c Config) (*face, error) {
	p := &face{Config: c}
	if !strings.HasPrefix(p.PublishableKey, "pk_") {
		return nil, errors.New("server: the page to pay on needs a publishable key, pk_…")
	}
	if p.StripeJS == "" {
		p.StripeJS, p.API = stripeJS, stripeAPI
	}
	script, err := url.Parse(p.StripeJS)
	if err != nil || script.Host == "" {
		return nil, fmt.Errorf("server: Stripe.js cannot come from %q", p.StripeJS)
	}
	sum := sha256.Sum256([]byte(payJS))
	scripts, frames, images := script.Scheme+"://"+script.Host, "'none'", "'none'"
	if p.StripeJS == stripeJS {
		scripts += " https://*.js.stripe.com"
		frames, images = "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com", "https://*.stripe.com"
	}
	p.policy = strings.Join([]string{
		"default-src 'none'", "script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "' " + scripts,
		"connect-src " + p.API, "frame-src " + frames, "img-src " + images, "style-src 'unsafe-inline'",
		"base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
	}, "; ")
	return p, nil
}

// Face is the face with its one route.
func Face(c Config) (web.Face, error) {
	p, err := newFace(c)
	if err != nil {
		return web.Face{}, err
	}
	return web.Face{Tag: "pages", Routes: []web.Route{{
		Method: http.MethodGet, Path: "/pay/{payment}", Access: web.Public,
		Name: "pages.pay", Summary: "Show the buyer the page to pay on at Stripe", AnyQuery: true, Answer: web.Media("text/html"),
		Serve: p.show,
	}}}, nil
}

// show is the same for every payment: Stripe.js reads what is to be paid, with
// the client secret from the address. The database is not asked.
func (p *face) show(c *gin.Context, r web.Route) error {
	payment := c.Param("payment")
	if !paymentShape.MatchString(payment) {
		return web.NoRoute(c, r)
	}
	var b bytes.Buffer
	if err := page(p.Config, payment).Render(c.Request.Context(), &b); err != nil {
		return fmt.Errorf("page to pay on: %w", err)
	}
	c.Header("Content-Security-Policy", p.policy)
	c.Header("Referrer-Policy", "no-referrer")
	c.Header("Cache-Control", "no-store")
	c.Data(http.StatusOK, "text/html; charset=utf-8", b.Bytes())
	return nil
}
