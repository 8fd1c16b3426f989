package sqlstore

import (
	"context"
	"encoding/json"
	"maps"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
)

// What rooms other than the deals' tell the log of events: a row each in the outbox, in the
// transaction of what happened.

// announcing runs do in a transaction, with an id for what it announces: to get one takes a
// connection, of which none may be free in the middle.
func (db *database) announcing(ctx context.Context, do func(u announcer) error) error {
	id, err := db.nextID(ctx)
	if err != nil {
		return err
	}
	return db.atomically(ctx, func(u unit) error { return do(announcer{u, id}) })
}

// announcer is a transaction that announces one thing.
type announcer struct {
	unit
	id int64
}

// announce puts an announcement with some members into the outbox.
func (u announcer) announce(ctx context.Context, a events.Announcement, members map[string]any) (err error) {
	a.ID = u.id
	if a.Data, err = json.Marshal(members); err != nil {
		return err
	}
	args, err := announcementTable.row(&a)
	if err == nil {
		_, err = u.exec(ctx, announcementTable.insertion(1), args...)
	}
	return err
}

func (u announcer) announceListing(ctx context.Context, l listings.Listing) error {
	happened := map[bool]events.Type{true: events.ListingCreated, false: events.ListingChanged}[l.Revision == 1]
	if !l.DeletedAt.IsZero() {
		happened = events.ListingDeleted
	}
	return u.announceOf(ctx, l, happened, l.UpdatedAt)
}

// announceOf tells what happened to a listing, with what is known of it.
func (u announcer) announceOf(ctx context.Context, l listings.Listing, happened events.Type, at time.Time) error {
	return u.announce(ctx, events.Announcement{CommunityID: l.CommunityID, Type: happened, At: at, Object: listingObject(l)}, listingMembers(l))
}

func listingObject(l listings.Listing) events.Object {
	return events.Object{Type: events.Listing, Number: l.ID, Reference: l.Labels.ExternalReference}
}

func listingMembers(l listings.Listing) map[string]any {
	state := map[bool]listings.State{true: listings.Enabled, false: listings.Disabled}[l.Enabled()]
	return map[string]any{"author_id": l.Author, "title": l.Title, "state": string(state), "revision": l.Revision, "metadata": noted(l.Labels.Metadata)}
}

// noted are never null.
func noted(all map[string]string) map[string]string {
	if all == nil {
		return map[string]string{}
	}
	return all
}

func (u announcer) announceAd(ctx context.Context, a listings.Ad) error {
	happened := map[bool]events.Type{true: events.AdCreated, false: events.AdChanged}[a.Version == 1]
	if a.Status == listings.Closed {
		happened = events.AdClosed
	}
	return u.announce(ctx, events.Announcement{
		CommunityID: a.CommunityID, Type: happened, At: a.UpdatedAt, Object: events.Object{Type: events.Ad, Number: a.ID},
	}, map[string]any{"owner_id": a.Owner, "side": string(a.Type), "status": string(a.Status), "asset": string(a.Asset), "fiat": string(a.Fiat)})
}

func (u announcer) announceReview(ctx context.Context, r conversations.Review) error {
	return u.announce(ctx, events.Announcement{
		CommunityID: r.CommunityID, Type: events.ReviewPosted, TransactionID: r.TransactionID, At: r.At,
		Object: events.Object{Type: events.Deal, Number: r.TransactionID},
	}, map[string]any{"reviewer_id": r.Reviewer, "subject_id": r.Subject, "rating": r.Rating})
}

// announceSeller tells of a seller's account at a gateway, with what there is to tell besides.
func (u announcer) announceSeller(ctx context.Context, happened events.Type, l orchestrator.SellerLink, at time.Time, more map[string]any) error {
	var noted []string
	if err := u.tx.SelectContext(ctx, &noted, `select external_reference from seller_labels where community_id = $1 and user_id = $2`, l.CommunityID, l.UserID); err != nil {
		return readError(err)
	}
	members := map[string]any{"gateway": l.Gateway}
	maps.Copy(members, more)
	return u.announce(ctx, events.Announcement{
		CommunityID: l.CommunityID, Type: happened, At: at, Object: events.Object{Type: events.Seller, ID: l.UserID, Reference: strings.Join(noted, "")},
	}, members)
}

// announceBankPayout tells the end of a payout to a bank; others are on their way.
func (u announcer) announceBankPayout(ctx context.Context, p orchestrator.BankPayout) error {
	happened := events.OfBankPayout(p.Status)
	if happened == "" {
		return nil
	}
	return u.announce(ctx, events.Announcement{
		CommunityID: p.CommunityID, Type: happened, At: p.EndedAt, Object: events.Object{Type: events.BankPayout, Number: p.Number},
	}, map[string]any{
		"gateway": p.Gateway, "user": p.UserID, "amount": events.MoneyOf(p.Amount), "status": string(p.Status), "failure": p.Failure,
	})
}
