package client

import (
	"context"
	"slices"
	"strings"
)

// IsGuestUserID reports whether a user id is of a guest user: those begin with
// "1-" (official API).
func IsGuestUserID(id string) bool { return strings.HasPrefix(id, "1-") }

// OnlineParty acts for one user with the API key: it names the user in every
// call and takes the call for guests where the user is one.
type OnlineParty struct {
	online *OnlineService
	userID string
}

// For returns the calls of one party, a guest or a full user.
func (s *OnlineService) For(userID string) *OnlineParty {
	return &OnlineParty{online: s, userID: userID}
}

// Cancel is [OnlineService.Cancel] or [OnlineService.CancelWithGuestUser].
func (p *OnlineParty) Cancel(ctx context.Context, id int64, opts ...CallOption) (*Transaction, error) {
	if IsGuestUserID(p.userID) {
		return p.online.CancelWithGuestUser(ctx, id, p.options(opts)...)
	}
	return p.online.Cancel(ctx, id, p.options(opts)...)
}

// Track is [OnlineService.Track] or [OnlineService.TrackWithGuestSeller].
func (p *OnlineParty) Track(ctx context.Context, id int64, in Tracking, opts ...CallOption) (*Transaction, error) {
	if IsGuestUserID(p.userID) {
		return p.online.TrackWithGuestSeller(ctx, id, in, p.options(opts)...)
	}
	return p.online.Track(ctx, id, in, p.options(opts)...)
}

// ConfirmDelivery is [OnlineService.ConfirmDelivery] or
// [OnlineService.ConfirmDeliveryWithGuestBuyer].
func (p *OnlineParty) ConfirmDelivery(ctx context.Context, id int64, opts ...CallOption) (*Transaction, error) {
	if IsGuestUserID(p.userID) {
		return p.online.ConfirmDeliveryWithGuestBuyer(ctx, id, p.options(opts)...)
	}
	return p.online.ConfirmDelivery(ctx, id, p.options(opts)...)
}

// Complain is [OnlineService.ComplainWithDescription] or
// [OnlineService.ComplainWithGuestBuyer].
func (p *OnlineParty) Complain(ctx context.Context, id int64, in Description, opts ...CallOption) (*Transaction, error) {
	if IsGuestUserID(p.userID) {
		return p.online.ComplainWithGuestBuyer(ctx, id, in, p.options(opts)...)
	}
	return p.online.ComplainWithDescription(ctx, id, in, p.options(opts)...)
}

// AcceptPayment is [OnlineService.AcceptPayment] or
// [OnlineService.AcceptPaymentWithGuestSeller].
func (p *OnlineParty) AcceptPayment(ctx context.Context, id int64, opts ...CallOption) (*Transaction, error) {
	if IsGuestUserID(p.userID) {
		return p.online.AcceptPaymentWithGuestSeller(ctx, id, p.options(opts)...)
	}
	return p.online.AcceptPayment(ctx, id, p.options(opts)...)
}

func (p *OnlineParty) options(opts []CallOption) []CallOption {
	return slices.Concat([]CallOption{AsUser(p.userID)}, opts)
}
