package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
)

var _ listings.Store = (*DB)(nil)

// The leading columns never change; the first that does is the revision.
const (
	listingColumns = `id, community_id, author, kind, model, unit, zone, created_at, revision, title, description,
currency, price, deposit, skip_remainder, updated_at, disabled_at, deleted_at, mirror_due`
	firstMutableOfListing = 8

	// A listing's remote id is written by SaveRemoteID alone.
	insertedListing = listingColumns + `, remote_id`

	selectListing = `select l.id, l.community_id, l.author, l.kind, l.model, l.unit, l.zone, l.created_at, l.revision,
		l.title, l.description, l.currency, l.price, l.deposit, l.skip_remainder, l.updated_at, l.disabled_at,
		l.deleted_at, l.mirror_due, l.remote_id, r.free
		from listings l left join resources r on r.community_id = l.community_id and r.name = 'stock:' || l.id `
)

type listingRow struct {
	ID            int64  `db:"id"`
	CommunityID   int64  `db:"community_id"`
	Author        string `db:"author"`
	Kind          string `db:"kind"`
	Model         string `db:"model"`
	Unit          string `db:"unit"`
	Zone          string `db:"zone"`
	CreatedAt     stamp  `db:"created_at"`
	Revision      int64  `db:"revision"`
	Title         string `db:"title"`
	Description   string `db:"description"`
	Currency      string `db:"currency"`
	Price         int64  `db:"price"`
	Deposit       int64  `db:"deposit"`
	SkipRemainder int64  `db:"skip_remainder"`
	UpdatedAt     stamp  `db:"updated_at"`
	DisabledAt    stamp  `db:"disabled_at"`
	DeletedAt     stamp  `db:"deleted_at"`
	MirrorDue     stamp  `db:"mirror_due"`
	RemoteID      string `db:"remote_id"`
	Free          *int64 `db:"free"`
}

func listingArgs(l listings.Listing) (row, error) {
	if !storable(l.Author) || !storable(l.Title) || !storable(l.Description) {
		return nil, errText
	}
	return row{
		l.ID, l.CommunityID, l.Author, string(l.Kind), string(l.Model), string(l.Unit), l.Zone, stamp{l.CreatedAt}, l.Revision,
		l.Title, l.Description, string(l.Currency()), l.Price.Minor(), l.Deposit.Minor(), flag(l.SkipRemainder),
		stamp{l.UpdatedAt}, stamp{l.DisabledAt}, stamp{l.DeletedAt}, stamp{l.MirrorDue},
	}, nil
}

func (r listingRow) listing() (listings.Listing, error) {
	c := money.Currency(r.Currency)
	return listings.Listing{
		ID: r.ID, CommunityID: r.CommunityID, Author: r.Author, Kind: listings.Kind(r.Kind), Model: listings.Model(r.Model),
		Title: r.Title, Description: r.Description,
		Pricing:       listings.Pricing{Price: money.New(r.Price, c), Deposit: money.New(r.Deposit, c)},
		SkipRemainder: r.SkipRemainder == 1, Unit: listings.Unit(r.Unit), Zone: r.Zone, Stock: r.Free,
		RemoteID: r.RemoteID, Revision: r.Revision, CreatedAt: r.CreatedAt.at, UpdatedAt: r.UpdatedAt.at,
		DisabledAt: r.DisabledAt.at, DeletedAt: r.DeletedAt.at, MirrorDue: r.MirrorDue.at,
	}, nil
}

// setFree makes a counter or gives it another value.
const setFree = `insert into resources (community_id, name, free) values ($1, $2, $3)
	on conflict (community_id, name) do update set free = excluded.free`

// InsertListing implements listings.Store.
func (db *DB) InsertListing(ctx context.Context, l listings.Listing) error {
	args, err := listingArgs(l)
	if err != nil {
		return err
	}
	return db.atomically(ctx, func(u unit) error {
		if _, err := u.exec(ctx, insert("listings", insertedListing), append(args, l.RemoteID)...); err != nil {
			return err
		}
		return u.setStock(ctx, l, l.Stock)
	})
}

// UpdateListing implements listings.Store.
func (db *DB) UpdateListing(ctx context.Context, l listings.Listing, stock *int64) error {
	args, err := listingArgs(l)
	if err != nil {
		return err
	}
	args = append(append(row{l.ID}, args[firstMutableOfListing:]...), l.CommunityID)
	update := `update listings set ` + assignments(listingColumns, firstMutableOfListing) +
		fmt.Sprintf(` where id = $1 and revision = $2 - 1 and community_id = $%d`, len(args))
	return db.atomically(ctx, func(u unit) error {
		n, err := u.exec(ctx, update, args...)
		if err != nil {
			return err
		}
		if n == 0 {
			return listings.ErrRevision
		}
		return u.setStock(ctx, l, stock)
	})
}

func (u unit) setStock(ctx context.Context, l listings.Listing, stock *int64) error {
	if stock == nil {
		return nil
	}
	_, err := u.exec(ctx, setFree, l.CommunityID, listings.StockResource(l.ID), *stock)
	return err
}

