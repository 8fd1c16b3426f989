package sqlstore

import (
	"context"
	"encoding/json"

	"github.com/handsel-dev/handsel/internal/paging"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/notices/events"
)

// The commit that takes the last one of a listing's stock, or says that none is left, notes
// when in the counter. It cannot tell more: only the database knows in that moment what is
// left. Who numbers events makes one of each note, and takes the note away with it.

// emptied is a counter with such a note.
type emptied struct {
	Name string `db:"name"`
	At   stamp  `db:"emptied_at"`
}

// sold is what is told of a community's listings, and the counters whose notes that are.
type sold struct {
	counters      []emptied
	announcements []announcement
}

// soldOut reads what nobody was told of yet.
func (db *database) soldOut(ctx context.Context, u unit, community int64, limit int) (s sold, err error) {
	err = u.tx.SelectContext(ctx, &s.counters, `select name, emptied_at from resources
		where community_id = $1 and emptied_at is not null order by community_id, name limit $2`, community, limit)
	if err != nil {
		return s, readError(err)
	}
	for i, c := range s.counters {
		if paging.Full(s.announcements) {
			s.counters = s.counters[:i] // the others are told of in the next batch
			break
		}
		id, _ := listings.OfStock(c.Name)
		l, found, err := Catalogue{db}.Listing(ctx, community, id)
		if err != nil {
			return s, err
		}
		if !found {
			continue
		}
		data, err := json.Marshal(listingMembers(l))
		if err != nil {
			return s, err
		}
		s.announcements = append(s.announcements, announcement{CommunityID: community, Type: events.ListingSoldOut, Object: listingObject(l), Data: data, At: c.At.at})
	}
	return s, nil
}

// markSold takes the notes away that were told. One that was written meanwhile stays.
func (u unit) markSold(ctx context.Context, community int64, counters []emptied) error {
	for _, c := range counters {
		if _, err := u.exec(ctx, `update resources set emptied_at = null where community_id = $1 and name = $2 and emptied_at = $3`, community, c.Name, c.At); err != nil {
			return err
		}
	}
	return nil
}
