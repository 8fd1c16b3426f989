package orchestrator

import "context"

// SellersTold is a Gateway whose messages tell of sellers' accounts.
type SellersTold interface {
	// SellerTold reads which account a message is about; ok is false where it is about something else.
	SellerTold(about string) (news SellerNews, ok bool)
}

// SellerNews is what a message tells of a seller's account. How the seller stands is asked then.
type SellerNews struct {
	Accounts []string // under which of these it is stored the message does not tell
	Instead  string   // what is stored of the seller from then on, since the gateway does not tell it again; empty: what is stored stays
}

// sellerTold takes over what a gateway's message tells of a seller's account; told is false where it tells of something else. An account
// of nobody here is nobody's news.
func (e *Engine) sellerTold(ctx context.Context, gateway, about string) (told bool, err error) {
	g, err := e.gateway(gateway)
	if err != nil {
		return false, nil //nolint:nilerr // who asks for the payment hears of it
	}
	sellers, tells := g.(SellersTold)
	if !tells {
		return false, nil
	}
	news, told := sellers.SellerTold(about)
	if !told {
		return false, nil
	}
	for _, account := range news.Accounts {
		community, user, found, err := e.config.Store.AccountOwner(ctx, gateway, account)
		if err != nil {
			return true, err
		}
		if found {
			return true, e.sellerNews(ctx, g, SellerLink{CommunityID: community, UserID: user, Gateway: gateway, AccountID: account}, news.Instead)
		}
	}
	return true, nil
}

// sellerNews stores what is told of a seller once, and asks how they stand.
func (e *Engine) sellerNews(ctx context.Context, g Gateway, l SellerLink, instead string) error {
	if instead != "" && instead != l.AccountID {
		if _, err := e.config.Store.ReplaceAccount(ctx, l.CommunityID, l.UserID, l.Gateway, l.AccountID, instead); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, e.config.CallTimeout)
	defer cancel()
	_, err := e.standing(ctx, g, l.CommunityID, l.UserID)
	e.hear(ctx, g.Name(), errorHeard(ctx, err))
	return err
}

// standing asks a gateway how a user stands there, and keeps that with their account: whoever sees a change first tells the log of it.
// A look may put another account in the place of the one that there was; then it is repeated, so that what is kept is of that one.
func (e *Engine) standing(ctx context.Context, g Gateway, community int64, user string) (SellerAccount, error) {
	was, _, err := e.config.Store.Account(ctx, community, user, g.Name())
	if err != nil {
		return SellerAccount{}, err
	}
	a, err := askSeller(ctx, g, community, user)
	if err != nil {
		return a, err
	}
	now, stored, err := e.config.Store.Account(ctx, community, user, g.Name())
	if err == nil && stored && now != was {
		a, err = askSeller(ctx, g, community, user)
	}
	if err != nil || !stored {
		return a, err
	}
	return a, e.config.Store.KeepStanding(ctx, SellerLink{CommunityID: community, UserID: user, Gateway: g.Name(), AccountID: now}, a.Status, e.now())
}

// askSeller asks a gateway of a user, and has no account opened.
func askSeller(ctx context.Context, g Gateway, community int64, user string) (SellerAccount, error) {
	ctx = context.WithValue(ctx, dryKey{}, true)
	if there, tells := g.(SellersThere); tells {
		return there.Seller(ctx, community, user)
	}
	can, err := g.CanReceive(ctx, community, user)
	if err != nil || !can {
		return SellerAccount{Status: SellerMissing}, err
	}
	return SellerAccount{Status: SellerActive, CanBePaid: true, GetsPayouts: true}, nil
}
