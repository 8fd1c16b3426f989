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

// Stored returns the answer that is stored to this very request, nil if there is none yet
// or the key was used with another content.
func (e *Engine) Stored(ctx context.Context, k *Key) (*Reply, error) {
	stored, found, err := e.config.Store.Reply(ctx, k.Scope, k.Value)
	if err != nil || !found || stored.Hash != k.Hash || stored.Status == 0 {
		return nil, err
	}
	return &stored, nil
}
