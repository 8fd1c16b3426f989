package orchestrator

import "context"

// Answered returns the stored reply of a request that was made before, nil if there
// is none. Who checks more than the rules do asks it first: those checks may refuse
// a repeat because the request itself succeeded. Faults: idempotency_key_reused for
// another content, request_in_progress.
func (e *Engine) Answered(ctx context.Context, k *Key) (*Reply, error) {
	if k == nil {
		return nil, nil
	}
	result, err := e.replay(ctx, k, nil)
	return result.Replay, err
}
