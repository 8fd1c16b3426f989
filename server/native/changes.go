package native

import (
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// listChanged lists the transactions that were changed after a time, in the order of their
// changes. Resume goes on behind them, and misses none.
func (n face) listChanged(c *gin.Context, who deal.Caller) error {
	query, err := web.Parameters(c, "limit", "cursor", "process", "state", "party", "listing_id", "external_reference", metadataNames, "updated_after")
	if err != nil {
		return err
	}
	f, err := n.chosen(query, who)
	if err != nil {
		return err
	}
	since, err := time.Parse(time.RFC3339, query["updated_after"])
	if err != nil {
		return web.Invalid("invalid_since", "updated_after", "updated_after must be a time such as 2026-03-31T08:00:00Z")
	}
	from, err := n.openPlace(query["cursor"])
	if err != nil {
		return err
	}
	delete(query, "cursor")
	if f.Limit, _, err = n.place(query); err != nil {
		return err
	}
	found, err := n.engine.Changed(c.Request.Context(), f, since, from, who.Actor)
	if err != nil {
		return err
	}
	return n.sendChanges(c, found, who)
}

func (n face) sendChanges(c *gin.Context, found orchestrator.Changes, who deal.Caller) error {
	p := page[transactionOut]{Items: make([]transactionOut, len(found.Transactions)), Resume: n.sealPlace(found.Next)}
	for i, tx := range found.Transactions {
		p.Items[i] = n.show(tx, who.Actor)
	}
	if found.More {
		p.NextCursor = &p.Resume
	}
	return web.Send(c, http.StatusOK, p)
}

// maxPlace bounds the numbers of a place in the order of changes.
const maxPlace = 501

// sealPlace writes a place in the order of changes as a cursor. Its numbers tell how much is
// done on the whole server, and so are sealed.
func (n face) sealPlace(place []int64) string {
	parts := make([]string, len(place))
	for i, number := range place {
		parts[i] = n.IDs.Seal(publicid.Cursor, number)
	}
	return strings.Join(parts, ".")
}

// openPlace reads what sealPlace wrote; nil for nothing.
func (n face) openPlace(cursor string) ([]int64, error) {
	if cursor == "" {
		return nil, nil
	}
	parts := strings.SplitN(cursor, ".", maxPlace+1)
	place := make([]int64, len(parts))
	for i, part := range parts {
		var err error
		if place[i], err = n.IDs.Open(publicid.Cursor, part); err != nil || len(parts) > maxPlace {
			return nil, web.Invalid("invalid_cursor", "cursor", "cursor must be the next_cursor or resume of an earlier answer to updated_after")
		}
	}
	return place, nil
}
