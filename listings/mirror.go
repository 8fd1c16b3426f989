package listings

import (
	"context"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/internal/due"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
)

// Mirror is a gateway that keeps listings of its own, such as Trustap. All but
// Create may be repeated without harm.
type Mirror interface {
	// Create makes the listing there, enabled, and returns its id. It is repeated
	// when its answer is lost, so a listing that nobody knows may stay behind there.
	Create(ctx context.Context, l Listing) (remoteID string, err error)
	SetDescription(ctx context.Context, l Listing) error
	SetPricing(ctx context.Context, l Listing) error
	Enable(ctx context.Context, l Listing) error
	Disable(ctx context.Context, l Listing) error
	// Delete removes the listing there; one that is gone already is no error.
	Delete(ctx context.Context, l Listing) error
}

// mirrorLease is how long one push may take before Sync tries again.
const mirrorLease = time.Minute

// schedule notes in the listing itself, before it is written, that the mirror
// has to hear of it. It reports whether the caller is the one to push: not when
// another push is in progress, since two would create the listing twice.
func (s *Service) schedule(l *Listing, now time.Time) bool {
	if s.mirror(l.CommunityID) == nil || l.MirrorDue.After(now) {
		return false
	}
	l.MirrorDue = now.Add(mirrorLease)
	return true
}

// pushed tells the mirror of a change that is written, behind the transaction that it is
// part of, if there is one: then what is returned knows nothing of the mirror yet. The change
// stands even if the mirror refuses: Sync repeats the push.
func (s *Service) pushed(ctx context.Context, l Listing, push bool) Listing {
	if !push {
		return l
	}
	idempotency.Afterwards(ctx, func(ctx context.Context) {
		after, err := s.push(ctx, l)
		if err != nil {
			s.log.WarnContext(ctx, "listing not mirrored yet", "community", l.CommunityID, "listing", l.ID, "error", err)
		}
		l = after
	})
	return l
}

// push brings the mirror to the state of l, whatever it has seen before.
func (s *Service) push(ctx context.Context, l Listing) (Listing, error) {
	m := s.mirror(l.CommunityID)
	if m == nil {
		return l, s.store.MarkMirrored(ctx, l, s.now())
	}
	created := false
	if l.RemoteID == "" && l.DeletedAt.IsZero() && l.priced() {
		remote, err := m.Create(ctx, l)
		if err != nil {
			return l, fmt.Errorf("create at the mirror: %w", err)
		}
		l.RemoteID, created = remote, true
		if err := s.store.SaveRemoteID(ctx, l.CommunityID, l.ID, remote); err != nil {
			return l, err
		}
	}
	for _, step := range steps(m, l, created) {
		if err := step(ctx, l); err != nil {
			return l, fmt.Errorf("update the mirror: %w", err)
		}
	}
	if err := s.store.MarkMirrored(ctx, l, s.now()); err != nil {
		return l, err
	}
	l.MirrorDue = time.Time{}
	return l, nil
}

// steps are the calls that bring a listing at the mirror up to date.
func steps(m Mirror, l Listing, created bool) []func(context.Context, Listing) error {
	type step = func(context.Context, Listing) error
	switch {
	case l.RemoteID == "":
		return nil
	case !l.DeletedAt.IsZero():
		return []step{m.Delete}
	case created && l.Enabled():
		return nil
	case created:
		return []step{m.Disable}
	case l.Enabled():
		return []step{m.SetDescription, m.SetPricing, m.Enable}
	}
	return []step{m.SetDescription, m.SetPricing, m.Disable}
}

// priced reports whether a mirror can take the listing: it wants a price, or a
// deposit face to face.
func (l Listing) priced() bool {
	if l.Model == FaceToFace {
		return !l.Deposit.IsZero()
	}
	return !l.Price.IsZero()
}

// Sync pushes the listings that their mirror has not taken yet, and returns how many
// it has now. One that fails is pushed again when its lease has ended, and does not stop
// the others. Any number of replicas may call it.
func (s *Service) Sync(ctx context.Context) (int, error) { return s.mirrorWork().Once(ctx) }

// Job pushes listings to their mirror.
func (s *Service) Job() due.Job { return due.Job{Name: "mirror", Do: s.mirrorWork().Drain} }

// fewListings is how many listings are claimed for their mirror in one go.
const fewListings = 20

func (s *Service) mirrorWork() *due.Work[Listing] {
	return &due.Work[Listing]{
		Now: s.now, Log: s.log, Text: "listing not mirrored yet",
		About: func(l Listing) []any { return []any{"community", l.CommunityID, "listing", l.ID} },
		Claim: func(ctx context.Context, c due.Claim) ([]Listing, error) {
			return s.store.ClaimUnmirrored(ctx, c.Now, c.Until, c.Limit)
		},
		Lease: mirrorLease, Limit: fewListings, Lanes: due.Places(1, nil),
		Do: func(ctx context.Context, l Listing) (string, error) {
			_, err := s.push(ctx, l)
			return "", err
		},
		Return: func(ctx context.Context, l Listing) error { return s.store.ReturnUnmirrored(ctx, l, s.now()) },
	}
}
