package stripe

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// bank is the bank account of a seller, to which payouts go. Its number is not kept.
type bank struct {
	ID, Account, Country, Currency string
	Routing, Last4                 string
	Holder, HolderType             string
	Default                        bool   // for its currency
	Fails                          string // the failure code of every payout to it; empty: they arrive
	Errored                        bool   // a payout has failed, and none is sent any longer
	Created                        time.Time
	Metadata                       map[string]string
}

func (b *bank) Name() string     { return b.ID }
func (b *bank) since() time.Time { return b.Created }

func (b *bank) view() object {
	status := "new"
	if b.Errored {
		status = "errored"
	}
	return object{
		"id": b.ID, "object": "bank_account", "account": b.Account, "account_holder_name": orNull(b.Holder), "account_holder_type": orNull(b.HolderType),
		"account_type": nil, "available_payout_methods": []string{"standard"}, "bank_name": "STRIPE TEST BANK", "country": b.Country,
		"currency": b.Currency, "default_for_currency": b.Default, "fingerprint": "print" + b.Last4 + b.Routing, "last4": b.Last4,
		"metadata": metadataView(b.Metadata), "routing_number": orNull(b.Routing), "status": status,
	}
}

// failingNumbers are the official test numbers to which payouts fail, without the zeros in front. Of test IBANs, these are
// the ends.
var failingNumbers = map[string]string{
	"111111116": "no_account", "111111113": "account_closed", "222222227": "insufficient_funds", "333333335": "debit_not_authorized",
	"444444440": "invalid_currency",
	"11111116":  "no_account", "11111113": "account_closed", "22222227": "insufficient_funds", "33333335": "debit_not_authorized",
	"44444440": "invalid_currency",
}

var failingIBANs = []string{"", "no_account", "account_closed", "insufficient_funds", "debit_not_authorized", "invalid_currency"}

var (
	plainNumber = regexp.MustCompile(`^[0-9]{4,17}$`)
	ibanNumber  = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$`)
	testIBAN    = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}37040044053201300([0-5])$`)
	bankToken   = regexp.MustCompile(`^btok_([a-z]{2})(?:_verified)?(?:_([A-Za-z]+))?$`)
)

// failureOf is what becomes of payouts to a number.
func failureOf(number string) string {
	if m := testIBAN.FindStringSubmatch(number); m != nil {
		return failingIBANs[m[1][0]-'0']
	}
	return failingNumbers[strings.TrimLeft(number, "0")]
}

// failingTokens are the ends of tokens of accounts to which payouts fail.
var failingTokens = map[string]string{
	"noAccount": "no_account", "accountClosed": "account_closed", "insufficientFunds": "insufficient_funds",
	"debitNotAuthorized": "debit_not_authorized", "invalidCurrency": "invalid_currency",
}

func currencyOf(country string) string {
	switch country {
	case "US":
		return "usd"
	case "GB":
		return "gbp"
	}
	return "eur"
}

// standardBank gives an account that is set up without one the bank account that a person would have named on the page.
func (a *account) standardBank(at time.Time) {
	if len(a.Banks) > 0 {
		return
	}
	a.Banks = append(a.Banks, &bank{
		ID: "ba_" + strings.TrimPrefix(a.ID, "acct_"), Account: a.ID, Country: a.Country, Currency: currencyOf(a.Country), Last4: "3000",
		Default: true, Created: at,
	})
}

// bankFor is where money of a currency goes; nil: nowhere. One of another currency takes it too, as no currency is exchanged here.
func (a *account) bankFor(currency string) *bank {
	var any *bank
	for _, b := range a.Banks {
		switch {
		case b.Errored || !b.Default:
		case b.Currency == currency:
			return b
		case any == nil:
			any = b
		}
	}
	return any
}

// readBank reads what is sent as external_account: a token, or all about a bank account.
func (c *call) readBank(a *account) (*bank, *Error) {
	const param = "external_account"
	b := &bank{Account: a.ID, Created: c.by.at}
	if token := c.form.text(param); token != "" {
		m := bankToken.FindStringSubmatch(token)
		fails, known := "", false
		if m != nil {
			fails, known = failingTokens[m[2]]
			known = known || m[2] == ""
		}
		if !known {
			return nil, noSuch("token", token, param)
		}
		b.Country, b.Fails, b.Last4 = strings.ToUpper(m[1]), fails, "6789"
		b.Currency = currencyOf(b.Country)
	} else if err := c.readNumber(b); err != nil {
		return nil, err
	}
	b.ID = "ba_" + c.Random()
	return b, nil
}

// readNumber reads a bank account that is sent in full.
func (c *call) readNumber(b *bank) *Error {
	at := func(key string) string { return c.form.text("external_account[" + key + "]") }
	if kind := at("object"); kind != "bank_account" {
		return malformed("", "external_account[object]", "The sandbox plays bank accounts only: send object=bank_account.")
	}
	number := strings.ToUpper(strings.ReplaceAll(at("account_number"), " ", ""))
	if !plainNumber.MatchString(number) && !ibanNumber.MatchString(number) {
		return invalid("account_number_invalid", "external_account[account_number]", "Invalid account number: it must be digits or an IBAN.")
	}
	if at("country") == "" {
		return missing("external_account[country]")
	}
	b.Country = strings.ToUpper(at("country"))
	b.Currency = stage.Or(at("currency") == "", currencyOf(b.Country), strings.ToLower(at("currency")))
	b.Routing, b.Holder, b.HolderType = at("routing_number"), at("account_holder_name"), at("account_holder_type")
	b.Fails, b.Last4 = failureOf(number), number[len(number)-4:]
	return nil
}

