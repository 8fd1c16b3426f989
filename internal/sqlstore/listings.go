package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/notices/events"
)

type listing = listings.Listing

// What is left of a listing's stock stands in resources. Its remote id is written by
// SaveRemoteID alone once it is there.
var listingTable = tableOf("listings",
	number("id", func(l *listing) *int64 { return &l.ID }).fixed(),
	number("community_id", func(l *listing) *int64 { return &l.CommunityID }).fixed(),
	text("author", func(l *listing) *string { return &l.Author }).fixed(),
	text("kind", func(l *listing) *string { return (*string)(&l.Kind) }).fixed(),
	text("model", func(l *listing) *string { return (*string)(&l.Model) }).fixed(),
	text("unit", func(l *listing) *string { return (*string)(&l.Unit) }).fixed(),
	text("zone", func(l *listing) *string { return &l.Zone }).fixed(),
	instant("created_at", func(l *listing) *time.Time { return &l.CreatedAt }).fixed(),
	number("revision", func(l *listing) *int64 { return &l.Revision }),
	text("title", func(l *listing) *string { return &l.Title }),
	text("description", func(l *listing) *string { return &l.Description }),
	encoded("currency", currencyOfListing, setCurrencyOfListing),
	minor("price", func(l *listing) *amount { return &l.Price }),
	minor("deposit", func(l *listing) *amount { return &l.Deposit }),
	truth("skip_remainder", func(l *listing) *bool { return &l.SkipRemainder }),
	instant("updated_at", func(l *listing) *time.Time { return &l.UpdatedAt }),
	instant("disabled_at", func(l *listing) *time.Time { return &l.DisabledAt }),
	instant("deleted_at", func(l *listing) *time.Time { return &l.DeletedAt }),
	instant("mirror_due", func(l *listing) *time.Time { return &l.MirrorDue }),
	text("remote_id", func(l *listing) *string { return &l.RemoteID }).fixed(),
	text("external_reference", func(l *listing) *string { return &l.Labels.ExternalReference }),
	values("metadata", func(l *listing) *map[string]string { return &l.Labels.Metadata }),
).plus(
	orNull("free", func(l *listing) **int64 { return &l.Stock }).as("r.free"),
)

// Price and deposit are in one currency.
func currencyOfListing(l *listing) (string, error) { return string(l.Currency()), nil }

func setCurrencyOfListing(l *listing, text string) error {
	l.Price = money.New(l.Price.Minor(), money.Currency(text))
	l.Deposit = money.New(l.Deposit.Minor(), money.Currency(text))
	return nil
}

var selectListing = `select ` + listingTable.from("l") + `
	from listings l left join resources r on r.community_id = l.community_id and r.name = 'stock:' || l.id `

func listingArgs(l listings.Listing) (row, error) {
	if !storable(l.Author) || !storable(l.Title) || !storable(l.Description) {
		return nil, errText
	}
	return listingTable.row(&l)
}

// setFree makes a counter or gives it another value.
const setFree = `insert into resources (community_id, name, free) values ($1, $2, $3)
	on conflict (community_id, name) do update set free = excluded.free`

// InsertListing implements listings.Catalogue.
func (db Catalogue) InsertListing(ctx context.Context, l listings.Listing) error {
	args, err := listingArgs(l)
	if err != nil {
		return err
	}
	return db.announcing(ctx, func(u announcer) error {
		if _, err := u.exec(ctx, listingTable.insertion(1), args...); err != nil {
			return referenceTaken(err)
		}
		if err := u.announceListing(ctx, l); err != nil {
			return err
		}
		return u.setStock(ctx, l, l.Stock)
	})
}

// UpdateListing implements listings.Catalogue.
func (db Catalogue) UpdateListing(ctx context.Context, l listings.Listing, stock *int64) error {
	args, err := listingArgs(l)
	if err != nil {
		return err
	}
	args = append(append(row{l.ID}, listingTable.changes(args)...), l.CommunityID)
	update := `update listings set ` + listingTable.assignments(2) +
		fmt.Sprintf(` where id = $1 and revision = $2 - 1 and community_id = $%d`, len(args))
	return db.announcing(ctx, func(u announcer) error {
		n, err := u.exec(ctx, update, args...)
		if err != nil {
			return referenceTaken(err)
		}
		if n == 0 {
			return listings.ErrRevision
		}
		if err := u.announceListing(ctx, l); err != nil {
			return err
		}
		return u.setStock(ctx, l, stock)
	})
}

