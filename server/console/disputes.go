package console

import (
	"cmp"
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
	"github.com/handsel-dev/handsel/server/web"
)

// Trading is the exchange, for those who decide its disputes.
type Trading interface {
	Assign(ctx context.Context, operator exchange.User, order int64) (exchange.Order, error)
	TakeFrom(ctx context.Context, operator exchange.User, order int64, from, reason string) (exchange.Order, error)
	Holders(ctx context.Context, operator exchange.User, orders ...int64) (map[int64]string, error)
	Order(ctx context.Context, operator exchange.User, order int64) (exchange.Order, error)
	Messages(ctx context.Context, operator exchange.User, order int64, p listings.Page) ([]orchestrator.Message, int64, error)
	Admit(ctx context.Context, operator exchange.User, order int64) (process.Actor, error)
	Preview(ctx context.Context, operator exchange.User, order int64, v exchange.Verdict) (orchestrator.Preview, error)
	Resolve(ctx context.Context, operator exchange.User, order int64, v exchange.Verdict, r exchange.Request) (exchange.Order, *idempotency.Reply, error)
}

// caseKinds are the tasks that are cases: somebody decides who gets the money.
var caseKinds = []orchestrator.TaskKind{orchestrator.TaskDispute, orchestrator.TaskMoneyWaits}

// dispute is an open case in the list.
type dispute struct {
	task
	Of    row  // the deal
	Needs Role // to take it on
}

// cases are a page of them, the longest waiting first.
type cases struct {
	All   []dispute
	Whose string // "", mine or nobody, as the form has it
	Next  string // address of the next page; empty: there is none
}

// trader is the visitor as the exchange knows them.
func (v visit) trader() exchange.User {
	return exchange.User{Community: v.Community, ID: v.SignIn.Name, Operator: true}
}

func (f face) traded(t tx) bool {
	p, err := f.Engine.Processes().Find(t.Process)
	return err == nil && p.Exchange && f.Trading != nil
}

func (f face) disputes(v visit) error {
	page := cases{Whose: v.Query("whose")}
	filter := orchestrator.TaskFilter{CommunityID: v.Community, Limit: perPage}
	switch page.Whose {
	case "":
	case "mine":
		filter.Owner = v.SignIn.Name
	case "nobody":
		filter.Unowned = true
	default:
		return web.Invalid("unknown_kind", "whose", "whose must be mine or nobody")
	}
	if text := v.Query("after"); text != "" {
		if filter.After = placeOf(text); filter.After == nil {
			return web.Invalid("invalid_cursor", "after", "after must be that of an earlier page")
		}
	}
	var found []orchestrator.Task
	for _, kind := range caseKinds {
		filter.Kind = kind
		some, err := f.Engine.Tasks(v.Request.Context(), filter)
		if err != nil {
			return err
		}
		found = append(found, some...)
	}
	slices.SortFunc(found, func(a, b orchestrator.Task) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Subject, b.Subject))
	})
	if len(found) > perPage {
		found = found[:perPage]
	}
	if len(found) == perPage {
		page.Next = disputes + "?" + url.Values{"whose": {page.Whose}, "after": {endOfTasks(found[perPage-1])}}.Encode()
	}
	var err error
	if page.All, err = f.casesOf(v, found); err != nil {
		return err
	}
	return f.show(v, v.say("Disputes"), page.sentence(v.say), disputesPage(v, page, f.Engine.Now()))
}

// casesOf reads the deals of cases.
func (f face) casesOf(v visit, found []orchestrator.Task) ([]dispute, error) {
	ids := make([]int64, len(found))
	for i, t := range found {
		ids[i] = t.TransactionID
	}
	deals, err := f.Finder.DealsByID(v.Request.Context(), v.Community, ids)
	if err != nil {
		return nil, err
	}
	tasks, err := f.shown(v, found)
	all := make([]dispute, 0, len(found))
	for _, t := range tasks {
		at := slices.IndexFunc(deals, func(d tx) bool { return d.ID == t.TransactionID })
		if at < 0 {
			continue // it came to its end a moment ago
		}
		d := dispute{t, f.row(deals[at]), Support}
		if f.traded(deals[at]) {
			d.Needs = Finance
		}
		d.Of.Path = f.disputePath(d.Of.ID)
		all = append(all, d)
	}
	return all, err
}

