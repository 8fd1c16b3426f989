package console

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/web"
)

// find lists deals, the newest first. What is a deal's id or number leads to it.
func (f face) find(v visit) error {
	ctx, q := v.Request.Context(), strings.TrimSpace(v.Query("q"))
	if id, is := f.named(q); is {
		if _, err := f.Engine.Find(ctx, v.Community, id, v.actor()); err == nil {
			v.Redirect(303, f.path(id))
			return nil
		} else if fault.As(err).Code != fault.NotFound {
			return err
		}
	}
	search, err := f.searchOf(v)
	if err != nil {
		return err
	}
	all, err := f.search(v, q, search)
	if err != nil {
		return err
	}
	page := found{Query: v.Request.URL.Query()}
	for _, tx := range all.Deals {
		page.Deals = append(page.Deals, f.row(tx))
	}
	if all.Next != 0 {
		page.Next = page.with("before", f.IDs.Seal(publicid.Transaction, all.Next))
	}
	return f.show(v, v.say("Deals"), page.sentence(v.say, q), findPage(page, f.Engine.Now()))
}

// searchOf reads the filters of a query.
func (f face) searchOf(v visit) (orchestrator.Search, error) {
	s := orchestrator.Search{Gateway: v.Query("gateway")}
	s.CommunityID, s.Process, s.State, s.Limit = v.Community, v.Query("process"), process.State(v.Query("state")), perPage
	if s.Attention = v.Query("attention") == "yes"; s.Attention {
		s.Rules = orchestrator.TaskRulesOf(f.Engine.Processes(), f.Engine.Now())
	}
	for _, g := range f.Engine.Gateways() {
		s.Gateways = append(s.Gateways, g.Name())
	}
	if text := v.Query("before"); text != "" {
		id, err := f.IDs.Open(publicid.Transaction, text)
		if err != nil {
			return s, web.Invalid("invalid_cursor", "before", "before must be the id of a deal")
		}
		s.Before = id
	}
	if text := v.Query("older"); text != "" {
		days, err := strconv.Atoi(text)
		if err != nil || days < 1 || days > 10_000 {
			return s, web.Invalid("invalid_time", "older", "older must be a number of days, 1 to 10000")
		}
		s.Until = f.Engine.Now().AddDate(0, 0, -days)
	}
	if text := v.Query("amount"); text != "" {
		minor, currency, is := f.priceIn(text)
		if !is {
			return s, web.Invalid("invalid_decimal", "amount", "amount must be one such as 51.90 EUR, or a number of minor units such as 5190")
		}
		s.Minor, s.Currency = minor, currency
	}
	return s, nil
}

// priceIn reads "51.90 EUR", "EUR 51.90", or minor units of any currency.
// byThousands is a number as these pages write it: a comma parts thousands, and is no decimal point.
var byThousands = regexp.MustCompile(`^[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$`)

func (f face) priceIn(text string) (minor int64, currency string, is bool) {
	parts := strings.Fields(text)
	if len(parts) == 1 {
		n, err := strconv.ParseInt(parts[0], 10, 64)
		return n, "", err == nil && n > 0
	}
	if len(parts) != 2 {
		return 0, "", false
	}
	for i, code := range parts {
		c := money.Currency(strings.ToUpper(code))
		if exponent, known := f.Assets.Scale(c); known {
			if number := parts[1-i]; !strings.Contains(number, ",") || byThousands.MatchString(number) {
				n, ok := money.ParseDecimal(strings.ReplaceAll(number, ",", ""), exponent)
				return n, string(c), ok && n > 0
			}
		}
	}
	return 0, "", false
}

// search tries what a text may be, each by an index of its own: the first that finds something.
func (f face) search(v visit, q string, s orchestrator.Search) (all orchestrator.Found, err error) {
	ctx := v.Request.Context()
	if q == "" {
		if s.Minor != 0 {
			s.By = orchestrator.ByPrice
		}
		return f.Finder.Search(ctx, s)
	}
	tries := []orchestrator.SearchBy{orchestrator.ByReference, orchestrator.ByPayment, orchestrator.ByRequest}
	if strings.Contains(q, "@") {
		tries = append(tries, orchestrator.ByEmail)
	}
	minor, currency, priced := f.priceIn(q)
	if priced {
		tries = append(tries, orchestrator.ByPrice)
	}
	for _, by := range append(tries, orchestrator.ByUser) {
		t := s
		if t.By, t.Text = by, q; by == orchestrator.ByPrice {
			t.Minor, t.Currency = minor, cmp.Or(currency, s.Currency)
		}
		if all, err = f.Finder.Search(ctx, t); err != nil || len(all.Deals) > 0 || all.Next != 0 {
			return all, err
		}
	}
	return all, nil
}

// with is the address of the page with another value; empty: without one.
func (p found) with(name, value string) string {
	q := url.Values{}
	for n, values := range p.Query {
		if n != "before" {
			q[n] = values
		}
	}
	if q.Del(name); value != "" {
		q.Set(name, value)
	}
	return strings.TrimSuffix(deals+"?"+q.Encode(), "?")
}

// chip is a filter that is on, and the way to the page without it.
type chip struct{ Text, Without string }

func (p found) chips(say sayer) (all []chip) {
	for _, c := range []struct{ name, says string }{{"q", "“%s”"}, {"process", say("process %s")}, {"state", say("state %s")}, {"gateway", say("gateway %s")}, {"amount", say("price %s")}, {"older", say("made before so many days: %s")}, {"attention", say("waits for staff")}} {
		value := p.Query.Get(c.name)
		switch {
		case value == "":
			continue
		case c.name == "attention":
			value = c.says
		default:
			value = fmt.Sprintf(c.says, value)
		}
		all = append(all, chip{value, p.with(c.name, "")})
	}
	return all
}

func (p found) sentence(say sayer, q string) string {
	switch n := len(p.Deals); {
	case n == 0 && p.Next != "":
		return say("None of the %s newest of these deals is like that. Older ones may be.", thousands(strconv.Itoa(orchestrator.MaxSearched)))
	case n == 0 && q != "":
		return say("Nothing is called “%s”. Try an id, a number, an external reference, a gateway's payment, a request id, an e-mail, a price or the id of a user.", q)
	case n == 0:
		return say("No deal is like that.")
	case p.Next != "":
		return say("These are the newest %d deals. There are more.", n)
	case n == 1:
		return say("This is the one deal.")
	default:
		return say("These are all %d deals.", n)
	}
}