// hasBank reports whether a call brings a bank account.
func (f form) hasBank() bool {
	_, sent := f.hash("external_account")
	return sent
}

// addBank puts a bank account beside the others. The first of its currency is the default, and so is one that is meant to be.
func (a *account) addBank(b *bank, preferred bool) {
	b.Default = preferred || !slices.ContainsFunc(a.Banks, func(other *bank) bool { return other.Currency == b.Currency && other.Default })
	a.Banks = append(a.Banks, b)
	a.prefer(b)
}

// prefer leaves one default for a currency.
func (a *account) prefer(b *bank) {
	if !b.Default {
		return
	}
	for _, other := range a.Banks {
		if other != b && other.Currency == b.Currency {
			other.Default = false
		}
	}
}

// preferred reports whether a bank account is meant to be the default; official clients say so in either place.
func (c *call) preferred() (bool, *Error) {
	if of := "external_account[default_for_currency]"; c.form.has(of) {
		return c.form.flag(of)
	}
	return c.form.flag("default_for_currency")
}

func createBank(c *call) (object, *Error) {
	a, err := inPath(c, &c.Accounts, "account")
	if err != nil {
		return nil, err
	}
	if !c.form.hasBank() {
		return nil, missing("external_account")
	}
	preferred, err := c.preferred()
	if err != nil {
		return nil, err
	}
	metadata, err := c.form.metadata(nil)
	if err != nil {
		return nil, err
	}
	b, err := c.readBank(a)
	if err != nil {
		return nil, err
	}
	b.Metadata = metadata
	a.addBank(b, preferred)
	c.emitOf(a.ID, "account.external_account.created", b.view(), c.by)
	c.emitOf(a.ID, "account.updated", a.view(), c.by)
	c.planPayout(a, c.by.at)
	return b.view(), nil
}

// bankInPath finds the account and the bank account that the path names.
func (c *call) bankInPath() (*account, *bank, *Error) {
	a, err := inPath(c, &c.Accounts, "account")
	if err != nil {
		return nil, nil, err
	}
	id := c.request.PathValue("bank")
	i := slices.IndexFunc(a.Banks, func(b *bank) bool { return b.ID == id })
	if i < 0 {
		return a, nil, noSuch("external account", id, "")
	}
	return a, a.Banks[i], nil
}

func getBank(c *call) (object, *Error) {
	_, b, err := c.bankInPath()
	if err != nil {
		return nil, err
	}
	return b.view(), nil
}

func listBanks(c *call) (object, *Error) {
	a, err := inPath(c, &c.Accounts, "account")
	if err != nil {
		return nil, err
	}
	if kind := c.form.text("object"); kind != "" && kind != "bank_account" {
		return list(c, &stage.Shelf[*bank]{}, func(*bank) bool { return false })
	}
	var h stage.Shelf[*bank]
	for _, b := range a.Banks {
		h.Add(b)
	}
	return list(c, &h, func(*bank) bool { return true })
}

func updateBank(c *call) (object, *Error) {
	a, b, err := c.bankInPath()
	if err != nil {
		return nil, err
	}
	preferred, err := c.form.flag("default_for_currency")
	if err != nil {
		return nil, err
	}
	metadata, err := c.form.metadata(b.Metadata)
	if err != nil {
		return nil, err
	}
	b.Metadata, b.Default = metadata, b.Default || preferred
	a.prefer(b)
	for name, field := range map[string]*string{"account_holder_name": &b.Holder, "account_holder_type": &b.HolderType} {
		if c.form.has(name) {
			*field = c.form.text(name)
		}
	}
	c.emitOf(a.ID, "account.external_account.updated", b.view(), c.by)
	return b.view(), nil
}

// deleteBank serves DELETE /v1/accounts/{id}/external_accounts/{bank}. The default of a currency goes last, and that of the
// account's own currency never does.
func deleteBank(c *call) (object, *Error) {
	a, b, err := c.bankInPath()
	if err != nil {
		return nil, err
	}
	others := slices.ContainsFunc(a.Banks, func(other *bank) bool { return other != b && other.Currency == b.Currency })
	if b.Default && (others || b.Currency == currencyOf(a.Country)) {
		return nil, invalid("", "", "You cannot delete the default external account for your default currency. Make another one the default first.")
	}
	a.Banks = slices.DeleteFunc(a.Banks, func(other *bank) bool { return other == b })
	c.emitOf(a.ID, "account.external_account.deleted", b.view(), c.by)
	return object{"id": b.ID, "object": "bank_account", "currency": b.Currency, "deleted": true}, nil
}
