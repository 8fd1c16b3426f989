package native

import (
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// taskOut is one thing that needs a person.
type taskOut struct {
	ID         string      `json:"id"`
	Kind       string      `json:"kind"`
	Subject    taskSubject `json:"subject"`
	Detail     string      `json:"detail"`
	Owner      *string     `json:"owner"` // operator who looks after it
	Since      time.Time   `json:"since"`
	AgeSeconds int64       `json:"age_seconds"`
	Due        *time.Time  `json:"due"`  // when it is too late
	Next       string      `json:"next"` // what to do
	Link       taskLink    `json:"link"` // the route that does it
	ByWord     bool        `json:"by_word"`
}

// taskSubject is what a task is about.
type taskSubject struct {
	TransactionID *string `json:"transaction_id"`
	Number        *int64  `json:"number"`
	Object        string  `json:"object,omitempty"` // account, payment, user or approval
	CommunityID   *int64  `json:"community_id"`     // null: the whole installation
}

// taskLink is a route of this server.
type taskLink struct {
	Method string `json:"method"`
	Href   string `json:"href"`
}

// assigning is the body of POST /v1/operator/tasks/{id}/assign.
type assigning struct {
	Owner  *string `json:"owner"` // default: who asks; null or empty: nobody
	Reason string  `json:"reason"`
}

func (n face) taskRoutes() []web.Route {
	const one = "/v1/operator/tasks/{id}/"
	return []web.Route{
		{
			Method: http.MethodGet, Path: "/v1/operator/tasks", Access: web.Operating,
			Summary: "List everything that needs a person, oldest first", Query: []string{"limit", "cursor", "kind", "owner", "older_than"}, Answer: web.JSON[page[taskOut]](),
			Serve: n.Backend(n.tasks),
		},
		{
			Method: http.MethodPost, Path: one + "assign", Access: web.Operating, Keying: web.KeyHonoured,
			Summary: "Assign a task", Body: web.JSON[assigning](), Answer: web.JSON[taskOut](),
			Serve: n.Kept(n.assignTask),
		},
		{
			Method: http.MethodPost, Path: one + "done", Access: web.Operating, Keying: web.KeyHonoured,
			Name: "operator.finishTask", Summary: "Mark a task as done; refused while its cause exists", Body: web.JSON[clearing](), Status: http.StatusNoContent,
			Serve: n.Apart(n.doneTask),
		},
	}
}

const taskPrefix = "tsk_"

func taskID(t orchestrator.Task) string {
	return taskPrefix + base64.RawURLEncoding.EncodeToString([]byte(t.ID()))
}

func (n face) task(t orchestrator.Task) taskOut {
	advice := t.Advice()
	method, href, _ := strings.Cut(advice.Route, " ")
	out := taskOut{
		ID: taskID(t), Kind: string(t.Kind), Detail: t.Detail, Since: t.Since.UTC(), AgeSeconds: max(int64(n.Engine.Now().Sub(t.Since)/time.Second), 0),
		Next: advice.Next, ByWord: advice.Word, Subject: taskSubject{Object: n.ObjectOut(t.Object)},
	}
	if t.Kind == orchestrator.TaskApproval {
		_, id, _ := strings.Cut(out.Subject.Object, ":")
		href = strings.ReplaceAll(href, "{approval}", id)
	}
	if user, is := strings.CutPrefix(t.Object, "user:"); is {
		href = strings.ReplaceAll(href, "{user_id}", url.PathEscape(user))
	}
	if t.CommunityID != 0 {
		out.Subject.CommunityID = &t.CommunityID
	}
	if t.TransactionID != 0 {
		id := n.IDs.Seal(publicid.Transaction, t.TransactionID)
		out.Subject.TransactionID, out.Subject.Number = &id, &t.TransactionID
		href = strings.ReplaceAll(href, "{id}", id)
	} else if strings.Contains(href, "{id}") {
		method, href = http.MethodGet, "/v1/operator/tasks"
	}
	out.Link = taskLink{method, href}
	if t.Owner != "" {
		out.Owner = &t.Owner
	}
	if !t.Due.IsZero() {
		due := t.Due.UTC()
		out.Due = &due
	}
	return out
}

// tasks lists what needs a person, oldest first.
func (n face) tasks(c *gin.Context, who deal.Caller) error {
	if _, err := operator(who); err != nil {
		return err
	}
	query, err := web.Parameters(c, "limit", "cursor", "kind", "owner", "older_than")
	if err != nil {
		return err
	}
	f, err := n.taskFilter(query)
	if err != nil {
		return err
	}
	f.CommunityID = who.Community()
	found, err := n.engine.Tasks(c.Request.Context(), f)
	if err != nil {
		return err
	}
	p := page[taskOut]{Items: make([]taskOut, len(found))}
	for i, t := range found {
		p.Items[i] = n.task(t)
	}
	if len(found) == f.Limit {
		last := found[len(found)-1]
		next := base64.RawURLEncoding.EncodeToString([]byte(last.Since.UTC().Format(time.RFC3339Nano) + " " + last.ID()))
		p.NextCursor = &next
	}
	return web.Send(c, http.StatusOK, p)
}

func (n face) taskFilter(query map[string]string) (orchestrator.TaskFilter, error) {
	f := orchestrator.TaskFilter{Kind: orchestrator.TaskKind(query["kind"]), Owner: query["owner"]}
	place := maps.Clone(query)
	delete(place, "cursor")
	var err error
	if f.Limit, _, err = n.place(place); err != nil {
		return f, err
	}
	if f.Kind != "" && !slices.Contains(orchestrator.TaskKinds(), f.Kind) {
		return f, web.Invalid("unknown_kind", "kind", "unknown kind of task; use one of %s", kindNames())
	}
	if f.Owner == "none" {
		f.Owner, f.Unowned = "", true
	}
	if text, ok := query["older_than"]; ok {
		seconds, err := strconv.ParseInt(text, 10, 32)
		if err != nil || seconds < 0 {
			return f, web.Invalid("invalid_older_than", "older_than", "older_than must be an age in seconds, such as 86400")
		}
		f.Until = n.Engine.Now().Add(-time.Duration(seconds) * time.Second)
	}
	if text, ok := query["cursor"]; ok {
		if f.After, ok = taskPlace(text); !ok {
			return f, web.Invalid("invalid_cursor", "cursor", "cursor must be the next_cursor of an earlier answer")
		}
	}
	return f, nil
}

func kindNames() string {
	var names []string
	for _, k := range orchestrator.TaskKinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// taskPlace is where an earlier page ended.
func taskPlace(text string) (*orchestrator.Task, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, false
	}
	at, id, _ := strings.Cut(string(raw), " ")
	kind, subject, ok := strings.Cut(id, "/")
	since, err := time.Parse(time.RFC3339Nano, at)
	return &orchestrator.Task{Kind: orchestrator.TaskKind(kind), Subject: subject, Since: since}, ok && err == nil
}

// theTask is the one that the path names.
func theTask(c *gin.Context, who deal.Caller) (orchestrator.TaskFilter, error) {
	text, ok := strings.CutPrefix(c.Param("id"), taskPrefix)
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if !ok || err != nil || len(raw) == 0 {
		return orchestrator.TaskFilter{}, fault.New(fault.NotFound, "task_not_found", "unknown task; it may have ended already")
	}
	return orchestrator.TaskFilter{CommunityID: who.Community(), ID: string(raw)}, nil
}

// assignTask notes who looks after a task.
func (n face) assignTask(c *gin.Context, who deal.Caller) error {
	if err := asStaff(who); err != nil {
		return err
	}
	in := assigning{Owner: &who.Actor.ID}
	if _, err := n.ReadJSON(c, web.InFreeText, &in); err != nil {
		return err
	}
	owner := ""
	if in.Owner != nil {
		owner = *in.Owner
	}
	by, err := n.by(c, who.Actor, in.Reason)
	if err := fault.All(optionalName("owner", owner), err); err != nil {
		return err
	}
	f, err := theTask(c, who)
	if err != nil {
		return err
	}
	t, err := n.engine.AssignTask(c.Request.Context(), f, owner, by)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, n.task(t))
}

// doneTask takes a person's word that a task is done.
func (n face) doneTask(c *gin.Context, who deal.Caller) error {
	if err := asStaff(who); err != nil {
		return err
	}
	var in clearing
	if _, err := n.ReadJSON(c, web.InFreeText, &in); err != nil {
		return err
	}
	by, err := n.by(c, who.Actor, in.Reason)
	if err != nil {
		return err
	}
	f, err := theTask(c, who)
	if err != nil {
		return err
	}
	if _, err := n.engine.DoneTask(c.Request.Context(), f, by); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}
