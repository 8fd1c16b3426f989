package braintree

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// Statuses of merchant accounts (official SDK, 2.24).
const (
	subPending   = "pending"
	subActive    = "active"
	subSuspended = "suspended"
)

// How long a check of a sub-merchant takes: of one whose name decides it (official reference: testing), and of all others; our
// choice.
const (
	decidedAfter = time.Minute
	checkedAfter = time.Hour
)

// approveMe is the first name of a sub-merchant who is approved (official reference: testing).
const approveMe = "approve_me"

// subMerchant is a merchant account of a seller, below one of the marketplace's.
type subMerchant struct {
	ID, Merchant, Master, Currency string
	Status                         string
	Says                           map[string]string // what was told of it, by path; of a bank account the last digits only
	Created                        time.Time
	Code, Why                      string // why it was declined
	Mended                         bool   // it was given another bank account
	Timer                          uint64
}

// Name implements stage.Object.
func (m *subMerchant) Name() string { return m.ID }

func (s *state) subStatus(id string) string {
	m, ok := s.SubMerchants.Get(id)
	if !ok {
		return ""
	}
	return m.Status
}

// accountFor finds the merchant account that a sale is for: one of the merchant's, or a sub-merchant's.
func (s *state) accountFor(m Merchant, id string) (a Account, sub bool, err error) {
	if a, ok := m.account(id); ok {
		return a, false, nil
	}
	of, ok := s.SubMerchants.Get(id)
	switch {
	case !ok || of.Merchant != m.ID || of.Status == subPending:
		return a, false, refuse(accountInvalid, "merchantAccountId")
	case of.Status == subSuspended:
		return a, false, refuse(accountSuspended, "merchantAccountId")
	}
	return Account{of.ID, of.Currency}, true, nil
}

// asked is something that a sub-merchant has to tell, or may: with which codes it is refused where it is missing or wrong.
type asked struct {
	path           string
	missing, wrong string // empty: it may be missing
	shape          *regexp.Regexp
	only           string // funding destination for which alone it is asked
}

var (
	anyText  = regexp.MustCompile(`^\S(.*\S)?$`)
	anEmail  = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)
	aPhone   = regexp.MustCompile(`^[+0-9() .-]{7,20}$`)
	aDay     = regexp.MustCompile(`^(19|20)[0-9]{2}-?[01][0-9]-?[0-3][0-9]$`)
	anSSN    = regexp.MustCompile(`^([0-9]{3}-?[0-9]{2}-?)?[0-9]{4}$`)
	aRegion  = regexp.MustCompile(`^([A-Z]{2}|[A-Z][a-z]+( [A-Z][a-z]+)*)$`)
	aZIP     = regexp.MustCompile(`^[0-9]{5}(-[0-9]{4})?$`)
	aTaxID   = regexp.MustCompile(`^[0-9]{2}-?[0-9]{7}$`)
	aNumber  = regexp.MustCompile(`^[0-9]{4,17}$`)
	aRouting = regexp.MustCompile(`^[0-9]{9}$`)
	anID     = regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)
	aWay     = regexp.MustCompile(`^(bank|email|mobile_phone)$`)
)

// maxSubID is the length of an id (official API).
const maxSubID = 32

// details are all that is asked of a sub-merchant, with the codes of the official SDK (2.24).
var details = []asked{
	{"individual/first_name", "82637", "82644", anyText, ""}, {"individual/last_name", "82638", "82645", anyText, ""},
	{"individual/email", "82667", "82643", anEmail, ""}, {"individual/phone", "", "82656", aPhone, ""},
	{"individual/date_of_birth", "82639", "82666", aDay, ""}, {"individual/ssn", "", "82642", anSSN, ""},
	{"individual/address/street_address", "82657", "82661", anyText, ""}, {"individual/address/locality", "82658", "82658", anyText, ""},
	{"individual/address/region", "82660", "82668", aRegion, ""}, {"individual/address/postal_code", "82659", "82662", aZIP, ""},
	{"business/legal_name", "", "82677", anyText, ""}, {"business/dba_name", "", "82646", anyText, ""}, {"business/tax_id", "", "82647", aTaxID, ""},
	{"business/address/street_address", "", "82685", anyText, ""}, {"business/address/locality", "", "82685", anyText, ""},
	{"business/address/region", "", "82684", aRegion, ""}, {"business/address/postal_code", "", "82686", aZIP, ""},
	{"funding/destination", "82678", "82679", aWay, ""}, {"funding/descriptor", "", "82679", anyText, ""},
	{"funding/account_number", "82641", "82671", aNumber, "bank"}, {"funding/routing_number", "82640", "82649", aRouting, "bank"},
	{"funding/email", "82680", "82681", anEmail, "email"}, {"funding/mobile_phone", "82682", "82683", aPhone, "mobile_phone"},
}

// badSub refuses something about a sub-merchant.
func badSub(code, path, message string) error {
	parts := strings.Split(path, "/")
	scope := []string{"merchant-account"}
	for _, name := range parts[:len(parts)-1] {
		scope = append(scope, strings.ReplaceAll(name, "_", "-"))
	}
	return &refusal{status: http.StatusUnprocessableEntity, code: code, message: message, class: "VALIDATION", at: parts[len(parts)-1], scope: scope}
}

