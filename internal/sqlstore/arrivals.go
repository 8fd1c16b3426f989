package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/webhooks"
)

type arrivalRow struct {
	ID       int64  `db:"id"`
	Gateway  string `db:"gateway"`
	Key      string `db:"dedupe_key"`
	Payment  string `db:"payment_id"`
	Code     string `db:"code"`
	Body     []byte `db:"body"`
	Size     int    `db:"size"`
	Received stamp  `db:"received_at"`
	Attempts int    `db:"attempts"`
	Due      stamp  `db:"claimable_at"`
	Done     int    `db:"done"`
	Note     string `db:"note"`
	Deal     int64  `db:"deal"`
}

// fates are the conditions that select messages by their outcome.
var fates = map[webhooks.Fate]string{
	"": "", webhooks.Waits: ` and inbox.done = 0`, webhooks.Applied: ` and inbox.done = 1 and inbox.note not like 'given up%'`, webhooks.GaveUp: ` and inbox.done = 1 and inbox.note like 'given up%'`,
}

// ListArrivals lists messages about deals of a community, and those about no deal that is known, the newest first.
func (db Reports) ListArrivals(ctx context.Context, f webhooks.ArrivalFilter) ([]webhooks.Arrival, error) {
	which, known := fates[f.Fate]
	if !known {
		return nil, fmt.Errorf("no message is %q", f.Fate)
	}
	if f.Before.IsZero() {
		f.Before = endOfTime
	}
	args := []any{f.CommunityID, stamp{f.Before}, f.BeforeID, f.Limit, webhooks.LongestShown}
	if f.Gateway != "" {
		which, args = which+` and inbox.gateway = $6`, append(args, f.Gateway)
	}
	var rows []arrivalRow
	err := db.all(ctx, &rows, `select inbox.id, inbox.gateway, inbox.dedupe_key, case when t.id is null then '' else inbox.payment_id end as payment_id, inbox.code,
		case when t.id is not null and length(inbox.body) <= $5 then inbox.body end as body, length(inbox.body) as size,
		inbox.received_at, inbox.attempts, inbox.claimable_at, inbox.done, inbox.note, coalesce(t.id, 0) as deal
		from inbox left join transactions t on t.gateway = inbox.gateway and t.payment_id = inbox.payment_id and t.payment_id <> ''
		where (inbox.received_at, inbox.id) < ($2, $3) and (t.id is null or t.community_id = $1)`+which+` order by inbox.received_at desc, inbox.id desc limit $4`, args...)
	all := make([]webhooks.Arrival, len(rows))
	for i, r := range rows {
		all[i] = r.arrival()
		// One that cannot be opened is listed without its body.
		all[i].Body, _ = db.openMessage(ctx, r.Gateway, r.Key, r.Body)
	}
	return all, err
}

func (r arrivalRow) arrival() webhooks.Arrival {
	a := webhooks.Arrival{
		Delivery: webhooks.Delivery{ID: r.ID, Gateway: r.Gateway, DedupeKey: r.Key, PaymentID: r.Payment, Code: r.Code, ReceivedAt: r.Received.at, Attempts: r.Attempts},
		Due:      r.Due.at, Size: r.Size, TransactionID: r.Deal,
	}
	a.Fate, a.Note = webhooks.FateOf(r.Done != 0, r.Note)
	return a
}

// ReplayArrival has a message applied once more, at once, whatever came of it. Fault: delivery_not_found, also
// for one that is about no deal of the community.
func (db Reports) ReplayArrival(ctx context.Context, community, id int64, by orchestrator.By) error {
	return db.act(ctx, by.Act(community, "inbox.replay", "message:"+strconv.FormatInt(id, 10), nil), func(u unit) error {
		n, err := u.exec(ctx, `update inbox set done = 0, note = '', claimable_at = received_at where id = $1 and `+ownerOf+` = $2`, id, community)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "delivery_not_found", "no such message of a gateway about a deal of yours; it is kept only for a while")
		}
		return err
	})
}

// awaySetting begins the names of the settings that say who was turned away.
const awaySetting = "turned_away:"

// NoteTurnedAway implements webhooks.Doorkeeper. A later note of the minute, or of the hour before, is replaced.
func (db Reports) NoteTurnedAway(ctx context.Context, t webhooks.TurnedAway) error {
	name := fmt.Sprintf("%s%s:%s:%02d", awaySetting, t.Gateway, t.Reason, t.At.UTC().Minute())
	_, err := db.exec(ctx, `insert into settings (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value where settings.value < excluded.value`,
		name, fmt.Sprint(stamp{t.At}.text(), " ", t.Count))
	return err
}

// TurnedAway lists who was turned away, the last ones first.
func (db Reports) TurnedAway(ctx context.Context) ([]webhooks.TurnedAway, error) {
	var rows []struct {
		Name  string `db:"name"`
		Value string `db:"value"`
	}
	err := db.all(ctx, &rows, `select name, value from settings where name >= $1 and name < $2`, awaySetting, strings.TrimSuffix(awaySetting, ":")+";")
	if err != nil {
		return nil, err
	}
	all := make([]webhooks.TurnedAway, len(rows))
	for i, r := range rows {
		parts := strings.Split(strings.TrimPrefix(r.Name, awaySetting), ":")
		at, count, _ := strings.Cut(r.Value, " ")
		t := webhooks.TurnedAway{Gateway: parts[0], Reason: parts[min(1, len(parts)-1)]}
		if t.At, err = time.Parse(layout, at); err == nil {
			t.Count, err = strconv.ParseInt(count, 10, 64)
		}
		if err != nil {
			return nil, fmt.Errorf("read who was turned away: %w", err)
		}
		all[i] = t
	}
	slices.SortFunc(all, func(a, b webhooks.TurnedAway) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.Gateway+a.Reason, b.Gateway+b.Reason))
	})
	return all, nil
}
