package idempotency_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
)

// shelf holds one reply.
type shelf struct {
	stored *idempotency.Reply
	broken error
}

func (s *shelf) Reply(_ context.Context, scope, key string) (idempotency.Reply, bool, error) {
	if s.stored == nil || s.stored.Scope != scope || s.stored.Key != key {
		return idempotency.Reply{}, false, s.broken
	}
	return *s.stored, true, s.broken
}

func (s *shelf) Once(ctx context.Context, r idempotency.Reply, do func(context.Context) (int, []byte, error)) (idempotency.Reply, bool, error) {
	if stored, found, err := s.Reply(ctx, r.Scope, r.Key); found || err != nil {
		return stored, false, err
	}
	var err error
	if r.Status, r.Body, err = do(ctx); err != nil {
		return r, false, err
	}
	s.stored = &r
	return r, true, nil
}

var (
	noon = time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)
	mine = idempotency.Key{Scope: "bea POST /x", Value: "k", Hash: "h"}
)

// What becomes of a request follows from what is stored under its key, whoever asks.
func TestKeys(t *testing.T) {
	t.Parallel()
	kept := func(hash string, status int) *idempotency.Reply {
		return &idempotency.Reply{Scope: mine.Scope, Key: mine.Value, Hash: hash, Status: status, Body: []byte("first")}
	}
	tests := map[string]struct {
		stored   *idempotency.Reply
		standing idempotency.Standing
		answered string // body that Answered tells, or its refusal
		once     string // body that Once answers with, or its refusal
		again    bool
	}{
		"nobody made it":         {nil, idempotency.New, "", "second", false},
		"of another caller":      {&idempotency.Reply{Scope: "sam POST /x", Key: "k", Hash: "h", Status: 200}, idempotency.New, "", "second", false},
		"in progress":            {kept("h", 0), idempotency.Running, "", "request_in_progress", false},
		"answered":               {kept("h", 201), idempotency.Answered, "first", "first", true},
		"refused":                {kept("h", 409), idempotency.Answered, "first", "first", true},
		"another content":        {kept("other", 201), idempotency.Other, "idempotency_key_reused", "idempotency_key_reused", false},
		"another is in progress": {kept("other", 0), idempotency.Other, "idempotency_key_reused", "idempotency_key_reused", false},
	}
	said := func(body []byte, err error) string {
		if err != nil {
			return string(fault.ReasonOf(err))
		}
		return string(body)
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &shelf{stored: tc.stored}
			requests := idempotency.Requests{Runner: s, Called: "key", Now: func() time.Time { return noon }}
			if _, got, err := (idempotency.Keeper{Replies: s, Called: "key"}).Find(t.Context(), mine); got != tc.standing || err != nil {
				t.Errorf("it stands at %d, %v; want %d", got, err, tc.standing)
			}
			var body []byte
			stored, err := requests.Answered(t.Context(), mine)
			if stored != nil {
				body = stored.Body
			}
			if got := said(body, err); got != tc.answered {
				t.Errorf("answered %q, want %q", got, tc.answered)
			}
			reply, again, err := requests.Once(t.Context(), mine, 501, func(context.Context) (int, []byte, error) { return 200, []byte("second"), nil })
			if got := said(reply.Body, err); got != tc.once || again != tc.again {
				t.Errorf("once: %q, again %t; want %q, %t", got, again, tc.once, tc.again)
			}
			if tc.once == "second" && (s.stored.Hash != "h" || s.stored.CommunityID != 501 || !s.stored.At.Equal(noon)) {
				t.Errorf("stored %+v", s.stored)
			}
		})
	}
}

// A store that fails, or a request that does, answers for itself.
func TestKeys_failures(t *testing.T) {
	t.Parallel()
	broken := errors.New("no disk")
	s := &shelf{broken: broken}
	requests := idempotency.Requests{Runner: s, Called: "key", Now: func() time.Time { return noon }}
	if _, err := requests.Answered(t.Context(), mine); !errors.Is(err, broken) {
		t.Errorf("Answered: %v", err)
	}
	s.broken = nil
	refused := fault.New(fault.Conflict, "no", "no")
	if _, again, err := requests.Once(t.Context(), mine, 501, func(context.Context) (int, []byte, error) { return 0, nil, refused }); again || !errors.Is(err, refused) || s.stored != nil {
		t.Errorf("Once: %t, %v, stored %v", again, err, s.stored)
	}
}

// A command that stores its own answer is carried out unless it was before, and a refusal
// that stems from the same request at the same moment is answered like that.
func TestRepeatable(t *testing.T) {
	t.Parallel()
	broken, refused := errors.New("no disk"), fault.New(fault.Conflict, "no", "no")
	type asked struct {
		body string // of the stored answer; empty: there is none
		err  error
	}
	tests := map[string]struct {
		asks   []asked // one after the other
		err    error   // of the command
		replay string  // of the command: the engine found the answer
		want   string  // what comes of it, or the answer that was stored
		fails  error
		runs   int
	}{
		"nobody made it":               {asks: []asked{{}}, want: "done", runs: 1},
		"it was made":                  {asks: []asked{{body: "first"}}, want: "first"},
		"its key was used":             {asks: []asked{{err: broken}}, fails: broken},
		"the commit finds its answer":  {asks: []asked{{}}, replay: "first", want: "first", runs: 1},
		"it is refused":                {asks: []asked{{}, {}}, err: refused, fails: refused, runs: 1},
		"it was made at the same time": {asks: []asked{{}, {body: "first"}}, err: refused, want: "first", runs: 1},
		"nobody can tell":              {asks: []asked{{}, {err: broken}}, err: refused, fails: refused, runs: 1},
	}
	reply := func(body string) *idempotency.Reply {
		if body == "" {
			return nil
		}
		return &idempotency.Reply{Body: []byte(body)}
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asks, runs := 0, 0
			ask := func() (*idempotency.Reply, error) {
				a := tc.asks[asks]
				asks++
				return reply(a.body), a.err
			}
			got, stored, err := idempotency.Repeatable(ask, func() (string, *idempotency.Reply, error) {
				runs++
				if tc.err != nil || tc.replay != "" {
					return "", reply(tc.replay), tc.err
				}
				return "done", nil, nil
			})
			if stored != nil {
				got += string(stored.Body)
			}
			if got != tc.want || !errors.Is(err, tc.fails) || runs != tc.runs || asks != len(tc.asks) {
				t.Errorf("%q, %v after %d runs and %d asks; want %q, %v after %d and %d", got, err, runs, asks, tc.want, tc.fails, tc.runs, len(tc.asks))
			}
		})
	}
}
