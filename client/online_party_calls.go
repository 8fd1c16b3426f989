package client

import (
	"context"
	"iter"
)

// AcceptComplaint is [OnlineService.AcceptComplaint].
func (p *OnlineParty) AcceptComplaint(ctx context.Context, id int64, opts ...CallOption) (*Transaction, error) {
	return p.online.AcceptComplaint(ctx, id, p.options(opts)...)
}

// AcceptListingTransaction is [OnlineService.AcceptListingTransaction].
func (p *OnlineParty) AcceptListingTransaction(ctx context.Context, id int64, opts ...CallOption) (*Transaction, error) {
	return p.online.AcceptListingTransaction(ctx, id, p.options(opts)...)
}

// All is [OnlineService.All].
func (p *OnlineParty) All(ctx context.Context, page PageOptions, opts ...CallOption) iter.Seq2[*Transaction, error] {
	return p.online.All(ctx, page, p.options(opts)...)
}

// BankTransferDetails is [OnlineService.BankTransferDetails].
func (p *OnlineParty) BankTransferDetails(ctx context.Context, id int64, opts ...CallOption) (*BankTransferDetails, error) {
	return p.online.BankTransferDetails(ctx, id, p.options(opts)...)
}

// Batch is [OnlineService.Batch].
func (p *OnlineParty) Batch(ctx context.Context, ids []int64, opts ...CallOption) ([]*Transaction, error) {
	return p.online.Batch(ctx, ids, p.options(opts)...)
}

// BillingDetails is [OnlineService.BillingDetails].
func (p *OnlineParty) BillingDetails(ctx context.Context, id int64, opts ...CallOption) (*BillingDetails, error) {
	return p.online.BillingDetails(ctx, id, p.options(opts)...)
}

// BuyerDetails is [OnlineService.BuyerDetails].
func (p *OnlineParty) BuyerDetails(ctx context.Context, id int64, opts ...CallOption) (*UserDetails, error) {
	return p.online.BuyerDetails(ctx, id, p.options(opts)...)
}

// ClaimAsBuyer is [OnlineService.ClaimAsBuyer].
func (p *OnlineParty) ClaimAsBuyer(ctx context.Context, secret string, opts ...CallOption) (*Transaction, error) {
	return p.online.ClaimAsBuyer(ctx, secret, p.options(opts)...)
}

// ClaimAsSeller is [OnlineService.ClaimAsSeller].
func (p *OnlineParty) ClaimAsSeller(ctx context.Context, secret string, opts ...CallOption) (*Transaction, error) {
	return p.online.ClaimAsSeller(ctx, secret, p.options(opts)...)
}

// ClaimForBuyer is [OnlineService.ClaimForBuyer].
func (p *OnlineParty) ClaimForBuyer(ctx context.Context, id int64, opts ...CallOption) (*Transaction, error) {
	return p.online.ClaimForBuyer(ctx, id, p.options(opts)...)
}

// ClaimForSeller is [OnlineService.ClaimForSeller].
func (p *OnlineParty) ClaimForSeller(ctx context.Context, id int64, opts ...CallOption) (*Transaction, error) {
	return p.online.ClaimForSeller(ctx, id, p.options(opts)...)
}

// Create is [OnlineService.Create].
func (p *OnlineParty) Create(ctx context.Context, in CreateInput, opts ...CallOption) (*Transaction, error) {
	return p.online.Create(ctx, in, p.options(opts)...)
}

// CreateAndJoin is [OnlineService.CreateAndJoin].
func (p *OnlineParty) CreateAndJoin(ctx context.Context, in CreateAndJoinInput, opts ...CallOption) (*Transaction, error) {
	return p.online.CreateAndJoin(ctx, in, p.options(opts)...)
}

// CreateWithGuestUser is [OnlineService.CreateWithGuestUser].
func (p *OnlineParty) CreateWithGuestUser(ctx context.Context, in CreateWithGuestUserInput, opts ...CallOption) (*Transaction, error) {
	return p.online.CreateWithGuestUser(ctx, in, p.options(opts)...)
}

// EndComplaintPeriod is [OnlineService.EndComplaintPeriod].
func (p *OnlineParty) EndComplaintPeriod(ctx context.Context, id int64, opts ...CallOption) (*Transaction, error) {
	return p.online.EndComplaintPeriod(ctx, id, p.options(opts)...)
}

