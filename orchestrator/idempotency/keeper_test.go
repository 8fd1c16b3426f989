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

func (s *shelf) Reserve(ctx context.Context, r idempotency.Reply) (idempotency.Reply, bool, error) {
	if stored, found, err := s.Reply(ctx, r.Scope, r.Key); found || err != nil {
		return stored, false, err
	}
	s.stored = &r
	return r, true, nil
}

func (s *shelf) SaveReply(ctx context.Context, r idempotency.Reply) error {
	s.stored = &r
	return errors.Join(s.broken, ctx.Err())
}

func (s *shelf) FreeReply(ctx context.Context, _ idempotency.Reply) error {
	s.stored = nil
	return errors.Join(s.broken, ctx.Err())
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
			before := tc.stored
			for way, carry := range map[string]func(context.Context, idempotency.Key, int64, idempotency.Doing) (idempotency.Reply, bool, error){"once": requests.Once, "apart": requests.Apart} {
				s.stored = before
				reply, again, err := carry(t.Context(), mine, 501, func(context.Context) (int, []byte, error) { return 200, []byte("second"), nil })
				if got := said(reply.Body, err); got != tc.once || again != tc.again {
					t.Errorf("%s: %q, again %t; want %q, %t", way, got, again, tc.once, tc.again)
				}
				if tc.once == "second" && (s.stored.Hash != "h" || s.stored.CommunityID != 501 || s.stored.Status != 200 || !s.stored.At.Equal(noon)) {
					t.Errorf("%s stored %+v", way, s.stored)
				}
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
	fails := func(context.Context) (int, []byte, error) { return 0, nil, refused }
	if _, again, err := requests.Once(t.Context(), mine, 501, fails); again || !errors.Is(err, refused) || s.stored != nil {
		t.Errorf("Once: %t, %v, stored %v", again, err, s.stored)
	}
	if _, again, err := requests.Apart(t.Context(), mine, 501, fails); again || !errors.Is(err, refused) || s.stored != nil {
		t.Errorf("Apart: %t, %v, stored %v", again, err, s.stored)
	}
	breaks := func(context.Context) (int, []byte, error) {
		s.broken = broken
		return 201, []byte("made"), nil
	}
	if _, _, err := requests.Apart(t.Context(), mine, 501, breaks); !errors.Is(err, broken) {
		t.Errorf("Apart with an answer that is not stored: %v", err)
	}
}

// What is done apart is done: a caller who hangs up meanwhile finds its answer.
func TestApart_callerHangsUp(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	requests := idempotency.Requests{Runner: s, Called: "key", Now: func() time.Time { return noon }}
	ctx, hangUp := context.WithCancel(t.Context())
	_, _, err := requests.Apart(ctx, mine, 501, func(work context.Context) (int, []byte, error) {
		if s.stored == nil || s.stored.Status != 0 {
			t.Errorf("the key was not reserved before: %+v", s.stored)
		}
		if hangUp(); work.Err() != nil {
			t.Error("the work ends with the caller")
		}
		return 201, []byte("made"), nil
	})
	if err != nil || s.stored.Status != 201 || string(s.stored.Body) != "made" {
		t.Errorf("%v, stored %+v", err, s.stored)
	}
}

// What follows a request is done once it is stored, and never for one that was undone.
func TestAfterwards(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	requests := idempotency.Requests{Runner: s, Called: "key", Now: func() time.Time { return noon }}
	done, outside := 0, t.Context()
	follow := func(ctx context.Context) {
		if ctx != outside {
			t.Error("it was done with the context of the request's transaction")
		}
		if done++; s.stored == nil {
			t.Error("it was done before the request was stored")
		}
	}
	refused := fault.New(fault.Conflict, "no", "no")
	for _, result := range []error{refused, nil, nil} {
		_, _, err := requests.Once(outside, mine, 501, func(ctx context.Context) (int, []byte, error) {
			idempotency.Afterwards(ctx, follow)
			return 200, []byte("done"), result
		})
		if !errors.Is(err, result) {
			t.Errorf("got %v, want %v", err, result)
		}
	}
	if done != 1 {
		t.Errorf("it was done %d times, want once", done)
	}
	if idempotency.Afterwards(outside, follow); done != 2 {
		t.Error("outside a keyed request it was not done at once")
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
