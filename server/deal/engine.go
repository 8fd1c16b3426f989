package deal

import (
	"context"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Commands open deals, take their transitions, and tell what would happen.
type Commands interface {
	Pair(process, gateway string) (*process.Process, orchestrator.Gateway, error)
	Create(ctx context.Context, in orchestrator.CreateInput) (orchestrator.Result, error)
	Do(ctx context.Context, in orchestrator.DoInput) (orchestrator.Result, error)
	DryRun(ctx context.Context, in orchestrator.DoInput) (orchestrator.Preview, error)
	DryRunCreate(ctx context.Context, in orchestrator.CreateInput) (orchestrator.Preview, error)
}

// Reads find one deal: as it is stored, looked up where it is doubtful, or looked up now.
type Reads interface {
	Find(ctx context.Context, community, id int64, a process.Actor) (orchestrator.Transaction, error)
	Read(ctx context.Context, community, id int64, a process.Actor) (orchestrator.Transaction, error)
	Refresh(ctx context.Context, community, id int64, a process.Actor) (orchestrator.Transaction, error)
}
