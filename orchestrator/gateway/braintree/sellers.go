package braintree

import (
	"context"
	"crypto/sha256"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
)

// Marketplace is a Gateway that pays sellers, who are sub-merchants at Braintree. It is what new deals use where Config.Escrow is set.
type Marketplace struct{ *Gateway }

var (
	_ orchestrator.Gateway       = Marketplace{}
	_ orchestrator.Limited       = Marketplace{}
	_ orchestrator.Statement     = Marketplace{}
	_ orchestrator.Preparing     = Marketplace{}
	_ orchestrator.PayingSome    = Marketplace{}
	_ orchestrator.SellersThere  = Marketplace{}
	_ orchestrator.SellersTold   = Marketplace{}
	_ orchestrator.Onboarding    = Marketplace{}
	_ orchestrator.TakingDetails = Marketplace{}
	_ orchestrator.Linking       = Marketplace{}
)

// Shapes of Braintree's ids (official API).
var (
	merchantShape = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)
	accountShape  = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,32}$`)
)

// declinedMark begins what is stored for a user whom Braintree declined: a code and their account follow. Braintree says why once, in
// its message.
const declinedMark = "declined:"

// Statuses of merchant accounts (official SDK), in capital letters as those of payments.
const (
	subPending   = "PENDING"
	subActive    = "ACTIVE"
	subSuspended = "SUSPENDED"
)

// account is a merchant account.
type account struct {
	XMLName  xml.Name `xml:"merchant-account"`
	ID       string   `xml:"id"`
	Status   string   `xml:"status"`
	Currency string   `xml:"currency-iso-code"`
	Master   string   `xml:"master-merchant-account>id"`
	code     string   // why it was declined
}

// master is the marketplace's account below which sellers are, and its currency, which is theirs too.
func (g *Gateway) master() (id string, currency money.Currency) {
	for currency, id := range g.Accounts {
		return id, currency
	}
	return "", ""
}

// below reports whether an account is a sub-merchant's of the marketplace. One in another currency would take another sum.
func (g *Gateway) below(a account) bool {
	master, currency := g.master()
	return a.Master == master && a.Currency == string(currency)
}

// sells reports whether payments can be made for a sub-merchant.
func (g *Gateway) sells(a account) bool { return a.Status == subActive && g.below(a) }

// account reads a merchant account; found is false where Braintree has none of the id, which the list of all says: a proxy knows the
// status 404 as well.
func (c *classic) account(ctx context.Context, id string) (a account, found bool, err error) {
	err = c.call(ctx, http.MethodGet, "/merchant_accounts/"+id, nil, &a)
	var r *refusal
	switch {
	case errors.As(err, &r) && r.status == http.StatusNotFound:
		return c.listed(ctx, id)
	case err == nil && a.ID != id:
		err = errUnreadable
	}
	a.Status = strings.ToUpper(a.Status)
	return a, err == nil, err
}

// maxAccountPages bounds the list of accounts; our choice.
const maxAccountPages = 1_000

// listed looks an account up in the list of all of them.
func (c *classic) listed(ctx context.Context, id string) (account, bool, error) {
	seen := 0
	for page := 1; page <= maxAccountPages; page++ {
		var out struct {
			XMLName xml.Name  `xml:"merchant-accounts"`
			Total   int       `xml:"total-items"`
			All     []account `xml:"merchant-account"`
		}
		if err := c.call(ctx, http.MethodGet, fmt.Sprintf("/merchant_accounts?page=%d", page), nil, &out); err != nil {
			return account{}, false, err
		}
		for _, a := range out.All {
			if a.ID == id {
				a.Status = strings.ToUpper(a.Status)
				return a, true, nil
			}
		}
		if seen += len(out.All); seen >= out.Total || len(out.All) == 0 {
			return account{}, false, nil
		}
	}
	return account{}, false, errors.New("braintree: there are too many merchant accounts")
}

// stored is the account that is stored for a user, and with which code it was declined.
func (g *Gateway) stored(ctx context.Context, community int64, user string) (text, id, code string, err error) {
	text, _, err = g.Sellers.Account(ctx, community, user, g.Name())
	id = text
	if rest, declined := strings.CutPrefix(text, declinedMark); declined {
		code, id, _ = strings.Cut(rest, ":")
	}
	if !accountShape.MatchString(id) {
		id = ""
	}
	return text, id, code, err
}

// subMerchant is the user's account, as Braintree tells of it now. In sandboxes one is opened for who has none.
func (g *Gateway) subMerchant(ctx context.Context, community int64, user string) (account, bool, error) {
	_, id, code, err := g.stored(ctx, community, user)
	if err != nil {
		return account{}, false, err
	}
	if id == "" && g.OpenAccount != nil {
		var ok bool
		if id, ok, err = g.OpenAccount(ctx, community, user); err != nil || !ok {
			return account{}, false, err
		}
		if orchestrator.IsDryRun(ctx) {
			master, currency := g.master()
			return account{Status: subActive, Currency: string(currency), Master: master}, true, nil
		}
		if id, err = g.Sellers.SaveAccount(ctx, community, user, g.Name(), id); err != nil {
			return account{}, false, err
		}
	}
	if id == "" {
		return account{}, false, nil
	}
	a, found, err := g.classic.account(ctx, id)
	a.code = code
	return a, found, err
}

// CanReceive reports whether payments can be made for the user now.
func (m Marketplace) CanReceive(ctx context.Context, community int64, user string) (bool, error) {
	a, found, err := m.subMerchant(ctx, community, user)
	return found && m.sells(a), err
}

// LeavesPayout is false: Braintree pays everybody for whom a deal can be opened.
func (Marketplace) LeavesPayout(context.Context, int64, string) (bool, error) { return false, nil }

// declines are the codes with which Braintree declines a sub-merchant (official SDK), in words.
var declines = map[string]string{
	"82621": "declined_ofac", "82622": "declined_mastercard_match", "82623": "declined_failed_kyc", "82624": "declined_ssn_invalid",
	"82625": "declined_ssn_matches_deceased", "82626": "declined",
}

// Seller tells how the user stands. A sub-merchant whom Braintree declined or suspended is rejected.
func (m Marketplace) Seller(ctx context.Context, community int64, user string) (orchestrator.SellerAccount, error) {
	a, found, err := m.subMerchant(ctx, community, user)
	if err != nil || !found {
		return orchestrator.SellerAccount{Status: orchestrator.SellerMissing}, err
	}
	s := orchestrator.SellerAccount{ID: a.ID, Status: orchestrator.SellerRestricted, Currencies: []string{a.Currency}}
	switch {
	case m.sells(a):
		s.Status, s.CanBePaid, s.GetsPayouts = orchestrator.SellerActive, true, true
	case a.Status == subPending:
		s.Status = orchestrator.SellerPending
	case a.Status == subSuspended:
		s.Status = orchestrator.SellerRejected
		if a.code != "" {
			s.Due = []orchestrator.SellerDue{{What: inWords(a.code)}}
		}
	}
	return s, nil
}

func inWords(code string) string {
	if text := declines[code]; text != "" {
		return text
	}
	return "declined_" + code
}

// KnowsAccount reports whether Braintree has such a sub-merchant of the marketplace, which was not made for another user.
func (m Marketplace) KnowsAccount(ctx context.Context, community int64, user, id string) (bool, error) {
	if !accountShape.MatchString(id) || madeForAnother(id, community, user) {
		return false, nil
	}
	a, found, err := m.classic.account(ctx, id)
	return found && m.below(a), err
}

// What tells that an account is about a user without naming them: ids that are made here begin with it.
const (
	ownMark  = "hs-"
	ownerLen = 12
)

func ownerOf(community int64, user string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d:%s", community, user))
	return fmt.Sprintf("%x", sum)[:ownerLen]
}

func madeForAnother(id string, community int64, user string) bool {
	rest, ours := strings.CutPrefix(id, ownMark)
	return ours && len(rest) == ownerLen+1+16 && rest[:ownerLen] != ownerOf(community, user)
}

// newAccountID names an account before it is made, so that it is found when the answer is lost. It has up to 32 letters.
func (g *Gateway) newAccountID(community int64, user string) string {
	random := strings.ToLower(g.NewID())
	return ownMark + ownerOf(community, user) + "-" + (random + strings.Repeat("0", 16))[:16]
}

// told begins what a message about a sub-merchant is passed on as: a code follows, empty for one that was approved, and the account.
const toldMark = "seller:"

// SellerTold reads which sub-merchant was approved or declined. Why it was declined is kept: Braintree does not tell it again.
func (Marketplace) SellerTold(about string) (orchestrator.SellerNews, bool) {
	rest, ok := strings.CutPrefix(about, toldMark)
	code, id, found := strings.Cut(rest, ":")
	if !ok || !found {
		return orchestrator.SellerNews{}, ok
	}
	news := orchestrator.SellerNews{Accounts: []string{id}}
	if code != "" {
		news.Instead = declinedMark + code + ":" + id
	}
	return news, true
}

// TakesDetails names what is told of a seller; some of it only for one kind of funding.
func (Marketplace) TakesDetails() []string {
	names := make([]string, len(details))
	for i, d := range details {
		names[i] = d.name
	}
	return names
}

// detail is something that a sub-merchant tells, and where it stands in what is sent.
type detail struct{ name, path string }

var details = []detail{
	{"first_name", "individual/first-name"}, {"last_name", "individual/last-name"}, {"email", "individual/email"}, {"phone", "individual/phone"},
	{"date_of_birth", "individual/date-of-birth"}, {"ssn", "individual/ssn"},
	{"street_address", "individual/address/street-address"}, {"locality", "individual/address/locality"},
	{"region", "individual/address/region"}, {"postal_code", "individual/address/postal-code"},
	{"business_legal_name", "business/legal-name"}, {"business_dba_name", "business/dba-name"}, {"business_tax_id", "business/tax-id"},
	{"business_street_address", "business/address/street-address"}, {"business_locality", "business/address/locality"},
	{"business_region", "business/address/region"}, {"business_postal_code", "business/address/postal-code"},
	{"funding_destination", "funding/destination"}, {"funding_descriptor", "funding/descriptor"}, {"funding_account_number", "funding/account-number"},
	{"funding_routing_number", "funding/routing-number"}, {"funding_email", "funding/email"}, {"funding_mobile_phone", "funding/mobile-phone"},
	{tosAccepted, ""},
}

const tosAccepted = "tos_accepted"

// toldAs names a field of Braintree's as callers do, who tell a funding/routing-number as funding_routing_number.
func toldAs(at string) string {
	_, within, _ := strings.Cut(at, "/")
	for _, d := range details {
		if d.path != "" && d.path == strings.ReplaceAll(within, "_", "-") {
			return d.name
		}
	}
	return at[strings.LastIndex(at, "/")+1:]
}

// codeDetails is the reason of what is missing or wrong in what is told of a seller.
const codeDetails fault.Reason = "invalid_seller_details"

// Onboard makes a sub-merchant of what is told of a seller, or changes what was told before. Braintree has no page for that, so the
// link leads back at once. What is told goes to Braintree and nowhere else.
func (m Marketplace) Onboard(ctx context.Context, community int64, user string, to orchestrator.Return) (orchestrator.OnboardingLink, error) {
	link := orchestrator.OnboardingLink{URL: to.Done}
	if len(to.Details) == 0 {
		return link, fault.New(fault.Invalid, codeDetails, "%s has no page that sets sellers up; send what it asks of them as details, such as first_name, last_name, email, date_of_birth and funding_destination", name).With("field", "details")
	}
	text, id, code, err := m.stored(ctx, community, user)
	if err != nil {
		return link, err
	}
	var a account
	found := false
	if id != "" {
		if a, found, err = m.classic.account(ctx, id); err != nil {
			return link, fmt.Errorf("read a sub-merchant: %w", err)
		}
	}
	switch {
	case found && a.Status == subPending: // Braintree changes none that it checks; this is a repeat
		return link, nil
	case id == "", code != "" && found && a.Status == subSuspended: // who was declined has another try, under another id
		found = false
		if id, err = m.another(ctx, community, user, text); err != nil {
			return link, err
		}
	}
	return link, m.tell(ctx, id, found, to.Details)
}

// another stores a new id for the user's account, and tells which is stored then.
func (m Marketplace) another(ctx context.Context, community int64, user, was string) (string, error) {
	fresh := m.newAccountID(community, user)
	if was == "" {
		return m.Sellers.SaveAccount(ctx, community, user, m.Name(), fresh)
	}
	return m.Sellers.ReplaceAccount(ctx, community, user, m.Name(), was, fresh)
}

// tell makes a sub-merchant of an id, or changes what is known of one.
func (m Marketplace) tell(ctx context.Context, id string, change bool, told map[string]string) error {
	method, path := http.MethodPut, "/merchant_accounts/"+id+"/update_via_api"
	in := newAccount{Says: says(told)}
	if !change {
		method, path = http.MethodPost, "/merchant_accounts/create_via_api"
		in.ID, in.Terms = id, new(xmlFlag)
		in.Master, _ = m.master()
		*in.Terms = told[tosAccepted] == "true"
	}
	var a account
	err := m.classic.call(ctx, method, path, in, &a)
	var r *refusal
	switch {
	case errors.As(err, &r) && r.code == idInUse: // this very call was made twice
		return nil
	case errors.As(err, &r) && r.code != "":
		return fault.New(fault.Invalid, codeDetails, "%s refuses the details of the seller: %s is wrong or missing, its code is %s", name, toldAs(r.at), r.code).With("field", "details")
	case err != nil:
		return fmt.Errorf("set a sub-merchant up: %w", err)
	case a.ID != id:
		return errUnreadable
	}
	return nil
}

// newAccount is a sub-merchant to be made, or what changes of one.
type newAccount struct {
	XMLName xml.Name `xml:"merchant-account"`
	ID      string   `xml:"id,omitempty"`
	Master  string   `xml:"master-merchant-account-id,omitempty"`
	Terms   *xmlFlag `xml:"tos-accepted"`
	Says    []section
}

// section is an element with texts and other elements.
type section struct {
	XMLName xml.Name
	Text    string `xml:",chardata"`
	Inside  []section
}

// says puts what is told of a seller where Braintree has it.
func says(told map[string]string) []section {
	var all []section
	for _, d := range details {
		if told[d.name] != "" && d.path != "" {
			all = put(all, strings.Split(d.path, "/"), told[d.name])
		}
	}
	return all
}

// put adds a text at a path of elements.
func put(all []section, path []string, text string) []section {
	i := slices.IndexFunc(all, func(s section) bool { return s.XMLName.Local == path[0] })
	if i < 0 {
		i, all = len(all), append(all, section{XMLName: xml.Name{Local: path[0]}})
	}
	if len(path) == 1 {
		all[i].Text = text
	} else {
		all[i].Inside = put(all[i].Inside, path[1:], text)
	}
	return all
}
