package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/handsel-dev/handsel/client"
)

// scripted answers one body after the other and stays at the last.
func scripted(bodies ...string) http.HandlerFunc {
	next := 0
	return func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, bodies[min(next, len(bodies)-1)])
		next++
	}
}

func TestWaitUntil(t *testing.T) {
	t.Parallel()
	const pending, skipped = `{"id":7,"status":"deposit_accepted"}`, `{"id":7,"status":"remainder_skipped","remainder_skipped":"2026-01-02T03:04:05Z"}`
	rec := record(t, scripted(pending, pending, pending, skipped))
	var slept naps
	c := newClient(t, rec.URL, client.WithRetry(client.Retry{
		Sleep: slept.sleep, BaseDelay: time.Second, MaxDelay: 3 * time.Second,
		Jitter: func(d time.Duration) time.Duration { return d },
	}))
	tx, err := c.F2F.WaitUntil(t.Context(), 7, (*client.F2FTransaction).RemainderSettled)
	if err != nil || tx.Status != client.F2FStatusRemainderSkipped {
		t.Fatalf("got %+v, %v", tx, err)
	}
	if diff := cmp.Diff([]time.Duration{time.Second, 2 * time.Second, 3 * time.Second}, slept.waits); diff != "" {
		t.Error(diff)
	}
}

func TestWaitUntil_ends(t *testing.T) {
	t.Parallel()
	never := func(*client.Transaction) bool { return false }
	t.Run("when the transaction has ended", func(t *testing.T) {
		t.Parallel()
		rec := record(t, scripted(`{"id":7,"status":"joined"}`, `{"id":7,"status":"cancelled"}`))
		tx, err := newClient(t, rec.URL).Online.WaitUntil(t.Context(), 7, never)
		if !errors.Is(err, client.ErrNeverReached) || tx == nil || tx.Status != client.StatusCancelled {
			t.Errorf("got %+v, %v", tx, err)
		}
	})
	t.Run("when the context has", func(t *testing.T) {
		t.Parallel()
		rec := record(t, reply(200, `{"id":7,"status":"joined"}`))
		ctx, cancel := context.WithCancel(t.Context())
		c := newClient(t, rec.URL, client.WithRetry(client.Retry{Sleep: func(ctx context.Context, _ time.Duration) error {
			cancel()
			return ctx.Err()
		}}))
		tx, err := c.Online.WaitUntil(ctx, 7, never)
		if !errors.Is(err, context.Canceled) || tx == nil || len(rec.all()) != 1 {
			t.Errorf("got %+v, %v after %d reads", tx, err, len(rec.all()))
		}
	})
	t.Run("when a read fails", func(t *testing.T) {
		t.Parallel()
		rec := record(t, reply(404, ``))
		if _, err := newClient(t, rec.URL).Online.WaitUntil(t.Context(), 7, never); !errors.Is(err, client.CodeNotFound) {
			t.Errorf("got %v", err)
		}
	})
}

func TestQuoteAndCreate(t *testing.T) {
	t.Parallel()
	const outdated, made = `{"code":"incorrect_calc_version","error":"e"}`, `{"id":7,"status":"created"}`
	type answer struct {
		status int
		body   string
	}
	tests := map[string]struct {
		creates []answer
		want    int
		code    client.ErrorCode
		outcome client.Outcome
	}{
		"at once":                     {[]answer{{201, made}}, 1, "", client.OutcomeKnown},
		"after a new quote":           {[]answer{{400, outdated}, {201, made}}, 2, "", client.OutcomeKnown},
		"outdated twice":              {[]answer{{400, outdated}, {400, outdated}, {201, made}}, 2, client.CodeIncorrectCalcVersion, client.OutcomeKnown},
		"refused for another reason":  {[]answer{{400, `{"code":"incorrect_charge"}`}, {201, made}}, 1, client.CodeIncorrectCharge, client.OutcomeKnown},
		"doubt with the code":         {[]answer{{500, outdated}, {201, made}}, 1, client.CodeIncorrectCalcVersion, client.OutcomeUnknown},
		"doubt":                       {[]answer{{502, ``}, {201, made}}, 1, "", client.OutcomeUnknown},
		"doubt after the second time": {[]answer{{400, outdated}, {502, ``}, {201, made}}, 2, "", client.OutcomeUnknown},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			quotes, creates := 0, 0
			rec := record(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet {
					quotes++
					_, _ = io.WriteString(w, `{"charge":78,"charge_calculator_version":5}`)
					return
				}
				a := tt.creates[creates]
				creates++
				w.WriteHeader(a.status)
				_, _ = io.WriteString(w, a.body)
			})
			c := newClient(t, rec.URL)
			_, err := client.QuoteAndCreate(func() (*client.Quote, error) {
				return c.Online.Quote(t.Context(), client.QuoteInput{Currency: "eur", Price: 1234})
			}, func(q *client.Quote) (*client.Transaction, error) {
				return c.Online.Create(t.Context(), client.CreateInput{Role: client.RoleSeller, Description: "d", Quote: *q})
			})
			if creates != tt.want || quotes != tt.want {
				t.Errorf("%d quotes and %d creates, want %d", quotes, creates, tt.want)
			}
			if tt.code != "" && !errors.Is(err, tt.code) || client.OutcomeOf(err) != tt.outcome {
				t.Errorf("got %v", err)
			}
		})
	}
}
