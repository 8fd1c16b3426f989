// Package conversations is what people say to and about each other around a deal:
// what of a conversation is unread, reviews and the ratings that they add up to,
// who is still to review, and files that serve as evidence in a dispute. The messages
// themselves belong to the engine.
package conversations

import (
	"context"
	"errors"
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Engine is what is needed of the transaction engine. *orchestrator.Engine is one.
type Engine interface {
	// Find returns a transaction to an actor who may see it, else a NotFound fault.
	Find(ctx context.Context, community, id int64, a process.Actor) (orchestrator.Transaction, error)
	// Say posts a message into a deal's conversation.
	Say(ctx context.Context, in orchestrator.SayInput) (orchestrator.Message, orchestrator.Result, error)
	// Messages reads a deal's conversation.
	Messages(ctx context.Context, community int64, f orchestrator.MessageFilter, a process.Actor) ([]orchestrator.Message, error)
}

// Config of a Service. Engine, Store and NewID are required.
type Config struct {
	Engine Engine
	Store  Stores
	// NewID makes random ids for files, at least 128 bits of letters, digits and hyphens.
	NewID func() string
	// Processes are those of the engine; every process that ships by default.
	Processes *process.Registry
	// Now is the clock, time.Now by default.
	Now func() time.Time
	// FilesPerSide is how many files each side of a deal may add; MaxFiles by default.
	FilesPerSide func(ctx context.Context, community int64) (int64, error)
}

// Service is safe for concurrent use, and any number of replicas may work on one
// store. Stored instants are UTC in whole microseconds.
type Service struct {
	Config
}

// New returns a service. It fails when something required is missing.
func New(c Config) (*Service, error) {
	if c.Engine == nil || !c.Store.complete() || c.NewID == nil {
		return nil, errors.New("conversations: Engine, Store and NewID are required")
	}
	if c.Processes == nil {
		registry, err := process.NewRegistry(catalog.All()...)
		if err != nil {
			return nil, err
		}
		c.Processes = registry
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.FilesPerSide == nil {
		c.FilesPerSide = func(context.Context, int64) (int64, error) { return MaxFiles, nil }
	}
	return &Service{c}, nil
}

// Ref says which deal is meant, and by whom.
type Ref struct {
	CommunityID   int64
	TransactionID int64
	Actor         process.Actor
	// User is who a backend without a user acts for; default the actor.
	User string
}

func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Microsecond) }

func (s *Service) find(ctx context.Context, ref Ref) (orchestrator.Transaction, error) {
	return s.Engine.Find(ctx, ref.CommunityID, ref.TransactionID, ref.Actor)
}

// state describes the state that a deal is in.
func (s *Service) state(tx orchestrator.Transaction) (process.StateInfo, error) {
	p, err := s.Processes.Find(tx.Process)
	if err != nil {
		return process.StateInfo{}, err
	}
	info, _ := p.StateInfo(tx.State)
	return info, nil
}

// speaker is who acts, if that user is one of the two parties, and the other one.
func (ref Ref) speaker(tx orchestrator.Transaction) (user, other string, err error) {
	user = ref.User
	if user == "" {
		user = ref.Actor.ID
	}
	switch {
	case ref.Actor.Kind == process.User && user != ref.Actor.ID:
		return "", "", errNotYourself
	case user == "" || ref.Actor.Kind != process.User && ref.Actor.Kind != process.Backend:
		return "", "", errNotParticipant
	case user == tx.Buyer:
		return user, tx.Seller, nil
	case user == tx.Seller:
		return user, tx.Buyer, nil
	}
	return "", "", errNotParticipant
}
