package notices

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/handsel-dev/handsel/internal/due"
	"github.com/handsel-dev/handsel/internal/mail"
	"github.com/handsel-dev/handsel/money"
)

// Sender sends one e-mail; mail.SMTP and mail.Memory are some.
type Sender interface {
	Send(ctx context.Context, m mail.Message) error
}

// Addresses finds where a user's e-mails go; found is false for a user without one.
// Operators have theirs in the letterhead.
type Addresses interface {
	Address(ctx context.Context, community int64, user string) (r Reader, found bool, err error)
}

// Reader is who gets an e-mail.
type Reader struct {
	Address  string
	Language string // a tag of BCP 47; empty, or of a language that is not ours: the community's is used
}

// Staff stands for a community's operators as the user of an e-mail. No user has an id
// with a space.
const Staff = "the operators"

// PostConfig is what a post office needs; all but StopLinks, Unread, Assets and Log is required.
type PostConfig struct {
	Store       Mails
	Sender      Sender
	Addresses   Addresses
	Letterheads Letterheads
	Stops       Stops     // who does not want which e-mails
	StopLinks   StopLinks // in e-mails that may be stopped
	Overrides   Overrides // texts of communities in the place of ours
	// Unread tells how many messages of a deal a user has not read, for e-mails about them.
	// Nil: they are sent without asking.
	Unread func(ctx context.Context, community int64, user, transaction string) (int64, error)
	Assets money.Assets // decimals of what is not of ISO 4217
	Now    func() time.Time
	Log    *slog.Logger // default: discards
	// Pause is called before e-mails are claimed, with a time as long ago as the last ones had
	// waited, and may wait itself, so that they leave the store to requests. Default: it goes on.
	Pause func(ctx context.Context, since time.Time)
}

// Post sends the e-mails that are due. Any number may work on one store.
type Post struct {
	PostConfig
	templates *mail.Templates
}

// How e-mails are sent; our choice.
const (
	mailLease   = 2 * time.Minute
	mailRetry   = time.Minute // doubled with every attempt, an hour at most
	mailGiveUp  = 3 * 24 * time.Hour
	fewMails    = 10
	sendsAtOnce = 4 // to as many people: those to one are sent in their order
	noAddress   = "no address"
	notAMessage = "not a message"
)

