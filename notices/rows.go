package notices

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/internal/mail"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
)

// Person is whom a row is for.
type Person string

// The persons. Listeners are both sides but who wrote the message.
const (
	Buyer     Person = "buyer"
	Seller    Person = "seller"
	Both      Person = "both"
	Starter   Person = "starter"
	Author    Person = "author"
	Listeners Person = "listeners"
	Operators Person = "operators"
)

var persons = []Person{Buyer, Seller, Both, Starter, Author, Listeners, Operators}

// Row is one line of the table of who is told what.
type Row struct {
	Event events.Type
	To    Person
	// Feed is the type of the entry in their feed; empty: there is none. Known marks the
	// types of version 1, which every client knows.
	Feed  string
	Known bool
	// Text is what the entry says, with {buyer} and {seller} for what they are called and
	// {marketplace} for its name. Empty: the entry has no text.
	Text string
	// Mail is the template of the e-mail, a file in internal/mail/templates; empty: none.
	Mail mail.Kind
	// If tells whether the row holds for a deal; nil: for all.
	If func(orchestrator.Transaction) bool
	// With finds what is said in addition; nil: nothing.
	With func(ctx context.Context, h Happening, to Person) (Words, error)
	// Rounds make a reminder of the row: it is planned as soon as Planned says so, and told
	// so long after the last step of the deal if Still says then that the user has to be
	// reminded. It has an e-mail only.
	Rounds  []Round
	Planned func(orchestrator.Transaction) (bool, error)
	Still   func(ctx context.Context, tx orchestrator.Transaction, user string) (bool, error)
}

// Round is one time of a reminder. Its number is how it is stored: no two rounds of all
// rows have the same.
type Round struct {
	Number int
	After  time.Duration
}

// Words are what is said in addition to what a row says itself.
type Words struct {
	Unsaid bool           // nothing is told after all
	Text   string         // instead of the row's
	Fields map[string]any // members of the entry
	Letter Letter         // of the e-mail
	Later  time.Time      // when the e-mail is sent; zero: at once
}

// Book is the rows of one room, and what they have in common.
type Book struct {
	Rows []Row
	// Of tells which deals it is about; nil: all.
	Of func(orchestrator.Transaction) bool
	// Names finds what the sides of a deal are called, by user; nil: they are not named.
	Names func(ctx context.Context, tx orchestrator.Transaction) (map[string]string, error)
	// Entry are the members that every entry has, with its id and text. It is needed where
	// a row has an entry.
	Entry func(h Happening, r Row, id, text string) map[string]any
	// ID names the entry and the e-mail of a row: the same for every repeat, and fit to
	// begin a Message-ID.
	ID func(h Happening, r Row, to Person, user string) (entry, letter string)
	// Heard, if it is given, is called with what happened before it is told, once at least.
	Heard func(ctx context.Context, h Happening) error
}

// Books are all rows. They are immutable and safe for concurrent use.
type Books struct {
	books []Book
	heads Letterheads
	kinds map[mail.Kind]bool
	names events.Names
}

// NewBooks checks the rows: each names an event of the catalogue and a template that
// there is, and can be told. Heads may be nil where no text names the marketplace.
func NewBooks(heads Letterheads, books ...Book) (*Books, error) {
	b := &Books{books: books, heads: heads, kinds: map[mail.Kind]bool{}, names: events.NewNames()}
	for _, kind := range mail.Kinds() {
		b.kinds[kind] = true
	}
	rounds := map[int]bool{}
	for _, book := range books {
		for _, r := range book.Rows {
			if err := b.check(book, r, rounds); err != nil {
				return nil, fmt.Errorf("notices: the row of %s to %s: %w", r.Event, r.To, err)
			}
		}
	}
	return b, nil
}

