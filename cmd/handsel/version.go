package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set by the build.
var version = "dev"

type versionCommand struct{}

// Run prints the version, the commit that it was built from, and by which Go for which machine.
func (versionCommand) Run(env environment) error {
	_, err := fmt.Fprintf(env.out, "handsel %s (commit %s, %s, %s/%s)\n", version, commit(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// commit is what the program was built from, as far as the build has noted it.
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	noted := map[string]string{}
	for _, s := range info.Settings {
		noted[s.Key] = s.Value
	}
	text := cmp.Or(noted["vcs.revision"], "unknown")
	if noted["vcs.modified"] == "true" {
		text += " with changes"
	}
	return text
}

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"The shell: bash, zsh or fish."`
}

// Run prints the script. It asks this program what there is, so it stays right.
func (c completionCommand) Run(env environment) error {
	switch c.Shell {
	case "zsh":
		return env.program.GenZshCompletion(env.out)
	case "fish":
		return env.program.GenFishCompletion(env.out, true)
	}
	return env.program.GenBashCompletionV2(env.out, true)
}
