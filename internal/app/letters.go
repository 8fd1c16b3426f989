package app

import (
	"context"
	"fmt"
	"strconv"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

// WithoutOperators lists the communities whose operators have no address: nobody hears
// of what waits for them there.
func (a *App) WithoutOperators(ctx context.Context) ([]int64, error) {
	all, err := a.Store.Communities(ctx)
	if err != nil {
		return nil, err
	}
	var without []int64
	for _, c := range all {
		head, err := a.heads.Letterhead(ctx, c.ID)
		if err != nil {
			return nil, err
		}
		if head.Operators == "" {
			without = append(without, c.ID)
		}
	}
	return without, nil
}

// tellTasks queues the e-mail that tells operators of tasks that nobody looks after.
func (a *App) tellTasks(ctx context.Context) error {
	all, err := a.Store.Communities(ctx)
	if err != nil {
		return err
	}
	ids := make([]int64, len(all))
	for i, c := range all {
		ids[i] = c.ID
	}
	return a.Engine.TellTasks(ctx, ids, func(ctx context.Context, n orchestrator.TaskNews) error {
		if a.post != nil {
			if err := a.consumer.Tell(ctx, notices.Happening{Tasks: &n}); err != nil {
				return err
			}
		}
		if !n.Daily || n.CommunityID == 0 {
			return nil
		}
		announcement, err := events.OfTasks(n)
		if err != nil {
			return err
		}
		return a.Store.AnnounceOnce(ctx, announcement, orchestrator.TasksToldOnce)
	})
}

// tellBankPayout tells what became of a payout to a seller's bank, once. Of a refusal they get an e-mail.
func (a *App) tellBankPayout(ctx context.Context, p orchestrator.BankPayout) error {
	return a.consumer.Tell(ctx, notices.Happening{Payout: &p})
}

// endpointLetters tell operators of a webhook endpoint that fails or is disabled.
func (a *App) endpointLetters(ctx context.Context, e outbound.Endpoint, t events.Type) ([]outbound.Letter, error) {
	now := a.Engine.Now()
	news := notices.EndpointNews{CommunityID: e.CommunityID, ID: e.ID, Event: t, URL: e.Address(), Reason: string(e.Reason), Since: e.FailingSince, At: now}
	if news.Since.IsZero() {
		news.Since = now
	}
	mails, err := a.consumer.Mails(ctx, notices.Happening{Endpoint: &news})
	letters := make([]outbound.Letter, len(mails))
	for i, m := range mails {
		letters[i] = outbound.Letter{ID: m.ID, User: m.UserID, Kind: m.Kind, Data: m.Data, At: m.At}
	}
	return letters, err
}

// openStops builds where links are answered that stop e-mails.
func (a *App) openStops(ctx context.Context, c Config) error {
	if err := notices.CheckOrigin(c.Origin); err != nil {
		return fmt.Errorf("the origin of this server %w", err)
	}
	key, err := a.key(ctx)
	if err != nil {
		return err
	}
	a.stops = notices.StopDesk{Links: notices.StopLinks{Origin: c.Origin, Key: key}, Store: a.Store.MailChoices, Heads: a.heads, Now: c.Now}
	return nil
}

// unread counts the messages of a deal that a user has not read.
func (a *App) unread(ctx context.Context, community int64, user, transaction string) (int64, error) {
	all, err := a.Conversations.Unread(ctx, community, user)
	for _, u := range all {
		if strconv.FormatInt(u.TransactionID, 10) == transaction {
			return u.Messages, err
		}
	}
	return 0, err
}

// addresses finds e-mail addresses in users' profiles, or elsewhere, and their language.
type addresses struct {
	store sqlstore.Accounts
	other func(community int64, user string) (string, bool)
}

func (a addresses) Address(ctx context.Context, community int64, user string) (notices.Reader, bool, error) {
	p, found, err := a.store.Profile(ctx, community, user)
	r := notices.Reader{Address: p.Email, Language: p.Language}
	if err != nil || found && p.Email != "" {
		return r, found, err
	}
	if a.other == nil {
		return r, false, nil
	}
	r.Address, found = a.other(community, user)
	return r, found, nil
}