// told reads what a body tells of a sub-merchant, beside what was known.
func told(in fields, known map[string]string) (map[string]string, error) {
	says := map[string]string{}
	for path, text := range known {
		says[path] = text
	}
	for _, d := range details {
		f := in.at(strings.Split(d.path, "/")...)
		if f.text != "" {
			says[d.path] = f.text
		}
		way := says["funding/destination"]
		words := strings.ReplaceAll(strings.ToUpper(d.path[:1])+d.path[1:], "/", " ")
		switch text := says[d.path]; {
		case text == "" && d.missing != "" && (d.only == "" || d.only == way):
			return nil, badSub(d.missing, d.path, words+" is required.")
		case f.text != "" && (!d.shape.MatchString(text) || d.path == "funding/routing_number" && !checks(text)):
			return nil, badSub(d.wrong, d.path, words+" is invalid.")
		}
	}
	switch legal, tax := says["business/legal_name"], says["business/tax_id"]; {
	case legal == "" && tax != "":
		return nil, badSub("82669", "business/legal_name", "Legal name is required with tax ID.")
	case legal != "" && tax == "":
		return nil, badSub("82648", "business/tax_id", "Tax ID is required with legal name.")
	}
	return says, nil
}

// checks reports whether a routing number adds up (ABA).
func checks(routing string) bool {
	sum := 0
	for i, digit := range routing {
		sum += int(digit-'0') * [3]int{3, 7, 1}[i%3]
	}
	return sum%10 == 0
}

// forgetNumbers keeps of what nobody has to know the last digits only.
func (m *subMerchant) forgetNumbers() {
	for _, path := range []string{"funding/account_number", "individual/ssn", "business/tax_id"} {
		if text := m.Says[path]; len(text) > 4 {
			m.Says[path] = text[len(text)-4:]
		}
	}
}

func (c *call) createSub() (stage.Reply, error) {
	in := c.body.at("merchant_account")
	master, err := c.masterFor(in.at("master_merchant_account_id").text)
	if err != nil {
		return stage.Reply{}, err
	}
	id := in.at("id").text
	_, taken := c.SubMerchants.Get(id)
	_, own := c.merchant.account(stage.Or(id == "", "-", id))
	switch {
	case len(id) > maxSubID:
		return stage.Reply{}, badSub("82602", "id", "ID is too long.")
	case id != "" && !anID.MatchString(id):
		return stage.Reply{}, badSub("82603", "id", "ID must contain only letters, numbers, hyphens and underscores.")
	case taken || own:
		return stage.Reply{}, badSub("82604", "id", "ID is in use.")
	case id == "all" || id == "new":
		return stage.Reply{}, badSub("82605", "id", "ID is not allowed.")
	case !in.is("tos_accepted"):
		return stage.Reply{}, badSub("82610", "tos_accepted", "Terms of service must be accepted.")
	}
	says, err := told(in, nil)
	if err != nil {
		return stage.Reply{}, err
	}
	m := &subMerchant{ID: stage.Or(id == "", "sub_"+c.newID(), id), Merchant: c.merchant.ID, Master: master.ID, Currency: master.Currency, Status: subPending, Says: says, Created: c.Now().UTC()}
	m.forgetNumbers()
	c.SubMerchants.Add(m)
	c.decideLater(m)
	return asXML(http.StatusCreated, c.showSub(m)), nil
}

// masterFor is the merchant's account below which a sub-merchant is.
func (c *call) masterFor(id string) (Account, error) {
	if id == "" {
		return Account{}, badSub("82606", "master_merchant_account_id", "Master merchant account ID is required.")
	}
	a, ok := c.merchant.account(id)
	if !ok {
		return a, badSub("82607", "master_merchant_account_id", "Master merchant account ID is invalid.")
	}
	return a, nil
}

// updateSub changes what was told of a sub-merchant. Where a bank refused and has been replaced, it is paid once more.
func (c *call) updateSub() (stage.Reply, error) {
	m, err := c.sub()
	if err != nil {
		return stage.Reply{}, err
	}
	in := c.body.at("merchant_account")
	switch {
	case in.has("id") && in.at("id").text != m.ID:
		return stage.Reply{}, badSub("82675", "id", "ID cannot be updated.")
	case in.has("master_merchant_account_id") && in.at("master_merchant_account_id").text != m.Master:
		return stage.Reply{}, badSub("82676", "master_merchant_account_id", "Master merchant account ID cannot be updated.")
	case m.Status == subPending:
		return stage.Reply{}, badSub("82674", "base", "Merchant account cannot be updated.")
	}
	says, err := told(in, m.Says)
	if err != nil {
		return stage.Reply{}, err
	}
	m.Says = says
	m.forgetNumbers()
	if in.has("funding") {
		m.Mended = true
		for _, t := range c.Transactions.All {
			if t.Account == m.ID && t.PaidOut != nil && !t.PaidOut.Success {
				c.schedule(t, c.Now().UTC().Add(disburseAfter), released)
			}
		}
	}
	return asXML(http.StatusOK, c.showSub(m)), nil
}

