package main

import (
	"cmp"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/handsel-dev/handsel/internal/sqlstore"
)

type communitiesCommand struct {
	List communitiesList `cmd:"" default:"withargs" help:"List the communities with their fees."`
	Add  communitiesAdd  `cmd:"" help:"Add a community, or rename the one with this id."`
	Fees communitiesFees `cmd:"" help:"Change a community's fees for deals that are opened from now on."`
}

type communitiesList struct {
	databaseSetting `embed:""`
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
	w := tabwriter.NewWriter(env.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "id\tname\tseller pays\tbuyer pays")
	for _, one := range all {
		fees, err := db.Fees(env, one.ID)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", one.ID, one.Name, rate(fees.SellerBasisPoints, fees.SellerMinimum), rate(fees.BuyerBasisPoints, fees.BuyerMinimum))
	}
	return w.Flush()
}

// rate writes a fee for people, such as "2.50 %, at least 100".
func rate(basisPoints, minimum int64) string {
	text := fmt.Sprintf("%d.%02d %%", basisPoints/100, basisPoints%100)
	if minimum > 0 {
		text += fmt.Sprintf(", at least %d", minimum)
	}
	return text
}

type communitiesAdd struct {
	databaseSetting `embed:""`
	ID              int64  `arg:"" help:"Number of the community, 1 or more."`
	Name            string `arg:"" help:"Its name."`
}

// Run adds or renames a community.
func (c communitiesAdd) Run(env environment) error {
	if c.ID < 1 || c.Name == "" {
		return errors.New("a community needs an id of 1 or more, and a name")
	}
	db, err := c.open(env)
	if err != nil {
		return err
	}
	defer db.Close()
	return db.AddCommunity(env, c.ID, c.Name)
}

type communitiesFees struct {
	databaseSetting   `embed:""`
	ID                int64  `arg:"" help:"The community's id."`
	SellerBasisPoints *int64 `placeholder:"N" help:"Commission in hundredths of a percent, kept from the seller's payout."`
	SellerMinimum     *int64 `placeholder:"AMOUNT" help:"At least so much commission, in minor units."`
	BuyerBasisPoints  *int64 `placeholder:"N" help:"Fee in hundredths of a percent, on top of what the buyer pays."`
	BuyerMinimum      *int64 `placeholder:"AMOUNT" help:"At least so much fee, in minor units."`
}

// Run changes what is given and leaves the rest.
func (c communitiesFees) Run(env environment) error {
	db, err := c.open(env)
	if err != nil {
		return err
	}
	defer db.Close()
	if known, err := hasCommunity(env, db, c.ID); err != nil || !known {
		return cmp.Or(err, errors.New("there is no community with this id"))
	}
	fees, err := db.Fees(env, c.ID)
	if err != nil {
		return err
	}
	for _, change := range []struct{ given, stored *int64 }{
		{c.SellerBasisPoints, &fees.SellerBasisPoints}, {c.SellerMinimum, &fees.SellerMinimum},
		{c.BuyerBasisPoints, &fees.BuyerBasisPoints}, {c.BuyerMinimum, &fees.BuyerMinimum},
	} {
		if change.given != nil {
			*change.stored = *change.given
		}
	}
	if err := fees.Validate(); err != nil {
		return err
	}
	return db.SaveFees(env, c.ID, fees)
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
func needCommunity(env environment, db *sqlstore.DB, id int64) error {
	known, err := hasCommunity(env, db, id)
	if err != nil || known {
		return err
	}
	return db.AddCommunity(env, id, fmt.Sprintf("Community %d", id))
}
