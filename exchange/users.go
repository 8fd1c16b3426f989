package exchange

import (
	"context"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Seen implements Trading. A banned user is let in as long as an order of theirs is
// open or can be called back, so that it can be brought to its end.
func (s *Service) Seen(ctx context.Context, u User) error {
	t, known, err := s.trader(ctx, u)
	if err != nil {
		return err
	}
	if name := cleanName(u.Name); !known || name != "" && name != t.Name {
		if err := s.Store.SaveTrader(ctx, u.Community, Trader{ID: u.ID, Name: name, Since: s.now()}); err != nil {
			return err
		}
	}
	if t.BannedAt.IsZero() {
		return nil
	}
	states := append(openStates(), process.P2PRevocable, process.P2PContested)
	_, open, err := s.Store.Orders(ctx, OrderQuery{CommunityID: u.Community, Party: u.ID, States: states, Limit: 1})
	if err == nil && open == 0 {
		err = errBanned
	}
	return err
}

func (s *Service) trader(ctx context.Context, u User) (t Trader, known bool, err error) {
	found, err := s.Store.Traders(ctx, u.Community, []string{u.ID})
	t, known = found[u.ID]
	return t, known, err
}

// welcome refuses a banned user.
func (s *Service) welcome(ctx context.Context, u User) error {
	t, _, err := s.trader(ctx, u)
	if err == nil && !t.BannedAt.IsZero() {
		err = errBanned
	}
	return err
}

// Public implements Trading: one entry for each of the users, known or not.
func (s *Service) Public(ctx context.Context, community int64, users ...string) (map[string]PublicUser, error) {
	known, err := s.Store.Traders(ctx, community, users)
	if err != nil {
		return nil, err
	}
	ratings, err := s.Conversations.Ratings(ctx, community, users...)
	if err != nil {
		return nil, err
	}
	all := make(map[string]PublicUser, len(users))
	for _, id := range users {
		t, q := known[id], ratings[id]
		all[id] = PublicUser{
			ID: id, FullName: t.Name, Positive: q.Positive, Negative: q.Negative, Votes: q.Votes,
			Average: q.Average, Completed: q.Completed, Since: t.Since,
		}
	}
	return all, nil
}

// Ban implements Trading: the user opens no more orders and their ads are not listed
// or taken any more; open orders go on. Faults: not_found unless an operator asks,
// user_not_found.
func (s *Service) Ban(ctx context.Context, operator User, user, reason string) error {
	if !operator.Operator {
		return errNothing
	}
	if !plain(reason, maxReason) {
		return invalid("reason", "a reason must be text of at most %d characters", maxReason)
	}
	found, err := s.Store.BanTrader(ctx, operator.Community, user, s.now())
	switch {
	case err != nil:
		return err
	case !found:
		return errNoUser
	}
	return s.audit(ctx, operator.Community, operator.ID, Banning, "user:"+user, reason)
}

// Block implements Trading: neither of the two sees or takes ads of the other one
// any more. Open orders go on. Faults: user_not_found, validation_error for oneself.
func (s *Service) Block(ctx context.Context, u User, other string, blocked bool) error {
	if other == u.ID {
		return invalid("user_id", "you cannot block yourself")
	}
	_, known, err := s.trader(ctx, User{Community: u.Community, ID: other})
	switch {
	case err != nil:
		return err
	case !known:
		return errNoUser
	}
	return s.Store.SetBlock(ctx, u.Community, u.ID, other, blocked, s.now())
}

// Rate implements Trading: 1 to 5 stars for the other party.
func (s *Service) Rate(ctx context.Context, u User, id int64, stars int) error {
	if _, err := s.mine(ctx, u, id); err != nil {
		return err
	}
	ref := conversations.Ref{CommunityID: u.Community, TransactionID: id, Actor: u.actor()}
	_, err := s.Conversations.Review(ctx, ref, int64(stars), "")
	if fault.ReasonOf(err) == "rating_window_closed" {
		return errRating
	}
	return err
}