func (u unit) setStock(ctx context.Context, l listings.Listing, stock *int64) error {
	if stock == nil {
		return nil
	}
	_, err := u.exec(ctx, setFree+`, emptied_at = case when excluded.free = 0 and resources.free > 0 then $4 else resources.emptied_at end`,
		l.CommunityID, listings.StockResource(l.ID), *stock, stamp{l.UpdatedAt})
	return err
}

// Listing implements listings.Catalogue.
func (db Catalogue) Listing(ctx context.Context, community, id int64) (listings.Listing, bool, error) {
	return pickOne(ctx, db, db.reads, listingTable, selectListing+`where l.community_id = $1 and l.id = $2`, community, id)
}

// Listings implements listings.Catalogue.
func (db Catalogue) Listings(ctx context.Context, f listings.Filter) ([]listings.Listing, error) {
	noted, err := db.labelConditions("l.", f.ExternalReference, f.Metadata)
	if err != nil {
		return nil, err
	}
	query, args := conditioned(selectListing+`where l.community_id = $1 and l.deleted_at is null and l.id < $2
		`+stateOf[f.State]+only("l.author", 5, f.Author),
		append(pageOf(f.CommunityID, f.Before, f.Limit), string(f.State), f.Author), noted)
	return pickPage(ctx, db, listingTable, query+` order by l.id desc limit $3`, args...)
}

// stateOf are the conditions on a listing's state, each as the index of it has it.
var stateOf = map[listings.State]string{
	listings.AnyState: "and $4 = ''", listings.Enabled: "and $4 = 'enabled' and l.disabled_at is null", listings.Disabled: "and $4 = 'disabled' and l.disabled_at is not null",
}

// only is a condition on a column that an index begins with. It is left out, but
// for its parameter, when there is no value.
func only(column string, param int, value string) string {
	if value == "" {
		return fmt.Sprintf(" and $%d = ''", param)
	}
	return fmt.Sprintf(" and %s = $%d", column, param)
}

// takeDay makes the counter of a free day 0, or changes nothing.
const takeDay = `insert into resources (community_id, name, free) values ($1, $2, 0)
	on conflict (community_id, name) do update set free = resources.free - 1 where resources.free > 0`

// errDayTaken is why a day cannot be blocked.
var errDayTaken = errors.New("the day is taken")

// BlockDays implements listings.Days.
func (db Catalogue) BlockDays(ctx context.Context, l listings.Listing, days []listings.Day, at time.Time) error {
	return db.eachDay(ctx, l, days, at, func(u unit, day listings.Day) (changed bool, err error) {
		n, err := u.exec(ctx, `insert into blocked_days (community_id, listing_id, day) values ($1, $2, $3)
			on conflict (community_id, listing_id, day) do nothing`, l.CommunityID, l.ID, string(day))
		if err != nil || n == 0 {
			return false, err
		}
		if n, err = u.exec(ctx, takeDay, l.CommunityID, listings.DateResource(l.ID, day)); err == nil && n == 0 {
			err = errDayTaken
		}
		return true, err
	})
}

// UnblockDays implements listings.Days.
func (db Catalogue) UnblockDays(ctx context.Context, l listings.Listing, days []listings.Day, at time.Time) error {
	return db.eachDay(ctx, l, days, at, func(u unit, day listings.Day) (changed bool, err error) {
		n, err := u.exec(ctx, `delete from blocked_days where community_id = $1 and listing_id = $2 and day = $3`, l.CommunityID, l.ID, string(day))
		if err != nil || n == 0 {
			return false, err
		}
		_, err = u.exec(ctx, setFree, l.CommunityID, listings.DateResource(l.ID, day), 1)
		return true, err
	})
}

