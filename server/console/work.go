package console

import (
	"cmp"
	"context"
	"encoding/base64"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/paging"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/web"
)

// task is one thing that needs a person, as a page shows it.
type task struct {
	orchestrator.Task
	Key  string // names it in a path
	Deal string // path of its deal; empty: it has none
}

func (f face) tasksOf(v visit, limit int) ([]task, error) {
	filter := orchestrator.TaskFilter{CommunityID: v.Community, Kind: orchestrator.TaskKind(v.Query("kind")), Limit: limit}
	if filter.Kind != "" && !slices.Contains(orchestrator.TaskKinds(), filter.Kind) {
		return nil, web.Invalid("unknown_kind", "kind", "unknown kind of task")
	}
	all, err := f.Engine.Tasks(v.Request.Context(), filter)
	if err != nil {
		return nil, err
	}
	return f.shown(v, all)
}

// shown are tasks as a page shows them. Who has a case of the exchange looks after it, wherever they took it.
func (f face) shown(v visit, all []orchestrator.Task) ([]task, error) {
	holders := map[int64]string{}
	var cases []int64
	for _, t := range all {
		if slices.Contains(caseKinds, t.Kind) {
			cases = append(cases, t.TransactionID)
		}
	}
	if f.Trading != nil && len(cases) > 0 {
		var err error
		if holders, err = f.Trading.Holders(v.Request.Context(), v.trader(), cases...); err != nil {
			return nil, err
		}
	}
	shown := make([]task, len(all))
	for i, t := range all {
		t.Owner = cmp.Or(holders[t.TransactionID], t.Owner) // who has a case of the exchange decides it
		shown[i] = task{Task: t, Key: base64.RawURLEncoding.EncodeToString([]byte(t.ID()))}
		if id, err := strconv.ParseInt(strings.TrimPrefix(t.Object, "endpoint:"), 10, 64); err == nil && t.Kind == orchestrator.TaskEndpointDead {
			shown[i].Object = "endpoint:" + f.IDs.Seal(publicid.Endpoint, id)
		}
		if t.TransactionID != 0 {
			shown[i].Deal = f.path(t.TransactionID)
		}
	}
	return shown, nil
}

// most is how many tasks are shown: the oldest ones.
const most = 100

func (f face) risk(v visit) error {
	all, err := f.tasksOf(v, most)
	if err != nil {
		return err
	}
	l, err := f.looks(v)
	if err != nil {
		return err
	}
	sentence := atRisk(v.say, all)
	if len(all) == 0 {
		sentence = l.sentence(v.say)
	}
	return f.show(v, v.say("Money at risk"), sentence, riskPage(v, all, l, f.Engine.Now()))
}

func atRisk(say sayer, all []task) string {
	unowned := 0
	for _, t := range all {
		if t.Owner == "" {
			unowned++
		}
	}
	switch {
	case len(all) == 0:
		return say("Nothing needs a person now.")
	case len(all) == most:
		return say("%d things and more need a person; these are the oldest.", most)
	case len(all) == 1:
		return say("One thing needs a person.")
	}
	return say("%d things need a person, and %d of them have no owner.", len(all), unowned)
}

// changeTask takes a task on, or ends it by a person's word.
func (f face) changeTask(v visit) error {
	raw, err := base64.RawURLEncoding.DecodeString(v.Param("id"))
	if err != nil {
		return fault.New(fault.NotFound, "task_not_found", "unknown task; it may have ended already")
	}
	filter, ctx := orchestrator.TaskFilter{CommunityID: v.Community, ID: string(raw)}, v.Request.Context()
	by := f.by(v, v.PostForm("reason"))
	switch v.Param("act") {
	case "take":
		err = f.takeOn(v, filter)
	case "done":
		if err = web.Text("reason", by.Reason, web.MaxText); err == nil {
			_, err = f.Engine.DoneTask(ctx, filter, by)
		}
	default:
		return web.NoRoute(v.Context, web.Route{})
	}
	if err == nil {
		v.Redirect(303, risk)
	}
	return err
}

// asked is an act above the limit, as a page shows it.
type asked struct {
	orchestrator.Approval
	Path string // where it is decided
	Deal string
	Own  bool   // the visitor asked for it, so another person decides
	Why  string // what the visitor has written already to approve it
}

func (f face) asked(v visit, a orchestrator.Approval) asked {
	shown := asked{Approval: a, Path: second + "/" + f.sealed(a.ID), Own: a.AskedBy == v.actor().String()}
	if a.TransactionID != 0 {
		shown.Deal = f.path(a.TransactionID)
	}
	return shown
}

// details are what is asked for, with amounts as people write them.
func (a asked) details(ctx context.Context) map[string]string {
	details := a.Details()
	if limits := a.AskedLimits(); len(limits) > 0 {
		var texts []string
		for _, c := range slices.Sorted(maps.Keys(limits)) {
			texts = append(texts, amount(ctx, money.New(limits[c], c)))
		}
		details["limits"] = strings.Join(texts, ", ")
	}
	for _, part := range []string{process.RefundInput.Name, process.ReleaseInput.Name} {
		if minor, err := process.ParseMinor(details[part]); err == nil && !a.Amount.IsZero() {
			details[part] = amount(ctx, money.New(minor, a.Amount.Currency()))
		}
	}
	return details
}

