package client

import (
	"context"
	"iter"
)

// AcceptComplaint is [F2FService.AcceptComplaint].
func (p *F2FParty) AcceptComplaint(ctx context.Context, id int64, opts ...CallOption) (*F2FTransaction, error) {
	return p.f2f.AcceptComplaint(ctx, id, p.options(opts)...)
}

// All is [F2FService.All].
func (p *F2FParty) All(ctx context.Context, page PageOptions, opts ...CallOption) iter.Seq2[*F2FTransaction, error] {
	return p.f2f.All(ctx, page, p.options(opts)...)
}

// BankTransferDetails is [F2FService.BankTransferDetails].
func (p *F2FParty) BankTransferDetails(ctx context.Context, id int64, opts ...CallOption) (*BankTransferDetails, error) {
	return p.f2f.BankTransferDetails(ctx, id, p.options(opts)...)
}

// Batch is [F2FService.Batch].
func (p *F2FParty) Batch(ctx context.Context, ids []int64, opts ...CallOption) ([]*F2FTransaction, error) {
	return p.f2f.Batch(ctx, ids, p.options(opts)...)
}

// BillingDetails is [F2FService.BillingDetails].
func (p *F2FParty) BillingDetails(ctx context.Context, id int64, opts ...CallOption) (*BillingDetails, error) {
	return p.f2f.BillingDetails(ctx, id, p.options(opts)...)
}

// BuyerDetails is [F2FService.BuyerDetails].
func (p *F2FParty) BuyerDetails(ctx context.Context, id int64, opts ...CallOption) (*UserDetails, error) {
	return p.f2f.BuyerDetails(ctx, id, p.options(opts)...)
}

// ClaimAsBuyer is [F2FService.ClaimAsBuyer].
func (p *F2FParty) ClaimAsBuyer(ctx context.Context, secret string, opts ...CallOption) (*F2FTransaction, error) {
	return p.f2f.ClaimAsBuyer(ctx, secret, p.options(opts)...)
}

// ClaimAsSeller is [F2FService.ClaimAsSeller].
func (p *F2FParty) ClaimAsSeller(ctx context.Context, secret string, opts ...CallOption) (*F2FTransaction, error) {
	return p.f2f.ClaimAsSeller(ctx, secret, p.options(opts)...)
}

// ClaimForBuyer is [F2FService.ClaimForBuyer].
func (p *F2FParty) ClaimForBuyer(ctx context.Context, id int64, opts ...CallOption) (*F2FTransaction, error) {
	return p.f2f.ClaimForBuyer(ctx, id, p.options(opts)...)
}

// ClaimForSeller is [F2FService.ClaimForSeller].
func (p *F2FParty) ClaimForSeller(ctx context.Context, id int64, opts ...CallOption) (*F2FTransaction, error) {
	return p.f2f.ClaimForSeller(ctx, id, p.options(opts)...)
}

// Create is [F2FService.Create].
func (p *F2FParty) Create(ctx context.Context, in F2FCreateInput, opts ...CallOption) (*F2FTransaction, error) {
	return p.f2f.Create(ctx, in, p.options(opts)...)
}

// CreateAndJoin is [F2FService.CreateAndJoin].
func (p *F2FParty) CreateAndJoin(ctx context.Context, in F2FCreateAndJoinInput, opts ...CallOption) (*F2FTransaction, error) {
	return p.f2f.CreateAndJoin(ctx, in, p.options(opts)...)
}

// CreateWithGuestUser is [F2FService.CreateWithGuestUser].
func (p *F2FParty) CreateWithGuestUser(ctx context.Context, in F2FCreateWithGuestUserInput, opts ...CallOption) (*F2FTransaction, error) {
	return p.f2f.CreateWithGuestUser(ctx, in, p.options(opts)...)
}

// DepositStripeClientSecret is [F2FService.DepositStripeClientSecret].
func (p *F2FParty) DepositStripeClientSecret(ctx context.Context, id int64, opts ...CallOption) (Secret, error) {
	return p.f2f.DepositStripeClientSecret(ctx, id, p.options(opts)...)
}

// Get is [F2FService.Get].
func (p *F2FParty) Get(ctx context.Context, id int64, opts ...CallOption) (*F2FTransaction, error) {
	return p.f2f.Get(ctx, id, p.options(opts)...)
}

// GetByJoinCode is [F2FService.GetByJoinCode].
func (p *F2FParty) GetByJoinCode(ctx context.Context, joinCode string, opts ...CallOption) (*F2FTransaction, error) {
	return p.f2f.GetByJoinCode(ctx, joinCode, p.options(opts)...)
}

// Join is [F2FService.Join].
func (p *F2FParty) Join(ctx context.Context, joinCode string, opts ...CallOption) (*F2FTransaction, error) {
	return p.f2f.Join(ctx, joinCode, p.options(opts)...)
}

