package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/secretbox"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

// endpoint is where events are sent, as it is stored: its secrets are sealed.
type endpoint struct {
	outbound.Claimed
	secrets string
}

var endpointTable = tableOf("webhook_endpoints",
	number("community_id", func(e *endpoint) *int64 { return &e.CommunityID }).fixed(),
	number("id", func(e *endpoint) *int64 { return &e.ID }).fixed(),
	text("url", func(e *endpoint) *string { return &e.URL }),
	encoded("types", func(e *endpoint) (string, error) { return strings.Join(e.Types, " "), nil }, func(e *endpoint, text string) error {
		e.Types = strings.Fields(text)
		return nil
	}),
	text("payload", func(e *endpoint) *string { return (*string)(&e.Payload) }),
	text("signature", func(e *endpoint) *string { return (*string)(&e.Signature) }),
	text("description", func(e *endpoint) *string { return &e.Description }),
	text("api_version", func(e *endpoint) *string { return &e.APIVersion }),
	text("status", func(e *endpoint) *string { return (*string)(&e.Status) }),
	text("disabled_reason", func(e *endpoint) *string { return (*string)(&e.Reason) }),
	text("secrets", func(e *endpoint) *string { return &e.secrets }),
	instant("created_at", func(e *endpoint) *time.Time { return &e.CreatedAt }).fixed(),
	instant("updated_at", func(e *endpoint) *time.Time { return &e.UpdatedAt }),
	number("revision", func(e *endpoint) *int64 { return &e.Revision }).fixed(), // statements count it
	number("position", func(e *endpoint) *int64 { return &e.Position }).fixed(),
	number("replay_after", func(e *endpoint) *int64 { return &e.ReplayAfter }).fixed(),
	number("replay_until", func(e *endpoint) *int64 { return &e.ReplayUntil }).fixed(),
	truth("loose", func(e *endpoint) *bool { return &e.Loose }).fixed(),
	count("failures", func(e *endpoint) *int { return &e.Failures }).fixed(),
	count("rests", func(e *endpoint) *int { return &e.Rests }).fixed(),
	instant("failing_since", func(e *endpoint) *time.Time { return &e.FailingSince }).fixed(),
	instant("warned_at", func(e *endpoint) *time.Time { return &e.WarnedAt }).fixed(),
	instant("due", func(e *endpoint) *time.Time { return &e.Due }).fixed(),
	instant("claimable_at", func(e *endpoint) *time.Time { return &e.CreatedAt }).unread().fixed(),
	number("claims", func(e *endpoint) *int64 { return &e.Claims }).fixed(),
)

func endpointBound(community, id int64) []byte {
	return fmt.Appendf(nil, "webhook endpoint\x00%d\x00%d", community, id)
}

// heldSecret is a secret as it is sealed.
type heldSecret struct {
	Secret string    `json:"secret"`
	Until  time.Time `json:"until,omitzero"`
}

func (db *database) sealEndpoint(ctx context.Context, e outbound.Endpoint) (endpoint, error) {
	if len(e.Secrets) == 0 {
		return endpoint{}, secretbox.ErrUnreadable
	}
	held := make([]heldSecret, len(e.Secrets))
	for i, s := range e.Secrets {
		held[i] = heldSecret{s.Stored(), s.Until}
	}
	plain, err := encode(held)
	if err != nil {
		return endpoint{}, err
	}
	sealed, err := db.sealText(ctx, plain, endpointBound(e.CommunityID, e.ID))
	return endpoint{outbound.Claimed{Endpoint: e}, sealed}, err
}

// openEndpoint opens the secrets of an endpoint. One whose key is missing has none, and
// nothing is sent there.
func (db *database) openEndpoint(ctx context.Context, r endpoint) outbound.Claimed {
	plain, err := db.openText(ctx, r.secrets, endpointBound(r.CommunityID, r.ID))
	if err != nil {
		return r.Claimed
	}
	var held []heldSecret
	if err := json.Unmarshal([]byte(plain), &held); err != nil {
		return r.Claimed
	}
	for _, h := range held {
		if s, err := outbound.ParseSecret(h.Secret, h.Until); err == nil {
			r.Secrets = append(r.Secrets, s)
		}
	}
	return r.Claimed
}

func noEndpoint() error {
	return fault.New(fault.NotFound, "endpoint_not_found", "no such webhook endpoint")
}

func endpointObject(id int64) string { return object("webhook_endpoint", id) }

