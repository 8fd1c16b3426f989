package feed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

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
	Address(ctx context.Context, community int64, user string) (address string, found bool, err error)
}

// Operators stands for a community's operators as the user of an e-mail. No user has
// an id with a space.
const Operators = "the operators"

// PostConfig is what a post office needs; all but Assets and Log is required.
type PostConfig struct {
	Store       Store
	Sender      Sender
	Addresses   Addresses
	Letterheads Letterheads
	Assets      money.Assets // decimals of what is not of ISO 4217
	Now         func() time.Time
	Log         *slog.Logger // default: discards
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
	noAddress   = "no address"
	notAMessage = "not a message"
)

// NewPost checks the configuration and returns a post office.
func NewPost(c PostConfig) (*Post, error) {
	if c.Store == nil || c.Sender == nil || c.Addresses == nil || c.Letterheads == nil || c.Now == nil {
		return nil, errors.New("feed: Store, Sender, Addresses, Letterheads and Now are required")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	templates, err := mail.NewTemplates()
	if err != nil {
		return nil, err
	}
	return &Post{c, templates}, nil
}

// SendDue sends every e-mail that is due and returns how many came to an end. An
// e-mail that cannot be sent is tried again for three days.
func (p *Post) SendDue(ctx context.Context) (ended int, err error) {
	for ctx.Err() == nil {
		now := p.Now()
		// What is claimed is known here, so that it can be given back.
		due, err := p.Store.ClaimMails(context.WithoutCancel(ctx), now, now.Add(mailLease), fewMails)
		if err != nil || len(due) == 0 {
			return ended, err
		}
		for _, m := range due {
			done, err := p.handle(ctx, m)
			if err != nil {
				return ended, err
			}
			if done {
				ended++
			}
		}
	}
	return ended, ctx.Err()
}

func (p *Post) handle(ctx context.Context, m Mail) (ended bool, err error) {
	now := p.Now()
	note, err := p.send(ctx, m)
	cut := ctx.Err() != nil
	ctx = context.WithoutCancel(ctx) // what came of it is noted
	switch {
	case err == nil:
		return true, p.Store.EndMail(ctx, m.ID, note, now)
	case cut:
		return false, p.Store.RetryMail(ctx, m.ID, "given back", now)
	case mail.IsPermanent(err) || now.Sub(m.At) >= mailGiveUp:
		p.Log.WarnContext(ctx, "mail given up", "mail", m.ID, "kind", m.Kind, "error", err)
		return true, p.Store.EndMail(ctx, m.ID, "given up", now)
	}
	p.Log.InfoContext(ctx, "mail not sent yet", "mail", m.ID, "kind", m.Kind, "error", err)
	wait := min(mailRetry<<min(max(m.Attempts-1, 0), 6), time.Hour)
	return false, p.Store.RetryMail(ctx, m.ID, "not sent yet", now.Add(wait))
}

func (p *Post) send(ctx context.Context, m Mail) (note string, err error) {
	head, err := p.Letterheads.Letterhead(ctx, m.CommunityID)
	if err != nil {
		return "", fmt.Errorf("letterhead: %w", err)
	}
	address, found, err := p.address(ctx, m, head)
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
	message, err := p.templates.Write(mail.Kind(m.Kind), letter.data(head, p.Assets))
	if err != nil {
		return notAMessage, nil
	}
	message.From, message.To, message.ID = mail.From(head.Sender, head.Marketplace), address, mail.ID(m.ID, head.Sender)
	return "sent", p.Sender.Send(ctx, message)
}

func (p *Post) address(ctx context.Context, m Mail, head Letterhead) (address string, found bool, err error) {
	if m.UserID == Operators {
		return head.Operators, head.Operators != "", nil
	}
	return p.Addresses.Address(ctx, m.CommunityID, m.UserID)
}