func (b *Books) check(book Book, r Row, rounds map[int]bool) error {
	kind, known := events.Find(r.Event)
	switch {
	case !known:
		return fmt.Errorf("the catalogue has no such event")
	case !slices.Contains(persons, r.To):
		return fmt.Errorf("nobody is called %s", r.To)
	case r.Feed != "" && r.To == Operators:
		return fmt.Errorf("operators have no feed")
	case r.Feed == "" && r.Mail == "":
		return fmt.Errorf("it needs an entry or an e-mail")
	case r.Mail != "" && !b.kinds[r.Mail]:
		return fmt.Errorf("there is no template %q", r.Mail)
	case book.ID == nil || r.Feed != "" && book.Entry == nil:
		return fmt.Errorf("its book does not say how it is named or written")
	case r.Feed != "" && (kind.Source == events.Reminded || kind.Source == events.Counted || kind.Source == events.Banked || kind.Source == events.Watched):
		return fmt.Errorf("what is not in the outbox goes by e-mail only")
	case (len(r.Rounds) > 0) != (kind.Source == events.Reminded) || len(r.Rounds) > 0 && (r.Planned == nil || r.Still == nil):
		return fmt.Errorf("a reminder has rounds and says when it is planned and how long it is needed")
	case strings.Contains(r.Text, "{marketplace}") && b.heads == nil:
		return fmt.Errorf("its text names the marketplace, and nobody knows what it is called")
	}
	for _, round := range r.Rounds {
		if rounds[round.Number] {
			return fmt.Errorf("another reminder has the number %d", round.Number)
		}
		rounds[round.Number] = true
	}
	return nil
}

// Rows lists all rows, in their order.
func (b *Books) Rows() []Row {
	var all []Row
	for _, book := range b.books {
		all = append(all, book.Rows...)
	}
	return all
}

// Write is the Writer of the table.
func (b *Books) Write(ctx context.Context, h Happening) (News, error) {
	var news News
	event := b.event(h)
	for _, book := range b.books {
		if book.Of != nil && !book.Of(h.Transaction) {
			continue
		}
		if book.Heard != nil {
			if err := book.Heard(ctx, h); err != nil {
				return News{}, err
			}
		}
		p := page{Books: b, book: book, h: h, news: &news}
		for _, r := range book.Rows {
			if r.Event != event || r.If != nil && !r.If(h.Transaction) || h.Reminder != nil && !r.has(h.Reminder.Round) {
				continue
			}
			if err := p.tell(ctx, r); err != nil {
				return News{}, err
			}
		}
	}
	return news, nil
}

func (r Row) has(round int) bool {
	return slices.ContainsFunc(r.Rounds, func(x Round) bool { return x.Number == round })
}

// page is the news of one book about one happening on its way.
type page struct {
	*Books
	book  Book
	h     Happening
	news  *News
	names map[string]string // nil until somebody is to be named
}

// tell adds what a row tells.
func (p *page) tell(ctx context.Context, r Row) error {
	if err := p.call(ctx); err != nil {
		return err
	}
	for _, to := range people(p.h, r.To) {
		user := p.user(to)
		if user == "" {
			continue
		}
		var words Words
		var err error
		if r.With != nil {
			if words, err = r.With(ctx, p.h, to); err != nil {
				return err
			}
		}
		if words.Unsaid {
			continue
		}
		entry, letter := p.book.ID(p.h, r, to, user)
		if r.Feed != "" {
			if err := p.entry(ctx, r, user, entry, words); err != nil {
				return err
			}
		}
		if r.Mail != "" {
			if err := p.letter(r, user, letter, words); err != nil {
				return err
			}
		}
	}
	return nil
}

// call finds out what the sides are called.
func (p *page) call(ctx context.Context) (err error) {
	if p.names != nil || p.book.Names == nil {
		return nil
	}
	p.names, err = p.book.Names(ctx, p.h.Transaction)
	return err
}

// people are the persons that one stands for.
func people(h Happening, to Person) []Person {
	switch {
	case to == Both:
		return []Person{Buyer, Seller}
	case to == Listeners:
		all := []Person{Buyer, Seller}
		return slices.DeleteFunc(all, func(p Person) bool { return h.Message != nil && p.of(h.Transaction) == h.Message.Sender })
	}
	return []Person{to}
}

