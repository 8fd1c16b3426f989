package app

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/feed"
	"github.com/handsel-dev/handsel/internal/mail"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/orchestrator"
)

// feedChannel is where replicas tell each other whose feed has grown.
const feedChannel = "handsel_feed"

// market is what surrounds the deals: listings, conversations, and what users are
// told.
type market struct {
	Listings      *listings.Service
	Conversations *conversations.Service
	Hub           *feed.Hub

	consumer  *feed.Consumer
	news      chan struct{} // something may be in the outbox
	log       *slog.Logger
	post      *feed.Post // nil: no e-mails are sent
	operators string     // e-mail address; empty: they have none
}

// openRooms builds the rooms around the engine.
func (a *App) openRooms(ctx context.Context, c Config) error {
	if a.log = c.Log; a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	a.operators = c.Operators
	if err := a.openMarket(c); err != nil {
		return err
	}
	writers := []feed.Writer{a.afterEnd, a.reminded}
	if c.Exchange != nil {
		var err error
		if a.trade, err = a.openExchange(ctx, c); err != nil {
			return err
		}
		writers = append(writers, a.trade.exchange.Tell)
	}
	return a.openFeed(c, writers)
}

func (a *App) openMarket(c Config) error {
	var err error
	if a.Listings, err = listings.New(listings.Config{Store: a.Store, Now: c.Now, Mirror: c.Mirror, Log: c.Log}); err != nil {
		return err
	}
	a.Conversations, err = conversations.New(conversations.Config{
		Engine: a.Engine, Store: a.Store, NewID: uuid.NewString, Processes: a.Engine.Processes, Now: c.Now, Log: c.Log,
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
func (a *App) openFeed(c Config, writers []feed.Writer) error {
	var err error
	a.Hub = feed.NewHub()
	a.consumer, err = feed.NewConsumer(feed.ConsumerConfig{
		Store: a.Store, Writers: writers, Told: a.told(), Now: c.Now, Log: c.Log,
	})
	if err != nil || c.Mail == nil {
		return err
	}
	a.post, err = feed.NewPost(feed.PostConfig{Store: a.Store, Sender: c.Mail, Addresses: addresses{a.Store, c.Operators, c.Address}, Now: c.Now, Log: c.Log})
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

// kick lets RunFeed look at once.
func (a *App) kick() {
	select {
	case a.news <- struct{}{}:
	default:
	}
}

// RunFeed tells users as soon as something has happened here, until ctx is done.
// What happened elsewhere, and what failed, the jobs catch up with.
func (a *App) RunFeed(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.news:
			if _, err := a.consumer.ProcessDue(ctx); err != nil && ctx.Err() == nil {
				a.log.WarnContext(ctx, "tell users", "error", err)
			}
		}
	}
}

// Listen wakes the readers of feeds that grew at other replicas, until ctx is done.
func (a *App) Listen(ctx context.Context) error {
	return a.Store.Listen(ctx, feedChannel, func(payload string) {
		var community int64
		var user string
		if _, err := fmt.Sscanf(payload, "%d/%s", &community, &user); err == nil {
			a.Hub.Wake(community, user)
		}
	})
}

// afterEnd lets both sides of a deal that is over be asked for a review.
func (a *App) afterEnd(ctx context.Context, h feed.Happening) (feed.News, error) {
	if h.Event == nil {
		return feed.News{}, nil
	}
	return feed.News{}, a.Conversations.Ended(ctx, h.Transaction.CommunityID, h.Transaction.ID)
}

// reminded tells both sides what a deal reminds them of; that a reservation of money
// is about to be dropped by e-mail too.
func (a *App) reminded(_ context.Context, h feed.Happening) (feed.News, error) {
	var news feed.News
	if h.Event == nil || !strings.HasPrefix(h.Event.Type, "reminder.") {
		return news, nil
	}
	tx, id := h.Transaction, fmt.Sprintf("%d.%d", h.Event.TransactionID, h.Event.Sequence)
	entry, err := json.Marshal(map[string]any{"type": h.Event.Type, "transaction_id": tx.ID})
	if err != nil {
		return news, err
	}
	amount, currency, _ := strings.Cut(tx.Price.String(), " ")
	data, err := mail.Data{Marketplace: "Handsel", OrderID: fmt.Sprint(tx.ID), Amount: amount, Currency: currency}.JSON()
	if err != nil {
		return news, err
	}
	if h.Event.Data["for"] == orchestrator.ForOperators {
		return a.staffNews(h, id, mail.Data{Marketplace: "Handsel", OrderID: fmt.Sprint(tx.ID), Amount: amount, Currency: currency})
	}
	expiring := h.Event.Type == "reminder.hold_warning" || h.Event.Type == "reminder.decision_reminder"
	for side, user := range map[string]string{"buyer": tx.Buyer, "seller": tx.Seller} {
		if user == "" {
			continue
		}
		news.Entries = append(news.Entries, feed.Entry{
			CommunityID: tx.CommunityID, UserID: user, ID: id + "." + side, Type: h.Event.Type, Newer: true, Data: entry, At: h.Event.At,
		})
		if expiring {
			news.Mails = append(news.Mails, feed.Mail{
				ID: id + "." + side + "@handsel.invalid", CommunityID: tx.CommunityID, UserID: user, Kind: string(mail.HoldExpiring), Data: data, At: h.Event.At,
			})
		}
	}
	return news, nil
}

// operatorsID stands for a community's operators in the queue of e-mails. No user has
// an id with a space.
const operatorsID = "the operators"

// staffNews tells operators, and nobody else, that a deal waits for them. Without an
// address the deal is on their list, and the event is in the outbox.
func (a *App) staffNews(h feed.Happening, id string, data mail.Data) (feed.News, error) {
	if a.operators == "" {
		return feed.News{}, nil
	}
	data.Reason = fmt.Sprintf("%s for %s days (%s)", h.Event.Data["state"], h.Event.Data["waiting_days"], h.Event.Data["urgency"])
	text, err := data.JSON()
	return feed.News{Mails: []feed.Mail{{
		ID: id + ".operators@handsel.invalid", CommunityID: h.Transaction.CommunityID, UserID: operatorsID, Kind: string(mail.OperatorNeeded), Data: text, At: h.Event.At,
	}}}, err
}

// remind queues the e-mail that asks a user for a review.
func (a *App) remind(now func() time.Time) func(context.Context, conversations.Reminder) error {
	return func(ctx context.Context, r conversations.Reminder) error {
		data, err := mail.Data{Marketplace: "Handsel", OrderID: fmt.Sprint(r.TransactionID)}.JSON()
		if err != nil {
			return err
		}
		return a.Store.AddMail(ctx, feed.Mail{
			ID: fmt.Sprintf("review.%d.%d.%x@handsel.invalid", r.TransactionID, r.Round, sha256.Sum256([]byte(r.User))), CommunityID: r.CommunityID, UserID: r.User, Kind: string(mail.ReviewReminder), Data: data, At: now(),
		})
	}
}

// addresses finds e-mail addresses in users' profiles, or elsewhere.
type addresses struct {
	store     *sqlstore.DB
	operators string
	other     func(community int64, user string) (string, bool)
}

func (a addresses) Address(ctx context.Context, community int64, user string) (string, bool, error) {
	if user == operatorsID {
		return a.operators, a.operators != "", nil
	}
	p, found, err := a.store.Profile(ctx, community, user)
	if err != nil || found && p.Email != "" {
		return p.Email, found, err
	}
	if a.other == nil {
		return "", false, nil
	}
	address, found := a.other(community, user)
	return address, found, nil
}

// tell reads the outbox and sends what is due.
func (a *App) tell(ctx context.Context) (int, error) {
	told := 0
	var errs []error
	for _, do := range a.telling() {
		n, err := do(ctx)
		told += n
		errs = append(errs, err)
	}
	return told, errors.Join(errs...)
}

// telling is the work of tell in parts, so that a server for mail or a mirror that
// hangs holds up no other part.
func (a *App) telling() []func(context.Context) (int, error) {
	parts := []func(context.Context) (int, error){
		a.consumer.ProcessDue, a.Conversations.RemindDue,
		func(ctx context.Context) (int, error) { return a.Listings.Sync(ctx, mirrorBatch) },
	}
	if a.post != nil {
		parts = append(parts, a.post.SendDue)
	}
	return parts
}

// mirrorBatch is how many listings are pushed to their mirror in one go.
const mirrorBatch = 20
