package exchange

import (
	"context"
	"strings"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Seen notes a user at first sight and refuses a banned one, who is let in as long as an
// order of theirs is open or can be called back, so that it can be brought to its end.
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
	states := orders().Where(func(i process.StateInfo) bool { return !i.Terminal })
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

// Public is what others see of users: one entry for each of the users, known or not.
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
			Average: q.Average, Completed: q.Completed, Since: t.Since, Banned: !t.BannedAt.IsZero(),
		}
	}
	return all, nil
}

// Ban ends that a user trades: the user opens no more orders and their ads are not listed
// or taken any more; open orders go on. Faults: not_found unless an operator asks,
// user_not_found, validation_error without a reason.
func (s *Service) Ban(ctx context.Context, operator User, user, reason string) error {
	return s.decideOn(ctx, operator, user, reason, Banning, func() (bool, error) {
		return s.Store.BanTrader(ctx, operator.Community, user, s.now())
	})
}

// Unban lets a user trade again. Faults: not_found unless an operator asks,
// user_not_found for a user who is not banned, validation_error without a reason.
func (s *Service) Unban(ctx context.Context, operator User, user, reason string) error {
	return s.decideOn(ctx, operator, user, reason, Unbanning, func() (bool, error) {
		return s.Store.UnbanTrader(ctx, operator.Community, user)
	})
}

// decideOn lets an operator decide about a user, with a reason that is audited.
func (s *Service) decideOn(ctx context.Context, operator User, user, reason string, what Action, do func() (found bool, err error)) error {
	if !operator.Operator {
		return errNothing
	}
	if err := checkReason(reason); err != nil {
		return err
	}
	_, known, err := s.trader(ctx, User{Community: operator.Community, ID: user})
	switch {
	case err != nil:
		return err
	case !known:
		return errNoUser
	}
	// Audited before it is tried, so that nothing is done without its row.
	if err := s.audit(ctx, operator.Community, operator.ID, what, "user:"+user, reason); err != nil {
		return err
	}
	found, err := do()
	if err == nil && !found {
		err = errNoUser
	}
	return err
}

func checkReason(reason string) error {
	if strings.TrimSpace(reason) == "" || !plain(reason, maxReason) {
		return invalid("reason", "a reason must be text of 1 to %d characters", maxReason)
	}
	return nil
}

// Block keeps two users apart, or ends that: neither of the two sees or takes ads of the
// other one any more. Open orders go on. Faults: user_not_found, validation_error for oneself.
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

// Rate gives 1 to 5 stars to the other party.
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
