package braintree

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-resty/resty/v2"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

// classicVersion is that of the classic API which is spoken (official SDK, 2.24).
const classicVersion = "5"

// classicOrigins are where the classic API is, by the origin of the other one (official SDK).
var classicOrigins = map[string]string{
	Origin: "https://api.braintreegateway.com", SandboxOrigin: "https://api.sandbox.braintreegateway.com",
}

// classicOrigin is the origin of the classic API that belongs to one of the other API; empty: it is not known.
func classicOrigin(base string) string {
	base = strings.TrimRight(base, "/")
	if gateway.OnLoopback(base) { // an emulator has both
		return base
	}
	return classicOrigins[base]
}

// classic is a client for the few calls of the classic API that are needed. Like api it makes one attempt per call and follows no
// redirect.
type classic struct {
	public, private, root string
	resty                 *resty.Client
}

// newClassic is nil where it is not known where the API is.
func newClassic(c Config) *classic {
	if c.ClassicURL == "" {
		c.ClassicURL = classicOrigin(c.BaseURL)
	}
	if !gateway.IsSafeURL(c.ClassicURL) || !merchantShape.MatchString(c.Merchant) {
		return nil
	}
	return &classic{public: c.Public, private: c.Private, root: strings.TrimRight(c.ClassicURL, "/") + "/merchants/" + c.Merchant, resty: client(c)}
}

// document is what is sent: a struct with the name of its element.
type document any

// call sends one request, and reads the root element of the answer into out, which has to have its name. A payment that was made
// and refused is an answer as well, with status 422.
func (c *classic) call(ctx context.Context, method, path string, in, out document) error {
	r := c.resty.R().SetBasicAuth(c.public, c.private).SetHeader("Accept", "application/xml").SetHeader("X-ApiVersion", classicVersion)
	if in != nil {
		body, err := xml.Marshal(in)
		if err != nil {
			return &gateway.NotSentError{Err: err}
		}
		r.SetHeader("Content-Type", "application/xml").SetBody(append([]byte(xml.Header), body...))
	}
	resp, err := send(ctx, r, method, c.root+path)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case err != nil || len(body) > maxBody:
		return errUnreadable
	case resp.StatusCode == http.StatusUnprocessableEntity:
		return refusedIn(body, out)
	case resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusCreated:
		return &refusal{status: resp.StatusCode}
	case xml.Unmarshal(body, out) != nil:
		return errUnreadable
	}
	return nil
}

// apiErrors is an answer of status 422.
type apiErrors struct {
	XMLName xml.Name            `xml:"api-error-response"`
	Made    *classicTransaction `xml:"transaction"`
	Wrong   errorsIn            `xml:"errors"`
}

// errorsIn are the errors about an object, and about those inside it.
type errorsIn struct {
	XMLName xml.Name
	Here    []struct {
		Code string `xml:"code"`
		At   string `xml:"attribute"`
	} `xml:"errors>error"`
	Inside []errorsIn `xml:",any"`
}

// first is an error, and where the field that it is about stands, such as merchant-account/funding/routing_number.
func (e errorsIn) first() (code, at string) {
	for _, here := range e.Here {
		return here.Code, here.At
	}
	for _, inside := range e.Inside {
		if code, at := inside.first(); code != "" {
			return code, inside.XMLName.Local + "/" + at
		}
	}
	return "", ""
}

// refusedIn reads why a request was refused; nil: a payment was made of it, which was refused, and out is that.
func refusedIn(body []byte, out document) error {
	var answer apiErrors
	if xml.Unmarshal(body, &answer) != nil {
		return errUnreadable
	}
	code, at := answer.Wrong.first()
	if made, ok := out.(*classicTransaction); ok && code == "" && answer.Made != nil {
		*made = *answer.Made
		return nil
	}
	if code == "" {
		return errUnreadable
	}
	return &refusal{status: http.StatusUnprocessableEntity, class: "VALIDATION", code: gateway.Printable(code), at: gateway.Printable(at)}
}

// transaction sends a request that is answered with a payment, which has to be the one that it is about; empty: a new one.
func (c *classic) transaction(ctx context.Context, method, path, id string, in document) (payment, error) {
	var out classicTransaction
	if err := c.call(ctx, method, path, in, &out); err != nil {
		return payment{}, err
	}
	p, err := c.read(ctx, out)
	if err == nil && id != "" && p.LegacyID != id {
		err = fmt.Errorf("%w: another payment than %s", errUnreadable, id)
	}
	return p, err
}

