package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/orchestrator"
)

type recoveryCommand struct {
	Show  recoveryShow  `cmd:"" default:"withargs" help:"Show whether the database is in recovery, and what still differs." example:"handsel recovery show"`
	Begin recoveryBegin `cmd:"" help:"Begin recovery: deals are looked up and merged, and nothing is sent." example:"handsel recovery begin --reason 'the backup of last night is restored'"`
	End   recoveryEnd   `cmd:"" help:"End recovery, even if something still differs." example:"handsel recovery end --reason 'what differs is known'"`
}

type recoveryShow struct {
	databaseSetting        `embed:""`
	reading[recoveryState] `embed:""`
}

// recoveryState is whether a database is in recovery, and what the last comparison found.
type recoveryState struct {
	Recovering bool      `json:"recovering"`
	Since      time.Time `json:"since,omitzero"`
	Reason     string    `json:"reason,omitzero"`
	Checked    time.Time `json:"checked,omitzero" help:"When the open deals were compared; absent: not yet."`
	Looked     int       `json:"looked,omitzero" help:"How many open deals were looked up."`
	Problems   []string  `json:"problems,omitzero" help:"What still differs, the first few."`
}

// recovery opens the database and tells whether it is in recovery; nil: it is not.
func (d databaseSetting) recovery(env environment) (*sqlstore.DB, *orchestrator.Recovery, error) {
	db, err := d.open(env)
	if err != nil {
		return nil, nil, err
	}
	r, err := db.Recovery(env)
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return db, r, nil
}

// Run prints the mode, and fails in recovery.
func (c recoveryShow) Run(env environment) error {
	db, r, err := c.recovery(env)
	if err != nil {
		return err
	}
	defer db.Close()
	state := recoveryState{}
	if r != nil {
		state = recoveryState{true, r.Since, r.Reason, r.Checked, r.Looked, r.Problems}
	}
	if err := c.show(env, func() error { return state.print(env) }, state); err != nil || r == nil {
		return err
	}
	return found(errors.New("nothing is sent to gateways until nothing differs, or until: handsel recovery end --reason TEXT"))
}

func (r recoveryState) print(env environment) error {
	if !r.Recovering {
		_, err := fmt.Fprintln(env.out, "the database is not in recovery")
		return err
	}
	fmt.Fprintf(env.out, "in recovery since %s: %s\n", r.Since.Format(time.RFC3339), r.Reason)
	if r.Checked.IsZero() {
		fmt.Fprintln(env.out, "the open deals have not been compared yet; a running server compares them once a minute")
	} else {
		fmt.Fprintf(env.out, "at %s %d open deals were looked up, and this differs:\n", r.Checked.Format(time.RFC3339), r.Looked)
	}
	for _, p := range r.Problems {
		fmt.Fprintln(env.out, " ", p)
	}
	return nil
}

type recoveryBegin struct {
	databaseSetting `embed:""`
	Reason          string `required:"" placeholder:"TEXT" help:"The reason, such as: backup of last night restored."`
}

// Run begins recovery for every server on the database.
func (c recoveryBegin) Run(env environment) error {
	db, err := c.open(env)
	if err != nil {
		return err
	}
	defer db.Close()
	begun, err := beginRecovery(env, db, c.Reason)
	if err == nil && !begun {
		return errors.New("the database is in recovery already")
	}
	if err != nil {
		return err
	}
	env.say("recovery has begun: servers look deals up and send nothing until nothing differs; handsel recovery show lists what differs")
	return nil
}

// recoverer is the part of a store that recovery is begun in.
type recoverer interface {
	orchestrator.Recoveries
	AddAct(ctx context.Context, a orchestrator.Act) error
}

func beginRecovery(ctx context.Context, store recoverer, reason string) (begun bool, err error) {
	if strings.TrimSpace(reason) == "" {
		return false, errNoReason
	}
	if begun, err = orchestrator.BeginRecovery(ctx, store, time.Now().UTC(), reason); err != nil || !begun {
		return begun, err
	}
	return true, store.AddAct(ctx, commandBy(reason).Act(0, "recovery.begin", "recovery", nil))
}

type recoveryEnd struct {
	databaseSetting `embed:""`
	Reason          string `required:"" placeholder:"TEXT" help:"The reason why recovery may end although something differs."`
}

// Run ends recovery.
func (c recoveryEnd) Run(env environment) error {
	if strings.TrimSpace(c.Reason) == "" {
		return errNoReason
	}
	db, r, err := c.recovery(env)
	if err != nil {
		return err
	}
	defer db.Close()
	if r == nil {
		return errors.New("the database is not in recovery")
	}
	data := map[string]string{"began_because": r.Reason, "still_differs": fmt.Sprint(len(r.Problems))}
	if err := db.EndRecovery(env, commandBy(c.Reason).Act(0, "recovery.end", "recovery", data)); err != nil {
		return err
	}
	env.say("recovery has ended: operations are sent again, and deals on hold stay on hold")
	return nil
}