// Listing implements listings.Store.
func (db *DB) Listing(ctx context.Context, community, id int64) (listings.Listing, bool, error) {
	var r listingRow
	found, err := db.one(ctx, &r, selectListing+`where l.community_id = $1 and l.id = $2`, community, id)
	if err != nil || !found {
		return listings.Listing{}, false, err
	}
	l, err := r.listing()
	return l, true, err
}

// Listings implements listings.Store.
func (db *DB) Listings(ctx context.Context, f listings.Filter) ([]listings.Listing, error) {
	before, limit := f.Before, f.Limit
	if before == 0 {
		before = 1<<63 - 1
	}
	if limit < 1 || limit > maxPage {
		limit = maxPage
	}
	query := selectListing + `where l.community_id = $1 and l.deleted_at is null and l.id < $2
		and ($4 = '' or ($4 = 'disabled') = (l.disabled_at is not null))` + only("l.author", 5, f.Author)
	var rows []listingRow
	err := db.all(ctx, &rows, query+` order by l.id desc limit $3`, f.CommunityID, before, limit, string(f.State), f.Author)
	if err != nil {
		return nil, err
	}
	return convert(rows, listingRow.listing)
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

// BlockDays implements listings.Store. The days are taken in calendar order, so
// that two callers cannot wait for each other.
func (db *DB) BlockDays(ctx context.Context, community, listing int64, days []listings.Day) error {
	days = slices.Sorted(slices.Values(days))
	return db.atomically(ctx, func(u unit) error {
		var taken []listings.Day
		for _, day := range days {
			n, err := u.exec(ctx, `insert into blocked_days (community_id, listing_id, day) values ($1, $2, $3)
				on conflict (community_id, listing_id, day) do nothing`, community, listing, string(day))
			if err != nil {
				return err
			}
			if n == 0 {
				continue
			}
			if n, err = u.exec(ctx, takeDay, community, listings.DateResource(listing, day)); err != nil {
				return err
			}
			if n == 0 {
				taken = append(taken, day)
			}
		}
		if len(taken) > 0 {
			return listings.ErrDates.With("days", taken)
		}
		return nil
	})
}

// UnblockDays implements listings.Store.
func (db *DB) UnblockDays(ctx context.Context, community, listing int64, days []listings.Day) error {
	days = slices.Sorted(slices.Values(days))
	return db.atomically(ctx, func(u unit) error {
		for _, day := range days {
			n, err := u.exec(ctx, `delete from blocked_days where community_id = $1 and listing_id = $2 and day = $3`,
				community, listing, string(day))
			if err != nil {
				return err
			}
			if n == 0 {
				continue
			}
			if _, err := u.exec(ctx, setFree, community, listings.DateResource(listing, day), 1); err != nil {
				return err
			}
		}
		return nil
	})
}

// Calendar implements listings.Store.
func (db *DB) Calendar(ctx context.Context, community, listing int64, from, to listings.Day) (listings.Calendar, error) {
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

func mirrorQueue() queue {
	return queue{table: "listings", keys: []string{"id"}, due: "mirror_due", returns: "community_id, id"}
}

// ClaimUnmirrored implements listings.Store.
func (db *DB) ClaimUnmirrored(ctx context.Context, now, lease time.Time, limit int) ([]listings.Listing, error) {
	var claimed []struct {
		CommunityID int64 `db:"community_id"`
		ID          int64 `db:"id"`
	}
	if err := db.lease(ctx, &claimed, mirrorQueue(), now, lease, limit, ""); err != nil {
		return nil, err
	}
	var all []listings.Listing
	for _, c := range claimed {
		l, _, err := db.Listing(ctx, c.CommunityID, c.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
}

// ReturnUnmirrored implements listings.Store.
func (db *DB) ReturnUnmirrored(ctx context.Context, l listings.Listing, now time.Time) error {
	_, err := db.exec(ctx, `update listings set mirror_due = $3 where community_id = $1 and id = $2 and mirror_due = $4`,
		l.CommunityID, l.ID, stamp{now}, stamp{l.MirrorDue})
	return err
}

// SaveRemoteID implements listings.Store.
func (db *DB) SaveRemoteID(ctx context.Context, community, id int64, remote string) error {
	if !storable(remote) {
		return errText
	}
	_, err := db.exec(ctx, `update listings set remote_id = $3 where community_id = $1 and id = $2`, community, id, remote)
	return err
}

// MarkMirrored implements listings.Store.
func (db *DB) MarkMirrored(ctx context.Context, l listings.Listing, now time.Time) error {
	n, err := db.exec(ctx, `update listings set mirror_due = null where community_id = $1 and id = $2 and revision = $3`,
		l.CommunityID, l.ID, l.Revision)
	if err != nil || n == 1 {
		return err
	}
	_, err = db.exec(ctx, `update listings set mirror_due = $3 where community_id = $1 and id = $2 and mirror_due > $3`,
		l.CommunityID, l.ID, stamp{now})
	return err
}
