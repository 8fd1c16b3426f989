package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
)

type communitiesCommand struct {
	List communitiesList `cmd:"" default:"withargs" help:"List the communities with their fees." example:"handsel communities list --json"`
	Add  communitiesAdd  `cmd:"" help:"Add a community, or rename the one with this id." example:"handsel communities add 7 Bicycles --reason 'a new marketplace'"`
	Fees communitiesFees `cmd:"" help:"Change a community's fees for deals that are opened from now on." example:"handsel communities fees 7 --seller-basis-points 250 --seller-minimum EUR=100 --reason 'as agreed'"`

	Confirmation communitiesConfirmation `cmd:"" help:"Show or change after how many days a community's deals are confirmed automatically." example:"handsel communities confirmation 7 --days 10 --reason 'as agreed'"`

	Letterhead communitiesLetterhead `cmd:"" help:"Show or change the letterhead of a community's e-mails: its name, sender, link, language, and its operators' address." example:"handsel communities letterhead 7 --marketplace 'Old Bicycles' --language de --reason 'a new name'"`
	Limits     communitiesLimits     `cmd:"" help:"Show or change above which amounts staff needs a second person." example:"handsel communities limits 7 --limit EUR=100000 --reason 'the new policy'"`
}

type communitiesList struct {
	databaseSetting        `embed:""`
	reading[communityLine] `embed:""`
}

// communityLine is a community with its fees.
type communityLine struct {
	ID         int64   `json:"id"`
	Name       string  `json:"name"`
	SellerPays feeLine `json:"seller_pays"`
	BuyerPays  feeLine `json:"buyer_pays"`
}

// feeLine is what one side pays.
type feeLine struct {
	BasisPoints int64            `json:"basis_points" help:"Hundredths of a percent."`
	Minimums    pricing.Minimums `json:"minimums,omitzero" help:"At least so many minor units, by currency."`
	AnyMinimum  int64            `json:"any_minimum,omitzero" help:"At least so many minor units of any other currency."`
}

// Run prints one line for each community.
func (c communitiesList) Run(env environment) error {
	db, err := c.open(env)
	if err != nil {
		return err
	}
	defer db.Close()
	all, err := db.Communities(env)
	if err != nil {
		return err
	}
	lines := make([]communityLine, len(all))
	for i, one := range all {
		fees, err := db.Fees(env, one.ID)
		if err != nil {
			return err
		}
		lines[i] = communityLine{one.ID, one.Name, sellerPays(fees), buyerPays(fees)}
	}
	return c.list(env, "id\tname\tseller pays\tbuyer pays", func(l communityLine) string {
		return fmt.Sprintf("%d\t%s\t%s\t%s", l.ID, l.Name, l.SellerPays, l.BuyerPays)
	}, lines)
}

func sellerPays(f pricing.Policy) feeLine {
	return feeLine{f.SellerBasisPoints, f.SellerMinimums, f.AnySellerMinimum}
}

func buyerPays(f pricing.Policy) feeLine {
	return feeLine{f.BuyerBasisPoints, f.BuyerMinimums, f.AnyBuyerMinimum}
}

// String is a fee for people, such as "2.50 %, at least 1.00 EUR".
func (f feeLine) String() string {
	text := fmt.Sprintf("%d.%02d %%", f.BasisPoints/100, f.BasisPoints%100)
	for _, c := range slices.Sorted(maps.Keys(f.Minimums)) {
		text += fmt.Sprintf(", at least %s", money.New(f.Minimums[c], c))
	}
	if f.AnyMinimum > 0 {
		text += fmt.Sprintf(", at least %d minor units of any other currency", f.AnyMinimum)
	}
	return text
}

type communitiesAdd struct {
	databaseSetting `embed:""`
	reasonSetting   `embed:""`
	ID              int64  `arg:"" help:"Number of the community, 1 or more."`
	Name            string `arg:"" help:"Its name."`
}