// sub finds the sub-merchant of the path.
func (c *call) sub() (*subMerchant, error) {
	m, ok := c.SubMerchants.Get(c.id)
	if !ok || m.Merchant != c.merchant.ID {
		return nil, missing("id")
	}
	return m, nil
}

func (c *call) findAccount() (stage.Reply, error) {
	for _, a := range c.merchant.Accounts {
		if a.ID == c.id {
			return asXML(http.StatusOK, c.showMaster("merchant-account", a)), nil
		}
	}
	m, err := c.sub()
	if err != nil {
		return stage.Reply{}, err
	}
	return asXML(http.StatusOK, c.showSub(m)), nil
}

// listAccounts shows all accounts on one page.
func (c *call) listAccounts() (stage.Reply, error) {
	page := node{name: "merchant-accounts", kind: "collection"}
	for _, a := range c.merchant.Accounts {
		page.kids = append(page.kids, c.showMaster("merchant-account", a))
	}
	for _, m := range c.SubMerchants.All {
		if m.Merchant == c.merchant.ID {
			page.kids = append(page.kids, c.showSub(m))
		}
	}
	number := func(name string, n int) node { return node{name, "integer", strconv.Itoa(n), nil} }
	page.kids = append([]node{number("current-page-number", 1), number("page-size", max(len(page.kids), 1)), number("total-items", len(page.kids))}, page.kids...)
	return asXML(http.StatusOK, page), nil
}

// decideLater has a sub-merchant checked.
func (s *state) decideLater(m *subMerchant) {
	after, first := checkedAfter, m.Says["individual/first_name"]
	code, declined := declines[first]
	if declined || first == approveMe {
		after = decidedAfter
	}
	m.Timer = s.Timers.Set(m.Created.Add(after), func(time.Time) {
		if m.Status != subPending {
			return
		}
		if declined {
			s.decline(m, first, code)
			return
		}
		s.approve(m)
	})
}

// declines are why a sub-merchant is declined, by the first name that has it done (official reference: testing; official SDK).
var declines = map[string]string{
	"82621": "Applicant declined due to OFAC.", "82622": "Applicant declined due to MasterCard MATCH.", "82623": "Applicant declined due to failed KYC.",
	"82624": "Applicant declined due to invalid SSN.", "82625": "Applicant declined due to SSN of a deceased person.", "82626": "Applicant declined.",
}

func (s *state) approve(m *subMerchant) {
	m.Status, m.Code, m.Why = subActive, "", ""
	s.notify(m.Merchant, "sub_merchant_account_approved", m.ID, s.showSub(m))
}

// decline suspends a sub-merchant, and says why.
func (s *state) decline(m *subMerchant, code, why string) {
	m.Status, m.Code, m.Why = subSuspended, code, why
	wrong := parent("error", text("code", code), text("message", why), node{"attribute", "symbol", "base", nil})
	s.notify(m.Merchant, "sub_merchant_account_declined", m.ID, parent("api-error-response",
		text("message", why), parent("errors", parent("merchant-account", list("errors", []node{wrong}))), s.showSub(m)))
}

// showMaster is a merchant account of the marketplace.
func (s *state) showMaster(name string, a Account) node {
	return parent(name, text("id", a.ID), text("status", subActive), text("currency-iso-code", a.Currency), flag("sub-merchant-account", false))
}

// showSub is a sub-merchant as the classic API shows it.
func (s *state) showSub(m *subMerchant) node {
	return parent("merchant-account",
		text("id", m.ID), text("status", m.Status), text("currency-iso-code", m.Currency), flag("default", false), flag("sub-merchant-account", true),
		s.showMaster("master-merchant-account", Account{m.Master, m.Currency}),
		m.part("individual", "first_name", "last_name", "email", "phone", "date_of_birth", "ssn/ssn_last_4", "address/street_address", "address/locality", "address/region", "address/postal_code"),
		m.part("business", "legal_name", "dba_name", "tax_id", "address/street_address", "address/locality", "address/region", "address/postal_code"),
		m.part("funding", "descriptor", "destination", "email", "mobile_phone", "account_number/account_number_last_4", "routing_number"))
}

// part is a section of what was told. A name behind a slash is what it is shown as, but for that of an address.
func (m *subMerchant) part(section string, names ...string) node {
	n, address := parent(section), parent("address")
	for _, name := range names {
		if of, isAddress := strings.CutPrefix(name, "address/"); isAddress {
			address.kids = append(address.kids, text(strings.ReplaceAll(of, "_", "-"), m.Says[section+"/"+name]))
			continue
		}
		path, shown, renamed := strings.Cut(name, "/")
		n.kids = append(n.kids, text(strings.ReplaceAll(stage.Or(!renamed, path, shown), "_", "-"), m.Says[section+"/"+path]))
	}
	if len(address.kids) > 0 {
		n.kids = append(n.kids, address)
	}
	return n
}
