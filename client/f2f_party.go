package client

import (
	"context"
	"slices"
)

// F2FParty acts for one user with the API key: it names the user in every call
// and takes the call for guests where the user is one.
type F2FParty struct {
	f2f    *F2FService
	userID string
}

// For returns the calls of one party, a guest or a full user.
func (s *F2FService) For(userID string) *F2FParty {
	return &F2FParty{f2f: s, userID: userID}
}

// AcceptDeposit is [F2FService.AcceptDeposit] or
// [F2FService.AcceptDepositWithGuestSeller].
func (p *F2FParty) AcceptDeposit(ctx context.Context, id int64, opts ...CallOption) (*F2FTransaction, error) {
	if IsGuestUserID(p.userID) {
		return p.f2f.AcceptDepositWithGuestSeller(ctx, id, p.options(opts)...)
	}
	return p.f2f.AcceptDeposit(ctx, id, p.options(opts)...)
}

// Cancel is [F2FService.CancelWithDescription] or
// [F2FService.CancelWithDescriptionWithGuestUser].
func (p *F2FParty) Cancel(ctx context.Context, id int64, in Description, opts ...CallOption) (*F2FTransaction, error) {
	if IsGuestUserID(p.userID) {
		return p.f2f.CancelWithDescriptionWithGuestUser(ctx, id, in, p.options(opts)...)
	}
	return p.f2f.CancelWithDescription(ctx, id, in, p.options(opts)...)
}

// ConfirmHandover is [F2FService.ConfirmHandover] or
// [F2FService.ConfirmHandoverWithGuestUser].
func (p *F2FParty) ConfirmHandover(ctx context.Context, id int64, opts ...CallOption) (*F2FTransaction, error) {
	if IsGuestUserID(p.userID) {
		return p.f2f.ConfirmHandoverWithGuestUser(ctx, id, p.options(opts)...)
	}
	return p.f2f.ConfirmHandover(ctx, id, p.options(opts)...)
}

// ConfirmDelivery is [F2FService.ConfirmDelivery] or
// [F2FService.ConfirmDeliveryWithGuestBuyer].
func (p *F2FParty) ConfirmDelivery(ctx context.Context, id int64, opts ...CallOption) (*F2FTransaction, error) {
	if IsGuestUserID(p.userID) {
		return p.f2f.ConfirmDeliveryWithGuestBuyer(ctx, id, p.options(opts)...)
	}
	return p.f2f.ConfirmDelivery(ctx, id, p.options(opts)...)
}

// Complain is [F2FService.Complain] or [F2FService.ComplainWithGuestBuyer].
func (p *F2FParty) Complain(ctx context.Context, id int64, in F2FComplaint, opts ...CallOption) (*F2FTransaction, error) {
	if IsGuestUserID(p.userID) {
		return p.f2f.ComplainWithGuestBuyer(ctx, id, in, p.options(opts)...)
	}
	return p.f2f.Complain(ctx, id, in, p.options(opts)...)
}

// EndComplaintPeriod is [F2FService.EndComplaintPeriod] or
// [F2FService.EndComplaintPeriodWithGuestBuyer].
func (p *F2FParty) EndComplaintPeriod(ctx context.Context, id int64, opts ...CallOption) (*F2FTransaction, error) {
	if IsGuestUserID(p.userID) {
		return p.f2f.EndComplaintPeriodWithGuestBuyer(ctx, id, p.options(opts)...)
	}
	return p.f2f.EndComplaintPeriod(ctx, id, p.options(opts)...)
}

func (p *F2FParty) options(opts []CallOption) []CallOption {
	return slices.Concat([]CallOption{AsUser(p.userID)}, opts)
}
