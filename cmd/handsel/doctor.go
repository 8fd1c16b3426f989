package main

import (
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

type doctorCommand struct {
	databaseSetting `embed:""`
}

// Run checks every invariant and fails when one is broken.
func (c doctorCommand) Run(env environment) error {
	db, err := c.open(env)
	if err != nil {
		return err
	}
	defer db.Close()
	registry, err := process.NewRegistry(catalog.All()...)
	if err != nil {
		return err
	}
	violations, err := db.Doctor(env, registry)
	if err != nil {
		return err
	}
	reach, broken, err := db.Seals(env)
	if err != nil {
		return err
	}
	violations = append(violations, broken...)
	for _, r := range reach {
		fmt.Fprintf(env.out, "sealed community %d: %d rows in %d seals up to %s, head %x\n", r.CommunityID, r.Rows, r.Seals, r.At.Format(time.RFC3339), r.Head)
	}
	for _, v := range violations {
		fmt.Fprintf(env.out, "%-5s transaction %d: %s\n", v.Invariant, v.TransactionID, v.Message)
	}
	if err := needPeople(env, db, registry); err != nil {
		return err
	}
	if len(violations) > 0 {
		return found(fmt.Errorf("%d invariants are broken; do not move money until the cause is known", len(violations)))
	}
	_, err = fmt.Fprintln(env.out, "all invariants hold")
	return err
}

// needPeople prints what needs a person: it is no broken invariant, and nobody should
// overlook it either.
func needPeople(env environment, db *sqlstore.DB, registry *process.Registry) error {
	now := time.Now()
	counts, err := db.CountTasks(env, 0, orchestrator.TaskRulesOf(registry, now))
	if err != nil {
		return err
	}
	for _, c := range counts {
		fmt.Fprintf(env.out, "needs a person: %d × %s, the oldest %s; GET /v1/operator/tasks?kind=%s\n", c.Count, c.Kind, waits(c.Oldest, now), c.Kind)
	}
	return nil
}

// waits says for how long something has waited. The clock of a testbed of "handsel dev" can
// be moved, and then what happened there is ahead of this machine's clock.
func waits(since, now time.Time) string {
	if since.After(now.Add(time.Minute)) {
		return fmt.Sprintf("since %s, which is in the future: the clock of this database was moved", since.UTC().Format(time.RFC3339))
	}
	return "for " + max(now.Sub(since), 0).Round(time.Minute).String()
}
