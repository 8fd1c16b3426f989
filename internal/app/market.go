package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

// feedChannel is where replicas tell each other whose feed has grown.
const feedChannel = "handsel_feed"

// market is what surrounds the deals: listings, conversations, and what users are
// told.
type market struct {
	Listings      *listings.Service
	Conversations *conversations.Service
	Hub           *notices.Hub

	consumer *notices.Consumer
	log      *slog.Logger
	heads    letterheads
	post     *notices.Post // nil: no e-mails are sent
}

// openRooms builds the rooms around the engine.
func (a *App) openRooms(ctx context.Context, c Config, parts []gateway.Parts) error {
	if a.log = c.Log; a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	a.heads = letterheads{a.Store, c.Letterhead}
	if err := a.openMarket(c, mirrorOf(parts)); err != nil {
		return err
	}
	writers := []notices.Writer{a.afterEnd, reminded}
	if c.Exchange != nil {
		var err error
		if a.trade, err = a.openExchange(ctx, c); err != nil {
			return err
		}
		writers = append(writers, a.trade.exchange.Tell)
	}
	return a.openFeed(c, writers)
}

func (a *App) openMarket(c Config, mirror func(community int64) listings.Mirror) error {
	var err error
	if a.Listings, err = listings.New(listings.Config{Store: a.Store, Now: c.Now, Mirror: mirror, Log: c.Log}); err != nil {
		return err
	}
	a.Conversations, err = conversations.New(conversations.Config{
		Engine: a.Engine, Store: a.Store, NewID: uuid.NewString, Processes: a.Engine.Processes(), Now: c.Now, Log: c.Log,
		Notify: a.remind(c.Now), FilesPerSide: a.filesPerSide,
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

// openFeed builds what tells users; writers turn what happened into news.
func (a *App) openFeed(c Config, writers []notices.Writer) error {
	var err error
	a.Hub = notices.NewHub()
	a.consumer, err = notices.NewConsumer(notices.ConsumerConfig{
		Store: a.Store, Writers: writers, Told: a.told(), Now: c.Now, Log: c.Log,
	})
	if err != nil || c.Mail == nil {
		return err
	}
	if err := checkLetterhead(c.Letterhead); err != nil {
		return err
	}
	a.post, err = notices.NewPost(notices.PostConfig{
		Store: a.Store, Sender: c.Mail, Addresses: addresses{a.Store, c.Address}, Letterheads: a.heads, Assets: a.assets, Now: c.Now, Log: c.Log,
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

// Listen hears what other replicas tell, until ctx is done: whose feed has grown, and
// what they let through.
func (a *App) Listen(ctx context.Context) error {
	return a.Store.Listen(ctx, func(channel, payload string) {
		if channel == limitsChannel {
			a.limits.hear(payload)
			return
		}
		var community int64
		var user string
		if _, err := fmt.Sscanf(payload, "%d/%s", &community, &user); err == nil {
			a.Hub.Wake(community, user)
		}
	}, feedChannel, limitsChannel)
}

// afterEnd lets both sides of a deal that is over be asked for a review.
func (a *App) afterEnd(ctx context.Context, h notices.Happening) (notices.News, error) {
	if h.Event == nil {
		return notices.News{}, nil
	}
	return notices.News{}, a.Conversations.Ended(ctx, h.Transaction.CommunityID, h.Transaction.ID)
}