// eachDay changes days of a calendar, all or none, and announces it if one was changed. It goes in
// calendar order, so that two callers cannot wait for each other.
func (db Catalogue) eachDay(
	ctx context.Context, l listings.Listing, days []listings.Day, at time.Time, change func(unit, listings.Day) (bool, error),
) error {
	days = slices.Sorted(slices.Values(days))
	return db.announcing(ctx, func(u announcer) error {
		var some bool
		var taken []listings.Day
		for _, day := range days {
			changed, err := change(u.unit, day)
			switch {
			case errors.Is(err, errDayTaken):
				taken = append(taken, day)
			case err != nil:
				return err
			}
			some = some || changed
		}
		switch {
		case len(taken) > 0:
			return listings.ErrDates.With("days", taken)
		case !some:
			return nil
		}
		return u.announceOf(ctx, l, events.ListingChanged, at)
	})
}

// Calendar implements listings.Days.
func (db Catalogue) Calendar(ctx context.Context, community, listing int64, from, to listings.Day) (listings.Calendar, error) {
	first, end := listings.DateResource(listing, from), listings.DateResource(listing, to)
	prefix := strings.TrimSuffix(first, string(from))
	var rows []struct {
		Name    string  `db:"name"`
		Blocked *string `db:"day"`
	}
	err := db.all(ctx, &rows, `select r.name, b.day from resources r left join blocked_days b
		on b.community_id = r.community_id and b.listing_id = $2 and b.day = substr(r.name, $3)
		where r.community_id = $1 and r.name >= $4 and r.name < $5 and r.free = 0 order by r.name`,
		community, listing, len(prefix)+1, first, end)
	var c listings.Calendar
	for _, r := range rows {
		day := listings.Day(strings.TrimPrefix(r.Name, prefix))
		if r.Blocked != nil {
			c.Blocked = append(c.Blocked, day)
		} else {
			c.Taken = append(c.Taken, day)
		}
	}
	return c, err
}

// listingKey is what a claim finds a listing by: its stock stands elsewhere.
var listingKey = tableOf("listings", listingTable.stored[:2]...)

func mirrorQueue() queue {
	return queue{table: "listings", keys: []string{"id"}, due: "mirror_due"}
}

// ClaimUnmirrored implements listings.Unmirrored.
func (db Mirror) ClaimUnmirrored(ctx context.Context, now, until time.Time, limit int) ([]listings.Listing, error) {
	claimed, err := lease(ctx, db, listingKey, mirrorQueue(), now, until, limit, "")
	if err != nil {
		return nil, err
	}
	var all []listings.Listing
	for _, c := range claimed {
		l, _, err := Catalogue(db).Listing(ctx, c.CommunityID, c.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
}

// ReturnUnmirrored implements listings.Unmirrored.
func (db Mirror) ReturnUnmirrored(ctx context.Context, l listings.Listing, now time.Time) error {
	_, err := db.exec(ctx, `update listings set mirror_due = $3 where community_id = $1 and id = $2 and mirror_due = $4`,
		l.CommunityID, l.ID, stamp{now}, stamp{l.MirrorDue})
	return err
}

// SaveRemoteID implements listings.Unmirrored.
func (db Mirror) SaveRemoteID(ctx context.Context, community, id int64, remote string) error {
	if !storable(remote) {
		return errText
	}
	_, err := db.exec(ctx, `update listings set remote_id = $3 where community_id = $1 and id = $2`, community, id, remote)
	return err
}

// MarkMirrored implements listings.Unmirrored.
func (db Mirror) MarkMirrored(ctx context.Context, l listings.Listing, now time.Time) error {
	n, err := db.exec(ctx, `update listings set mirror_due = null where community_id = $1 and id = $2 and revision = $3`,
		l.CommunityID, l.ID, l.Revision)
	if err != nil || n == 1 {
		return err
	}
	_, err = db.exec(ctx, `update listings set mirror_due = $3 where community_id = $1 and id = $2 and mirror_due > $3`,
		l.CommunityID, l.ID, stamp{now})
	return err
}
