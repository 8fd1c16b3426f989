package main

import (
	"fmt"

	"github.com/handsel-dev/handsel/internal/plays"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

type scenariosCommand struct {
	List scenariosList `cmd:"" default:"withargs" help:"List the scenarios, and how each ends." example:"handsel scenarios list"`
	Play scenariosPlay `cmd:"" help:"Play a scenario at handsel dev, step by step." example:"handsel scenarios play chargeback-lost"`
}

type scenariosList struct {
	reading[scenarioLine] `embed:""`
}

// scenarioLine is one of them.
type scenarioLine struct {
	Name  string        `json:"name"`
	Means string        `json:"means" help:"In a sentence."`
	Ends  process.State `json:"ends" help:"The state in which the deal is at the end."`
	Moves bool          `json:"moves_clock" help:"It moves the clock: whatever else is due then happens, too."`
}

// Run lists them.
func (c scenariosList) Run(env environment) error {
	return c.list(env, "NAME\tENDS\tWHAT HAPPENS", func(s scenarioLine) string {
		clock := ""
		if s.Moves {
			clock = " Moves the clock."
		}
		return fmt.Sprintf("%s\t%s\t%s%s", s.Name, s.Ends, s.Means, clock)
	}, scenarioLines())
}

func scenarioLines() (all []scenarioLine) {
	for _, s := range plays.Scenarios() {
		all = append(all, scenarioLine{s.Name, s.Means, s.Ends, s.Moves})
	}
	return all
}

type scenariosPlay struct {
	playing                 `embed:""`
	reading[plays.Happened] `embed:""`
	Name                    string `arg:"" names:"scenarios" help:"chargeback-lost"`
}

// Run plays one.
func (c scenariosPlay) Run(env environment) error {
	for _, s := range plays.Scenarios() {
		if s.Name == c.Name {
			return c.play(env, s)
		}
	}
	return usage(fmt.Errorf("there is no scenario %.64q%s; handsel scenarios lists them", c.Name, didYouMean(c.Name, scenarioNames())))
}

func (c scenariosPlay) play(env environment, s plays.Scenario) error {
	at, err := c.target(env)
	if err != nil {
		return err
	}
	var told error
	deal := ""
	err = s.Play(env, at, func(h plays.Happened) {
		deal = h.Deal
		if err := c.show(env, func() error {
			_, err := fmt.Fprintf(env.out, "%2d  %s%s\n", h.Step, h.What, orNothing("  → ", h.State))
			return err
		}, h); told == nil {
			told = err
		}
	})
	if err == nil {
		err = told
	}
	if err != nil {
		return err
	}
	env.say("It ended as %s: %s/console/deals/%s", s.Ends, at.URL, deal)
	return nil
}

func orNothing(before, text string) string {
	if text == "" {
		return ""
	}
	return before + text
}

func scenarioNames() []string {
	return namesOf(plays.Scenarios(), func(s plays.Scenario) string { return s.Name })
}