// NewPost checks the configuration and returns a post office.
func NewPost(c PostConfig) (*Post, error) {
	if c.Store == nil || c.Sender == nil || c.Addresses == nil || c.Letterheads == nil || c.Stops == nil || c.Overrides == nil || c.Now == nil {
		return nil, errors.New("notices: Store, Sender, Addresses, Letterheads, Stops, Overrides and Now are required")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Pause == nil {
		c.Pause = func(context.Context, time.Time) {}
	}
	templates, err := mail.NewTemplates()
	if err != nil {
		return nil, err
	}
	return &Post{c, templates}, nil
}

// SendDue sends every e-mail that is due and returns how many came to an end. An
// e-mail that cannot be sent is tried again for three days.
func (p *Post) SendDue(ctx context.Context) (ended int, err error) { return p.work().Once(ctx) }

// Job sends e-mails.
func (p *Post) Job() due.Job { return due.Job{Name: "mails", Onward: true, Do: p.work().Drain} }

func (p *Post) work() *due.Work[Mail] {
	var late time.Duration // of what was claimed last; one goroutine claims
	return &due.Work[Mail]{
		Now: p.Now, Log: p.Log, Text: "mail",
		About: func(m Mail) []any { return []any{"mail", m.ID, "kind", m.Kind} },
		Claim: func(ctx context.Context, c due.Claim) ([]Mail, error) {
			p.Pause(ctx, c.Now.Add(-late))
			mails, err := p.Store.ClaimMails(ctx, c.Now, c.Until, c.Limit)
			late = 0
			for _, m := range mails {
				if m.Attempts <= 1 {
					late = max(late, c.Now.Sub(m.At))
				}
			}
			return mails, err
		},
		Lease: mailLease, Limit: fewMails, Lanes: due.Places(sendsAtOnce, nil),
		Chains: true, // a person's next one is due when the one before it has ended
		At:     func(m Mail) (time.Time, int) { return m.At, m.Attempts },
		Do:     p.send,
		End:    func(ctx context.Context, m Mail, note string) error { return p.Store.EndMail(ctx, m.ID, note, p.Now()) },
		Retry: func(ctx context.Context, m Mail, again time.Time, _ error) error {
			return p.Store.RetryMail(ctx, m, "not sent yet", again)
		},
		Backoff: due.Backoff{First: mailRetry, Longest: time.Hour},
		GiveUp: func(m Mail, why error) (string, bool) {
			return "given up", mail.IsPermanent(why) || p.Now().Sub(m.At) >= mailGiveUp
		},
		Return: func(ctx context.Context, m Mail) error { return p.Store.ReturnMail(ctx, m, p.Now()) },
	}
}

func (p *Post) send(ctx context.Context, m Mail) (note string, err error) {
	if stopped, err := p.stopped(ctx, m); err != nil || stopped {
		return "stopped by its reader", cmp.Or(err, due.ErrNotNeeded)
	}
	head, err := p.Letterheads.Letterhead(ctx, m.CommunityID)
	if err != nil {
		return "", fmt.Errorf("letterhead: %w", err)
	}
	reader, found, err := p.reader(ctx, m, head)
	if err != nil {
		return "", fmt.Errorf("address: %w", err)
	}
	if !found {
		return noAddress, nil
	}
	var letter Letter
	if err := json.Unmarshal(m.Data, &letter); err != nil {
		return notAMessage, nil
	}
	if err := p.count(ctx, m, &letter); err != nil {
		return "read meanwhile", err
	}
	data := letter.data(head, p.Assets)
	data.Stop = p.StopLinks.Link(Stop{Community: m.CommunityID, User: m.UserID, Kind: mail.Kind(m.Kind)})
	message, err := p.write(ctx, m, data, mail.LanguageOf(reader.Language))
	if err != nil {
		return notAMessage, err
	}
	if message.Text == "" {
		return notAMessage, nil
	}
	message.From, message.To, message.ID = mail.From(head.Sender, head.Marketplace), reader.Address, mail.ID(m.ID, head.Sender)
	message.ReplyTo = head.ReplyTo
	return "sent", p.Sender.Send(ctx, message)
}

// stopped reports whether a user does not want an e-mail. Receipts are sent in any case.
func (p *Post) stopped(ctx context.Context, m Mail) (bool, error) {
	if !mail.Optional(mail.Kind(m.Kind)) || m.UserID == Staff {
		return false, nil
	}
	stopped, err := p.Stops.MailStopped(ctx, m.CommunityID, m.UserID, m.Kind)
	if err != nil {
		return false, fmt.Errorf("what is stopped: %w", err)
	}
	return stopped, nil
}

// write writes an e-mail by the community's template, which is in the community's language, or by
// ours, in the reader's where we have it. It is empty where its
// data are of no message. A template that was saved and can no longer be used is passed over.
func (p *Post) write(ctx context.Context, m Mail, d mail.Data, language string) (mail.Message, error) {
	kind := mail.Kind(m.Kind)
	all, err := p.Overrides.MailTemplates(ctx, m.CommunityID)
	if err != nil {
		return mail.Message{}, fmt.Errorf("templates: %w", err)
	}
	if own, found := all[m.Kind]; found {
		message, err := p.templates.WriteCustom(kind, d, own)
		if err == nil {
			return message, nil
		}
		p.Log.WarnContext(ctx, "mail: the community's template cannot be used, ours is", "community", m.CommunityID, "kind", m.Kind, "error", err)
	}
	d.Language = cmp.Or(language, d.Language)
	message, err := p.templates.Write(kind, d)
	if err != nil {
		return mail.Message{}, nil // what is malformed stays so
	}
	return message, nil
}

// count says how many messages are unread; an e-mail about none is no longer needed.
func (p *Post) count(ctx context.Context, m Mail, l *Letter) (err error) {
	if mail.Kind(m.Kind) != MessagesWaiting || p.Unread == nil {
		return nil
	}
	if l.Count, err = p.Unread(ctx, m.CommunityID, m.UserID, l.OrderID); err != nil {
		return fmt.Errorf("unread messages: %w", err)
	}
	if l.Count == 0 {
		return due.ErrNotNeeded
	}
	return nil
}

func (p *Post) reader(ctx context.Context, m Mail, head Letterhead) (r Reader, found bool, err error) {
	if m.UserID == Staff {
		return Reader{Address: head.Operators}, head.Operators != "", nil
	}
	return p.Addresses.Address(ctx, m.CommunityID, m.UserID)
}