// JoinWithGuest is [F2FService.JoinWithGuest].
func (p *F2FParty) JoinWithGuest(ctx context.Context, id int64, opts ...CallOption) (*F2FTransaction, error) {
	return p.f2f.JoinWithGuest(ctx, id, p.options(opts)...)
}

// List is [F2FService.List].
func (p *F2FParty) List(ctx context.Context, page PageOptions, opts ...CallOption) ([]*F2FTransaction, error) {
	return p.f2f.List(ctx, page, p.options(opts)...)
}

// Metadata is [F2FService.Metadata].
func (p *F2FParty) Metadata(ctx context.Context, id int64, opts ...CallOption) (Metadata, error) {
	return p.f2f.Metadata(ctx, id, p.options(opts)...)
}

// PayDeposit is [F2FService.PayDeposit].
func (p *F2FParty) PayDeposit(ctx context.Context, id int64, stripeToken string, opts ...CallOption) (*F2FTransaction, error) {
	return p.f2f.PayDeposit(ctx, id, stripeToken, p.options(opts)...)
}

// PayRemainder is [F2FService.PayRemainder].
func (p *F2FParty) PayRemainder(ctx context.Context, id int64, stripeToken string, opts ...CallOption) (*F2FTransaction, error) {
	return p.f2f.PayRemainder(ctx, id, stripeToken, p.options(opts)...)
}

// Quote is [F2FService.Quote].
func (p *F2FParty) Quote(ctx context.Context, in F2FQuoteInput, opts ...CallOption) (*F2FQuote, error) {
	return p.f2f.Quote(ctx, in, p.options(opts)...)
}

// QuoteFor is [F2FService.QuoteFor].
func (p *F2FParty) QuoteFor(ctx context.Context, id int64, in F2FQuoteForInput, opts ...CallOption) (*F2FQuote, error) {
	return p.f2f.QuoteFor(ctx, id, in, p.options(opts)...)
}

// RejectByJoinCode is [F2FService.RejectByJoinCode].
func (p *F2FParty) RejectByJoinCode(ctx context.Context, joinCode string, opts ...CallOption) (*F2FTransaction, error) {
	return p.f2f.RejectByJoinCode(ctx, joinCode, p.options(opts)...)
}

// RemainderStripeClientSecret is [F2FService.RemainderStripeClientSecret].
func (p *F2FParty) RemainderStripeClientSecret(ctx context.Context, id int64, opts ...CallOption) (Secret, error) {
	return p.f2f.RemainderStripeClientSecret(ctx, id, p.options(opts)...)
}

// SellerDetails is [F2FService.SellerDetails].
func (p *F2FParty) SellerDetails(ctx context.Context, id int64, opts ...CallOption) (*UserDetails, error) {
	return p.f2f.SellerDetails(ctx, id, p.options(opts)...)
}

// SetDepositPaymentMethod is [F2FService.SetDepositPaymentMethod].
func (p *F2FParty) SetDepositPaymentMethod(ctx context.Context, id int64, q F2FQuote, opts ...CallOption) (*F2FTransaction, error) {
	return p.f2f.SetDepositPaymentMethod(ctx, id, q, p.options(opts)...)
}

// SetMetadata is [F2FService.SetMetadata].
func (p *F2FParty) SetMetadata(ctx context.Context, id int64, in Metadata, opts ...CallOption) (Metadata, error) {
	return p.f2f.SetMetadata(ctx, id, in, p.options(opts)...)
}

// SetPrice is [F2FService.SetPrice].
func (p *F2FParty) SetPrice(ctx context.Context, id int64, total F2FQuote, opts ...CallOption) (*F2FTransaction, error) {
	return p.f2f.SetPrice(ctx, id, total, p.options(opts)...)
}

// SkipRemainder is [F2FService.SkipRemainder].
func (p *F2FParty) SkipRemainder(ctx context.Context, id int64, opts ...CallOption) (*F2FTransaction, error) {
	return p.f2f.SkipRemainder(ctx, id, p.options(opts)...)
}

// StripePublishableKey is [F2FService.StripePublishableKey].
func (p *F2FParty) StripePublishableKey(ctx context.Context, id int64, opts ...CallOption) (string, error) {
	return p.f2f.StripePublishableKey(ctx, id, p.options(opts)...)
}

// Update is [F2FService.Update].
func (p *F2FParty) Update(ctx context.Context, id int64, in F2FUpdateInput, opts ...CallOption) (*F2FTransaction, error) {
	return p.f2f.Update(ctx, id, in, p.options(opts)...)
}

// WaitUntil is [F2FService.WaitUntil].
func (p *F2FParty) WaitUntil(ctx context.Context, id int64, done func(*F2FTransaction) bool, opts ...CallOption) (*F2FTransaction, error) {
	return p.f2f.WaitUntil(ctx, id, done, p.options(opts)...)
}
