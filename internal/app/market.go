package app

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

// feedChannel is where replicas tell each other whose feed has grown.
const feedChannel = "handsel_feed"

// market is what surrounds the deals: listings, conversations, and what users are
// told.
type market struct {
	Listings      *listings.Service
	Conversations *conversations.Service
	Hub           *notices.Hub

	books     *notices.Books // who is told what
	consumer  *notices.Consumer
	numberer  *events.Numberer // of events, for backends
	reminders *notices.Reminders
	log       *slog.Logger
	heads     notices.Heads
	stops     notices.StopDesk
	post      *notices.Post // nil: no e-mails are sent
}

// openRooms builds the rooms around the engine.
func (a *App) openRooms(ctx context.Context, c Config, parts []gateway.Parts) error {
	if a.log = c.Log; a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	a.heads = notices.Heads{Store: a.Store.Terms, Defaults: c.Letterhead}
	if err := a.openMarket(c, mirrorOf(parts)); err != nil {
		return err
	}
	books := []notices.Book{notices.Deals(), notices.Reviews(a.Conversations)}
	if c.Exchange != nil {
		var err error
		if a.trade, err = a.openExchange(ctx, c); err != nil {
			return err
		}
		books = append(books, a.trade.exchange.Notices())
	}
	return a.openNotices(ctx, c, books)
}

func (a *App) openMarket(c Config, mirror func(community int64) listings.Mirror) error {
	var err error
	if a.Listings, err = listings.New(listings.Config{Store: a.Store.ForListings(), Now: c.Now, Mirror: mirror, Log: c.Log}); err != nil {
		return err
	}
	a.Conversations, err = conversations.New(conversations.Config{
		Engine: a.Engine, Store: a.Store.ForConversations(), NewID: uuid.NewString, Processes: a.Engine.Processes(), Now: c.Now,
		FilesPerSide: a.filesPerSide,
	})
	return err
}

// filesPerSide is how many files of evidence each side of a deal may add.
func (a *App) filesPerSide(ctx context.Context, community int64) (int64, error) {
	rules, found, err := a.Store.ExchangeRules(ctx, community)
	if err != nil || !found {
		return conversations.MaxFiles, err
	}
	return rules.FilesPerSide, nil
}

// openNotices builds what tells people, from the rows of all rooms.
func (a *App) openNotices(ctx context.Context, c Config, books []notices.Book) error {
	var err error
	if a.books, err = notices.NewBooks(a.heads, books...); err != nil {
		return err
	}
	a.Hub = notices.NewHub()
	if err := a.openStops(ctx, c); err != nil {
		return err
	}
	a.consumer, err = notices.NewConsumer(notices.ConsumerConfig{
		Store: a.Store.ForNotices(), Write: a.books.Write, Plan: a.books.Plan, Told: a.told(), NoMail: c.Mail == nil, Now: c.Now, Log: c.Log,
	})
	if err != nil {
		return err
	}
	if a.numberer, err = events.NewNumberer(events.Numberer{Store: a.Store.EventLog, Log: a.log, Numbered: a.numbered}); err != nil {
		return err
	}
	a.reminders, err = notices.NewReminders(notices.RemindersConfig{Store: a.Store.ForNotices(), Books: a.books, Tell: a.consumer.Tell, Now: c.Now, Log: c.Log})
	if err != nil || c.Mail == nil {
		return err
	}
	if err := a.heads.Check(); err != nil {
		return err
	}
	a.post, err = notices.NewPost(notices.PostConfig{
		Pause: a.pacer(c, betweenMails).yield,
		Store: a.Store.Mailbox, Stops: a.Store.MailChoices, StopLinks: a.stops.Links, Overrides: a.Store.MailChoices, Sender: c.Mail, Addresses: addresses{a.Store.Accounts, c.Address}, Letterheads: a.heads, Unread: a.unread, Assets: a.assets, Now: c.Now, Log: c.Log,
	})
	return err
}

// told wakes the readers of a user's feed, here and at the other replicas.
func (a *App) told() func(int64, string) {
	return func(community int64, user string) {
		a.Hub.Wake(community, user)
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := a.Store.Notify(ctx, feedChannel, fmt.Sprintf("%d/%s", community, user)); err != nil {
			a.log.WarnContext(ctx, "tell other replicas", "error", err)
		}
	}
}

// numbered wakes the readers of a community's log: they wait for news of nobody.
func (a *App) numbered(community int64) {
	a.Due.Wake(outbound.JobName)
	a.told()(community, "")
}

// Listen hears what other replicas tell, until ctx is done: whose feed has grown, and
// what they let through.
func (a *App) Listen(ctx context.Context) error {
	return a.Store.Listen(ctx, func(channel, payload string) {
		if channel == limitsChannel {
			a.limits.hear(payload)
			return
		}
		text, user, _ := strings.Cut(payload, "/")
		if community, err := strconv.ParseInt(text, 10, 64); err == nil {
			a.Hub.Wake(community, user)
			if user == "" {
				a.Due.Wake(outbound.JobName)
			}
		}
	}, feedChannel, limitsChannel)
}