// ExtendTrackingDeadline is [OnlineService.ExtendTrackingDeadline].
func (p *OnlineParty) ExtendTrackingDeadline(ctx context.Context, id int64, opts ...CallOption) (*Transaction, error) {
	return p.online.ExtendTrackingDeadline(ctx, id, p.options(opts)...)
}

// Get is [OnlineService.Get].
func (p *OnlineParty) Get(ctx context.Context, id int64, opts ...CallOption) (*Transaction, error) {
	return p.online.Get(ctx, id, p.options(opts)...)
}

// GetByJoinCode is [OnlineService.GetByJoinCode].
func (p *OnlineParty) GetByJoinCode(ctx context.Context, joinCode string, opts ...CallOption) (*Transaction, error) {
	return p.online.GetByJoinCode(ctx, joinCode, p.options(opts)...)
}

// Join is [OnlineService.Join].
func (p *OnlineParty) Join(ctx context.Context, joinCode string, opts ...CallOption) (*Transaction, error) {
	return p.online.Join(ctx, joinCode, p.options(opts)...)
}

// List is [OnlineService.List].
func (p *OnlineParty) List(ctx context.Context, page PageOptions, opts ...CallOption) ([]*Transaction, error) {
	return p.online.List(ctx, page, p.options(opts)...)
}

// Pay is [OnlineService.Pay].
func (p *OnlineParty) Pay(ctx context.Context, id int64, stripeToken string, opts ...CallOption) (*Transaction, error) {
	return p.online.Pay(ctx, id, stripeToken, p.options(opts)...)
}

// Quote is [OnlineService.Quote].
func (p *OnlineParty) Quote(ctx context.Context, in QuoteInput, opts ...CallOption) (*Quote, error) {
	return p.online.Quote(ctx, in, p.options(opts)...)
}

// QuoteFor is [OnlineService.QuoteFor].
func (p *OnlineParty) QuoteFor(ctx context.Context, id int64, in QuoteInput, opts ...CallOption) (*Quote, error) {
	return p.online.QuoteFor(ctx, id, in, p.options(opts)...)
}

// RejectByJoinCode is [OnlineService.RejectByJoinCode].
func (p *OnlineParty) RejectByJoinCode(ctx context.Context, joinCode string, opts ...CallOption) (*Transaction, error) {
	return p.online.RejectByJoinCode(ctx, joinCode, p.options(opts)...)
}

// RejectListingTransaction is [OnlineService.RejectListingTransaction].
func (p *OnlineParty) RejectListingTransaction(ctx context.Context, id int64, opts ...CallOption) (*Transaction, error) {
	return p.online.RejectListingTransaction(ctx, id, p.options(opts)...)
}

// SellerDetails is [OnlineService.SellerDetails].
func (p *OnlineParty) SellerDetails(ctx context.Context, id int64, opts ...CallOption) (*UserDetails, error) {
	return p.online.SellerDetails(ctx, id, p.options(opts)...)
}

// SetPaymentMethod is [OnlineService.SetPaymentMethod].
func (p *OnlineParty) SetPaymentMethod(ctx context.Context, id int64, q Quote, opts ...CallOption) (*Transaction, error) {
	return p.online.SetPaymentMethod(ctx, id, q, p.options(opts)...)
}

// StripeClientSecret is [OnlineService.StripeClientSecret].
func (p *OnlineParty) StripeClientSecret(ctx context.Context, id int64, opts ...CallOption) (Secret, error) {
	return p.online.StripeClientSecret(ctx, id, p.options(opts)...)
}

// StripePublishableKey is [OnlineService.StripePublishableKey].
func (p *OnlineParty) StripePublishableKey(ctx context.Context, id int64, opts ...CallOption) (string, error) {
	return p.online.StripePublishableKey(ctx, id, p.options(opts)...)
}

// SubmitOrderIssue is [OnlineService.SubmitOrderIssue].
func (p *OnlineParty) SubmitOrderIssue(ctx context.Context, id int64, in Description, opts ...CallOption) (*Transaction, error) {
	return p.online.SubmitOrderIssue(ctx, id, in, p.options(opts)...)
}

// Update is [OnlineService.Update].
func (p *OnlineParty) Update(ctx context.Context, id int64, in UpdateInput, opts ...CallOption) (*Transaction, error) {
	return p.online.Update(ctx, id, in, p.options(opts)...)
}

// WaitUntil is [OnlineService.WaitUntil].
func (p *OnlineParty) WaitUntil(ctx context.Context, id int64, done func(*Transaction) bool, opts ...CallOption) (*Transaction, error) {
	return p.online.WaitUntil(ctx, id, done, p.options(opts)...)
}
