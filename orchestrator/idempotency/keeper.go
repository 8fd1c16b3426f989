package idempotency

import (
	"context"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/fault"
)

// ErrTaken is the answer to who stores a reply under a key that is stored already: read
// that reply.
var ErrTaken = fault.New(fault.Conflict, "idempotency_key_taken", "a request with this idempotency key was made before")

// Reader finds stored replies.
type Reader interface {
	// Reply finds the stored answer of a key; found is false if there is none.
	Reply(ctx context.Context, scope, key string) (r Reply, found bool, err error)
}

// Answers completes and frees keys that were claimed.
type Answers interface {
	// SaveReply completes a reply whose status is still 0; a complete one stays.
	SaveReply(ctx context.Context, r Reply) error
	// FreeReply removes a reply whose status is still 0, so that its key may be used again.
	FreeReply(ctx context.Context, r Reply) error
}

// Replies keeps the answers of commands, which commits claim and store.
type Replies interface {
	Reader
	Answers
}

// Runner carries out requests that are no commands; sqlstore.Replies does.
type Runner interface {
	Reader
	Answers
	// Once carries out a request that has no answer yet, and stores what it did and
	// its answer together: a crash leaves both or neither. What do does it does with the
	// context that it is given; its error undoes everything and leaves the key free.
	// first tells whether do was carried out; if not, stored is the answer of who was
	// first, or has no status while they are still at it.
	Once(ctx context.Context, r Reply, do func(context.Context) (status int, body []byte, err error)) (stored Reply, first bool, err error)
	// Reserve claims a key before anything is done. first and stored are as with Once. Who
	// was first completes the reply or frees it, within two minutes of r.At: then the key is
	// taken for that of a process that died, and somebody else may claim it.
	Reserve(ctx context.Context, r Reply) (stored Reply, first bool, err error)
}

// Keeper looks keys up and refuses what must not be repeated.
type Keeper struct {
	Replies Reader
	Called  string // what callers know a key as: "idempotency key"
}

// Find looks a key up, and tells where its request stands.
func (k Keeper) Find(ctx context.Context, key Key) (Reply, Standing, error) {
	stored, found, err := k.Replies.Reply(ctx, key.Scope, key.Value)
	if err != nil {
		return stored, New, fmt.Errorf("read stored reply: %w", err)
	}
	return stored, key.standing(stored, found), nil
}

// Reused refuses a key that was used with another request.
func (k Keeper) Reused() *fault.Error {
	return fault.New(fault.KeyReused, "idempotency_key_reused", "this %s was used with another request; make a new key for a new request", k.Called)
}

// Running refuses a request whose first try has no answer yet.
func (k Keeper) Running() *fault.Error {
	return fault.New(fault.Conflict, ReasonRunning, "a request with this %s is in progress; repeat it in a moment", k.Called)
}

// ReasonRunning is why a request waits for its own first try.
const ReasonRunning = "request_in_progress"

// Requests carries out, once, what is no command of the engine.
type Requests struct {
	Runner Runner
	Called string // as in Keeper
	Now    func() time.Time
}

func (r Requests) keeper() Keeper { return Keeper{r.Runner, r.Called} }

// Answered is the answer of a request that was made before, nil if there is none: who is
// still carrying it out tells what becomes of it. Fault: idempotency_key_reused.
func (r Requests) Answered(ctx context.Context, key Key) (*Reply, error) {
	stored, standing, err := r.keeper().Find(ctx, key)
	switch {
	case err != nil:
		return nil, err
	case standing == Other:
		return nil, r.keeper().Reused()
	case standing == Answered:
		return &stored, nil
	}
	return nil, nil
}

