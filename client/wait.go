package client

import (
	"context"
	"errors"
	"fmt"
)

// ErrNeverReached marks a wait for a state that the transaction can no longer
// reach, because it has ended in another one.
var ErrNeverReached = errors.New("transaction has ended in another state")

// WaitUntil reads a transaction until done says so, with the waits of
// [WithRetry], however often that takes: ctx bounds it. It returns the last state
// that was read, also with [ErrNeverReached] and with the error of ctx; a read
// that fails ends it. Webhooks are better for anything that takes longer than a
// person would watch.
func (s *OnlineService) WaitUntil(ctx context.Context, id int64, done func(*Transaction) bool, opts ...CallOption) (*Transaction, error) {
	return waitUntil(ctx, s.client.retry, done, (*Transaction).ended, func() (*Transaction, error) {
		return s.Get(ctx, id, opts...)
	})
}

// WaitUntil is [OnlineService.WaitUntil] for a face-to-face transaction. It is
// needed between [F2FService.AcceptDeposit] and the handover of a transaction
// with SkipRemainder, where the API skips the remainder a moment later:
//
//	c.F2F.WaitUntil(ctx, id, (*client.F2FTransaction).RemainderSettled)
func (s *F2FService) WaitUntil(ctx context.Context, id int64, done func(*F2FTransaction) bool, opts ...CallOption) (*F2FTransaction, error) {
	return waitUntil(ctx, s.client.retry, done, (*F2FTransaction).ended, func() (*F2FTransaction, error) {
		return s.Get(ctx, id, opts...)
	})
}

func (t *Transaction) ended() bool    { return t.Status.Terminal() }
func (t *F2FTransaction) ended() bool { return t.Status.Terminal() }

func waitUntil[T any](ctx context.Context, pace Retry, done, ended func(T) bool, read func() (T, error)) (T, error) {
	for attempt := 1; ; attempt++ {
		state, err := read()
		switch {
		case err != nil, done(state):
			return state, err
		case ended(state):
			return state, ErrNeverReached
		}
		if err := pace.Sleep(ctx, pace.delay(attempt, 0)); err != nil {
			return state, fmt.Errorf("wait for a transaction: %w", err)
		}
	}
}
