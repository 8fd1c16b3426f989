package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

type faultsCommand struct {
	List  faultsList  `cmd:"" default:"withargs" help:"List which calls of an emulator can fail, and how." example:"handsel sandbox faults list"`
	Set   faultsSet   `cmd:"" help:"Let the next calls of an emulator fail; faults that were set before are dropped." example:"handsel sandbox faults set get_charge:timeout_after:2 webhook:duplicate"`
	Clear faultsClear `cmd:"" help:"Let no call fail any longer." example:"handsel sandbox faults clear"`
}

type faultsList struct {
	steering             `embed:""`
	reading[faultsTable] `embed:""`
}

// faultsTable is what can fail at an emulator, and how.
type faultsTable struct {
	Operations    []string `json:"operations"`
	Kinds         []string `json:"kinds" help:"How an operation can fail."`
	WebhooksKinds []string `json:"webhook_kinds" help:"How the operation webhook can fail."`
}

// Run prints the names.
func (c faultsList) Run(env environment) error {
	var index struct {
		Operations []struct{ Name string }
		Faults     []string
		Webhooks   []string `json:"webhook_faults"`
	}
	if err := c.control(env, http.MethodGet, "", "", &index); err != nil {
		return err
	}
	l := faultsTable{Operations: []string{"*"}, Kinds: index.Faults, WebhooksKinds: index.Webhooks}
	for _, o := range index.Operations {
		l.Operations = append(l.Operations, o.Name)
	}
	return c.show(env, func() error {
		_, err := fmt.Fprintf(env.out, "operations: %s\nkinds: %s\nkinds of webhook: %s\n", strings.Join(l.Operations, ", "), strings.Join(l.Kinds, ", "), strings.Join(l.WebhooksKinds, ", "))
		return err
	}, l)
}

type faultsSet struct {
	steering `embed:""`
	Fault    []plannedFault `arg:"" help:"OPERATION:KIND, or OPERATION:KIND:TIMES. The operation * is every call; -1 times is always."`
}

// Run sets the faults.
func (c faultsSet) Run(env environment) error { return c.replace(env, c.Fault) }

type faultsClear struct {
	steering `embed:""`
}

// Run drops the faults.
func (c faultsClear) Run(env environment) error { return c.replace(env, []plannedFault{}) }

// plannedFault lets the next calls of an operation fail.
type plannedFault struct {
	Operation string `json:"operation"`
	Kind      string `json:"kind"`
	Times     int    `json:"times"`
}

// UnmarshalText reads OPERATION:KIND:TIMES.
func (f *plannedFault) UnmarshalText(text []byte) error {
	parts := strings.Split(string(text), ":")
	if len(parts) == 2 {
		parts = append(parts, "1")
	}
	if len(parts) != 3 {
		return fmt.Errorf("%q is not OPERATION:KIND or OPERATION:KIND:TIMES", text)
	}
	times, err := strconv.Atoi(parts[2])
	if err != nil || times == 0 {
		return fmt.Errorf("%q: how often must be a number, or -1 for always", text)
	}
	*f = plannedFault{parts[0], parts[1], times}
	return nil
}

func (s steering) replace(env environment, faults []plannedFault) error {
	body, err := json.Marshal(faults)
	if err != nil {
		return err
	}
	if err := s.control(env, http.MethodPut, "/faults", string(body), nil); err != nil {
		return err
	}
	env.say("%d faults are set", len(faults))
	return nil
}
