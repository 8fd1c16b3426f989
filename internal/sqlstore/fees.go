package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
)

type feesRow struct {
	SellerBasisPoints int64  `db:"seller_basis_points"`
	SellerMinimum     int64  `db:"seller_minimum"`
	SellerMinimums    string `db:"seller_minimums"`
	BuyerBasisPoints  int64  `db:"buyer_basis_points"`
	BuyerMinimum      int64  `db:"buyer_minimum"`
	BuyerMinimums     string `db:"buyer_minimums"`
	CommissionRule    string `db:"commission_rule"`
	BuyerFeeRule      string `db:"buyer_fee_rule"`
	ConfirmAfterDays  int    `db:"confirm_after_days"`
}

func (r feesRow) policy() (pricing.Policy, error) {
	p := pricing.Policy{
		SellerBasisPoints: r.SellerBasisPoints, AnySellerMinimum: r.SellerMinimum,
		BuyerBasisPoints: r.BuyerBasisPoints, AnyBuyerMinimum: r.BuyerMinimum,
		CommissionRule: pricing.Rule(r.CommissionRule), BuyerFeeRule: pricing.Rule(r.BuyerFeeRule),
	}
	var err error
	if p.SellerMinimums, err = decodeMinimums(r.SellerMinimums); err != nil {
		return p, err
	}
	p.BuyerMinimums, err = decodeMinimums(r.BuyerMinimums)
	return p, err
}

func decodeMinimums(stored string) (pricing.Minimums, error) {
	if stored == "{}" {
		return nil, nil
	}
	var m pricing.Minimums
	if err := json.Unmarshal([]byte(stored), &m); err != nil {
		return nil, fmt.Errorf("stored minimum fees: %w", err)
	}
	return m, nil
}

// DealTerms is what a community has set for its deals; nothing unless it was set. An
// unknown community is a NotFound fault. It fits orchestrator.Config.Terms.
func (db Terms) DealTerms(ctx context.Context, community int64) (orchestrator.Terms, error) {
	const query = `select seller_basis_points, seller_minimum, seller_minimums, buyer_basis_points, buyer_minimum, buyer_minimums,
		commission_rule, buyer_fee_rule, confirm_after_days from communities where id = $1`
	var r feesRow
	found, err := db.one(ctx, &r, query, community)
	if err != nil {
		return orchestrator.Terms{}, err
	}
	if !found {
		return orchestrator.Terms{}, noCommunity(community)
	}
	p, err := r.policy()
	return orchestrator.Terms{Fees: p, ConfirmAfterDays: r.ConfirmAfterDays}, err
}

// Fees is what a community charges for a deal; nothing unless it was set. An unknown
// community is a NotFound fault.
func (db Terms) Fees(ctx context.Context, community int64) (pricing.Policy, error) {
	t, err := db.DealTerms(ctx, community)
	return t.Fees, err
}

// SaveConfirmDays sets after how many days deals that are opened from now on are confirmed
// automatically, where the call does not say; 0 leaves it to each process. It returns
// invalid_confirm_after_days, or NotFound for an unknown community.
func (db Terms) SaveConfirmDays(ctx context.Context, community int64, days int, by orchestrator.By) error {
	if err := orchestrator.CheckConfirmDays(days); err != nil {
		return err
	}
	before, err := db.DealTerms(ctx, community)
	if err != nil {
		return err
	}
	data := map[string]string{"before": strconv.Itoa(before.ConfirmAfterDays), "after": strconv.Itoa(days)}
	return db.act(ctx, by.Act(community, "confirmation.set", object("community", community), data), func(u unit) error {
		_, err := u.exec(ctx, `update communities set confirm_after_days = $2 where id = $1`, community, days)
		return err
	})
}

// SaveFees sets what a community charges for deals that are opened from now on. It
// returns invalid_fee_policy, or NotFound for an unknown community.
func (db Terms) SaveFees(ctx context.Context, community int64, p pricing.Policy, by orchestrator.By) error {
	if err := p.Validate(); err != nil {
		return err
	}
	p = p.WithRules()
	sellerMinimums, err := encodeMinimums(p.SellerMinimums)
	if err != nil {
		return err
	}
	buyerMinimums, err := encodeMinimums(p.BuyerMinimums)
	if err != nil {
		return err
	}
	before, err := db.Fees(ctx, community)
	if err != nil {
		return err
	}
	had, err := feesText(before)
	if err != nil {
		return err
	}
	has, err := feesText(p)
	if err != nil {
		return err
	}
	data := map[string]string{"before": had, "after": has}
	return db.act(ctx, by.Act(community, "fees.set", object("community", community), data), func(u unit) error {
		n, err := u.exec(ctx, `update communities set seller_basis_points = $2, seller_minimum = $3, seller_minimums = $4,
			buyer_basis_points = $5, buyer_minimum = $6, buyer_minimums = $7, commission_rule = $8, buyer_fee_rule = $9 where id = $1`,
			community, p.SellerBasisPoints, p.AnySellerMinimum, sellerMinimums, p.BuyerBasisPoints, p.AnyBuyerMinimum, buyerMinimums,
			string(p.CommissionRule), string(p.BuyerFeeRule))
		if err == nil && n == 0 {
			err = noCommunity(community)
		}
		return err
	})
}

func encodeMinimums(m pricing.Minimums) (string, error) {
	if len(m) == 0 {
		return "{}", nil
	}
	return encode(m)
}

// feesText is a policy as the audit log keeps it, with the names that the API has.
func feesText(p pricing.Policy) (string, error) {
	return encode(struct {
		SellerBasisPoints int64            `json:"seller_basis_points"`
		SellerMinimum     int64            `json:"seller_minimum,omitempty"`
		SellerMinimums    pricing.Minimums `json:"seller_minimums"`
		BuyerBasisPoints  int64            `json:"buyer_basis_points"`
		BuyerMinimum      int64            `json:"buyer_minimum,omitempty"`
		BuyerMinimums     pricing.Minimums `json:"buyer_minimums"`
		CommissionOnSplit pricing.Rule     `json:"commission_on_split"`
		BuyerFeeOnRefund  pricing.Rule     `json:"buyer_fee_on_refund"`
	}{
		p.SellerBasisPoints, p.AnySellerMinimum, p.SellerMinimums, p.BuyerBasisPoints, p.AnyBuyerMinimum, p.BuyerMinimums,
		p.CommissionRule, p.BuyerFeeRule,
	})
}

func noCommunity(id int64) error {
	return fault.New(fault.NotFound, "community_not_found", "there is no community %d", id)
}