// audited is where the audit log says what was asked for: an approval that has ended has forgotten it.
func (a asked) audited() string {
	return audit + "?" + url.Values{"object": {orchestrator.ObjectOfApproval(a.ID)}}.Encode()
}

func (f face) approvals(v visit) error {
	all, err := f.Approvals.ListApprovals(v.Request.Context(), orchestrator.ApprovalFilter{CommunityID: v.Community, Limit: perPage})
	if err != nil {
		return err
	}
	shown, waiting := make([]asked, len(all)), 0
	for i, a := range all {
		if shown[i] = f.asked(v, a); f.sealed(a.ID) == v.Query("id") {
			shown[i].Why = v.Query("reason")
		}
		if a.Status == orchestrator.ApprovalWaiting {
			waiting++
		}
	}
	return f.show(v, v.say("Second person"), secondSentence(v, waiting), approvalsPage(v, shown, f.Engine.Now()))
}

func secondSentence(v visit, waiting int) string {
	if waiting == 0 {
		return v.say("Nothing waits for a second person.")
	}
	return number(v.Request.Context(), waiting, "One act waits for a second person.", "%d acts wait for a second person.")
}

func (f face) decide(v visit) error {
	id, err := f.IDs.Open(publicid.Approval, v.Param("id"))
	if err != nil {
		return orchestrator.ApprovalNotFound()
	}
	ctx, reason := v.Request.Context(), v.PostForm("reason")
	if err := web.Text("reason", reason, web.MaxText); err != nil {
		return err
	}
	switch v.Param("act") {
	case "approve":
		if err := f.movesMoney(v); err != nil {
			return err
		}
		v.Set(partlyKey, true) // the word counts, even where what it allows can no longer be done
		_, err = f.Engine.Approve(ctx, v.Community, id, v.actor(), reason, web.RequestID(v.Context))
	case "reject":
		_, err = f.Engine.Decide(ctx, v.Community, id, v.actor(), reason, web.RequestID(v.Context), orchestrator.ApprovalRejected)
	default:
		return web.NoRoute(v.Context, web.Route{})
	}
	if err == nil {
		v.Redirect(303, second)
	}
	return err
}

func (f face) audit(v visit) error {
	filter := orchestrator.ActFilter{CommunityID: v.Community, Actor: v.Query("actor"), Name: v.Query("act"), Object: v.Query("object"), Limit: perPage}
	for name, text := range map[string]string{"actor": filter.Actor, "act": filter.Name, "object": filter.Object} {
		if err := web.Text(name, text, web.MaxText); err != nil && text != "" {
			return err
		}
	}
	if text := v.Query("before"); text != "" {
		id, err := f.IDs.Open(publicid.Act, text)
		if err != nil {
			return web.Invalid("invalid_cursor", "before", "before must be the id of a line")
		}
		filter.Before = id
	}
	acts, err := f.Audit.Acts(v.Request.Context(), filter)
	if err != nil {
		return err
	}
	next := ""
	if paging.GoesOn(acts, perPage) {
		next = audit + "?" + url.Values{"actor": {filter.Actor}, "act": {filter.Name}, "object": {filter.Object}, "before": {f.IDs.Seal(publicid.Act, acts[len(acts)-1].ID)}}.Encode()
	}
	sentence := v.say("This is what was done with a privilege, the newest first.")
	if len(acts) == 0 {
		sentence = v.say("Nothing that is like that was done with a privilege.")
	}
	return f.show(v, v.say("Audit"), sentence, auditPage(filter, acts, next, f.Engine.Now()))
}

// overview answers whether something is wrong, and what was done last.
func (f face) overview(v visit) error {
	tasks, err := f.tasksOf(v, 10)
	if err != nil {
		return err
	}
	all, err := f.Engine.List(v.Request.Context(), orchestrator.Filter{CommunityID: v.Community, Limit: 10}, v.actor())
	if err != nil {
		return err
	}
	rows := make([]row, len(all))
	for i, t := range all {
		rows[i] = f.row(t)
	}
	return f.show(v, v.say("Overview"), atRisk(v.say, tasks), overviewPage(v, tasks, rows, f.Engine.Now()))
}

func owner(ctx context.Context, name string) string {
	if name == "" {
		return say(ctx, "nobody looks after it")
	}
	return say(ctx, "%s looks after it", name)
}

// standing is the colour of how an act above the limit stands.
func standing(s orchestrator.ApprovalStatus) string {
	switch s {
	case orchestrator.ApprovalWaiting:
		return "needs"
	case orchestrator.ApprovalRejected, orchestrator.ApprovalRefused:
		return "wrong"
	case orchestrator.ApprovalExpired:
		return "idle"
	}
	return "good"
}