// Run adds or renames a community.
func (c communitiesAdd) Run(env environment) error {
	if c.ID < 1 || c.Name == "" {
		return errors.New("a community needs an id of 1 or more, and a name")
	}
	by, err := c.by()
	if err != nil {
		return err
	}
	db, err := c.open(env)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.AddCommunity(env, c.ID, c.Name, by); err != nil {
		return err
	}
	env.say("community %d: %s", c.ID, c.Name)
	return nil
}

type communitiesFees struct {
	databaseSetting   `embed:""`
	reasonSetting     `embed:""`
	ID                int64            `arg:"" help:"The community's id."`
	SellerBasisPoints *int64           `placeholder:"N" help:"Commission in hundredths of a percent, kept from the seller's payout."`
	SellerMinimum     map[string]int64 `placeholder:"EUR=100" help:"Minimum commission in minor units of a currency; 0 removes it."`
	BuyerBasisPoints  *int64           `placeholder:"N" help:"Fee in hundredths of a percent, on top of what the buyer pays."`
	BuyerMinimum      map[string]int64 `placeholder:"EUR=100" help:"Minimum fee in minor units of a currency; 0 removes it."`
	CommissionOnSplit string           `placeholder:"RULE" help:"Commission when only a part is released: pro_rata or whole."`
	BuyerFeeOnRefund  string           `placeholder:"RULE" help:"Buyer's fee when money goes back: pro_rata, on_full_refund or kept."`
}

// Run changes what is given and leaves the rest.
func (c communitiesFees) Run(env environment) error {
	by, err := c.by()
	if err != nil {
		return err
	}
	db, err := c.openFor(env, c.ID)
	if err != nil {
		return err
	}
	defer db.Close()
	fees, err := db.Fees(env, c.ID)
	if err != nil {
		return err
	}
	for _, change := range []struct{ given, stored *int64 }{
		{c.SellerBasisPoints, &fees.SellerBasisPoints}, {c.BuyerBasisPoints, &fees.BuyerBasisPoints},
	} {
		if change.given != nil {
			*change.stored = *change.given
		}
	}
	changeMinimums(&fees.SellerMinimums, &fees.AnySellerMinimum, c.SellerMinimum)
	changeMinimums(&fees.BuyerMinimums, &fees.AnyBuyerMinimum, c.BuyerMinimum)
	fees.CommissionRule = cmp.Or(pricing.Rule(c.CommissionOnSplit), fees.CommissionRule)
	fees.BuyerFeeRule = cmp.Or(pricing.Rule(c.BuyerFeeOnRefund), fees.BuyerFeeRule)
	if err := fees.Validate(); err != nil {
		return err
	}
	if err := db.SaveFees(env, c.ID, fees, by); err != nil {
		return err
	}
	env.say("seller pays %s, buyer pays %s", sellerPays(fees), buyerPays(fees))
	return nil
}

func unknownCommunity(id int64) error {
	return fmt.Errorf("unknown community %d; handsel communities lists the known ones, handsel communities add makes one", id)
}

// changeMinimums sets minimums per currency. One that was stored without a currency
// ends with it.
func changeMinimums(stored *pricing.Minimums, withoutCurrency *int64, given map[string]int64) {
	if len(given) == 0 {
		return
	}
	changed := maps.Clone(*stored)
	if changed == nil {
		changed = pricing.Minimums{}
	}
	for code, least := range given {
		changed[money.Currency(code)] = least
	}
	maps.DeleteFunc(changed, func(_ money.Currency, least int64) bool { return least == 0 })
	*stored, *withoutCurrency = changed, 0
}

func hasCommunity(env environment, db *sqlstore.DB, id int64) (bool, error) {
	all, err := db.Communities(env)
	for _, one := range all {
		if one.ID == id {
			return true, err
		}
	}
	return false, err
}

// needCommunity adds a community that is not there yet, and keeps the name of one
// that is.
func needCommunity(env environment, db *sqlstore.DB, id int64, by orchestrator.By) error {
	known, err := hasCommunity(env, db, id)
	if err != nil || known {
		return err
	}
	return db.AddCommunity(env, id, fmt.Sprintf("Community %d", id), by)
}
