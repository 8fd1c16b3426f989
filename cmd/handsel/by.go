package main

import (
	"os/user"
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
)

// reasonSetting is shared by the commands that do something with a privilege: the
// audit log keeps why.
type reasonSetting struct {
	Reason string `placeholder:"TEXT" default:"by command" help:"Why; kept in the audit log."`
}

func (r reasonSetting) by() orchestrator.By { return commandBy(r.Reason) }

// commandBy is who runs a command: the user of this machine.
func commandBy(reason string) orchestrator.By {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	return orchestrator.By{Actor: "command:" + name, Reason: reason, At: time.Now()}
}
