package notices

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/mail"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
)

// Letterhead is how a community writes to people. A member that is empty is that of
// the server's settings.
type Letterhead struct {
	Marketplace string `json:"marketplace"` // how it calls itself; empty: the community's name
	Sender      string `json:"sender"`      // e-mail address, with or without a name
	ReplyTo     string `json:"reply_to"`    // where answers go, like the sender; empty: to the sender
	Link        string `json:"link"`        // https URL of a deal, with {order} in the place of its number
	Language    string `json:"language"`    // of mail.Languages
	Operators   string `json:"operators"`   // where operators are told of what waits for them
}

// OrderInLink stands in a letterhead's link for the number of the deal.
const OrderInLink = "{order}"

// The longest members of a letterhead.
const (
	maxMarketplace = 60  // characters
	maxLink        = 500 // bytes
)

// Languages lists the languages that people can be written to in.
func Languages() []string { return mail.Languages() }

// Validate is a fault invalid_letterhead, or unknown_language, that names the member
// that cannot be used.
func (l Letterhead) Validate() error {
	bad := func(field, text string) error {
		return fault.New(fault.Invalid, "invalid_letterhead", "%s %s", field, text).With("field", field)
	}
	var wrong []error
	if len([]rune(l.Marketplace)) > maxMarketplace || strings.TrimSpace(l.Marketplace) != l.Marketplace || strings.ContainsFunc(l.Marketplace, isControl) {
		wrong = append(wrong, bad("marketplace", "must be a name of up to 60 characters on one line"))
	}
	for _, m := range [][2]string{{"sender", l.Sender}, {"reply_to", l.ReplyTo}, {"operators", l.Operators}} {
		if m[1] != "" && mail.CheckAddress(m[1]) != nil {
			wrong = append(wrong, bad(m[0], "must be an e-mail address such as name@example.com or Name <name@example.com>"))
		}
	}
	if l.Link != "" && (len(l.Link) > maxLink || strings.Count(l.Link, OrderInLink) != 1 || !mail.SafeLink(l.DealLink("1"))) {
		wrong = append(wrong, bad("link", "must be an https URL with "+OrderInLink+" in the place of the deal's number, such as https://market.example.com/orders/"+OrderInLink))
	}
	return fault.All(append(wrong, l.checkLanguage())...)
}

func (l Letterhead) checkLanguage() error {
	if l.Language == "" {
		return nil
	}
	if err := mail.CheckLanguage(l.Language); err != nil {
		return fault.New(fault.Invalid, "unknown_language", "%s", err).With("field", "language")
	}
	return nil
}