func (f face) disputePath(deal int64) string {
	return disputes + strings.TrimPrefix(f.path(deal), deals)
}

// endOfTasks is where a page of tasks ends, and placeOf reads it; nil: it is none.
func endOfTasks(t orchestrator.Task) string {
	return base64.RawURLEncoding.EncodeToString([]byte(t.Since.UTC().Format(time.RFC3339Nano) + " " + t.ID()))
}

func placeOf(text string) *orchestrator.Task {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	at, id, _ := strings.Cut(string(raw), " ")
	kind, subject, ok := strings.Cut(id, "/")
	since, wrong := time.Parse(time.RFC3339Nano, at)
	if err != nil || wrong != nil || !ok {
		return nil
	}
	return &orchestrator.Task{Kind: orchestrator.TaskKind(kind), Subject: subject, Since: since}
}

func (c cases) sentence(say sayer) string {
	unowned := 0
	for _, d := range c.All {
		if d.Owner == "" {
			unowned++
		}
	}
	switch n := len(c.All); {
	case n == 0 && c.Whose == "mine":
		return say("You look after no case.")
	case n == 0 && c.Whose == "nobody":
		return say("Somebody looks after each case.")
	case n == 0:
		return say("No case waits for a decision.")
	case c.Next != "":
		return say("%d cases and more wait for a decision; these have waited longest.", n)
	case n == 1 && unowned == 0:
		return say("One case waits for a decision.")
	case n == 1:
		return say("One case waits for a decision, and nobody looks after it.")
	default:
		return say("%d cases wait for a decision, and nobody looks after %d of them.", n, unowned)
	}
}

// takeCase has the visitor look after a case.
func (f face) takeCase(v visit) error {
	id, err := f.theDeal(v)
	if err != nil {
		return err
	}
	ctx := v.Request.Context()
	t, err := f.Engine.Find(ctx, v.Community, id, v.actor())
	if err != nil {
		return err
	}
	kind := orchestrator.TaskMoneyWaits
	if t.State == settlement.Disputed {
		kind = orchestrator.TaskDispute
	}
	if err := f.takeOn(v, orchestrator.TaskFilter{CommunityID: v.Community, ID: string(kind) + "/" + strconv.FormatInt(id, 10)}); err != nil {
		return err
	}
	v.Redirect(http.StatusSeeOther, f.disputePath(id))
	return nil
}

// assign gives the visitor a case of the exchange: one that nobody has, or, with a reason, one that another has.
func (f face) assign(v visit, id int64) (err error) {
	if from := v.PostForm("from"); from == "" {
		_, err = f.Trading.Assign(v.Request.Context(), v.trader(), id)
	} else {
		_, err = f.Trading.TakeFrom(v.Request.Context(), v.trader(), id, from, v.PostForm("reason"))
	}
	return err
}

// takeOn has the visitor look after a task. The exchange lets only who has a case decide it, so that its cases are taken there, too.
func (f face) takeOn(v visit, filter orchestrator.TaskFilter) error {
	ctx := v.Request.Context()
	id, traded, err := f.tradedCase(v, filter.ID)
	if err == nil && traded {
		// Nobody else decides it then, so that who takes it must be somebody who may.
		if err = v.may(Finance); err == nil {
			err = f.assign(v, id)
		}
	}
	if err != nil {
		return err
	}
	_, err = f.Engine.AssignTask(ctx, filter, v.SignIn.Name, f.by(v, "taken on in the console"))
	return err
}

// tradedCase tells whether a task is a case of the exchange, and of which order.
func (f face) tradedCase(v visit, task string) (id int64, is bool, err error) {
	kind, subject, _ := strings.Cut(task, "/")
	id, parsing := strconv.ParseInt(subject, 10, 64)
	if parsing != nil || f.Trading == nil || !slices.Contains(caseKinds, orchestrator.TaskKind(kind)) {
		return 0, false, nil
	}
	t, err := f.Engine.Find(v.Request.Context(), v.Community, id, v.actor())
	return id, err == nil && f.traded(t), err
}
