package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/handsel-dev/handsel/internal/app"
)

type chaosCommand struct {
	List  chaosList  `cmd:"" default:"withargs" help:"Say what fails at an emulator now, and what can." example:"handsel chaos list --gateway stripe"`
	Set   chaosSet   `cmd:"" help:"Let the next calls of an emulator fail, or its next webhooks; what was set before ends." example:"handsel chaos set get_charge:timeout_after:2 webhook:duplicate"`
	Clear chaosClear `cmd:"" help:"Let nothing fail any longer." example:"handsel chaos clear"`
}

// victim is the emulator at which something fails.
type victim struct {
	steering `embed:""`
	Gateway  string `default:"trustap" names:"emulators" help:"Emulator of this gateway, at the address that handsel dev takes; Trustap's is the one of --sandbox-url."`
}

// at is the control of the gateway's emulator.
func (v victim) at(env environment) (steering, error) {
	if v.Gateway == trustap {
		return v.steering, nil
	}
	for _, e := range app.Emulators() {
		if e.Gateway == v.Gateway {
			address, _ := env.variables.lookup(e.Setting)
			return steering{SandboxURL: "http://" + cmp.Or(address, e.Usual)}, nil
		}
	}
	known := emulatorNames()
	return steering{}, usage(fmt.Errorf("there is no emulator of %.40q%s; use --gateway with one of %s", v.Gateway, didYouMean(v.Gateway, known), strings.Join(known, ", ")))
}

type chaosList struct {
	victim              `embed:""`
	reading[chaosTable] `embed:""`
}

// chaosTable is what fails at an emulator, and what can fail how.
type chaosTable struct {
	Failing       []plannedFault `json:"failing" help:"What was set and has not hit yet."`
	Operations    []string       `json:"operations"`
	Kinds         []string       `json:"kinds" help:"How an operation can fail."`
	WebhooksKinds []string       `json:"webhook_kinds" help:"How the operation webhook can fail."`
}

// Run prints what fails, and the names.
func (c chaosList) Run(env environment) error {
	emulator, err := c.at(env)
	if err != nil {
		return err
	}
	var index struct {
		Operations []struct{ Name string }
		Faults     []string
		Webhooks   []string `json:"webhook_faults"`
		Failing    []plannedFault
	}
	if err := emulator.control(env, http.MethodGet, "", "", &index); err != nil {
		return err
	}
	l := chaosTable{Failing: append([]plannedFault{}, index.Failing...), Operations: []string{"*"}, Kinds: index.Faults, WebhooksKinds: index.Webhooks}
	for _, o := range index.Operations {
		l.Operations = append(l.Operations, o.Name)
	}
	return c.show(env, func() error {
		failing := strings.Join(namesOf(l.Failing, plannedFault.String), ", ")
		_, err := fmt.Fprintf(env.out, "failing: %s\noperations: %s\nkinds: %s\nkinds of webhook: %s\n", cmp.Or(failing, "nothing"), strings.Join(l.Operations, ", "), strings.Join(l.Kinds, ", "), strings.Join(l.WebhooksKinds, ", "))
		return err
	}, l)
}

type chaosSet struct {
	victim `embed:""`
	Fault  []faultArg `arg:"" help:"OPERATION:KIND, or OPERATION:KIND:TIMES. The operation * is every call, and webhook every webhook; -1 times is always."`
}

// Run sets what fails.
func (c chaosSet) Run(env environment) error { return c.replace(env, c.Fault...) }

type chaosClear struct {
	victim `embed:""`
}

// Run ends what fails.
func (c chaosClear) Run(env environment) error { return c.replace(env) }

// plannedFault lets the next calls of an operation fail.
type plannedFault struct {
	Operation string `json:"operation"`
	Kind      string `json:"kind"`
	Times     int    `json:"times" help:"Below 0: always."`
}

// String is how it is given.
func (f plannedFault) String() string { return fmt.Sprintf("%s:%s:%d", f.Operation, f.Kind, f.Times) }

// faultArg is one on a command line.
type faultArg struct{ plannedFault }

// UnmarshalText reads OPERATION:KIND:TIMES.
func (f *faultArg) UnmarshalText(text []byte) error {
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
	f.plannedFault = plannedFault{parts[0], parts[1], times}
	return nil
}

func (v victim) replace(env environment, faults ...faultArg) error {
	body, err := json.Marshal(append([]faultArg{}, faults...))
	if err != nil {
		return err
	}
	emulator, err := v.at(env)
	if err != nil {
		return err
	}
	if err := emulator.control(env, http.MethodPut, "/faults", string(body), nil); err != nil {
		return err
	}
	switch len(faults) {
	case 0:
		env.say("nothing fails at %s's emulator now", v.Gateway)
	case 1:
		env.say("one fault is set at %s's emulator", v.Gateway)
	default:
		env.say("%d faults are set at %s's emulator", len(faults), v.Gateway)
	}
	return nil
}