// step does something to a payment.
func (c *classic) step(ctx context.Context, p payment, what string, in document) (payment, error) {
	return c.transaction(ctx, http.MethodPut, "/transactions/"+p.LegacyID+"/"+what, p.LegacyID, in)
}

func (c *classic) open(ctx context.Context, s sale) (payment, error) {
	in := newTransaction{Type: "sale", Amount: decimal(s.Amount), Order: s.OrderID, Account: s.Account, Nonce: s.Nonce, Options: &options{Submit: xmlFlag(s.Capture)}}
	if s.Fee != nil {
		in.Fee, in.Options.Hold = decimal(*s.Fee), xmlFlag(true)
	}
	return c.transaction(ctx, http.MethodPost, "/transactions", "", in)
}

func (c *classic) take(ctx context.Context, p payment, sum money.Amount) (payment, error) {
	return c.step(ctx, p, "submit_for_settlement", newTransaction{Amount: decimal(sum)})
}

// reverse drops what has not settled; it never becomes a refund here.
func (c *classic) reverse(ctx context.Context, p payment) (reversal, error) {
	after, err := c.step(ctx, p, "void", nil)
	if err == nil && after.Status != isVoided {
		err = errUnreadable
	}
	return reversal{Type: "Transaction", payment: after}, err
}

func (c *classic) refund(ctx context.Context, p payment, sum money.Amount, order string) (payment, error) {
	back, err := c.transaction(ctx, http.MethodPost, "/transactions/"+p.LegacyID+"/refund", "", newTransaction{Amount: decimal(sum), Order: order})
	if err == nil && back.of != p.LegacyID {
		err = errUnreadable
	}
	return back, err
}

// find reads a payment. That there is none is believed of a search alone: a proxy knows the status 404 as well.
func (c *classic) find(ctx context.Context, legacy string) (payment, bool, error) {
	if !legacyShape.MatchString(legacy) {
		return payment{}, false, fmt.Errorf("braintree: %q is not an id of a payment", legacy)
	}
	p, err := c.transaction(ctx, http.MethodGet, "/transactions/"+legacy, legacy, nil)
	var r *refusal
	if !errors.As(err, &r) || r.status != http.StatusNotFound {
		return p, err == nil, err
	}
	for p, err := range c.pages(ctx, search{ID: &is{legacy}}) {
		return p, err == nil && p.LegacyID == legacy, err
	}
	return payment{}, false, nil
}

func (c *classic) search(ctx context.Context, reference string) (payment, bool, error) {
	return best(ctx, c.pages(ctx, search{Order: &is{reference}, Type: listOf("sale")}), reference)
}

// first finds what a payment is a rejected repeat of: the API does not name it, so it is what has the same order id.
func (c *classic) first(ctx context.Context, p payment, reference string) (original payment, repeats bool, err error) {
	if last, _ := p.event(isRejected); p.Status != isRejected || last.Rejection != "DUPLICATE" || p.OrderID != reference {
		return payment{}, false, nil
	}
	original, _, err = c.search(ctx, reference)
	return original, true, err
}

func (c *classic) between(ctx context.Context, from, to time.Time) iter.Seq2[payment, error] {
	return c.pages(ctx, search{Type: listOf("sale"), Created: &span{momentOf(from.Truncate(time.Second)), momentOf(to.Add(time.Second - 1).Truncate(time.Second))}})
}

const (
	// searchPage is how many payments are read at once (official SDK), and searchMost what a search can find (official API).
	searchPage = 50
	searchMost = 20_000
)

// pages are all payments that a search finds, newest first: their ids first, and then the payments (official SDK). All that were
// found have to be shown.
func (c *classic) pages(ctx context.Context, wanted search) iter.Seq2[payment, error] {
	return func(yield func(payment, error) bool) {
		var found searchResults
		err := c.call(ctx, http.MethodPost, "/transactions/advanced_search_ids", wanted, &found)
		if err == nil && len(found.IDs) >= searchMost {
			err = errors.New("braintree: a search finds too many payments")
		}
		if err != nil {
			yield(payment{}, err)
			return
		}
		for ids := range slices.Chunk(found.IDs, searchPage) {
			var page classicPage
			err := c.call(ctx, http.MethodPost, "/transactions/advanced_search", search{IDs: listOf(ids...)}, &page)
			if err == nil && len(page.All) != len(ids) {
				err = errUnreadable
			}
			if err != nil {
				yield(payment{}, err)
				return
			}
			for _, t := range page.All {
				if p, err := c.read(ctx, t); !yield(p, err) || err != nil {
					return
				}
			}
		}
	}
}