// CheckTag is a fault invalid_language for what cannot be a language tag of BCP 47. One of a
// language in which nobody is written to is none: the community's is used then.
func CheckTag(tag string) error {
	if err := mail.CheckTag(tag); err != nil {
		return fault.New(fault.Invalid, "invalid_language", "language is %s", err).With("field", "language")
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// Or fills the empty members with those of another letterhead.
func (l Letterhead) Or(other Letterhead) Letterhead {
	return Letterhead{
		Marketplace: cmp.Or(l.Marketplace, other.Marketplace), Sender: cmp.Or(l.Sender, other.Sender), ReplyTo: cmp.Or(l.ReplyTo, other.ReplyTo), Link: cmp.Or(l.Link, other.Link),
		Language: cmp.Or(l.Language, other.Language), Operators: cmp.Or(l.Operators, other.Operators),
	}
}

// DealLink is the page of a deal; empty where the marketplace has none.
func (l Letterhead) DealLink(order string) string {
	return strings.Replace(l.Link, OrderInLink, order, 1)
}

// Letterheads finds how communities write.
type Letterheads interface {
	// Letterhead is what holds for a community, the server's settings included. It is
	// asked when an e-mail is sent, or a text names the marketplace.
	Letterhead(ctx context.Context, community int64) (Letterhead, error)
}

// LetterheadStore keeps what communities have set.
type LetterheadStore interface {
	// Letterhead is what a community has set, and the community's name.
	Letterhead(ctx context.Context, community int64) (set Letterhead, name string, err error)
	SaveLetterhead(ctx context.Context, community int64, l Letterhead, by orchestrator.By) error
}

// Heads puts together how a community writes: what it has set, and the server's settings
// for the rest. It is the one place that knows a marketplace's name, links, sender and
// language.
type Heads struct {
	Store    LetterheadStore
	Defaults Letterhead
}

// Check wants of the server's settings what no message can do without.
func (h Heads) Check() error {
	if h.Defaults.Sender == "" {
		return errors.New("e-mails need the address of a sender")
	}
	return h.Defaults.Validate()
}

// Letterhead implements Letterheads.
func (h Heads) Letterhead(ctx context.Context, community int64) (Letterhead, error) {
	if community == 0 { // what is of no community is told to who runs the server
		return Letterhead{Marketplace: "Handsel", Language: mail.DefaultLanguage}.Or(h.Defaults), nil
	}
	set, name, err := h.Store.Letterhead(ctx, community)
	if err != nil {
		return set, err
	}
	set.Marketplace = cmp.Or(set.Marketplace, name)
	set = set.Or(h.Defaults)
	set.Language = cmp.Or(set.Language, mail.DefaultLanguage)
	return set, nil
}

// OwnLetterhead is what a community has set itself.
func (h Heads) OwnLetterhead(ctx context.Context, community int64) (Letterhead, error) {
	set, _, err := h.Store.Letterhead(ctx, community)
	return set, err
}

// SaveLetterhead replaces it.
func (h Heads) SaveLetterhead(ctx context.Context, community int64, set Letterhead, by orchestrator.By) error {
	return h.Store.SaveLetterhead(ctx, community, set, by)
}

// Letter is what an e-mail is about, as it is queued. Who writes it, in which
// language and under which name, is looked up when it is sent.
type Letter struct {
	OrderID      string         `json:",omitempty"` // number of the deal; empty where it is about none
	Title        string         `json:",omitempty"` // what the deal is about
	Recipient    string         `json:",omitempty"` // full name
	Counterparty string         `json:",omitempty"` // full name of the other side
	Minor        int64          `json:",omitempty"` // amount in minor units of Currency
	Currency     string         `json:",omitempty"` // empty: no amount is named
	Reason       string         `json:",omitempty"` // free text of a person
	Happened     time.Time      `json:",omitzero"`
	Until        time.Time      `json:",omitzero"`  // how long something can be done
	State        string         `json:",omitempty"` // where the deal waits for operators
	Days         int64          `json:",omitempty"` // for how long
	Urgency      string         `json:",omitempty"` // "normal", "high", "urgent" or "overdue"
	Count        int64          `json:",omitempty"` // of tasks that wait for operators
	Tasks        []mail.Waiting `json:",omitempty"` // they by kind
}

// JSON is the letter as it is queued.
func (l Letter) JSON() (json.RawMessage, error) { return json.Marshal(l) }

// data is the letter as its template wants it.
func (l Letter) data(h Letterhead, known money.Assets) mail.Data {
	d := mail.Data{
		Language: h.Language, Marketplace: h.Marketplace, Count: l.Count, Tasks: l.Tasks, Recipient: l.Recipient, Counterparty: l.Counterparty,
		OrderID: l.OrderID, Title: l.Title, Reason: l.Reason, State: l.State, Days: l.Days, Urgency: l.Urgency,
	}
	if l.OrderID != "" {
		d.Link = h.DealLink(l.OrderID)
	}
	if l.Currency != "" {
		d.Amount = known.Format(money.New(l.Minor, money.Currency(l.Currency)))
	}
	if !l.Until.IsZero() {
		d.Until = l.Until.UTC().Format("2006-01-02 15:04 UTC")
		d.Minutes = int64(l.Until.Sub(l.Happened) / time.Minute)
	}
	return d
}
