package main

import "fmt"

type communitiesConfirmation struct {
	databaseSetting `embed:""`
	reasonSetting   `embed:""`
	ID              int64 `arg:"" help:"The community's id."`
	Days            *int  `placeholder:"N" help:"Days after which deals that are opened from now on are confirmed, 1 to 365; 0: as each process has it."`
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
	if terms.ConfirmAfterDays == 0 {
		_, err = fmt.Fprintln(env.out, "confirmed automatically as each process has it")
	} else {
		_, err = fmt.Fprintf(env.out, "confirmed automatically after %d days\n", terms.ConfirmAfterDays)
	}
	return err
}