// Once carries a request out and keeps its answer with what was done. again tells that it
// is the answer of an earlier try. One that fails may be repeated. Faults:
// idempotency_key_reused, request_in_progress.
func (r Requests) Once(ctx context.Context, key Key, community int64, do Doing) (reply Reply, again bool, err error) {
	var later afterwards
	reply, first, err := r.Runner.Once(ctx, key.For(Reply{CommunityID: community, At: r.Now()}), func(ctx context.Context) (int, []byte, error) {
		later = nil // of a try that was undone
		return do(context.WithValue(ctx, afterKey{}, &later))
	})
	if err == nil && first {
		later.run(ctx)
	}
	return r.told(key, reply, first, err)
}

// Apart carries a request out whose work is no part of a transaction: it asks somebody else, or
// has commits of its own. Its key is reserved before, and its answer stored after it. When the
// process dies between the two, repeats are refused with request_in_progress for two minutes;
// then one of them does the work again, so that only what may be done twice is done apart. The
// rest is as with Once.
func (r Requests) Apart(ctx context.Context, key Key, community int64, do Doing) (reply Reply, again bool, err error) {
	reply, first, err := r.Runner.Reserve(ctx, key.For(Reply{CommunityID: community, At: r.Now()}))
	if err != nil || !first {
		return r.told(key, reply, first, err)
	}
	// A caller who hangs up stops nothing: what was done would seem to have failed, and a repeat would do it again.
	lasting := context.WithoutCancel(ctx)
	work := lasting
	if until, ok := ctx.Deadline(); ok {
		var end context.CancelFunc
		work, end = context.WithDeadline(lasting, until)
		defer end()
	}
	reply.Status, reply.Body, err = do(work)
	ctx, cancel := context.WithTimeout(lasting, answerTime)
	defer cancel()
	if err != nil {
		reply.Status, reply.Body = 0, nil
		if freed := r.Runner.FreeReply(ctx, reply); freed != nil {
			err = fmt.Errorf("%w; free its key: %w", err, freed)
		}
		return reply, false, err
	}
	return reply, false, r.Runner.SaveReply(ctx, reply)
}

// answerTime is how long it may take to store an answer.
const answerTime = 10 * time.Second

// Doing is the work of a request and the answer to it.
type Doing func(context.Context) (status int, body []byte, err error)

// told is what a caller is told of what is stored under the key.
func (r Requests) told(key Key, reply Reply, first bool, err error) (_ Reply, again bool, _ error) {
	if err != nil || first {
		return reply, false, err
	}
	switch key.standing(reply, true) {
	case Other:
		return reply, false, r.keeper().Reused()
	case Running:
		return reply, false, r.keeper().Running()
	}
	return reply, true, nil
}

// afterwards is what a request does once it is stored.
type afterwards []func(context.Context)

type afterKey struct{}

func (a afterwards) run(ctx context.Context) {
	for _, do := range a {
		do(ctx)
	}
}

// Afterwards does something once what ctx is about is stored: behind the transaction of a keyed
// request (Requests.Once), and at once where there is none. A request that is undone does it
// never. What is done is given a context that belongs to no transaction. Both are called from the
// goroutine of the request.
func Afterwards(ctx context.Context, do func(context.Context)) {
	if later, ok := ctx.Value(afterKey{}).(*afterwards); ok {
		*later = append(*later, do)
		return
	}
	do(ctx)
}

// Repeatable carries out a command whose commit stores its own answer, where more is checked
// than the commit guards: those checks may refuse a repeat because the request itself
// succeeded. ask finds the stored answer, nil if there is none. It is asked first, and again
// after a refusal: the same request may have been sent twice at once.
func Repeatable[T any](ask func() (*Reply, error), run func() (T, *Reply, error)) (T, *Reply, error) {
	var nothing T
	if stored, err := ask(); err != nil || stored != nil {
		return nothing, stored, err
	}
	result, stored, err := run()
	if err == nil {
		return result, stored, nil
	}
	if meanwhile, lookup := ask(); lookup == nil && meanwhile != nil {
		return nothing, meanwhile, nil
	}
	return nothing, nil, err
}