// of is the user of a person; of operators that which stands for all of them.
func (p Person) of(tx orchestrator.Transaction) string {
	switch p {
	case Buyer:
		return tx.Buyer
	case Seller:
		return tx.Seller
	case Starter:
		return tx.Starter
	case Author:
		return tx.Author
	case Operators:
		return Staff
	}
	return ""
}

// user is who is told. A reminder is for one user.
func (p *page) user(to Person) string {
	user := to.of(p.h.Transaction)
	if p.h.Payout != nil && to == Seller {
		user = p.h.Payout.UserID
	}
	if p.h.Reminder != nil && user != p.h.Reminder.User {
		return ""
	}
	return user
}

func (p *page) entry(ctx context.Context, r Row, user, id string, words Words) error {
	text := r.Text
	if words.Text != "" {
		text = words.Text
	}
	text, err := p.fill(ctx, text)
	if err != nil {
		return err
	}
	members := p.book.Entry(p.h, r, id, text)
	for name, value := range words.Fields {
		members[name] = value
	}
	data, err := json.Marshal(members)
	if err != nil {
		return err
	}
	p.news.Entries = append(p.news.Entries, Entry{
		CommunityID: p.h.community(), UserID: user, ID: id, Type: r.Feed, Newer: !r.Known, Data: data, At: p.h.When(),
	})
	return nil
}

// fill puts names into a text. Texts of people are not looked at: those come by With.
func (p *page) fill(ctx context.Context, text string) (string, error) {
	if !strings.Contains(text, "{") || p.h.Message != nil {
		return text, nil
	}
	name := func(user string) string {
		if name := p.names[user]; name != "" {
			return name
		}
		return "Your counterparty"
	}
	marketplace := ""
	if strings.Contains(text, "{marketplace}") {
		head, err := p.heads.Letterhead(ctx, p.h.community())
		if err != nil {
			return "", fmt.Errorf("letterhead: %w", err)
		}
		marketplace = head.Marketplace
	}
	tx := p.h.Transaction
	return strings.NewReplacer("{buyer}", name(tx.Buyer), "{seller}", name(tx.Seller), "{marketplace}", marketplace).Replace(text), nil
}

func (p *page) letter(r Row, user, id string, words Words) error {
	tx, l := p.h.Transaction, words.Letter
	if tx.ID != 0 {
		l.OrderID = fmt.Sprint(tx.ID)
	}
	l.Title = tx.ListingTitle
	l.Recipient = p.names[user]
	switch user {
	case tx.Buyer:
		l.Counterparty = p.names[tx.Seller]
	case tx.Seller:
		l.Counterparty = p.names[tx.Buyer]
	}
	l.Happened = p.h.When()
	data, err := l.JSON()
	if err != nil {
		return err
	}
	at := words.Later
	if at.IsZero() {
		at = l.Happened
	}
	p.news.Mails = append(p.news.Mails, Mail{ID: id, CommunityID: p.h.community(), UserID: user, Kind: string(r.Mail), Data: data, At: at, TransactionID: tx.ID})
	return nil
}

// Amount is a letter about an amount. Nothing is not mentioned.
func Amount(amount money.Amount) Letter {
	if amount.IsZero() {
		return Letter{}
	}
	return Letter{Minor: amount.Minor(), Currency: string(amount.Currency())}
}

// event names what happened.
func (b *Books) event(h Happening) events.Type {
	switch {
	case h.Message != nil:
		return events.MessageSent
	case h.Tasks != nil:
		return events.TaskOpened
	case h.Payout != nil:
		return events.OfBankPayout(h.Payout.Status)
	case h.Endpoint != nil:
		return h.Endpoint.Event
	case h.Reminder != nil:
		return b.reminder(h.Reminder.Round).Event
	case h.Event == nil:
		return ""
	}
	return b.names.Of(h.Transaction.Process, *h.Event)
}
