package orchestrator

import "context"

// SellersTold is a Gateway whose messages tell of sellers' accounts what it does not tell again when it is asked.
type SellersTold interface {
	// SellerTold reads which account a message is about, and what is stored of the seller instead of that from then on; ok is
	// false where a message is about something else.
	SellerTold(about string) (account, instead string, ok bool)
}

// sellerTold stores what a gateway's message tells of a seller's account; told is false where it tells of something else. An account
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
	account, instead, told := sellers.SellerTold(about)
	if !told {
		return false, nil
	}
	community, user, found, err := e.config.Store.AccountOwner(ctx, gateway, account)
	if err != nil || !found || instead == account {
		return true, err
	}
	_, err = e.config.Store.ReplaceAccount(ctx, community, user, gateway, account, instead)
	return true, err
}
