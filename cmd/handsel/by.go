package main

import (
	"errors"
	"os/user"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
)

// reasonSetting is shared by the commands that do something with a privilege: the
// audit log keeps why.
type reasonSetting struct {
	Reason string `placeholder:"TEXT" help:"The reason; needed for a change, and kept in the audit log."`
}

// by is who runs the command and why; without a reason it is refused.
func (r reasonSetting) by() (orchestrator.By, error) { return because(r.Reason) }

// because is who runs a command and why; a blank reason is refused.
func because(reason string) (orchestrator.By, error) {
	if strings.TrimSpace(reason) == "" {
		return orchestrator.By{}, errNoReason
	}
	return commandBy(reason), nil
}

var errNoReason = usage(errors.New("give a reason with --reason TEXT; the audit log keeps it"))

// commandBy is who runs a command: the user of this machine.
func commandBy(reason string) orchestrator.By {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	return orchestrator.By{Actor: "command:" + name, Reason: reason, At: time.Now()}
}