// CreateEndpoint implements outbound.Endpoints.
func (db Endpoints) CreateEndpoint(ctx context.Context, e outbound.Endpoint, most int, by orchestrator.By) (outbound.Endpoint, error) {
	var err error
	if e.ID, err = db.nextID(ctx); err != nil {
		return e, err
	}
	sealed, err := db.sealEndpoint(ctx, e)
	if err != nil {
		return e, err
	}
	err = db.act(ctx, by.Act(e.CommunityID, "webhook_endpoint.create", endpointObject(e.ID), map[string]string{"url": e.Address()}), func(u unit) error {
		if err := u.lockCommunity(ctx, e.CommunityID); err != nil {
			return err
		}
		var there int
		if err := u.tx.GetContext(ctx, &there, `select count(*) from webhook_endpoints where community_id = $1`, e.CommunityID); err != nil {
			return err
		}
		if there >= most {
			return fault.New(fault.Conflict, "too_many_endpoints", "a marketplace may have %d webhook endpoints; delete one first", most)
		}
		// What happens from now on is sent: all that has no number yet is newer.
		if err := u.tx.GetContext(ctx, &sealed.Position, `select coalesce((select last from event_counters where community_id = $1), 0)`, e.CommunityID); err != nil {
			return err
		}
		args, err := endpointTable.row(&sealed)
		if err == nil {
			_, err = u.exec(ctx, endpointTable.insertion(1), args...)
		}
		return err
	})
	return sealed.Endpoint, err
}

// Endpoint implements outbound.Endpoints.
func (db Endpoints) Endpoint(ctx context.Context, community, id int64) (outbound.Endpoint, error) {
	row, found, err := findOne(ctx, db, endpointTable, `where community_id = $1 and id = $2`, community, id)
	if err == nil && !found {
		err = noEndpoint()
	}
	if err != nil {
		return outbound.Endpoint{}, err
	}
	return db.openEndpoint(ctx, row).Endpoint, nil
}

// ListEndpoints implements outbound.Endpoints.
func (db Endpoints) ListEndpoints(ctx context.Context, community int64) ([]outbound.Endpoint, error) {
	rows, err := find(ctx, db, endpointTable, `where community_id = $1 order by id`, community)
	return each(rows, func(r endpoint) outbound.Endpoint { return db.openEndpoint(ctx, r).Endpoint }), err
}

// errChanged is an endpoint that somebody else has changed since it was read.
var errChanged = errors.New("the endpoint has changed")

// ChangeEndpoint implements outbound.Endpoints.
func (db Endpoints) ChangeEndpoint(ctx context.Context, e outbound.Endpoint, from *int64, act string, by orchestrator.By) error {
	sealed, err := db.sealEndpoint(ctx, e)
	if err != nil {
		return err
	}
	args, err := endpointTable.row(&sealed)
	if err != nil {
		return err
	}
	data := map[string]string{"url": e.Address(), "status": string(e.Status), "revision": strconv.FormatInt(e.Revision+1, 10)}
	err = db.act(ctx, by.Act(e.CommunityID, act, endpointObject(e.ID), data), func(u unit) error {
		// What has changed is tried at once, as if nothing had failed.
		set := `update webhook_endpoints set revision = revision + 1, failures = 0, rests = 0, failing_since = null, warned_at = null, claimable_at = $4, loose = 1, due = $4, ` +
			endpointTable.assignments(5) + ` where community_id = $1 and id = $2 and revision = $3`
		n, err := u.exec(ctx, set, append(row{e.CommunityID, e.ID, e.Revision, stamp{e.UpdatedAt}}, endpointTable.changes(args)...)...)
		if err == nil && n == 0 {
			err = errChanged
		}
		if err != nil {
			return err
		}
		if from != nil {
			return u.skipTo(ctx, e, *from)
		}
		_, err = u.exec(ctx, `update webhook_deliveries set next = $3 where community_id = $1 and endpoint_id = $2 and status = 'pending'`, e.CommunityID, e.ID, stamp{e.UpdatedAt})
		return err
	})
	if errors.Is(err, errChanged) {
		if _, err := db.Endpoint(ctx, e.CommunityID, e.ID); err != nil {
			return err
		}
		return orchestrator.ErrRevisionConflict
	}
	return err
}

// skipTo lets an endpoint go on behind a number. What waits is not sent.
func (u unit) skipTo(ctx context.Context, e outbound.Endpoint, position int64) error {
	if _, err := u.exec(ctx, `update webhook_endpoints set position = $3, replay_until = replay_after, loose = 0, due = null where community_id = $1 and id = $2`,
		e.CommunityID, e.ID, position); err != nil {
		return err
	}
	_, err := u.exec(ctx, `update webhook_deliveries set status = 'dead', next = null, at = $3
		where community_id = $1 and endpoint_id = $2 and status in ('pending', 'waiting')`, e.CommunityID, e.ID, stamp{e.UpdatedAt})
	return err
}

// DeleteEndpoint implements outbound.Endpoints. Its rows, of which there may be very many, are
// deleted soon (Prune).
func (db Endpoints) DeleteEndpoint(ctx context.Context, community, id int64, by orchestrator.By) error {
	return db.act(ctx, by.Act(community, "webhook_endpoint.delete", endpointObject(id), nil), func(u unit) error {
		n, err := u.exec(ctx, `delete from webhook_endpoints where community_id = $1 and id = $2`, community, id)
		if err == nil && n == 0 {
			err = noEndpoint()
		}
		if err == nil {
			_, err = u.exec(ctx, `insert into removed_endpoints (community_id, id, removed_at) values ($1, $2, $3)`, community, id, stamp{by.At})
		}
		return err
	})
}
