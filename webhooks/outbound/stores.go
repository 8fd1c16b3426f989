package outbound

import (
	"context"
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
)

// Endpoints keeps where events are sent. Implementations are safe for concurrent use. Faults:
// endpoint_not_found.
type Endpoints interface {
	// CreateEndpoint stores a new one and returns it with its id. Fault: too_many_endpoints, when
	// there are most of them.
	CreateEndpoint(ctx context.Context, e Endpoint, most int, by orchestrator.By) (Endpoint, error)
	Endpoint(ctx context.Context, community, id int64) (Endpoint, error)
	ListEndpoints(ctx context.Context, community int64) ([]Endpoint, error)
	// ChangeEndpoint replaces what staff may change, and with from its position; what waits then
	// is dead. Act is the name of the line in the audit log.
	ChangeEndpoint(ctx context.Context, e Endpoint, from *int64, act string, by orchestrator.By) error
	DeleteEndpoint(ctx context.Context, community, id int64, by orchestrator.By) error
}

// Deliveries keeps what became of events at endpoints.
type Deliveries interface {
	// ListDeliveries lists rows, the newest event first.
	ListDeliveries(ctx context.Context, f DeliveryFilter) ([]Delivery, error)
	// Resend makes rows due at once and returns how many. Fault: endpoint_not_found.
	Resend(ctx context.Context, f ResendFilter, now time.Time) (int64, error)
	// Replay has the events of a range sent once more. Faults: endpoint_not_found, replay_in_progress.
	Replay(ctx context.Context, community, endpoint, after, until int64, by orchestrator.By) error
}

// DeliveryFilter selects rows of an endpoint.
type DeliveryFilter struct {
	CommunityID, EndpointID int64
	Status                  DeliveryStatus // empty: all
	Sequence                int64          // only this one; 0: all
	Before                  int64          // only lower numbers; 0: from the newest
	Limit                   int
}

// ResendFilter selects rows that are sent once more: one, or all that failed in a range.
type ResendFilter struct {
	CommunityID, EndpointID int64
	Sequence                int64 // only this one, whatever became of it; 0: all that failed
	After, Until            int64 // numbers, Until included
	By                      orchestrator.By
}

// Queue gives endpoints out to workers.
type Queue interface {
	// ClaimEndpoints claims enabled endpoints of which something is due at now until until: an
	// event behind their position, something to replay, or a row that is tried again.
	ClaimEndpoints(ctx context.Context, now, until time.Time, limit int) ([]Claimed, error)
	// LooseRows are the rows that wait, and those behind a position, by number.
	LooseRows(ctx context.Context, community, endpoint, position int64) ([]Delivery, error)
	// WriteBatch writes results, and the place unless somebody has changed the endpoint.
	WriteBatch(ctx context.Context, b Batch) (Standing, error)
	// ReturnEndpoint ends a claim.
	ReturnEndpoint(ctx context.Context, c Claimed, now time.Time) error
}

// Claimed is an endpoint that a worker has for a while.
type Claimed struct {
	Endpoint
	Claims int64 // how often it was claimed, with this time
}
