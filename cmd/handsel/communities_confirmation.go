package main

import "fmt"

type communitiesConfirmation struct {
	databaseSetting           `embed:""`
	reasonSetting             `embed:""`
	reading[confirmationLine] `embed:""`
	ID                        int64 `arg:"" help:"The community's id."`
	Days                      *int  `placeholder:"N" help:"Days after which deals that are opened from now on are confirmed, 1 to 365; 0: as each process has it."`
}

// confirmationLine is when a community's deals are confirmed automatically.
type confirmationLine struct {
	Days int `json:"days" help:"0: as each process has it."`
}

// Run changes the days, where they are given, and prints them.
func (c communitiesConfirmation) Run(env environment) error {
	db, err := c.openFor(env, c.ID)
	if err != nil {
		return err
	}
	defer db.Close()
	if c.Days != nil {
		by, err := c.by()
		if err != nil {
			return err
		}
		if err := db.SaveConfirmDays(env, c.ID, *c.Days, by); err != nil {
			return err
		}
	}
	terms, err := db.DealTerms(env, c.ID)
	if err != nil {
		return err
	}
	after := "as each process has it"
	if terms.ConfirmAfterDays > 0 {
		after = fmt.Sprintf("after %d days", terms.ConfirmAfterDays)
	}
	return c.show(env, func() error {
		_, err := fmt.Fprintln(env.out, "confirmed automatically", after)
		return err
	}, confirmationLine{terms.ConfirmAfterDays})
}
