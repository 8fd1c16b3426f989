package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/orchestrator"
)

type whyCommand struct {
	databaseSetting    `embed:""`
	reading[traceLine] `embed:""`
	RequestID          string `arg:"" help:"Id of a request, as its answer's X-Request-Id, a refusal or a line of the log has it."`
}

// traceLine is something that a request did.
type traceLine struct {
	At            time.Time `json:"at"`
	Kind          traceKind `json:"kind" help:"step of a deal, operation at a gateway, or act of the audit log."`
	CommunityID   int64     `json:"community_id"`
	TransactionID int64     `json:"transaction_id,omitzero"`
	Actor         string    `json:"actor"`
	Name          string    `json:"name" help:"The transition, the verb or the act."`
	About         string    `json:"about" help:"The states, the gateway, or what the act was done to."`
	Outcome       string    `json:"outcome,omitzero" help:"Of an operation: its status, with the gateway's code."`
	Note          string    `json:"note,omitzero"`
	IntentID      string    `json:"intent_id,omitzero"`
}

type traceKind string

const (
	traceAct       traceKind = "act"
	traceStep      traceKind = "step"
	traceOperation traceKind = "operation"
)

// Run prints what the request did, in the order of time.
func (c whyCommand) Run(env environment) error {
	db, err := c.open(env)
	if err != nil {
		return err
	}
	defer db.Close()
	t, err := db.TraceRequest(env, c.RequestID)
	if err != nil {
		return err
	}
	lines := newTrace(t)
	if len(lines) == 0 {
		return fmt.Errorf("nothing was written for request %.64q: it changed nothing, or what it changed was pruned; the server's log may have its request_id", c.RequestID)
	}
	if most := max(len(t.Acts), len(t.Steps), len(t.Intents)); most == sqlstore.MaxTraced {
		env.say("only the first %d rows of a kind are shown", most)
	}
	return c.list(env, "", traceLine.row, lines)
}

func newTrace(t sqlstore.Trace) []traceLine {
	var lines []traceLine
	for _, s := range t.Steps {
		lines = append(lines, traceLine{
			At: s.At.UTC(), Kind: traceStep, CommunityID: s.CommunityID, TransactionID: s.TransactionID, Actor: s.Actor, Name: string(s.Transition),
			About: strings.TrimPrefix(string(s.From)+" → "+string(s.To), " → "), Note: s.Note, IntentID: s.IntentID,
		})
	}
	for _, i := range t.Intents {
		lines = append(lines, newTracedOperation(i))
	}
	for _, a := range t.Acts {
		lines = append(lines, traceLine{At: a.At.UTC(), Kind: traceAct, CommunityID: a.CommunityID, Actor: a.Actor, Name: a.Name, About: a.Object, Note: a.Reason})
	}
	slices.SortStableFunc(lines, func(a, b traceLine) int { return a.At.Compare(b.At) })
	return lines
}

func newTracedOperation(i orchestrator.Intent) traceLine {
	note := fmt.Sprintf("sent %d times", i.Attempt)
	if i.Attempt == 1 {
		note = "sent once"
	}
	return traceLine{
		At: i.CreatedAt.UTC(), Kind: traceOperation, CommunityID: i.CommunityID, TransactionID: i.TransactionID, Actor: i.Actor.String(), Name: string(i.Verb),
		About: i.Gateway, Outcome: strings.TrimSpace(string(i.Status) + " " + string(i.Code)), Note: note + ", last looked at " + utc(i.UpdatedAt), IntentID: i.ID,
	}
}

// row is a line for a person.
func (l traceLine) row() string {
	about := fmt.Sprintf("community %d", l.CommunityID)
	if l.TransactionID != 0 {
		about += fmt.Sprintf(", transaction %d", l.TransactionID)
	}
	return fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", utc(l.At), about, l.Kind, l.Name, l.About, cmp.Or(l.Outcome, "-"), l.Actor, cmp.Or(oneLine(l.Note), "-"))
}
