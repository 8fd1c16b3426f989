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
	Date    string `json:"date" help:"When that was committed; unknown where the build did not note it."`
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
	v := versionLine{version, cmp.Or(noted["vcs.revision"], "unknown"), cmp.Or(noted["vcs.time"], "unknown"), noted["vcs.modified"] == "true", runtime.Version(), runtime.GOOS, runtime.GOARCH}
	return c.show(env, func() error {
		changes := ""
		if v.Changed {
			changes = " with changes"
		}
		_, err := fmt.Fprintf(env.out, "handsel %s (commit %s of %s%s, %s, %s/%s)\n", v.Version, v.Commit, v.Date, changes, v.Go, v.OS, v.Arch)
		return err
	}, v)
}
