package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set by the build.
var version = "dev"

type versionCommand struct {
	reading[versionLine] `embed:""`
}

// versionLine is what a program is, and what it was built from.
type versionLine struct {
	Version string `json:"version"`
	Commit  string `json:"commit" help:"What it was built from; unknown where the build did not note it."`
	Changed bool   `json:"changed" help:"It was built with changes that were in no commit."`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

// Run prints the version, the commit, and by which Go for which machine it was built.
func (c versionCommand) Run(env environment) error {
	noted := map[string]string{}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			noted[s.Key] = s.Value
		}
	}
	v := versionLine{version, cmp.Or(noted["vcs.revision"], "unknown"), noted["vcs.modified"] == "true", runtime.Version(), runtime.GOOS, runtime.GOARCH}
	return c.show(env, func() error {
		changes := ""
		if v.Changed {
			changes = " with changes"
		}
		_, err := fmt.Fprintf(env.out, "handsel %s (commit %s%s, %s, %s/%s)\n", v.Version, v.Commit, changes, v.Go, v.OS, v.Arch)
		return err
	}, v)
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
