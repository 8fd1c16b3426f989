// Package paypage is the page on which a buyer pays at Stripe.
package paypage

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server/languages"
	"github.com/handsel-dev/handsel/server/look"
	"github.com/handsel-dev/handsel/server/web"
)

// Config is the page on which a buyer pays at Stripe. Stripe's own form takes the
// card; nothing of it comes to this server. The client secret stands behind the # of
// the address, which browsers do not send, so the page itself knows nothing secret:
// what is paid, and how much, is told by Stripe to who has the secret.
type Config struct {
	PublishableKey string // pk_…
	// StripeJS is where Stripe.js comes from, default Stripe's own; an emulator's in dev.
	StripeJS string
	// API is the origin that Stripe.js talks to, default Stripe's own.
	API string
	// Back is where a link leads the buyer whose deal has no page at the marketplace; empty: nowhere.
	Back string
}

// Payee is what the page says of whom a payment pays. What is empty is left out.
type Payee struct {
	Marketplace string // its name
	Deal        string // URL of the deal's page there
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
	payee  func(ctx context.Context, payment string) Payee
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
	p.policy = policyOf(p.Config, script)
	return p, nil
}

// policyOf lets the page's own script run and Stripe's, which styles what it puts into the page.
func policyOf(c Config, script *url.URL) string {
	scripts := "script-src '" + look.Hash(payJS) + "' " + script.Scheme + "://" + script.Host
	if c.StripeJS != stripeJS {
		return look.Policy(scripts, "connect-src "+c.API)
	}
	return look.Policy(scripts+" https://*.js.stripe.com", "connect-src "+c.API, "frame-src https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com",
		"img-src https://*.stripe.com", "style-src-elem 'unsafe-inline'", "style-src-attr 'unsafe-inline'")
}

// Face is the face with its one route. It refuses with a page. payee says whom a payment pays.
func Face(c Config, payee func(ctx context.Context, payment string) Payee) (web.Face, error) {
	p, err := newFace(c)
	if err != nil {
		return web.Face{}, err
	}
	p.payee = payee
	return web.Face{Tag: "pages", Under: []string{"/pay/"}, Refusal: web.RefusingPage("PayPage", refuse), Routes: []web.Route{{
		Method: http.MethodGet, Path: "/pay/{payment}", Access: web.Public,
		Name: "pages.pay", Summary: "Show the buyer the page to pay on at Stripe", AnyQuery: true, Answer: web.Media("text/html"),
		Serve: p.show,
	}}}, nil
}

// show says whom a payment pays. Stripe.js reads what is to be paid, with the client secret from the address.
func (p *face) show(c *gin.Context, r web.Route) error {
	private(c)
	payment := c.Param("payment")
	if !paymentShape.MatchString(payment) {
		return web.NoRoute(c, r)
	}
	ctx := c.Request.Context()
	to := p.payee(ctx, payment)
	name := cmp.Or(to.Marketplace, languages.Say(ctx, "the marketplace"))
	main := words(ctx, name)
	main["class"], main["data-key"], main["data-payment"] = "card", p.PublishableKey, payment
	body, err := look.Page(ctx, look.Frame{Title: languages.Say(ctx, "Payment"), Sentence: languages.Say(ctx, "Your payment to %s", name), Script: payJS, Main: main},
		page(name, p.StripeJS, cmp.Or(to.Deal, p.Back)))
	if err != nil {
		return fmt.Errorf("page to pay on: %w", err)
	}
	c.Header("Content-Security-Policy", p.policy)
	c.Header("Cross-Origin-Opener-Policy", "same-origin-allow-popups") // some ways to pay open a window that answers to the page
	c.Data(http.StatusOK, "text/html; charset=utf-8", body)
	return nil
}

// incomplete is what stands where an address is none of a payment.
func incomplete(ctx context.Context) string {
	return languages.Say(ctx, "This link is incomplete. Open the payment from the shop again.")
}

// words are what the script says, in the language of who reads, as attributes of the content. Those of a state of a payment are its sentence
// and what follows from it. {total} stands for the amount.
func words(ctx context.Context, to string) templ.Attributes {
	sentence, paid := languages.Say(ctx, "You have paid {total} to %s.", to), languages.Say(ctx, "Paid. You can close this page.")
	return templ.Attributes{
		"data-open": languages.Say(ctx, "You pay {total} to %s.", to), "data-pay": languages.Say(ctx, "Pay {total}"),
		"data-succeeded": sentence, "data-succeeded-then": paid, "data-requires_capture": sentence, "data-requires_capture-then": paid,
		"data-processing": languages.Say(ctx, "Your payment of {total} to %s is in progress.", to), "data-processing-then": languages.Say(ctx, "You can close this page, and need not pay again."),
		"data-canceled": languages.Say(ctx, "Your payment of {total} to %s was canceled.", to), "data-canceled-then": languages.Say(ctx, "Open it from the shop again if you still want to pay."),
		"data-incomplete": incomplete(ctx), "data-unseen": languages.Say(ctx, "This payment cannot be shown. Open it from the shop again."),
		"data-formless": languages.Say(ctx, "The payment form cannot be loaded. Check your connection and reload this page."),
		"data-failed":   languages.Say(ctx, "The payment failed. Try again, perhaps in another way."),
	}
}

// private keeps the page, whose address is a link of one person, from being kept, framed or named to others.
func private(c *gin.Context) {
	look.Private(c, "no-referrer")
	languages.Read(c)
}

func refuse(c *gin.Context, f *fault.Error) (status int, body []byte) {
	private(c)
	ctx := c.Request.Context()
	return look.Refuse(c, f, look.Refusal{Language: languages.Language(ctx), Title: languages.Say(ctx, "Payment"), Sentence: incomplete(ctx), Only: true})
}
