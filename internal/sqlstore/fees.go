package sqlstore

import (
	"context"
	"fmt"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
)

type feesRow struct {
	SellerBasisPoints int64 `db:"seller_basis_points"`
	SellerMinimum     int64 `db:"seller_minimum"`
	BuyerBasisPoints  int64 `db:"buyer_basis_points"`
	BuyerMinimum      int64 `db:"buyer_minimum"`
}

// Fees is what a community charges for a deal; nothing unless it was set. An
// unknown community is a NotFound fault. It fits orchestrator.Config.Policy.
func (db *DB) Fees(ctx context.Context, community int64) (pricing.Policy, error) {
	const query = `select seller_basis_points, seller_minimum, buyer_basis_points, buyer_minimum from communities where id = $1`
	var r feesRow
	found, err := db.one(ctx, &r, query, community)
	if err != nil {
		return pricing.Policy{}, err
	}
	if !found {
		return pricing.Policy{}, noCommunity(community)
	}
	return pricing.Policy(r), nil
}

// SaveFees sets what a community charges for deals that are opened from now on. It
// returns invalid_fee_policy, or NotFound for an unknown community.
func (db *DB) SaveFees(ctx context.Context, community int64, p pricing.Policy) error {
	if err := p.Validate(); err != nil {
		return err
	}
	n, err := db.exec(ctx, `update communities set seller_basis_points = $2, seller_minimum = $3, buyer_basis_points = $4, buyer_minimum = $5
		where id = $1`, community, p.SellerBasisPoints, p.SellerMinimum, p.BuyerBasisPoints, p.BuyerMinimum)
	if err != nil {
		return fmt.Errorf("save fees: %w", err)
	}
	if n == 0 {
		return noCommunity(community)
	}
	return nil
}

func noCommunity(id int64) error {
	return fault.New(fault.NotFound, "community_not_found", "there is no community %d", id)
}
