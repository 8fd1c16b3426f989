package main

import (
	"encoding/hex"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

type doctorCommand struct {
	databaseSetting    `embed:""`
	reading[diagnosis] `embed:""`
}

// diagnosis is what the doctor found.
type diagnosis struct {
	Sealed []sealLine   `json:"sealed"`
	Broken []brokenLine `json:"broken"`
	Tasks  []taskLine   `json:"needs_a_person" help:"No broken invariant, and nobody should overlook it either."`
}

// sealLine is how far the chain of a community reaches.
type sealLine struct {
	CommunityID int64     `json:"community_id"`
	Rows        int64     `json:"rows"`
	Seals       int64     `json:"seals"`
	At          time.Time `json:"at"`
	Head        string    `json:"head" help:"The last hash, in hex: kept elsewhere, it proves what was there."`
}

// brokenLine is an invariant that does not hold.
type brokenLine struct {
	Invariant     string `json:"invariant"`
	TransactionID int64  `json:"transaction_id" help:"0: it is not about one transaction."`
	Message       string `json:"message"`
}

// taskLine is a kind of tasks.
type taskLine struct {
	Kind   orchestrator.TaskKind `json:"kind"`
	Count  int                   `json:"count"`
	Oldest time.Time             `json:"oldest"`
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
	now := time.Now()
	// The console says when the doctor has looked. A database that may only be read is examined, too.
	if err := db.NoteLook(env, orchestrator.Look{Who: orchestrator.Doctor, At: now, Found: len(violations)}); err != nil {
		fmt.Fprintln(env.errOut, "it could not be noted that the doctor has looked:", err)
	}
	tasks, err := db.CountTasks(env, 0, orchestrator.TaskRulesOf(registry, now))
	if err != nil {
		return err
	}
	d := newDiagnosis(reach, violations, tasks)
	if err := c.show(env, func() error { return d.print(env, now) }, d); err != nil {
		return err
	}
	if len(d.Broken) > 0 {
		return found(fmt.Errorf("%d invariants are broken; do not move money until the cause is known", len(d.Broken)))
	}
	return nil
}

func newDiagnosis(reach []sqlstore.Reach, violations []orchestrator.Violation, tasks []orchestrator.TaskCount) diagnosis {
	d := diagnosis{make([]sealLine, len(reach)), make([]brokenLine, len(violations)), make([]taskLine, len(tasks))}
	for i, r := range reach {
		d.Sealed[i] = sealLine{r.CommunityID, r.Rows, r.Seals, r.At, hex.EncodeToString(r.Head)}
	}
	for i, v := range violations {
		d.Broken[i] = brokenLine(v)
	}
	for i, t := range tasks {
		d.Tasks[i] = taskLine(t)
	}
	return d
}

func (d diagnosis) print(env environment, now time.Time) error {
	for _, s := range d.Sealed {
		fmt.Fprintf(env.out, "sealed community %d: %d rows in %d seals up to %s, head %s\n", s.CommunityID, s.Rows, s.Seals, s.At.Format(time.RFC3339), s.Head)
	}
	for _, b := range d.Broken {
		fmt.Fprintf(env.out, "%-5s transaction %d: %s\n", b.Invariant, b.TransactionID, b.Message)
	}
	for _, t := range d.Tasks {
		fmt.Fprintf(env.out, "needs a person: %d × %s, the oldest %s; GET /v1/operator/tasks?kind=%s\n", t.Count, t.Kind, waits(t.Oldest, now), t.Kind)
	}
	if len(d.Broken) > 0 {
		return nil
	}
	_, err := fmt.Fprintln(env.out, "all invariants hold")
	return err
}

// waits says for how long something has waited. The clock of a testbed of "handsel dev" can
// be moved, and then what happened there is ahead of this machine's clock.
func waits(since, now time.Time) string {
	if since.After(now.Add(time.Minute)) {
		return fmt.Sprintf("since %s, which is in the future: the clock of this database was moved", since.UTC().Format(time.RFC3339))
	}
	return "for " + max(now.Sub(since), 0).Round(time.Minute).String()
}
